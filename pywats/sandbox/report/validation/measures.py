"""The server's rules for measurements: operators, the limits that each takes, and how statuses fit together."""

from collections.abc import Mapping
from typing import Any

from pywats.sandbox.fields import is_array, is_object
from pywats.sandbox.report.validation.fields import Check, Problems, number, text, words

MEASURES = ("numericMeas", "stringMeas", "booleanMeas")

_STATUS = words("P", "F", "S")
_CHECKS: Mapping[str, Mapping[str, Check]] = {
    "numericMeas": {
        "name": text(100),
        "status": _STATUS,
        "unit": text(20),
        "value": number,
        "lowLimit": number,
        "highLimit": number,
    },
    "stringMeas": {"name": text(100), "status": _STATUS, "value": text(100), "limit": text(100)},
    "booleanMeas": {"name": text(100), "status": _STATUS},
}
_NEEDED = {"numericMeas": ("status", "value"), "stringMeas": ("status",), "booleanMeas": ("status",)}

_ONE_LIMIT = frozenset(("EQ", "NE", "GT", "GE", "LT", "LE"))
_TWO_LIMITS = frozenset(("GTLT", "GTLE", "GELT", "GELE", "LTGT", "LTGE", "LEGT", "LEGE"))
_TEXT_LIMIT = frozenset(("CASESENSIT", "IGNORECASE", "EQ", "NE"))


def check_measures(problems: Problems, path: str, kind: str, step: dict[str, Any]) -> None:
    """Check the measurements of one kind in a step, each alone and all against the step's status.

    A value is never compared with its limits: the tester's word counts.
    """
    values = step[kind]
    if not is_array(values):
        problems.add(path, "is required to be an array.")
        return
    measures = [each for each in values if is_object(each)]
    if len(measures) < len(values):
        problems.add(path, "is required to hold objects only.")
        return
    single = len(measures) == 1
    for index, measure in enumerate(measures):
        place = path if single else f"{path} {measure.get('name') or index}"
        problems.check(place, measure, _CHECKS[kind], _NEEDED[kind])
        if kind == "numericMeas":
            _numeric(problems, place, measure)
        elif kind == "stringMeas":
            _string(problems, place, measure)
    if single:
        _one(problems, path, kind, measures[0].get("status"), step.get("status"))
    else:
        _several(problems, path, measures, step.get("status"))


def _numeric(problems: Problems, path: str, measure: dict[str, Any]) -> None:
    operator = _operator(measure)
    low, high = measure.get("lowLimit") is not None, measure.get("highLimit") is not None
    if operator == "LOG":
        if low or high:
            problems.add(path, "lowLimit and highLimit are not allowed with compOp LOG.")
    elif operator in _ONE_LIMIT:
        if not low:
            problems.add(path, f"lowLimit is required with compOp {operator}.")
        if high:
            problems.add(path, f"highLimit is not allowed with compOp {operator}.")
    elif operator in _TWO_LIMITS:
        if not low or not high:
            problems.add(path, f"lowLimit and highLimit are required with compOp {operator}.")
    else:
        _unknown(problems, path, measure)


def _string(problems: Problems, path: str, measure: dict[str, Any]) -> None:
    operator = _operator(measure)
    limit = measure.get("limit") is not None
    if operator == "LOG":
        if limit:
            problems.add(path, "limit is not allowed with compOp LOG.")
    elif operator in _TEXT_LIMIT:
        if not limit:
            problems.add(path, f"limit is required with compOp {operator}.")
    else:
        _unknown(problems, path, measure)


def _operator(measure: dict[str, Any]) -> str:
    operator = measure.get("compOp")
    return operator.upper() if isinstance(operator, str) else ""


def _unknown(problems: Problems, path: str, measure: dict[str, Any]) -> None:
    operator = measure.get("compOp")
    problems.add(path, "compOp is required." if operator is None else f"compOp {operator!r} is not allowed.")


def _one(problems: Problems, path: str, kind: str, measure: Any, step: Any) -> None:
    """One measurement has the step's status; a step that is done, or failed for another reason, is let through.

    Exports of the server hold done and failed steps with a passed pass/fail measurement.
    """
    let_through = measure == "P" and (step == "D" or (kind == "booleanMeas" and step == "F"))
    if measure != step and not let_through:
        problems.add(path, "Status cannot be different from measurement status.")


def _several(problems: Problems, path: str, measures: list[dict[str, Any]], step: Any) -> None:
    names = [measure.get("name") for measure in measures]
    if not all(isinstance(name, str) and name for name in names):
        problems.add(path, "name is required where a step has several measurements.")
    elif len(set(names)) < len(names):
        problems.add(path, "name is required to be unique in the step.")
    failed = any(measure.get("status") == "F" for measure in measures)
    if failed != (step == "F"):
        problems.add(path, "Status is required to be F if, and only if, a measurement is F.")
