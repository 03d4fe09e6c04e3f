"""What every chart is drawn on: one size, one hand, colours that colour-blind readers can tell apart.

Figures are made without pyplot, which keeps a list of them for the whole process: any number of threads may draw.
"""

# pyright: reportUnknownMemberType=false
# (matplotlib's types leave keyword arguments open.)

import functools
import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from pywats.tables.columns import needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH: Final = 5.0
"""Inches. Shown as wide as a phone, the letters are as large as those of a page."""

INK: Final = "#1a1a1a"
MUTED: Final = "#555555"
GRID: Final = "#e4e4e4"
BAR: Final = "#56b4e9"
LINE: Final = "#0072b2"
ALARM: Final = "#d55e00"
SERIES: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""The colours of Okabe and Ito for lines side by side."""
OTHERS: Final = "#b5b5b5"

TITLE: Final = 12.0
TEXT: Final = 9.5

_LABELS: Final = {
    "fpy": "First pass yield",
    "spy": "Second pass yield",
    "tpy": "Third pass yield",
    "lpy": "Last pass yield",
    "fail_count": "failures",
    "unit_count": "units",
    "station_name": "station",
    "step_path": "step",
    "step_name": "step",
}
"""What columns are called on an axis, where that is not their name."""

_LINE_HEIGHT: Final = 1.35
_MARGIN: Final = 0.12
_EASTERN: Final = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "Hiragino Sans",
)
"""Fonts for letters that matplotlib's own lacks; those of them are used that are installed."""


def sheet(title: str, notes: Iterable[str], *, height: float) -> "Figure":
    """Return an empty figure with a title and a line of notes; its axes go below these.

    Args:
        title: what the chart shows.
        notes: short facts, such as ``n = 20``.
        height: of the part below, in inches.

    Raises:
        ConfigurationError: matplotlib is not installed.
    """
    heads = textwrap.wrap(shown(title), 42)[:3]
    lines = wrapped(map(shown, notes), 58)
    top = (len(heads) * TITLE + len(lines) * TEXT) * _LINE_HEIGHT / 72 + _MARGIN
    made: Figure = needed("matplotlib.figure", "plots").Figure(
        figsize=(WIDTH, height + top), dpi=200, facecolor="white", edgecolor="white"
    )
    below = height / (height + top)
    made.set_layout_engine("constrained", rect=(0.01, 0.01, 0.98, below - 0.02), w_pad=0.04, h_pad=0.04)
    made.set_label(shown(title))
    place = 1 - _MARGIN / (height + top)
    for text, size, weight, colour in (
        *((head, TITLE, "bold", INK) for head in heads),
        *((line, TEXT, "normal", MUTED) for line in lines),
    ):
        write(made, 0.025, place, text, size=size, weight=weight, color=colour, va="top")
        place -= size * _LINE_HEIGHT / 72 / (height + top)
    return made


def finished(figure: "Figure") -> "Figure":
    """Return a figure with everything in its final place, so that it looks the same however often it is saved."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def styled(axes: "Axes", x: str, y: str, *, grid: str = "y") -> "Axes":
    """Return axes in our hand, with their labels."""
    axes.set_facecolor("white")
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(side == "bottom")
        axes.spines[side].set_color(MUTED)
        axes.spines[side].set_linewidth(0.8)
    axes.tick_params(
        colors=MUTED,
        labelcolor=INK,
        labelsize=TEXT,
        labelfontfamily=list(_families()),
        length=3,
        width=0.8,
        which="both",
    )
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    axes.grid(visible=True, axis="x" if grid == "x" else "y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    style: Any = {"parse_math": False, "fontfamily": list(_families()), "fontsize": TEXT, "color": MUTED}
    axes.set_xlabel(shown(x), **style)
    axes.set_ylabel(shown(y), **style)
    return axes


def write(where: Any, x: float, y: float, text: str, **style: Any) -> Any:
    """Write a text on a figure or on axes, letter by letter as it is; returns it."""
    style = {"size": TEXT, "color": INK, **style}
    return where.text(x, y, shown(text), fontfamily=list(_families()), parse_math=False, **style)


def empty(axes: "Axes", text: str) -> None:
    """Say on axes that there is nothing to draw."""
    write(axes, 0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED)
    axes.set(xticks=[], yticks=[])


def label_ticks(set_ticks: Any, places: Sequence[float], texts: Sequence[str]) -> None:
    """Give an axis ticks with texts of ours."""
    set_ticks(list(places), labels=[shown(text) for text in texts], parse_math=False, fontfamily=list(_families()))


def legend(figure: "Figure", handles: Sequence[Any], texts: Sequence[str]) -> None:
    """Put a legend below everything."""
    made = figure.legend(
        list(handles),
        [" "] * len(texts),  # matplotlib has a meaning of its own for texts that begin with _
        loc="outside lower left",
        ncols=min(len(texts), 3),
        frameon=False,
        handlelength=1.6,
        columnspacing=1.2,
    )
    for held, text in zip(made.get_texts(), texts, strict=True):
        held.set(
            text=shown(shortened(text, 18)), parse_math=False, fontfamily=list(_families()), fontsize=TEXT, color=INK
        )


def shown(text: str) -> str:
    """Return a text as one line of letters that the fonts have."""
    line = " ".join(text.split())
    return "".join(letter if ord(letter) in _letters() else "\N{REPLACEMENT CHARACTER}" for letter in line)


def words(name: str) -> str:
    """Return the name of a column as the label of an axis."""
    text = _LABELS.get(name, name.replace("_", " ").strip())
    return f"{text[:1].upper()}{text[1:]}"


def shortened(text: str, longest: int) -> str:
    """Return a text that is not too long; of a path the end is kept, which says more than its beginning."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    ends = [text[place:] for place, letter in enumerate(text) if letter == "/" and len(text) - place < longest]
    return f"…{ends[0]}" if ends else f"{text[: longest - 1]}…"


def wrapped(notes: Iterable[str], longest: int) -> list[str]:
    """Return notes as lines, each note whole in one of them."""
    lines: list[str] = []
    for note in notes:
        joined = f"{lines[-1]} · {note}" if lines else note
        if lines and len(joined) <= longest:
            lines[-1] = joined
        else:
            lines.append(note)
    return lines


def figure_of(value: float, unit: str | None = None, *, like: float | None = None) -> str:
    """Return a number for people, as exact as a deviation of ``like`` allows."""
    text = f"{value:.6g}"
    if like and 1e-6 < abs(like) < 1e6 and abs(value) < 1e9:  # noqa: PLR2004 - beyond, powers of ten read better
        text = f"{value:.{max(0, 1 - math.floor(math.log10(abs(like))))}f}"
    return f"{text} {unit}" if unit else text


@functools.cache
def _families() -> tuple[str, ...]:
    manager = needed("matplotlib.font_manager", "plots").fontManager
    there = {font.name for font in manager.ttflist}
    return ("DejaVu Sans", *(name for name in _EASTERN if name in there))


@functools.cache
def _letters() -> frozenset[int]:
    """The letters that can be drawn; matplotlib warns of others, and draws boxes."""
    fonts = needed("matplotlib.font_manager", "plots")
    return frozenset(code for name in _families() for code in fonts.get_font(fonts.findfont(name)).get_charmap())
