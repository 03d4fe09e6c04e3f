"""Histograms: how values are spread, and where their limits lie."""

# pyright: reportUnknownMemberType=false
# (matplotlib's types leave keyword arguments open.)

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypedDict

from pywats.plots import paper
from pywats.plots.indices import Capability, capability_of
from pywats.plots.rows import Rows
from pywats.plots.sample import Limit, Sample, sample_of
from pywats.tables.columns import VALUE, needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_BARS: Final = 20
_FEWEST_BARS: Final = 6
_FAR: Final = 10
"""A limit that lies so many times the width of the values beside them is named at the edge and not drawn."""
_EDGE: Final = 0.25
"""So near an edge, in parts of the width, a word ends or begins at its line instead of standing above it."""
_CLOSE: Final = 0.45
"""Limits that are closer than that, in parts of the width, have their words one above the other."""


class Bar(TypedDict):
    """A bar of a histogram: values from ``start`` on and below ``end``."""

    start: float
    end: float
    count: int


@dataclass(frozen=True)
class Histogram:
    """Values by their size.

    Attributes:
        sample: the values and their limits.
        bars: from the least values on, without a gap.
        label: what was measured.
        title: of the chart.
    """

    sample: Sample
    bars: list[Bar]
    label: str
    title: str

    row: ClassVar[type] = Bar

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
        """Return the histogram of a column."""
        sample = sample_of(rows, value, low, high, unit)
        name = label or paper.words(value)
        return cls(sample, _bars(sample), name, title or name)

    @property
    def rows(self) -> list[Bar]:
        """What is drawn: the bars."""
        return self.bars

    def figure(self) -> "Figure":
        """Draw it."""
        figures = capability_of(self.sample)
        made = paper.sheet(self.title, notes(self.sample, figures), height=3.2)
        draw(made.add_subplot(), self, figures)
        return paper.finished(made)


def draw(axes: "Axes", histogram: Histogram, figures: Capability) -> None:
    """Draw bars, limits and mean."""
    sample, bars = histogram.sample, histogram.bars
    paper.styled(axes, f"{histogram.label} ({sample.unit})" if sample.unit else histogram.label, "Count")
    axes.ticklabel_format(axis="x", useOffset=False)
    axes.locator_params(axis="x", nbins=6)
    if not bars:
        paper.empty(axes, "no values")
        return
    axes.yaxis.set_major_locator(needed("matplotlib.ticker", "plots").MaxNLocator(5, integer=True))
    axes.bar(
        [bar["start"] for bar in bars],
        [bar["count"] for bar in bars],
        width=[bar["end"] - bar["start"] for bar in bars],
        align="edge",
        color=paper.BAR,
        edgecolor="white",
        linewidth=0.6,
    )
    begin, end = bars[0]["start"], bars[-1]["end"]
    width = end - begin
    for limit in (sample.low, sample.high):
        if limit is not None and begin - _FAR * width <= limit <= end + _FAR * width:
            begin, end = min(begin, limit), max(end, limit)
    pad = 0.04 * (end - begin)
    axes.set_xlim(begin - pad, end + pad)
    axes.set_ylim(0, max(bar["count"] for bar in bars) * 1.22)  # the words of the lines stand above the bars
    close = sample.low is not None and sample.high is not None and sample.high - sample.low < _CLOSE * (end - begin)
    for limit, which, line in ((sample.low, "low", 0), (sample.high, "high", int(close))):
        if limit is not None:
            _limit(axes, limit, which, 1.01 + 0.08 * line)
    if figures.mean is not None:
        axes.axvline(figures.mean, color=paper.INK, linewidth=1.3, label="mean", ymax=0.9)
        paper.write(axes, figures.mean, 0.91, "mean", transform=axes.get_xaxis_transform(), ha="center", va="bottom")


def notes(sample: Sample, figures: Capability) -> list[str]:
    """Return the facts that stand below the title."""
    said = [f"n = {figures.count:,}"]
    if figures.mean is not None:
        said.append(f"mean {paper.figure_of(figures.mean, sample.unit, like=figures.deviation)}")
    if figures.deviation is not None:
        said.append(f"s = {paper.figure_of(figures.deviation, sample.unit, like=figures.deviation)}")
    if sample.missing:
        said.append(f"{sample.missing:,} without a value")
    return said


def _limit(axes: "Axes", limit: float, which: str, height: float) -> None:
    """Draw a limit with its name above, at the edge where it lies far away."""
    left, right = axes.get_xlim()
    text = f"{which} {paper.figure_of(limit)}"
    style: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "va": "bottom", "color": paper.ALARM}
    if limit < left:
        paper.write(axes, left, height, f"← {text}", ha="left", **style)
    elif limit > right:
        paper.write(axes, right, height, f"{text} →", ha="right", **style)
    else:
        axes.axvline(limit, color=paper.ALARM, linewidth=1.5, linestyle=(0, (5, 3)), label=which)
        place = (limit - left) / (right - left)
        side = "left" if place < _EDGE else "right" if place > 1 - _EDGE else "center"
        paper.write(axes, limit, height, text, ha=side, **style)


def _bars(sample: Sample) -> list[Bar]:
    """Count values in about as many bars as the root of their number, of a round width."""
    values = sample.values
    if not values:
        return []
    least, most = min(values), max(values)
    width = _round_up((most - least) / max(_FEWEST_BARS, min(_MOST_BARS, math.ceil(math.sqrt(len(values))))))
    if width <= max(abs(least), abs(most)) * 1e-13:  # equal, as far as an axis can show
        limits = [limit for limit in (sample.low, sample.high) if limit is not None]
        half = max([abs(limit - least) for limit in limits] or [0.0]) / 10 or abs(least) / 20 or 0.5
        return [Bar(start=least - half / 2, end=least + half / 2, count=len(values))]
    # Rounded, since a value that should lie on an edge would else be on either side of it by chance.
    counts = Counter(math.floor(round(value / width, 6)) for value in values)
    return [
        Bar(start=place * width, end=(place + 1) * width, count=counts[place])
        for place in range(min(counts), max(counts) + 1)
    ]


def _round_up(width: float) -> float:
    """Return the next of 1, 2, 2.5 and 5 times a power of ten."""
    if width <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(width))
    return next((step * power for step in (1, 2, 2.5, 5) if step * power >= width * (1 - 1e-9)), 10 * power)
