"""What a step of TestStand measured: numbers, texts and their limits, several numbers, arrays of numbers."""

from collections.abc import Sequence
from math import inf, isfinite
from typing import Final, NamedTuple

from pywats.ingest.converters.building import LONGEST_UNIT, add_number, add_report_text, add_text, shortened, told_whole
from pywats.ingest.converters.teststand.properties import Prop, format_of, number_or_hex
from pywats.reports.builder import StepOptions
from pywats.reports.chart import MOST_POINTS
from pywats.reports.evaluation import ONE_LIMIT, TWO_LIMITS, passes
from pywats.reports.measuring import MEASURED
from pywats.reports.steps import SequenceCall, Step

STATUSES: Final = {"passed": "P", "failed": "F", "error": "E", "terminated": "T", "skipped": "S", "done": "D"}
THRESHOLDS: Final = {"EQT": "GELE", "NET": "LTGT"}
"""Comparisons with a nominal value and a tolerance, whose limits are worked out in the file."""
_OF_TEXTS: Final = {"case": "CASESENSIT", "igno": "IGNORECASE", "eq": "EQ", "ne": "NE"}


class Made(NamedTuple):
    """A step, and the names of the properties that it tells of."""

    step: Step
    used: frozenset[str] = frozenset()


class Comparison(NamedTuple):
    """The limits that a value is compared with, and how."""

    low: float | None = None
    high: float | None = None
    comp_op: str | None = None


def comparison_of(measured: Prop) -> Comparison:
    """Return how a number was compared; one that a report has no operator for was not. An infinite limit is none."""
    limits, comp_op = measured.inner("Limits"), measured.text("Comp").upper()
    comp_op = THRESHOLDS.get(comp_op, comp_op)
    if limits is None:
        return Comparison()
    low, high = limits.number("Low"), limits.number("High")
    if comp_op in ONE_LIMIT:  # it stands for low, whatever the operator
        limit = low if low is not None else high
        return Comparison() if limit is None or not isfinite(limit) else Comparison(limit, None, comp_op)
    if comp_op not in TWO_LIMITS or low is None or high is None:
        return Comparison()
    if low == -inf and isfinite(high):
        return Comparison(high, None, comp_op[2:])
    if high == inf and isfinite(low):
        return Comparison(low, None, comp_op[:2])
    return Comparison(low, high, comp_op) if isfinite(low) and isfinite(high) else Comparison()


def number(into: SequenceCall, name: str, result: Prop, letter: str, options: StepOptions) -> Made:
    """Add a number."""
    said = result.text("Numeric")
    value, unit = number_or_hex(said), result.text("Units")
    if value is None:
        return Made(add_text(into, name, said, status=letter, **options), frozenset(("Numeric",)))
    low, high, comp_op = comparison_of(result)
    step = add_number(into, name, value, unit, low=low, high=high, comp_op=comp_op, status=letter, **options)
    for measured in step.wire.get("numericMeas", ()):
        limits = ("lowLimit", result.inner("Limits", "Low")), ("highLimit", result.inner("Limits", "High"))
        for key, prop in (("value", result.inner("Numeric")), *limits):
            if prop is not None and key in measured and (shown := format_of(prop.element)):
                measured[f"{key}Format"] = shown
    return Made(step, frozenset(("Numeric", "Units", *_compared(result, comp_op))))


def _compared(result: Prop, comp_op: str | None) -> Sequence[str]:
    """Return the properties that a comparison with limits tells of."""
    if comp_op is None:
        return ()
    if result.text("Comp").upper() in THRESHOLDS:
        return ("Limits",)  # the tolerance and the nominal value are told nowhere else
    raw, limits = result.inner("RawLimits"), result.inner("Limits")
    same = raw is not None and limits is not None and all(limits.text(name) == raw.text(name) for name in raw.props)
    return ("Limits", "Comp", "RawLimits") if same else ("Limits", "Comp")


def text(into: SequenceCall, name: str, result: Prop, letter: str, options: StepOptions) -> Made:
    """Add a text."""
    wanted, comp_op = result.inner("Limits", "String"), result.text("Comp").lower()
    word = next((word for begin, word in _OF_TEXTS.items() if comp_op.startswith(begin)), None)
    limit = None if wanted is None or word is None else wanted.value
    step = add_text(
        into,
        name,
        result.text("String"),
        limit=limit,
        comp_op=None if limit is None else word,
        status=letter,
        **options,
    )
    return Made(step, frozenset(("String",) if limit is None else ("String", "Limits", "Comp")))


def curve(into: SequenceCall, name: str, result: Prop, letter: str, options: StepOptions) -> Made | None:
    """Add an array of numbers that was measured as a chart, if the step has one."""
    for key in ("Numeric", "NumericArray"):
        prop = result.inner(key)
        numbers = None if prop is None else prop.numbers()
        if not numbers or not all(map(isfinite, numbers)):
            continue
        if len(numbers) > MOST_POINTS:
            add_report_text(options, f"the chart shows the extremes of {len(numbers)} points")
        title, unit = told_whole(name, options), shortened(result.text("Units"), LONGEST_UNIT) or None
        step = into.chart(title, {title: numbers}, y_unit=unit, max_points=MOST_POINTS, status=letter, **options)
        return Made(step, frozenset((key, "Units")))
    return None


class _Measured(NamedTuple):
    """One of several numbers of a step."""

    name: str
    said: str
    value: float | None
    unit: str
    compared: Comparison
    status: str

    def __str__(self) -> str:
        low, high, comp_op = self.compared
        limits = " ".join(str(each) for each in (comp_op, low, high) if each is not None)
        told = f"{self.said} {self.unit}".strip()
        return f"{self.name}: {', '.join(filter(None, (told, limits, self.status)))}"


def several(into: SequenceCall, name: str, result: Prop, letter: str, options: StepOptions) -> Made | None:
    """Add a step with several numbers, if it has some.

    The server wants a step to fail if, and only if, one of its measurements does, and a measurement to pass, fail or be
    skipped: what is told otherwise stands in the text.
    """
    found = list(result.values("Measurement"))
    if not any("Data" in prop.props for _, prop in found):
        return None
    measured = [_measured(title or f"Measurement {index}", prop, letter) for index, (title, prop) in enumerate(found)]
    kept = _kept(measured, letter)
    for each in measured:
        if each not in kept:
            add_report_text(options, str(each))
        elif len(each.unit) > LONGEST_UNIT:
            add_report_text(options, f"{each.name}: unit {each.unit}")
    if not kept:
        return Made(into.action(told_whole(name, options), status=letter, **options), frozenset(("Measurement",)))
    failed = any(each.status == "F" for each in kept)
    if failed and letter != "F":
        add_report_text(options, f"status {letter}")
    step = into.multi_numeric(told_whole(name, options), **options)
    used: set[str] = set()
    for index, each in enumerate(kept):
        title = shortened(each.name, 90)
        while title in used:
            title += f" {index}"
        used.add(title)
        low, high, comp_op = each.compared
        unit = shortened(each.unit, LONGEST_UNIT)
        step.add(title, each.value, unit, low=low, high=high, comp_op=comp_op, status=each.status)
    step.wire["status"] = "F" if failed else "S" if letter == "S" else "P"
    return Made(step, frozenset(("Measurement",)))


def _kept(measured: Sequence[_Measured], letter: str) -> list[_Measured]:
    """Return the measurements that a step of a status can have: none if it ended otherwise than they say."""
    kept = [each for each in measured if each.value is not None and isfinite(each.value) and each.status in MEASURED]
    statuses = [each.status for each in kept]
    broke = letter in "ET" or (letter == "F" and "F" not in statuses)
    return [] if broke or (statuses == ["S"] and letter != "S") else kept


def _measured(title: str, prop: Prop, letter: str) -> _Measured:
    """Return a measurement of a step; one without a status is compared with its limits."""
    said, word = prop.text("Data"), prop.text("Status")
    value = number_or_hex(said) if said else None
    compared = comparison_of(prop)
    low, high, comp_op = compared
    if letter == "S":
        status = "S"
    elif word:
        status = STATUSES.get(word.lower(), word)
    else:
        status = "P" if comp_op is None or value is None or passes(comp_op, value, low, high) else "F"
    return _Measured(title, said, value, prop.text("Units"), compared, "P" if status == "D" else status)
