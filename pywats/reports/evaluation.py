"""Comparison operators: which limits each takes, and when a value passes."""

from typing import Self

from pywats.wire import OpenStrEnum

__all__ = ["CompOp"]


class CompOp(OpenStrEnum):
    """How a measurement is compared with its limits.

    A name of two operators compares with both limits: ``GELE`` passes from the low to the high one, ``LTGT`` outside of
    them. Those of one compare with ``low_limit`` alone.
    """

    LOG = "LOG"
    EQ = "EQ"
    EQT = "EQT"
    NE = "NE"
    LT = "LT"
    LE = "LE"
    GT = "GT"
    GE = "GE"
    CASESENSIT = "CASESENSIT"
    IGNORECASE = "IGNORECASE"
    GTLT = "GTLT"
    GTLE = "GTLE"
    GELT = "GELT"
    GELE = "GELE"
    LTGT = "LTGT"
    LTGE = "LTGE"
    LEGT = "LEGT"
    LEGE = "LEGE"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if isinstance(value, str):
            value = _MISSPELT.get(value.strip().upper(), value)
        return super()._missing_(value)


_MISSPELT = {"IGNORECAS": "IGNORECASE", "CASESENIT": "CASESENSIT"}
