"""What a Takaya tester notes of a run: groups of steps that are judged."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from pywats.ingest.converters.prefixes import rounded
from pywats.ingest.converters.text import malformed, number_or_none

_PREFIXES: Final = {
    **dict.fromkeys("pP", -12),
    **dict.fromkeys("nN", -9),
    **dict.fromkeys("uUµμ", -6),
    "m": -3,
    **dict.fromkeys("kK", 3),
    "M": 6,
    "G": 9,
}
_AMOUNT: Final = re.compile(r"\s*(\S+)(?:\s+([^\s\d.,+-]\S*))?\s*")
_NOTHING: Final = frozenset(("", "0", *(filler * count for filler in "*.-" for count in range(1, 40))))
"""What cells are filled with that say nothing."""
_WIDEST: Final = 1000
"""Columns that a row may have."""
_OF_ANOTHER: Final = {"Unit": "unit", "Net_name": "net"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A step.

    Attributes:
        name: the part, and what of it was measured.
        judgement: as the tester writes it.
        measured: what was measured, as written; empty if nothing was.
        value: the number that it is, if it is one.
        unit: of the number and of its limits.
        low: limit.
        high: limit.
        notes: what else is told.
        place: where it stands.
    """

    name: str
    judgement: str
    measured: str = ""
    value: float | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    notes: tuple[str, ...] = ()
    place: str = ""


@dataclass(slots=True, kw_only=True)
class Group:
    """One board of a panel, or one part of a board.

    Attributes:
        notes: what else its head says.
    """

    number: str
    side: str = ""
    result: str = ""
    serial: str = ""
    place: str = ""
    steps: list[Judged] = field(default_factory=list[Judged])
    notes: list[str] = field(default_factory=list[str])


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of a test program.

    Attributes:
        result: of all its groups, if the header tells one.
        path: of the test program.
        others: what else its header says.
        comment: lines of its header that have no name.
    """

    place: str
    result: str = ""
    model: str = ""
    path: str = ""
    serial: str = ""
    tester: str = ""
    operator: str = ""
    batch: str = ""
    date: str = ""
    seconds: float | None = None
    groups: list[Group] = field(default_factory=list[Group])
    others: dict[str, str] = field(default_factory=dict[str, str])
    comment: list[str] = field(default_factory=list[str])

    @property
    def serials(self) -> tuple[str, ...]:
        """The serial numbers of its units, by group."""
        return tuple(group.serial or self.serial for group in self.groups)


class Columns:
    """Which cell of a row is what.

    Attributes:
        titles: of the columns; a unit and a net are named after the column before them.
        take: gives the wanted cells of a row, empty ones for columns that are not there.
    """

    def __init__(
        self,
        cells: Sequence[str],
        *,
        wanted: Sequence[str],
        notes: Mapping[str, Sequence[str]],
        unread: re.Pattern[str],
    ) -> None:
        """Take the titles.

        Args:
            cells: the titles.
            wanted: those of the cells that ``take`` gives.
            notes: those of what is told together, by its name.
            unread: titles of what is not read; all others are notes under their own titles.
        """
        self.titles = list(_distinct(cells))
        places = {title: at for at, title in enumerate(self.titles)}
        self.take: Callable[[list[str]], tuple[str, ...]] = itemgetter(*(places.get(title, -1) for title in wanted))
        self._told = [(name, places[title]) for name, of in notes.items() for title in of if title in places]
        used = {*wanted, *(title for of in notes.values() for title in of)}
        self._told += [
            (title, at) for title, at in places.items() if title not in used and unread.fullmatch(title) is None
        ]

    def row(self, line: str, delimiter: str, place: str) -> list[str]:
        """Return the cells of a line, and an empty one for the columns that are not there.

        Raises:
            ConversionError: there are more or fewer than there are titles.
        """
        cells = line.split(delimiter, _WIDEST)
        if len(cells) != len(self.titles):
            raise malformed(f"{len(self.titles)} columns are expected, not {len(cells)}", place)
        if " " in line:
            cells = [cell.strip() for cell in cells]
        cells.append("")
        return cells

    def notes(self, cells: list[str]) -> list[str]:
        """Return what a row tells besides, each with its name. Without a pin there is a ``0``."""
        notes: list[str] = []
        last = ""
        for name, text in [(name, cells[at]) for name, at in self._told if cells[at] not in _NOTHING]:
            if name == last:
                notes[-1] += f" {text}"
            else:
                notes.append(f"{name} {text}")
                last = name
        return notes


def titles_of(line: str, delimiter: str) -> list[str]:
    """Return the titles in a line."""
    return line.split(delimiter, _WIDEST)


def _distinct(cells: Sequence[str]) -> Iterator[str]:
    """Yield titles: units and nets with what they are of, and any other that comes again with a number."""
    seen: set[str] = set()
    of = ""
    for cell in cells:
        title = cell.strip()
        if title in _OF_ANOTHER:
            title = f"{of} {_OF_ANOTHER[title]}".strip()
        else:
            of = title
        number, distinct = 1, title
        while distinct in seen:
            number, distinct = number + 1, f"{title} {number + 1}"
        seen.add(distinct)
        yield distinct


def amount(text: str) -> tuple[float | None, str]:
    """Return the number and the unit of a text such as ``4.70 KO``; dots stand for nothing."""
    found = _AMOUNT.fullmatch(text)
    return (None, "") if found is None else (number(found[1]), found[2] or "")


def number(text: str) -> float | None:
    """Return the number that a text is, if it is one: with a point, or with a comma as there are no thousands."""
    return number_or_none(text, decimal="," if "," in text and "." not in text else ".")


def percent(text: str) -> float | None:
    """Return the number of a tolerance, without its sign; none if there is none."""
    value = number(text.strip().rstrip("%"))
    return None if value is None else abs(value)


def around(reference: float, minus: float | None, plus: float | None) -> tuple[float | None, float | None]:
    """Return the limits that tolerances in percent give."""
    low = None if minus is None else rounded(reference - abs(reference) * minus / 100)
    high = None if plus is None else rounded(reference + abs(reference) * plus / 100)
    return low, high


def in_unit(value: float, unit: str, wanted: str) -> float | None:
    """Return a value in another unit, if the two differ by a prefix at most."""
    if unit.upper() == wanted.upper() and unit[:1].upper() != "M":
        return value
    if unit == wanted:
        return value
    (exponent, base), (wanted_exponent, wanted_base) = _split(unit), _split(wanted)
    if base != wanted_base:
        return None
    return rounded(value * 10.0 ** (exponent - wanted_exponent))


def _split(unit: str) -> tuple[int, str]:
    if len(unit) > 1 and unit[0] in _PREFIXES:
        return _PREFIXES[unit[0]], unit[1:]
    return 0, unit
