"""Yield over time: a line for each product or station, and how many units stand behind each point."""

# pyright: reportUnknownMemberType=false
# (matplotlib's types leave keyword arguments open.)

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypedDict

from pywats.errors import ValidationError
from pywats.plots import paper
from pywats.plots.rows import Rows, columns_of, number_of
from pywats.tables.columns import needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d.*)?")
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2200
"""Beyond these, an instant stands for none, as the year 1 does, and the axis would have no room for the others."""
_ROUNDING: Final = 1e-9
"""A yield that was computed may be so much above 100 %."""
_LETTERS: Final = 44
"""So many find room below the axis."""


class Point(TypedDict):
    """A point of a line.

    Attributes:
        x: when.
        series: the line that it is on.
        y: how much, in percent.
        count: units that it is the yield of, where that is known.
    """

    x: str
    series: str | None
    y: float | None
    count: float | None


@dataclass(frozen=True)
class Trend:
    """Yield over time.

    Attributes:
        points: of all lines, in the order of time.
        places: where each ``x`` is drawn.
        dated: whether these places are instants, and not numbers.
        series: names of the lines, that with the most units first.
        counted: whether points have counts.
        target: the yield that is wanted.
        label: of the yield.
        title: of the chart.
    """

    points: list[Point]
    places: dict[str, Any]
    dated: bool
    series: list[str | None]
    counted: bool
    target: float | None
    label: str
    title: str

    row: ClassVar[type] = Point

    @classmethod
    def of(
        cls,
        rows: Rows,
        x: str,
        y: str,
        *,
        by: str | None = None,
        count: str | None = None,
        target: float | None = None,
        title: str | None = None,
    ) -> Self:
        """Return the points of rows."""
        names = [x, y, *filter(None, (by, count))]
        found = [dict(zip(names, row, strict=True)) for row in columns_of(rows, names)]
        found = [row for row in found if row[x] not in (None, "")]
        places, dated = _places([row[x] for row in found])
        points = [
            Point(
                x=_text(row[x]),
                series=None if by is None else str(row[by]) if row[by] not in (None, "") else "(none)",
                y=_percent(row[y], y),
                count=None if count is None else number_of(row[count], count),
            )
            for row in found
        ]
        points.sort(key=lambda point: (places[point["x"]], point["series"] or ""))
        label = paper.words(y)
        return cls(
            points,
            places,
            dated,
            _by_size(points),
            count is not None,
            target,
            label,
            title or (f"{label} by {paper.words(by).lower()}" if by else label),
        )

    @property
    def rows(self) -> list[Point]:
        """What is drawn: the points."""
        return self.points

    def figure(self) -> "Figure":
        """Draw it."""
        made = paper.sheet(self.title, list(self._notes()), height=3.6 if self.counted else 3.0)
        if self.counted:
            axes, below = made.subplots(2, 1, sharex=True, height_ratios=[3, 1])
            paper.styled(below, "", "Units")
            self._bars(below)
            below.locator_params(axis="y", nbins=3)
        else:
            axes = below = made.add_subplot()
        paper.styled(axes, "", f"{self.label} (%)")
        if not self.points:
            below.set(xticks=[], yticks=[])
            paper.empty(axes, "no rows")
            return paper.finished(made)
        self._lines(made, axes)
        self._label_time(below)
        return paper.finished(made)

    def _notes(self) -> Iterator[str]:
        names = list(self.places)
        if names:
            first, last = names[0], names[-1]
            if self.dated:
                first, last = (f"{self.places[name]:%Y-%m-%d %H:%M}".removesuffix(" 00:00") for name in (first, last))
            yield first if len(names) == 1 else f"{first} to {last}"
        if self.counted:
            yield f"{sum(point['count'] or 0 for point in self.points):,.6g} units"
        if self.target is not None:
            yield f"target {self.target:g} %"

    def _lines(self, figure: "Figure", axes: "Axes") -> None:
        if self.target is not None:
            axes.axhline(self.target, color=paper.MUTED, linewidth=1.2, linestyle=(0, (5, 3)), label="target")
        drawn: dict[str, Any] = {}
        most = len(paper.SERIES)
        few = self.series if len(self.series) <= most else self.series[: most - 1]
        for series in reversed(self.series):  # the first lies on top
            points = [point for point in self.points if point["series"] == series]
            colour = paper.SERIES[few.index(series)] if series in few else paper.OTHERS
            (line,) = axes.plot(
                [self.places[point["x"]] for point in points],
                [float("nan") if (y := point["y"]) is None else y for point in points],
                color=colour,
                linewidth=1.8 if series in few else 1.0,
                marker="o",
                markersize=4 if len(points) <= 60 else 0,  # noqa: PLR2004 - more of them would be a band
                label=str(series or self.label),
            )
            drawn[f"{len(self.series) - len(few)} others" if series not in few else str(series)] = line
        if len(self.series) > 1:
            names = [str(series) for series in few] + [name for name in drawn if name not in map(str, few)]
            paper.legend(figure, [drawn[name] for name in names], names)
        ys = [y for point in self.points if (y := point["y"]) is not None]
        lowest = min([*ys, 100.0 if self.target is None else self.target], default=0.0)
        pad = max(1.0, 0.08 * (100 - lowest))
        axes.set_ylim(max(lowest - pad, -2), 100 + 0.4 * pad)
        axes.locator_params(axis="y", nbins=6)

    def _bars(self, axes: "Axes") -> None:
        sums: defaultdict[Any, float] = defaultdict(float)
        for point in self.points:
            sums[self.places[point["x"]]] += point["count"] or 0
        places = sorted(sums)
        gaps = [later - earlier for earlier, later in pairwise(places)]
        width = min(gaps) * 0.72 if gaps else 0.72
        axes.bar(places, [sums[place] for place in places], width=width, color=paper.BAR)

    def _label_time(self, axes: "Axes") -> None:
        names = list(self.places)
        if not self.dated:
            step = -(-len(names) // max(2, _LETTERS // (max(map(len, names)) + 3)))
            paper.label_ticks(axes.set_xticks, [self.places[name] for name in names[::step]], names[::step])
            axes.set_xlim(-0.6, len(names) - 0.4)
            return
        dates = needed("matplotlib.dates", "plots")
        first, last = self.places[names[0]], self.places[names[-1]]
        by_clock = last - first <= timedelta(days=2) and any(place.time() != time() for place in self.places.values())
        if first == last:
            axes.set_xlim(first - timedelta(days=1), last + timedelta(days=1))
            axes.set_xticks([first])
        else:
            most = 4 if by_clock else 6
            axes.xaxis.set_major_locator(
                dates.AutoDateLocator(tz=UTC, minticks=3, maxticks=most, interval_multiples=False)
            )
        style = "%d %b %H:%M" if by_clock else "%d %b" if last - first <= timedelta(days=300) else "%b %Y"
        axes.xaxis.set_major_formatter(dates.DateFormatter(style, tz=UTC))
        if by_clock:
            axes.set_xlabel("UTC")


def _percent(value: object, name: str) -> float | None:
    number = number_of(value, name)
    if number is None:
        return None
    if not 0 <= number <= 100 + _ROUNDING:
        raise ValidationError(f"{name} holds {number!r}; a yield is from 0 to 100 %")
    return min(number, 100.0)


def _by_size(points: Sequence[Point]) -> list[str | None]:
    """Return the names of lines, those with the most units, or points, first."""
    sizes: defaultdict[str | None, float] = defaultdict(float)
    for point in points:
        sizes[point["series"]] += 1 if point["count"] is None else point["count"]
    return sorted(sizes, key=lambda name: (-sizes[name], name or ""))


def _places(values: Sequence[object]) -> tuple[dict[str, Any], bool]:
    """Return where each value is drawn: days and instants by the clock, all others side by side in natural order."""
    instants = {_text(value): _instant(value) for value in values}
    dated = {name: instant for name, instant in instants.items() if instant is not None}
    if dated and len(dated) == len(instants):
        return dict(sorted(dated.items(), key=lambda each: each[1])), True
    return {name: place for place, name in enumerate(sorted(instants, key=_natural))}, False


def _instant(value: object) -> datetime | None:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, date) and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValidationError(f"{value} is too far away to draw; leave such rows out")
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else None


def _natural(name: str) -> list[tuple[int, str]]:
    """Order W9 before W10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
