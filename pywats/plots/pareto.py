"""Pareto charts: what is most frequent, and how much of the whole the first few are."""

# pyright: reportUnknownMemberType=false
# (matplotlib's types leave keyword arguments open.)

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Self, TypedDict

from pywats.errors import ValidationError
from pywats.plots import paper
from pywats.plots.rows import Rows, columns_of, number_of
from pywats.query.paths import display_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOP: Final = 10
"""Categories that are drawn, unless told otherwise."""
_MOST: Final = 30
_LONGEST_NAME: Final = 26
_FEWEST: Final = 3
"""There is room for so many bars where there are fewer."""
_ROOM: Final = 1.1
"""How much wider the axes are than the whole, so that the last point has its number beside it."""


class Category(TypedDict):
    """A bar of a Pareto chart.

    Attributes:
        name: of the category; the last may stand for all others.
        count: of it.
        percent: of the whole that this category and those before it are.
    """

    name: str
    count: float
    percent: float


@dataclass(frozen=True)
class Pareto:
    """Categories, the largest first.

    Attributes:
        categories: that are drawn.
        found: how many there are.
        label: what is counted.
        title: of the chart.
    """

    categories: list[Category]
    found: int
    label: str
    title: str

    row: ClassVar[type] = Category

    @classmethod
    def of(cls, rows: Rows, x: str, y: str | None = None, *, top: int = TOP, title: str | None = None) -> Self:
        """Return the categories of a column, counted or added up."""
        if not 1 <= top <= _MOST:
            raise ValidationError(f"top is {top}; it must be from 1 to {_MOST}")
        sums: defaultdict[str, float] = defaultdict(float)
        for name, *counts in columns_of(rows, [x, y] if y else [x]):
            count = number_of(counts[0], y or x) if y else 1.0
            if count is not None and count < 0:
                raise ValidationError(f"{y} holds {count:g}; a Pareto chart has no bars below zero")
            sums[str(name) if name not in (None, "") else "(none)"] += count or 0.0
        counted = sorted(((name, count) for name, count in sums.items() if count), key=lambda each: (-each[1], each[0]))
        label = paper.words(y) if y else "Count"
        return cls(_categories(counted, top), len(counted), label, title or f"{label} by {paper.words(x).lower()}")

    @property
    def rows(self) -> list[Category]:
        """What is drawn: the categories."""
        return self.categories

    @property
    def total(self) -> float:
        """The sum of all categories."""
        return sum(category["count"] for category in self.categories)

    def figure(self) -> "Figure":
        """Draw it: bars that lie, so that long names can be read, and the line of the sum."""
        bars, places = self.categories, range(len(self.categories))
        notes = [f"{self.label} {self.total:,.6g}", f"{self.found:,} {'category' if self.found == 1 else 'categories'}"]
        made = paper.sheet(self.title, notes, height=0.32 * max(len(bars), _FEWEST) + 1.3)
        axes = paper.styled(made.add_subplot(), self.label, "", grid="x")
        if not bars:
            paper.empty(axes, "none")
            return paper.finished(made)
        axes.barh(places, [bar["count"] for bar in bars], height=0.72, color=paper.BAR, label=self.label)
        paper.label_ticks(
            axes.set_yticks, places, [paper.shortened(display_path(bar["name"]), _LONGEST_NAME) for bar in bars]
        )
        axes.set_ylim(max(len(bars), _FEWEST) - 0.4, -0.6)
        axes.set_xlim(0, self.total * _ROOM)
        axes.locator_params(axis="x", nbins=5)
        for place, bar in enumerate(bars):
            paper.write(axes, bar["count"] + 0.03 * self.total, place, f"{bar['count']:,.6g}", ha="left", va="center")
        of_whole = paper.styled(axes.twiny(), "Cumulative share (%)", "")
        of_whole.grid(visible=False)
        of_whole.set_xlim(0, 100 * _ROOM)
        of_whole.plot(
            [bar["percent"] for bar in bars], places, color=paper.ALARM, marker="o", markersize=4.5, linewidth=1.6
        )
        of_whole.set_xticks([0, 20, 40, 60, 80, 100])
        return paper.finished(made)


def _categories(counted: list[tuple[str, float]], top: int) -> list[Category]:
    """Return the first categories, and the others in one where there are more than one."""
    kept = counted if len(counted) <= top + 1 else counted[:top]
    rest = counted[len(kept) :]
    if rest:
        kept = [*kept, (f"{len(rest)} others", sum(count for _, count in rest))]
    total, so_far = sum(count for _, count in counted), 0.0
    categories: list[Category] = []
    for name, count in kept:
        so_far += count
        categories.append(Category(name=name, count=count, percent=100 * so_far / total))
    return categories
