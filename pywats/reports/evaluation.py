"""Comparison operators: which limits each takes, and when a value passes."""

import operator
from collections.abc import Callable, Mapping
from typing import Final, Self

from pywats.exchange.wire import OpenStrEnum

__all__ = ["CompOp", "StepType", "limits_of", "passes", "text_limit_of", "text_passes"]


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


class StepType(OpenStrEnum):
    """Names of kinds of step, as filters have them; the ``step_type`` of a step may be any text."""

    SEQUENCE_CALL = "SequenceCall"
    NUMERIC_LIMIT = "NumericLimit"
    STRING_VALUE = "StringValue"
    PASS_FAIL = "PassFail"  # noqa: S105 - no password
    MULTIPLE_NUMERIC = "MultipleNumericLimit"
    ACTION = "Action"
    MESSAGE_POPUP = "MessagePopup"
    CALL_EXECUTABLE = "CallExecutable"
    LABEL = "Label"
    GOTO = "Goto"
    FLOW_CONTROL = "FlowControl"
    STATEMENT = "Statement"
    PROPERTY_LOADER = "PropertyLoader"
    GENERIC = "Generic"
    UNKNOWN = "Unknown"


Limits = tuple[str, float | None, float | None]
"""An operator, and the low and the high limit."""
Compare = Callable[[float, float], bool]

ONE_LIMIT: Final[Mapping[str, Compare]] = {
    "EQ": operator.eq,
    "NE": operator.ne,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
}
"""Operators that compare with the low limit alone."""
TWO_LIMITS: Final[Mapping[str, tuple[Compare, Compare, bool]]] = {
    f"{low}{high}": (ONE_LIMIT[low], ONE_LIMIT[high], low[0] == "G")
    for low, high in (
        *(("GT", "LT"), ("GT", "LE"), ("GE", "LT"), ("GE", "LE")),
        *(("LT", "GT"), ("LT", "GE"), ("LE", "GT"), ("LE", "GE")),
    )
}
"""Operators that compare with both limits, and whether both comparisons must hold: outside, one is enough."""
TEXT_OPERATORS: Final = frozenset(("LOG", "EQ", "NE", "CASESENSIT", "IGNORECASE"))
"""Operators of texts; greater and less are not compared by the server."""


def limits_of(
    comp_op: CompOp | str | None, low: float | None, high: float | None
) -> tuple[str, float | None, float | None]:
    """The operator and the limits as a report has them; without an operator, the limits tell it.

    A low limit alone means at least, a high one at most, both from one to the other, none that nothing is compared.

    Raises:
        ValueError: the operator takes other limits.
    """
    if comp_op is None:
        if low is None:
            return ("LOG", None, None) if high is None else ("LE", high, None)
        return ("GE", low, None) if high is None else ("GELE", low, high)
    name = CompOp(comp_op).value
    if name == "LOG":
        if low is not None or high is not None:
            raise ValueError("LOG compares with nothing; leave the limits out, or choose another operator")
    elif name in ONE_LIMIT:
        if (low is None) == (high is None):
            raise ValueError(f"{name} compares with one limit; give either low or high")
        return name, high if low is None else low, None
    elif name in TWO_LIMITS:
        if low is None or high is None:
            raise ValueError(f"{name} compares with two limits; give low and high")
    else:
        raise ValueError(f"{name} does not compare numbers; {', '.join(('LOG', *ONE_LIMIT, *TWO_LIMITS))} do")
    return name, low, high


def passes(comp_op: CompOp | str, value: float, low: float | None = None, high: float | None = None) -> bool:
    """Whether a number passes.

    Raises:
        ValueError: the operator does not compare numbers, or takes other limits.
    """
    operator, least, most = limits_of(comp_op, low, high)
    return compared(operator, value, least, most)


def compared(comp_op: str, value: float, low: float | None, high: float | None) -> bool:
    """Whether a number passes, with operator and limits as ``limits_of`` gives them."""
    if low is None:
        return True
    if high is None:
        return ONE_LIMIT[comp_op](value, low)
    with_low, with_high, inside = TWO_LIMITS[comp_op]
    first, second = with_low(value, low), with_high(value, high)
    return first and second if inside else first or second


def text_limit_of(comp_op: CompOp | str | None, limit: str | None) -> str:
    """The operator of a text as a report has it; without one, case counts where there is a limit.

    Raises:
        ValueError: the operator does not compare texts, or the limit is missing or too much.
    """
    if comp_op is None:
        return "LOG" if limit is None else "CASESENSIT"
    name = CompOp(comp_op).value
    if name not in TEXT_OPERATORS:
        raise ValueError(f"{name} does not compare texts; {', '.join(sorted(TEXT_OPERATORS))} do")
    if (name == "LOG") != (limit is None):
        raise ValueError("LOG compares with nothing; leave the limit out" if limit else f"{name} needs a limit")
    return name


def text_passes(comp_op: CompOp | str, value: str, limit: str | None = None) -> bool:
    """Whether a text passes.

    Raises:
        ValueError: the operator does not compare texts, or the limit is missing or too much.
    """
    name = text_limit_of(comp_op, limit)
    if limit is None:
        return True
    if name == "IGNORECASE":
        return value.casefold() == limit.casefold()
    return (value == limit) != (name == "NE")
