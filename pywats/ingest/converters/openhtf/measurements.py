"""Measurements and files of an OpenHTF phase, as steps."""

import json
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, NamedTuple, cast

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.conversion.posting import as_list, as_object
from pywats.ingest.converters.building import LONGEST_UNIT, add_number, add_report_text, add_text, shortened, told_whole
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.binary import Attachment
from pywats.reports.builder import StepOptions
from pywats.reports.chart import MOST_POINTS
from pywats.reports.steps import SequenceCall

_STATUS: Final = {"PASS": "P", "FAIL": "F"}
_NOT_MADE: Final = {"UNSET": "no value was set", "PARTIALLY_SET": "not all was set", "SKIPPED": "skipped"}
MOST: Final = 1e300
"""No measured number is larger; JSON may hold whole numbers that no float can."""
_POINT: Final = 2
"""Numbers of a point of a curve."""
_NUMBER: Final = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_RANGE: Final = re.compile(
    rf"(?:{_NUMBER} *(<=?) *)?(?:Marginal:\S+ *<=? *)?x(?: *<=? *Marginal:\S+)?(?: *(<=?) *{_NUMBER})?"
)
_WITHIN: Final = re.compile(rf"'x' is within {_NUMBER}% of {_NUMBER}(?:\. Marginal: .*)?")
_EQUAL: Final = re.compile(r"(?:x == |'x' is equal to )'?(.*?)'?", re.DOTALL)
_EXACT: Final = re.compile(r"'x' matches /\^([\w .:+-]|\\[^\w\s])*\$/", re.ASCII)


class Limits(NamedTuple):
    """What a number is compared with."""

    comp_op: str | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Validators:
    """What a measurement was checked for, as OpenHTF writes it down: sentences such as ``0 <= x <= 5``."""

    texts: tuple[str, ...]

    def limits(self) -> Limits:
        """Return the limits of a number, if they are told completely."""
        low: tuple[float, str] | None = None
        high: tuple[float, str] | None = None
        for text in self.texts:
            equal, between = _EQUAL.fullmatch(text), _RANGE.fullmatch(text)
            if (within := _WITHIN.fullmatch(text)) is not None and len(self.texts) == 1:
                percent, expected = map(float, within.groups())
                span = abs(expected * percent / 100)
                return Limits("GELE", expected - span, expected + span) if isfinite(span) else Limits()
            if equal is not None and len(self.texts) == 1 and re.fullmatch(_NUMBER, equal[1]):
                return Limits("EQ", float(equal[1]))
            if between is None or between[0] == "x":
                return Limits()
            if between[1] and low is None:
                low = float(between[1]), "GT" if between[2] == "<" else "GE"
            elif between[1]:
                return Limits()
            if between[4] and high is None:
                high = float(between[4]), "LT" if between[3] == "<" else "LE"
            elif between[4]:
                return Limits()
        least, most = (None if limit is None or not isfinite(limit[0]) else limit[0] for limit in (low, high))
        operators = "".join(limit[1] for limit in (low, high) if limit is not None)
        return Limits(operators or None, least, most)

    def wanted(self) -> str | None:
        """Return the text that a text has to be, if that is all that is asked for."""
        if len(self.texts) != 1:
            return None
        if (equal := _EQUAL.fullmatch(self.texts[0])) is not None:
            return equal[1]
        if _EXACT.fullmatch(self.texts[0]) is not None and "." not in self.texts[0].replace("\\.", ""):
            literal = self.texts[0].removeprefix("'x' matches /^").removesuffix("$/")
            return None if re.search(r"(?<!\\)[+*?]", literal) else re.sub(r"\\(.)", r"\1", literal)
        return None


def add_measurement(into: SequenceCall, name: str, measurement: JsonObject, *, failed: bool, place: str) -> None:
    """Add a measurement of a phase.

    Args:
        into: the phase.
        name: of the measurement.
        measurement: it.
        failed: whether its phase did; a measurement that was never made counts as its phase does.
        place: where it stands.
    """
    outcome = str(measurement.get("outcome")).rpartition(".")[2]
    status = _STATUS.get(outcome)
    validators = Validators(tuple(map(str, as_list(measurement.get("validators")) or ())))
    notes = [str(measurement["docstring"])] if measurement.get("docstring") else []
    notes += [f"must be: {text}" for text in validators.texts]
    conditional = as_list(measurement.get("conditional_validators")) or ()
    notes += [f"must be, on a condition: {json.dumps(each)}" for each in conditional]
    if measurement.get("marginal"):
        notes.append("marginal")
    options = StepOptions(report_text="\n".join(notes)) if notes else StepOptions()
    if status is None:
        if outcome not in _NOT_MADE:
            detail = f"outcome is {outcome:.40}, not PASS, FAIL, {', '.join(_NOT_MADE)}"
            raise ConversionError(Reason.WRONG_VALUE, detail, f"{place}.outcome")
        notes.append(_NOT_MADE[outcome])
        options["report_text"] = "\n".join(notes)
        status = "F" if failed and outcome != "SKIPPED" else "S"
    value: Any = measurement.get("measured_value")
    unit = _unit(measurement)
    if as_list(measurement.get("dimensions")):
        _add_curve(into, name, measurement, status, options)
    elif isinstance(value, bool):
        options["report_text"] = "\n".join((*notes, f"value {value}"))
        into.passed(told_whole(name, options), status=status, value=status != "F", **options)
    elif _is_number(value):
        low_high = validators.limits()
        add_number(
            into,
            name,
            value,
            unit,
            low=low_high.low,
            high=low_high.high,
            comp_op=low_high.comp_op,
            status=status,
            **options,
        )
    elif value is None:
        into.action(told_whole(name, options), status=status, **options)
    elif isinstance(value, str):
        add_text(into, name, value, limit=validators.wanted(), status=status, **options)
    else:
        add_text(into, name, json.dumps(value), status=status, **options)


def add_attachment(into: SequenceCall, name: str, attachment: JsonObject, place: str) -> None:
    """Add a file of a phase; one whose content the record does not hold is only named."""
    kind, data = attachment.get("mimetype"), attachment.get("data")
    said = kind if isinstance(kind, str) else None
    if not isinstance(data, str):
        text = f"file {name} ({said}), which the record does not hold"
        into.action(shortened(name) or "file", report_text=text)
        return
    try:
        content = b64decode(data, validate=True)
    except ValueError as error:
        raise ConversionError(Reason.WRONG_VALUE, f"the file is no base64: {error}", f"{place}.data") from error
    options = StepOptions(step_type="WATS_AttachFile")
    title = told_whole(name, options)
    step = into.action(title, **options)
    step.wire["attachment"] = Attachment.from_bytes(title, content, said).wire


def _add_curve(into: SequenceCall, name: str, measurement: JsonObject, status: str, options: StepOptions) -> None:
    """Add values over one dimension as a chart; others as a file, as no chart can show them."""
    points = as_list(measurement.get("measured_value")) or []
    if points and all(_is_point(point) for point in points):
        across, values = zip(*points, strict=True)
        (axis, axis_unit), *_ = map(_dimension, as_list(measurement.get("dimensions")) or ())
        if len(points) > MOST_POINTS:
            note = f"the chart shows the extremes of {len(points)} points"
            add_report_text(options, note)
        label = told_whole(name, options)
        into.chart(
            label,
            {label: cast("Sequence[float]", values)},
            x=across,
            x_label=shortened(axis, 50),
            x_unit=shortened(axis_unit, LONGEST_UNIT),
            y_unit=shortened(_unit(measurement), LONGEST_UNIT),
            max_points=MOST_POINTS,
            status=status,
            **options,
        )
        return
    step = into.action(told_whole(name, options), status=status, **options)
    if points:
        content = json.dumps({"dimensions": measurement.get("dimensions"), "values": points}).encode()
        step.wire["attachment"] = Attachment.from_bytes("values.json", content).wire


def _is_point(point: Any) -> bool:
    numbers = as_list(point) or ()
    return len(numbers) == _POINT and all(map(_is_number, numbers))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST


def _dimension(dimension: Any) -> tuple[str, str]:
    """Return the name and the unit of a dimension, which older versions write as the code of its unit."""
    told = as_object(dimension)
    if told is None:
        return "", str(dimension or "")
    unit = as_object(told.get("units")) or told
    return str(told.get("description") or ""), str(unit.get("suffix") or "")


def _unit(measurement: JsonObject) -> str:
    unit = as_object(measurement.get("units"))
    return str(measurement.get("units") or "") if unit is None else str(unit.get("suffix") or unit.get("code") or "")
