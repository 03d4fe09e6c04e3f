"""Measurements as JSON, compared while they are made."""

from collections.abc import Callable
from math import isfinite
from typing import Any, TypeVar

from pywats.reports.evaluation import CompOp, compared, limits_of, text_limit_of, text_passes
from pywats.reports.measurements import StepStatus
from pywats.reports.member import Json
from pywats.reports.scalar import flag_of, number_of, text_of

T = TypeVar("T")

RANKS = {"P": 0, "D": 1, "S": 2, "F": 3, "E": 4, "T": 5}
"""How grave a status is."""
MEASURED = frozenset("PFS")
"""The statuses that a measurement may have."""


def numeric_measurement(value: Any, unit: str, low: Any, high: Any, comp_op: CompOp | str | None) -> tuple[Json, bool]:
    """A number with its limits, and whether it passes.

    Raises:
        ValueError: it is not finite, or the operator takes other limits; the text says which.
        TypeError: it is no number.
    """
    number = value if type(value) is float and isfinite(value) else _as(number_of, "value", value)
    least = low if low is None or (type(low) is float and isfinite(low)) else _as(number_of, "low", low)
    most = high if high is None or (type(high) is float and isfinite(high)) else _as(number_of, "high", high)
    operator, least, most = limits_of(comp_op, least, most)
    said = unit if type(unit) is str else _as(text_of, "unit", unit)
    wire: Json = {"compOp": operator, "status": "P", "unit": said, "value": number}
    if least is None:
        return wire, True
    wire["lowLimit"] = least
    if most is not None:
        wire["highLimit"] = most
    return wire, compared(operator, number, least, most)


def string_measurement(value: Any, limit: Any, comp_op: CompOp | str | None) -> tuple[Json, bool]:
    """A text with its limit, and whether it passes.

    Raises:
        ValueError: the operator does not compare texts, or the limit is missing or too much.
        TypeError: it is no text.
    """
    said = _as(text_of, "value", value)
    wanted = None if limit is None else _as(text_of, "limit", limit)
    operator = text_limit_of(comp_op, wanted)
    wire: Json = {"compOp": operator, "status": "P", "value": said}
    if wanted is not None:
        wire["limit"] = wanted
    return wire, text_passes(operator, said, wanted)


def boolean_measurement(value: Any) -> tuple[Json, bool]:
    """A pass or a fail, and which.

    Raises:
        TypeError: it is neither true nor false.
    """
    return {"status": "P"}, _as(flag_of, "value", value)


def _as(read: Callable[[Any], T], field: str, value: Any) -> T:
    """A value as plain JSON; what is wrong with it is said of its field."""
    try:
        return read(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{field} {error}") from error


def letter_of(status: StepStatus | str) -> str:
    """The letter of a status.

    Raises:
        ValueError: there is no such status.
    """
    if type(status) is str and status in RANKS:
        return status
    letter = str(StepStatus(status).value)
    if letter not in RANKS:
        raise ValueError(f"status is {status!r}; it must be one of {', '.join(StepStatus.__members__)}")
    return letter


def settled(status: StepStatus | str | None, passed: bool, active: bool) -> str:
    """The letter of a status: the one given, or what the comparison says.

    While a report is built, a pass that is given yields to a comparison that fails; in an import it stands.
    """
    if status is None:
        return "P" if passed else "F"
    letter = letter_of(status)
    return "F" if active and letter == "P" and not passed else letter
