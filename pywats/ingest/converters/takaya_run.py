"""What a Takaya tester notes of a run: groups of steps that are judged."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pywats.ingest.converters.text import number_or_none

_PREFIXES: Final = {"p": -12, "P": -12, "n": -9, "N": -9, "u": -6, "U": -6, "m": -3, "K": 3, "k": 3, "M": 6, "G": 9}
_AMOUNT: Final = re.compile(r"\s*([^\s]+)\s*(\S*)\s*")


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
    """One board of a panel, or one part of a board."""

    number: str
    side: str = ""
    result: str = ""
    serial: str = ""
    place: str = ""
    steps: list[Judged] = field(default_factory=list[Judged])


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of a test program.

    Attributes:
        others: what else its header says.
    """

    place: str
    model: str = ""
    serial: str = ""
    tester: str = ""
    date: str = ""
    seconds: float | None = None
    groups: list[Group] = field(default_factory=list[Group])
    others: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def serials(self) -> tuple[str, ...]:
        """The serial numbers of its units, by group."""
        return tuple(group.serial or self.serial for group in self.groups)


def amount(text: str) -> tuple[float | None, str]:
    """Return the number and the unit of a text such as ``4.70 KO``; dots stand for nothing."""
    found = _AMOUNT.fullmatch(text)
    return (None, "") if found is None else (number_or_none(found[1]), found[2])


def percent(text: str) -> float | None:
    """Return the number of a tolerance, without its sign; none if there is none."""
    value = number_or_none(text.strip().rstrip("%"))
    return None if value is None else abs(value)


def around(reference: float, minus: float | None, plus: float | None) -> tuple[float | None, float | None]:
    """Return the limits that tolerances in percent give, without the dust of binary fractions."""
    low = None if minus is None else float(f"{reference - abs(reference) * minus / 100:.12g}")
    high = None if plus is None else float(f"{reference + abs(reference) * plus / 100:.12g}")
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
    return float(f"{value * 10.0 ** (exponent - wanted_exponent):.12g}")


def _split(unit: str) -> tuple[int, str]:
    if len(unit) > 1 and unit[0] in _PREFIXES:
        return _PREFIXES[unit[0]], unit[1:]
    return 0, unit


def notes(*pairs: tuple[str, str]) -> Iterator[str]:
    """Yield what is told, with its name."""
    return (f"{name} {text.strip()}" for name, text in pairs if text.strip().strip("*.-0") or text.strip() == "0.0")
