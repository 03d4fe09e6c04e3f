"""What the results in an STDF file become: steps of the part that they were made on."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Final

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.building import add_number, add_report_text, lines, shortened, told_whole
from pywats.ingest.converters.interface import Explain
from pywats.ingest.converters.stdf.records import Fields, Kind, Records, shortest
from pywats.ingest.converters.text import malformed
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall, Step

LONGEST_TEXT: Final = 100_000
_PATTERNS: Final = 20_000
"""Results whose steps are held to be copied; a test program has some thousands of tests."""
_STATES: Final = (
    *("low", "high", "midband", "glitch", "undetermined", "failed low", "failed high", "failed midband"),
    *("failed with a glitch", "open", "short"),
)
_SAID_OF_TEST: Final = ((0x04, "unreliable"), (0x08, "timeout"))
_SAID_OF_VALUE: Final = (
    *((0x01, "scale error"), (0x02, "drift error"), (0x04, "oscillation"), (0x20, "passed by the alternate limits")),
)
_FUNCTIONAL: Final = -1
"""Stands for the flags of a value where there is none."""
_LEFT_OUT: Final = 0x30
"""Flags of a record that ends before them: the limits are those of the first result."""


@dataclass(slots=True)
class Part:
    """A part that is being tested.

    Attributes:
        report: of it.
        open: the sections of the program that have begun and not ended, and the root before them.
        texts: what was noted.
        failed: whether a test failed.
    """

    report: UUTReport
    open: list[SequenceCall]
    texts: list[str] = field(default_factory=list[str])
    failed: bool = False
    _room: int = LONGEST_TEXT

    def note(self, text: str) -> None:
        """Note a text, unless there are more already than a report may hold."""
        if self._room >= 0:
            self.texts.append(text)
            self._room -= len(text) + 1

    def add(self, step: JsonObject) -> None:
        """Add a step that is complete."""
        self.open[-1].wire.setdefault("steps", []).append(step)

    def begin(self, name: str) -> None:
        """Begin a section of the program."""
        options: StepOptions = {}
        self.open.append(self.open[-1].sequence(told_whole(name or "section", options), **options))

    def end(self) -> None:
        """End the last section that has begun."""
        if len(self.open) > 1:
            self.open.pop()

    def fail(self) -> None:
        """Note that a test failed."""
        self.failed = True
        for sequence in self.open[1:]:
            sequence.wire["status"] = "F"

    def close(self) -> UUTReport:
        """Return the report, with what was noted."""
        if self.texts:
            self.report.root.report_text = shortened("\n".join(self.texts), LONGEST_TEXT)
        return self.report


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a result says of its test; what it leaves out, the first result of the test says for all of them."""

    name: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    low_spec: float | None = None
    high_spec: float | None = None
    pins: tuple[int, ...] = ()
    inputs: str = ""
    alarm: str = ""

    def text(self, number: int, flags: int, parameters: int) -> str:
        """Return what has no field of its own in a step."""
        alarm = f"alarm {self.alarm}".rstrip() if self.alarm or flags & 0x01 else ""
        spec = [f"{word} {at}" for word, at in (("from", self.low_spec), ("to", self.high_spec)) if at is not None]
        said = (
            *(f"test {number}", alarm),
            *(word for bit, word in _SAID_OF_TEST if flags & bit),
            *(word for bit, word in _SAID_OF_VALUE if parameters & bit),
            *((" ".join(("specified", *spec, self.unit)).rstrip(),) if spec else ()),
            self.inputs,
        )
        return lines(*said)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """The step of a result: that of another one which differs in its value alone is a copy."""

    rest: bytes
    name: str
    letter: str
    step: JsonObject
    measured: JsonObject


class Results:
    """The results of the parts that are being tested.

    Attributes:
        parts: those parts, by head and site.
        pins: names of pins and groups of pins, by their indexes.
    """

    def __init__(self, records: Records, tests: Mapping[int, str], explain: Explain | None) -> None:
        self.parts: dict[tuple[int, int], Part] = {}
        self.pins: dict[int, str] = {}
        self._records = records
        self._tests = tests
        self._explain = explain
        self._first: dict[tuple[int, int], Told] = {}
        self._whole: set[tuple[int, int]] = set()
        self._patterns: dict[tuple[int, int, int], _Pattern] = {}
        self._parametric = struct.Struct(f"{records.order}IBBBBf")

    def parametric(self, data: bytes, begin: int, end: int) -> None:
        """Add a value (PTR). Most results differ in their value alone from one of the same test before."""
        rest = begin + self._parametric.size
        if rest > end:  # without a value
            self._value(Fields(self._records, Kind.PTR, data, begin, end), b"")
            return
        number, head, site, flags, parameters, value = self._parametric.unpack_from(data, begin)
        pattern, tail = self._patterns.get((number, flags, parameters)), data[rest:end]
        part = self.parts.get((head, site))
        if pattern is None or part is None or pattern.rest != tail or not isfinite(value):
            self._value(Fields(self._records, Kind.PTR, data, begin, end), tail)
            return
        short = shortest(value)
        part.add({**pattern.step, "numericMeas": [{**pattern.measured, "value": short}]})
        if pattern.letter == "F":
            part.fail()
        if self._explain is not None:
            self._explain(pattern.name, short, self._records.place)

    def _value(self, fields: Fields, tail: bytes) -> None:
        number, part, flags = self._begin(fields)
        parameters, value = fields.number("B") or 0, fields.real()
        told, letter = self._told(Kind.PTR, number, fields), _letter(flags)
        options: StepOptions = {"report_text": told.text(number, flags, parameters)}
        into, name = part.open[-1], told.name
        self._tell(name, value)
        if letter in "FT":
            part.fail()
        if letter == "S":
            into.action(told_whole(name, options), status=letter, **options)
            return
        low, high, comp_op = _compared(told, letter, parameters, options)
        if flags & 0x02:
            value = None
        elif letter == "T" and value is not None:  # a measurement cannot have this status
            add_report_text(options, f"value {value} {told.unit}".rstrip())
            value = None
        step = add_number(
            *(into, name, value, told.unit),
            low=low,
            high=high,
            comp_op=comp_op,
            status=letter,
            **options,
        )
        measures: Sequence[JsonObject] = step.wire.get("numericMeas", ())
        if measures:
            pattern = _Pattern(tail, name, letter, dict(step.wire), dict(measures[0]))
            self._keep((number, flags, parameters), pattern)

    def multiple(self, fields: Fields) -> None:
        """Add a sequence with the value of each pin (MPR): they are compared, as only the whole has a status."""
        number, part, flags = self._begin(fields)
        parameters, pins, count = (found or 0 for found in fields.some("BHH"))
        states = [_STATES[state] if state < len(_STATES) else str(state) for state in fields.nibbles(pins)]
        values = [shortest(value) for value in fields.numbers("f", count)]
        told, letter = self._told(Kind.MPR, number, fields, pins), _letter(flags)
        options: StepOptions = {"report_text": told.text(number, flags, parameters)}
        names = [self._pin(pin) for pin in told.pins]
        self._tell(told.name, values)
        if letter in "FT":
            part.fail()
        low, high, comp_op = _compared(told, letter, parameters, options)
        if not values:
            add_report_text(options, *(f"{_at(names, index)}: {state}" for index, state in enumerate(states)))
        name = told_whole(told.name, options)
        if letter == "S":
            part.open[-1].action(name, status=letter, **options)
            return
        sequence = part.open[-1].sequence(name, status="P" if letter == "D" else letter, **options)
        for index, value in enumerate(values):
            title, of_value = _at(names, index), StepOptions()
            add_report_text(of_value, *states[index : index + 1])
            self._tell(title, value)
            valid = None if flags & 0x02 else value
            add_number(sequence, title, valid, told.unit, low=low, high=high, comp_op=comp_op, **of_value)

    def functional(self, data: bytes, begin: int, end: int) -> None:
        """Add a test that passes or fails (FTR). Most results are the same as one of the same test before."""
        fields = Fields(self._records, Kind.FTR, data, begin, end)
        number, part, flags = self._begin(fields)
        key, tail = (number, flags, _FUNCTIONAL), data[fields.at : end]
        pattern = self._patterns.get(key)
        if pattern is None or pattern.rest != tail:
            step = self._verdict(fields, number, part, flags)
            measures = step.wire.get("booleanMeas", ())
            pattern = _Pattern(tail, step.name, _letter(flags), dict(step.wire), dict(measures[0]) if measures else {})
            self._keep(key, pattern)
        else:
            copied = dict(pattern.step)
            if pattern.measured:
                copied["booleanMeas"] = [dict(pattern.measured)]
            part.add(copied)
        if pattern.letter in "FT":
            part.fail()
        self._tell(pattern.name, pattern.letter)

    def _verdict(self, fields: Fields, number: int, part: Part, flags: int) -> Step:
        """Return the step of a test that passes or fails, which it adds."""
        invalid, cycle, address, repeats, failing, x, y, offset, *counts = fields.some("BIIIIiihHH")
        valid = ~(invalid or 0)
        for count in counts:  # of pins, with their states
            fields.numbers("H", count or 0)
            fields.nibbles(count or 0)
        failed = [self._pin(pin) for pin in fields.bits()]
        vector, timing, code, name, alarm, program, said = fields.texts(7)
        told = self._named((Kind.FTR, number), Told(name=name, alarm=alarm), whole=bool(name), otherwise=vector)
        letter = _letter(flags)
        options: StepOptions = {"report_text": told.text(number, flags, 0)}
        words = (("vector", vector), ("time set", timing), ("operation", code), ("", program), ("", said))
        add_report_text(options, *(f"{word} {text}".strip() for word, text in words if text))
        if letter in "FT":
            where = (
                *((0x08, "failing pins", failing), (0x01, "cycle", cycle), (0x02, "vector address", address)),
                *((0x04, "repeat count", repeats), (0x10, "x address", x), (0x10, "y address", y)),
                (0x20, "vector offset", offset),
            )
            add_report_text(options, *(f"{word} {at}" for bit, word, at in where if at is not None and valid & bit))
            add_report_text(options, *(f"failed {pin}" for pin in failed))
        title = told_whole(told.name, options)
        if letter in "PF":
            return part.open[-1].passed(title, letter == "P", **options)
        return part.open[-1].action(title, status=letter, **options)

    def _keep(self, key: tuple[int, int, int], pattern: _Pattern) -> None:
        if len(self._patterns) >= _PATTERNS:
            self._patterns.clear()
        self._patterns[key] = pattern

    def _begin(self, fields: Fields) -> tuple[int, Part, int]:
        """Return the number of a test, the part that it was made on, and its flags."""
        number, head, site, flags = fields.several("IBBB")
        part = self.parts.get((head, site))
        if part is None:
            raise malformed(f"a result stands outside of a part (head {head}, site {site})", fields.place)
        return number, part, flags

    def _told(self, kind: Kind, number: int, fields: Fields, pins: int | None = None) -> Told:
        """Return what a record of a value says of its test: from the name of the test to the end of the record."""
        first = self._first.get((kind, number), _NOTHING)
        name, alarm = fields.texts(2)
        given = fields.number("B")
        flags = _LEFT_OUT if given is None else given
        fields.some("bbb")  # scales, which are for display
        low, high = fields.real(), fields.real()
        begins, grows = (None, None) if pins is None else (fields.real(), fields.real())
        indexes = () if pins is None else fields.numbers("H", pins)
        unit = fields.text()
        inputs = "" if pins is None else _inputs(begins, grows, fields.text())
        fields.texts(3)
        low_spec, high_spec = fields.real(), fields.real()
        own = Told(
            name=name,
            low=None if flags & 0x40 else first.low if low is None or flags & 0x10 else low,
            high=None if flags & 0x80 else first.high if high is None or flags & 0x20 else high,
            unit=unit or first.unit,
            low_spec=None if flags & 0x04 else first.low_spec if low_spec is None else low_spec,
            high_spec=None if flags & 0x08 else first.high_spec if high_spec is None else high_spec,
            pins=indexes or first.pins,
            inputs=inputs or first.inputs,
            alarm=alarm,
        )
        return self._named((kind, number), own, whole=given is not None)

    def _named(self, key: tuple[int, int], own: Told, *, whole: bool, otherwise: str = "") -> Told:
        """Return what a result says of its test with a name; the first one that says the whole is held for the others.

        Args:
            key: kind and number of the test.
            own: what the result says.
            whole: whether it says all that later ones may leave out: some testers begin with a result that does not.
            otherwise: the name, if nothing tells one.
        """
        first = self._first.get(key, _NOTHING)
        name = own.name or first.name or self._tests.get(key[1]) or otherwise or f"test {key[1]}"
        told = own if own.name else replace(own, name=name)
        if key not in self._whole:
            held = replace(told, alarm="")
            if held != first:
                self._patterns.clear()  # those of this test were made when less was known
                self._first[key] = held
            if whole:
                self._whole.add(key)
        return told

    def _pin(self, index: int) -> str:
        return self.pins.get(index) or f"pin {index}"

    def _tell(self, what: str, value: object) -> None:
        if self._explain is not None and value is not None:
            self._explain(what, value, self._records.place)


def _letter(flags: int) -> str:
    """Return the status of a result: not executed, aborted, without a verdict, failed or passed."""
    if flags & 0x10:
        return "S"
    if flags & 0x20:
        return "T"
    if flags & 0x40:
        return "D"
    return "F" if flags & 0x80 else "P"


def _compared(
    told: Told, letter: str, parameters: int, options: StepOptions
) -> tuple[float | None, float | None, str | None]:
    """Return the limits of a value, and how it is compared: a flag for each limit tells whether it may be equal.

    What has no verdict was compared with nothing; its limits stand in the text.
    """
    if letter == "D":
        limits = (("low", told.low), ("high", told.high))
        add_report_text(options, *(f"{word} limit {limit}" for word, limit in limits if limit is not None))
        return None, None, None
    low, high = "GE" if parameters & 0x40 else "GT", "LE" if parameters & 0x80 else "LT"
    comp_op = (low if told.low is not None else "") + (high if told.high is not None else "")
    return told.low, told.high, comp_op or None


def _inputs(begins: float | None, grows: float | None, unit: str) -> str:
    """Return the input that the values of a test were measured at, if it is told."""
    if not begins and not grows:
        return ""
    step = f", grows by {grows} {unit}".rstrip() if grows else ""
    return f"input {begins or 0.0} {unit}".rstrip() + step


def _at(names: Sequence[str], index: int) -> str:
    return names[index] if index < len(names) else f"value {index + 1}"


_NOTHING: Final = Told(name="")
