"""The capability of a process as a picture: its histogram, the normal curve, and the indices."""

# pyright: reportUnknownMemberType=false
# (matplotlib's types leave keyword arguments open.)

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Self

from pywats.plots import paper
from pywats.plots.histogram import Histogram, draw, notes
from pywats.plots.indices import Capability, capability_of
from pywats.plots.rows import Rows
from pywats.plots.sample import Limit
from pywats.tables.columns import VALUE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_POINTS: Final = 121


@dataclass(frozen=True)
class CapabilityChart:
    """Values, and how well they fit between their limits."""

    histogram: Histogram
    indices: Capability

    row: ClassVar[type] = Capability

    @classmethod
    def of(
        cls,
        rows: Rows,
        value: str = VALUE,
        *,
        low: Limit | None = None,
        high: Limit | None = None,
        unit: str | None = None,
        label: str | None = None,
        title: str | None = None,
    ) -> Self:
        """Return the capability of a column."""
        histogram = Histogram.of(rows, value, low=low, high=high, unit=unit, label=label, title=title)
        return cls(histogram, capability_of(histogram.sample))

    @property
    def rows(self) -> list[Capability]:
        """What is drawn: one row with the indices."""
        return [self.indices]

    def figure(self) -> "Figure":
        """Draw it."""
        sample, indices = self.histogram.sample, self.indices
        said = notes(sample, indices)
        if sample.values and not (sample.low is None and sample.high is None):
            said.append(f"{indices.outside:,} outside the limits")
        made = paper.sheet(self.histogram.title, [*said, *([indices.note] if indices.note else [])], height=3.9)
        strip, axes = made.subplots(2, 1, height_ratios=[1, 5])
        _indices(strip, indices)
        draw(axes, self.histogram, indices)
        _curve(axes, self.histogram, indices)
        return paper.finished(made)


def _indices(axes: "Axes", indices: Capability) -> None:
    """Write the indices side by side."""
    axes.set_axis_off()
    cells = (("Cpk", indices.cpk), ("Cp", indices.cp), ("CpL", indices.cpl), ("CpU", indices.cpu))
    for number, (name, index) in enumerate(cells):
        place = 0.125 + 0.25 * number
        text = "-" if index is None else f"{index:.2f}" if abs(index) < 1000 else f"{index:.3g}"  # noqa: PLR2004 - as fits
        colour = paper.INK if number == 0 else paper.MUTED
        paper.write(axes, place, 0.62, name, ha="center", va="bottom", color=paper.MUTED, transform=axes.transAxes)
        paper.write(
            axes,
            place,
            0.55,
            text,
            ha="center",
            va="top",
            size=15,
            weight="bold",
            color=colour,
            transform=axes.transAxes,
        )


def _curve(axes: "Axes", histogram: Histogram, indices: Capability) -> None:
    """Draw the normal curve of the same mean and deviation, as high as the bars."""
    mean, deviation, bars = indices.mean, indices.deviation, histogram.bars
    if mean is None or not deviation or len(bars) == 1:
        return
    whole = indices.count * (bars[0]["end"] - bars[0]["start"])
    steps = [-4 + 8 * number / (_POINTS - 1) for number in range(_POINTS)]
    heights = [whole * math.exp(-step * step / 2) / (deviation * math.sqrt(2 * math.pi)) for step in steps]
    axes.plot([mean + step * deviation for step in steps], heights, color=paper.LINE, linewidth=1.8, label="normal")
    axes.set_ylim(0, max(axes.get_ylim()[1], max(heights) * 1.22))
