"""STDF V4, the datalog format of semiconductor testers: one report for each part."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from string import Formatter
from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from pywats.ingest.converters.building import add_misc, add_number, new_test, tell_header, told_whole
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.stdf_records import Fields, is_stdf, records
from pywats.ingest.converters.text import malformed
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: tuple[str, ...] = (".stdf", ".std", ".stdf.gz", ".std.gz")

PARTS: Final = ("lot", "sublot", "wafer", "part", "x", "y")
NONE: Final = -32768
"""A coordinate that is not known."""


def _template(text: str) -> str:
    names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    if not names or not names <= set(PARTS):
        message = f"it is made of {', '.join(f'{{{name}}}' for name in PARTS)}"
        raise ValueError(message)
    return text


class Options(Base):
    """Options of ``stdf``.

    Attributes:
        serial_number: of a part, made of ``{lot}``, ``{sublot}``, ``{wafer}``, ``{part}``, ``{x}`` and ``{y}``.
        times: whether the tester writes ``local`` times, as the format wants it, or ``utc``.
    """

    serial_number: Annotated[str, AfterValidator(_template)] = "{part}"
    times: Literal["local", "utc"] = "local"


def sniff(head: bytes, name: str) -> float:
    """A file begins with a record that tells the order of its bytes; it may be compressed."""
    del name
    return 1.0 if is_stdf(head) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of each part.

    Raises:
        ConversionError: a record is damaged, or the last one is missing, or a result belongs to no part.
    """
    lot = _Lot(options, context)
    ended = False
    for record in records(source.file):
        if ended:
            raise malformed("there is a record behind the last one (MRR)", record.place)
        ended = record.kind == _MRR
        report = lot.take(record)
        if report is not None:
            yield report
    if not ended:
        raise malformed("the last record (MRR) is missing: the file is not complete")


_MIR, _MRR, _PMR = (1, 10), (1, 20), (1, 60)
_WIR, _WRR, _PIR, _PRR = (2, 10), (2, 20), (5, 10), (5, 20)
_PTR, _MPR, _FTR = (15, 10), (15, 15), (15, 20)
_BPS, _EPS, _DTR = (20, 10), (20, 20), (50, 30)
_MIR_TEXTS: Final = (
    *("lot", "part_type", "node", "tester", "job", "job_revision", "sublot", "operator", "exec", "exec_version"),
    *("test_code", "temperature", "user_text", "aux_file", "package", "family", "date_code", "facility", "floor"),
    *("process", "frequency", "spec", "spec_version", "flow", "setup", "design_revision", "engineer", "rom", "serial"),
)
_MISC: Final = (
    ("Sublot", "sublot"),
    ("Tester type", "tester"),
    ("Test code", "test_code"),
    ("Temperature", "temperature"),
    ("Package", "package"),
    ("Facility", "facility"),
    ("Flow", "flow"),
    ("Tester serial number", "serial"),
)


@dataclass(slots=True)
class _Limits:
    """What the first result of a test says for all of them."""

    name: str
    low: float | None
    high: float | None
    unit: str


@dataclass(slots=True)
class _Part:
    report: UUTReport
    open: list[SequenceCall]
    texts: list[str] = field(default_factory=list[str])
    failed: bool = False


class _Lot:
    """What is known of a lot so far, and the parts that are being tested."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options = options
        self._explain = context.explain
        self._lot: dict[str, str] = {}
        self._start: datetime | None = None
        self._wafers: dict[int, str] = {}
        self._pins: dict[int, str] = {}
        self._limits: dict[int, _Limits] = {}
        self._rests: dict[int, tuple[bytes, _Limits, str]] = {}
        self._parts: dict[tuple[int, int], _Part] = {}

    def take(self, record: Fields) -> UUTReport | None:
        """Take in a record; return the report of the part that ends with it."""
        kind = record.kind
        if kind == _PTR:
            self._parametric(record)
        elif kind == _FTR:
            self._functional(record)
        elif kind == _MPR:
            self._multiple(record)
        elif kind == _PIR:
            self._begin(record)
        elif kind == _PRR:
            return self._end(record)
        else:
            self._surroundings(record)
        return None

    def _surroundings(self, record: Fields) -> None:
        """Take in what is not about one part."""
        kind = record.kind
        if kind == _MIR:
            self._begin_lot(record)
        elif kind == _MRR and self._parts:
            raise malformed("the lot ends before its parts do", record.place)
        elif kind == _PMR:
            index, _ = record.needed("H"), record.number("H")
            channel, physical, logical = record.text(), record.text(), record.text()
            self._pins[index] = logical or physical or channel
        elif kind == _WIR:
            head, _, _ = record.needed("B"), record.number("B"), record.number("I")
            self._wafers[head] = record.text()
        elif kind == _WRR:
            self._wafers.pop(record.needed("B"), None)
        elif kind in {_BPS, _EPS, _DTR}:
            self._note(record)

    def _begin_lot(self, record: Fields) -> None:
        record.needed("I")
        start = record.needed("I")
        record.skip(7)
        self._lot = {name: record.text() for name in _MIR_TEXTS}
        moment = datetime.fromtimestamp(start, UTC)
        self._start = None if not start else moment if self._options.times == "utc" else moment.replace(tzinfo=None)
        for name, value in self._lot.items():
            self._tell(name, value, record)
        self._tell("start", self._start, record)

    def _begin(self, record: Fields) -> None:
        where = record.needed("B"), record.needed("B")
        if not self._lot:
            raise malformed("a part begins before the lot does (MIR)", record.place)
        if where in self._parts:
            raise malformed(
                f"a part begins at head {where[0]}, site {where[1]}, before the last one ended", record.place
            )
        lot = self._lot
        report = new_test(
            part_number=lot["part_type"],
            revision=lot["design_revision"],
            station=lot["node"],
            operator=lot["operator"],
            batch=lot["lot"],
            sequence=lot["job"],
            version=lot["job_revision"],
            socket=where[1],
            start=self._start,
        )
        self._parts[where] = _Part(report, [report.root])

    def _end(self, record: Fields) -> UUTReport:
        where = record.needed("B"), record.needed("B")
        part = self._parts.pop(where, None)
        if part is None:
            raise malformed("a part ends that has not begun", record.place)
        flags, _ = record.needed("B"), record.number("H")
        hard, soft, x, y, took = (record.number(form) for form in "HHhhI")
        name, text = record.text(), record.text()
        report = part.report
        place = {name: "" if at in {None, NONE} else str(at) for name, at in (("x", x), ("y", y))}
        wafer = self._wafers.get(where[0], "")
        given = {**place, "lot": self._lot["lot"], "sublot": self._lot["sublot"], "wafer": wafer, "part": name}
        used = {name for _, name, _, _ in Formatter().parse(self._options.serial_number) if name is not None}
        serial = self._options.serial_number.format(**given) if all(given[name] for name in used) else ""
        if serial:
            report.sn = serial
        self._tell("serial_number", serial, record)
        letter = "T" if flags & 0x04 else "F" if (part.failed if flags & 0x10 else flags & 0x08) else "P"
        report.wire["result"] = report.root.wire["status"] = letter
        if took:
            report.wire["uut"]["execTime"] = took / 1000
        for title, key in _MISC:
            add_misc(report, title, self._lot[key])
        numbers = (("Head", where[0]), ("Hard bin", hard), ("Soft bin", None if soft == 0xFFFF else soft))  # noqa: PLR2004
        for title, number in numbers:
            add_misc(report, title, "" if number is None else str(number))
        for title, said in (("Wafer", wafer), ("X", place["x"]), ("Y", place["y"]), ("Part text", text)):
            add_misc(report, title, said)
        if part.texts:
            report.root.report_text = "\n".join(part.texts)[:100_000]
        tell_header(self._explain, report, record.place)
        return report

    def _note(self, record: Fields) -> None:
        """Begin or end a section of the program, or note a text, for the parts that are being tested."""
        text = record.text() if record.kind != _EPS else ""
        for part in self._parts.values():
            if record.kind == _DTR:
                part.texts.append(text)
            elif record.kind == _BPS:
                options: StepOptions = {}
                part.open.append(part.open[-1].sequence(told_whole(text or "section", options), **options))
            elif len(part.open) > 1:
                part.open.pop()

    def _result(self, record: Fields) -> tuple[int, _Part, int]:
        """Return the number of a test, the part that it was made on, and its flags."""
        number, head, site, flags = record.several("IBBB")
        part = self._parts.get((head, site))
        if part is None:
            raise malformed(f"a result stands outside of a part (head {head}, site {site})", record.place)
        return number, part, flags

    def _parametric(self, record: Fields) -> None:
        number, part, flags = self._result(record)
        parameters, value = record.number("B") or 0, record.real()
        limits, alarm = self._told_of(record, number)
        options = _options(number, alarm)
        letter = _letter(flags)
        if flags & 0x02:
            value = None
        low, high, comp_op = limits.low, limits.high, _operator(limits, parameters)
        if letter == "D":  # neither pass nor fail
            low = high = comp_op = None
        into, name = part.open[-1], limits.name
        self._fail(part, letter)
        self._tell(name, value, record)
        if letter == "S":
            into.action(told_whole(name, options), status=letter, **options)
            return
        add_number(into, name, value, limits.unit, low=low, high=high, comp_op=comp_op, status=letter, **options)

    def _multiple(self, record: Fields) -> None:
        """Add a sequence with the value of each pin: their limits are compared, as only the whole has a status."""
        number, part, flags = self._result(record)
        parameters, pins, count = record.number("B") or 0, record.number("H") or 0, record.number("H") or 0
        record.skip((pins + 1) // 2)
        values = record.reals(count)
        name, alarm = record.text(), record.text()
        limits = self._limits_of(record, number, name, pins=pins)
        options, letter = _options(number, alarm), _letter(flags)
        self._fail(part, letter)
        self._tell(limits.name, values, record)
        sequence = part.open[-1].sequence(
            told_whole(limits.name, options), status="P" if letter in "DS" else letter, **options
        )
        for index, value in enumerate(values):
            pin = self._pin_indexes[index] if index < len(self._pin_indexes) else None
            title = (self._pins.get(pin, "") if pin is not None else "") or f"value {index + 1}"
            self._tell(title, value, record)
            add_number(
                *(sequence, title, None if flags & 0x02 else value, limits.unit),
                low=limits.low,
                high=limits.high,
                comp_op=_operator(limits, parameters),
            )

    def _functional(self, record: Fields) -> None:
        number, part, flags = self._result(record)
        valid = ~(record.number("B") or 0)
        cycle, _, _, failing = (record.number("I") for _ in range(4))
        record.skip(10)
        returned, programmed = record.number("H") or 0, record.number("H") or 0
        record.skip(2 * returned + (returned + 1) // 2 + 2 * programmed + (programmed + 1) // 2)
        record.skip_bits()
        vector, _, _, name, alarm, _, said = (record.text() for _ in range(7))
        known = self._limits.setdefault(number, _Limits(name or vector or f"test {number}", None, None, ""))
        options, letter = _options(number, alarm), _letter(flags)
        details = (
            vector and f"vector {vector}",
            said,
            f"failing pins {failing}" if letter == "F" and failing is not None and valid & 0x08 else "",
            f"cycle {cycle}" if letter == "F" and cycle is not None and valid & 0x01 else "",
        )
        options["report_text"] = "\n".join(filter(None, (options.get("report_text"), *details)))
        title = told_whole(name or known.name, options)
        self._fail(part, letter)
        self._tell(title, letter, record)
        into = part.open[-1]
        if letter in {"P", "F"}:
            into.passed(title, letter == "P", **options)
        else:
            into.action(title, status=letter, **options)

    def _told_of(self, record: Fields, number: int) -> tuple[_Limits, str]:
        """Return limits and alarm of a result; most testers write the same ones with every result of a test."""
        rest = record.data[record.at :]
        known = self._rests.get(number)
        if known is None or known[0] != rest:
            name, alarm = record.text(), record.text()
            known = self._rests[number] = rest, self._limits_of(record, number, name), alarm
        return known[1], known[2]

    def _limits_of(self, record: Fields, number: int, name: str, pins: int | None = None) -> _Limits:
        """Return name, limits and unit of a result: its own, else those that the first result of the test has."""
        first = self._limits.get(number)
        flags = record.number("B")
        record.skip(3)
        low, high = record.real(), record.real()
        self._pin_indexes: list[int] = []
        if pins is not None:
            record.skip(8)
            self._pin_indexes = record.numbers("H", pins)
        at = record.at
        unit = record.text()
        if flags is None:
            found = _Limits(name, None, None, "") if first is None else first
        else:
            found = _Limits(
                name,
                None if flags & 0x40 else first.low if flags & 0x10 and first is not None else low,
                None if flags & 0x80 else first.high if flags & 0x20 and first is not None else high,
                first.unit if first is not None and at >= len(record.data) else unit,
            )
            if first is None and flags & 0x10:
                found.low = None
            if first is None and flags & 0x20:
                found.high = None
        found = _Limits(
            name or ("" if first is None else first.name) or f"test {number}", found.low, found.high, found.unit
        )
        if first is None:
            self._limits[number] = found
        return found

    @staticmethod
    def _fail(part: _Part, letter: str) -> None:
        if letter in "FET":
            part.failed = True
            for sequence in part.open[1:]:
                sequence.wire["status"] = "F"

    def _tell(self, what: str, value: object, record: Fields) -> None:
        if self._explain is not None and value is not None:
            self._explain(what, value, record.place)


def _letter(flags: int) -> str:
    """Return the status of a result: failed, not executed, aborted, without a verdict, or passed."""
    if flags & 0x10:
        return "S"
    if flags & 0x20:
        return "T"
    if flags & 0x40:
        return "D"
    return "F" if flags & 0x80 else "P"


def _options(number: int, alarm: str) -> StepOptions:
    return {"report_text": f"test {number}" + (f"\nalarm {alarm}" if alarm else "")}


def _operator(limits: _Limits, parameters: int) -> str | None:
    """Return how a value is compared: a flag for each limit tells whether it may be equal."""
    low, high = "GE" if parameters & 0x40 else "GT", "LE" if parameters & 0x80 else "LT"
    return (low if limits.low is not None else "") + (high if limits.high is not None else "") or None
