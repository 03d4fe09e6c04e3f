"""Prefixes of units, as most testers write them, and numbers that were brought to another one."""

from collections.abc import Mapping
from typing import Final

PREFIXES: Final[Mapping[str, float]] = {
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "\N{MICRO SIGN}": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "K": 1e3,
    "M": 1e6,
    "G": 1e9,
}


def rounded(number: float) -> float:
    """Return a number as twelve digits tell it, without the dust of binary fractions that computing leaves."""
    return float(f"{number:.12g}")
