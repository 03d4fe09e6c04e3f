"""Which converters there are: those of this package, those that others install, and any module by its name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from pywats.ingest.converters.interface import Converter

AUTO: Final = "auto"
CLAIM: Final = 0.5
"""From here on a converter claims a file; below, it only guesses."""
GROUP: Final = "pywats.converters"
"""Entry points of this group are converters of other packages."""
BUILT_IN: Final[Mapping[str, str]] = {
    "wsjf": "wsjf",
    "wsxf": "wsxf",
    "wstf": "wstf",
    "atml": "atml",
    "csv": "table",
    "junit": "junit",
    "keysight-i3070": "i3070",
    "klippel": "klippel",
    "openhtf": "openhtf",
    "saki": "saki",
    "sigmaquest": "sigmaquest",
    "soundcheck": "soundcheck",
    "spea": "spea",
    "stdf": "stdf",
    "takaya": "takaya",
    "teradyne-gr228x": "gr228x",
    "teradyne-spectrum": "spectrum",
    "teststand-xml": "teststand",
    "viscom": "viscom",
    "xjtag": "xjtag",
}
"""Modules of this package, by the names that they have in a configuration; the first one for an ending is tried."""


class NoConverterError(LookupError):
    """A module or object is none."""


def names() -> list[str]:
    """Return the names of the converters that are installed."""
    return [*BUILT_IN, *sorted(_installed().keys() - BUILT_IN.keys())]


@cache
def find(name: str) -> Converter:
    """Return a converter by its name, or by its place: ``package.module`` or ``package.module:object``.

    Raises:
        LookupError: there is none, it cannot be imported, or it is none; the text says which.
    """
    if name in BUILT_IN:
        return _checked(name, import_module(f"pywats.ingest.converters.{BUILT_IN[name]}"))
    point = _installed().get(name) or EntryPoint(name, name, GROUP)
    try:
        return _checked(name, point.load())
    except Exception as error:
        if name not in _installed() and not {".", ":"} & set(name):
            known = ", ".join(names())
            raise LookupError(
                f'there is no converter "{name}"; it is {AUTO}, one of: {known}, or a module as package.module'
            ) from error
        if isinstance(error, NoConverterError):
            raise
        raise LookupError(f'converter "{name}" cannot be imported: {type(error).__name__}: {error}') from error


@dataclass(frozen=True, slots=True)
class Candidates:
    """The converters that may read a file, the likeliest first.

    Attributes:
        names: of them.
        claimed: whether they are sure of it; otherwise they but guess.
        said: what there is to say about the choice.
    """

    names: tuple[str, ...]
    claimed: bool
    said: str = ""


def candidates(head: bytes, file: str) -> Candidates:
    """Return the converters for a file: those that claim its content, or else those that guess, by content or name.

    Args:
        head: how the file begins.
        file: its name.
    """
    opinions = sorted(_opinions(head, file), key=lambda opinion: -opinion[0])
    claims = [(grade, name) for grade, name in opinions if grade >= CLAIM]
    if claims:
        said = " and ".join(f"{name} ({grade:.2f})" for grade, name in claims)
        said = f"{said} claim it; the first is the surest" if len(claims) > 1 else ""
        return Candidates(tuple(name for _, name in claims), True, said)
    ending = file.lower()
    by_name = [name for name in names() if ending.endswith(tuple(find(name).SUFFIXES))]
    return Candidates(tuple(dict.fromkeys([*(name for _, name in opinions), *by_name])), False)


def _opinions(head: bytes, file: str) -> Iterator[tuple[float, str]]:
    for name in names():
        grade = find(name).sniff(head, file)
        if grade > 0:
            yield grade, name


@cache
def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _checked(name: str, found: object) -> Converter:
    missing = [part for part in ("SUFFIXES", "Options", "sniff", "convert") if not hasattr(found, part)]
    if missing:
        raise NoConverterError(f'"{name}" is no converter: it has no {", ".join(missing)}')
    return cast("Converter", found)
