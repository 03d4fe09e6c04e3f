"""Teradyne GR228x: logs of in-circuit testers, one report for each unit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pywats.ingest.converters.building import add_misc, add_note, add_number, lines, new_test, tell_header, told_whole
from pywats.ingest.converters.interface import Context, Explain, Options, Source
from pywats.ingest.converters.moments import full_year
from pywats.ingest.converters.prefixes import rounded
from pywats.ingest.converters.text import LONGEST_RECORD, begin_of, malformed, read_lines
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall, Step

SUFFIXES: tuple[str, ...] = ()

ENDS: Final = {
    '"': ("P", ""),
    "/": ("F", ""),
    "?": ("T", "aborted"),
    "*": ("E", "error"),
    "&": ("E", "system error"),
    "!": ("T", "cancelled"),
    "]": ("T", "back to diagnose"),
}
"""How a unit ended: its result, and what more the code says."""
PREFIXES: Final = {"MEG": 1e6, "G": 1e9, "K": 1e3, "M": 1e-3, "U": 1e-6, "N": 1e-9, "P": 1e-12, "": 1.0}
UNITS: Final = {"R": "Ohm", "C": "F", "V": "V", "I": "A", "L": "H", "F": "Hz", "T": "s"}
KINDS: Final = {"S": "shorts", "O": "opens"}
FIELDS: Final = {
    "partNumber": "part_number",
    "partRevision": "revision",
    "sequenceName": "sequence",
    "sequenceVersion": "version",
    "operator": "operator",
    "stationName": "station",
    "location": "location",
    "purpose": "purpose",
    "comment": "comment",
    "batch": "batch",
    "fixture": "fixture",
}
"""Lines ``WATS_name=value`` that a customer may let the tester write, and what they mean."""
_MONTHS: Final = (
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY"),
    *("AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
)
MONTHS: Final = {name[:length]: number for number, name in enumerate(_MONTHS, 1) for length in range(3, len(name) + 1)}
"""Names of months, cut or whole."""

_TIME: Final = (
    r"(?P<day>\d{1,2})-(?P<month>[A-Za-z]{3,9})-(?P<year>\d{4}|\d\d)"
    r"\s+(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)"
)
_FIRST: Final = re.compile(rf"(?P<board>[^\[]+)\[(?P<time>{_TIME})", re.ASCII)
_BEGIN: Final = re.compile(rf"@{_TIME}(?:\s+SN\s+(?P<sn>\S.*)|\s+(?P<more>\S.*))?", re.ASCII)
_END: Final = re.compile(rf"(?P<code>[\"/?*&!\]]){_TIME}", re.ASCII)
_CUSTOM: Final = re.compile(r"WATS_(?P<name>\w+)\s*=\s*(?P<value>\S.*)?")
_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?(?:MEG|[GKMUNP])?"
_TEST: Final = re.compile(
    rf"(?P<name>[^=#()\s]+)(?P<kind>[=#])(?P<value>{_NUMBER})?"
    rf"(?:\((?P<low>{_NUMBER})?,(?P<high>{_NUMBER})?\)(?P<type>[A-Z]{{0,3}})(?P<more>\s+\S.*)?)?",
    re.ASCII,
)
_LIST: Final = re.compile(r"\((?P<kind>[A-Z])(?:\s+(?P<pins>.*))?")
_SNIFF: Final = re.compile(
    rb"\s*(?:[^\[\r\n]{1,200}\[|@)\d{1,2}-[A-Za-z]{3,9}-\d\d(?:\d\d)? +\d{1,2}:\d\d:\d\d(?: +SN [^\r\n]*)?\r?\n"
)


def sniff(head: bytes, name: str) -> float:
    """A log begins with the program of the board and the time when it was loaded, or with a unit."""
    del name
    return 0.9 if _SNIFF.match(begin_of(head)) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each unit.

    Raises:
        ConversionError: a unit has no end, or a line stands outside of units.
    """
    del options
    log = _Log(context.explain)
    for number, line in read_lines(source, context, otherwise="latin-1", ended=False, longest=LONGEST_RECORD):
        said = line.strip()
        if said:
            report = log.take(number, said)
            if report is not None:
                yield report
    if log.unit is not None:
        raise malformed("the unit has no end: the file is not complete", log.unit.place)


@dataclass(slots=True)
class _Unit:
    """The lines between the begin and the end of a unit.

    Attributes:
        program: the file of the test program, as it was loaded last.
        loaded: when that was, as the tester writes it.
        more: what else the line says that the unit begins with.
    """

    program: str
    loaded: str
    start: datetime
    serial: str
    more: str
    place: str
    lines: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    custom: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def report(self, code: str, end: datetime, explain: Explain | None) -> UUTReport:
        """Return the report."""
        result, words = ENDS[code]
        custom = dict(self.custom)
        fields = {field: custom[name] for name, field in FIELDS.items() if custom.get(name)}
        serial = self.serial or custom.get("serialNumber", "")
        report = new_test(
            serial_number=serial,
            part_number=fields.get("part_number", ""),
            revision=fields.get("revision", ""),
            operator=fields.get("operator", ""),
            station=fields.get("station", ""),
            location=fields.get("location", ""),
            purpose=fields.get("purpose", ""),
            comment=fields.get("comment", ""),
            batch=fields.get("batch", ""),
            fixture=fields.get("fixture", ""),
            start=self.start,
            seconds=(end - self.start).total_seconds() if end >= self.start else None,
            result=result,
            sequence=fields.get("sequence", re.split(r"[\\/]", self.program)[-1]),
            version=fields.get("version", ""),
            path=self.program,
        )
        read = {(name, value) for name, value in custom.items() if name in FIELDS} | {("serialNumber", serial)}
        operation = custom.get("processCode", "")
        if operation.isascii() and operation.isdigit() and len(operation) < 6 and int(operation) < 2**15:  # noqa: PLR2004
            report.wire["processCode"] = int(operation)
            read.add(("processCode", operation))
        for name, value in dict.fromkeys(self.custom):
            if (name, value) not in read:
                add_misc(report, name, value)
        add_misc(report, "program loaded", self.loaded)
        add_misc(report, "end of the test", words)
        self._add_steps(report.root, explain)
        tell_header(explain, report, self.place)
        return report

    def _add_steps(self, root: SequenceCall, explain: Explain | None) -> None:
        """Add a step for each measurement and list; other lines stand in the text of the step before them."""
        last: Step = root
        others = [self.more] if self.more else []
        for number, line in _joined(self.lines):
            place = f"line {number}"
            step = _added(root, line, place, explain)
            if step is None:
                others.append(line)
                if explain is not None:
                    explain("text", line, place)
                continue
            _note(last, others)
            last = step
        _note(last, others)


class _Log:
    """What is known of a log so far."""

    def __init__(self, explain: Explain | None) -> None:
        self._explain = explain
        self._program = self._loaded = ""
        self.unit: _Unit | None = None

    def take(self, number: int, line: str) -> UUTReport | None:
        """Take in a line; return the report of the unit that ends with it."""
        if line[0] in ENDS and (found := _END.fullmatch(line)) is not None:
            return self._end(found, f"line {number}")
        if line[0] == "@" and (found := _BEGIN.fullmatch(line)) is not None:
            self._begin(found, f"line {number}")
        elif "[" in line and (found := _FIRST.fullmatch(line)) is not None:
            if self.unit is not None:
                raise malformed(
                    f"a program is loaded before the unit of {self.unit.place} has an end", f"line {number}"
                )
            self._program, self._loaded = found["board"].strip(), found["time"]
        elif self.unit is None:
            raise malformed(f"{line!r:.40} belongs to no unit", f"line {number}")
        elif line.startswith("WATS_") and (found := _CUSTOM.fullmatch(line)) is not None:
            self.unit.custom.append((found["name"], found["value"] or ""))
        else:
            self.unit.lines.append((number, line))
        return None

    def _begin(self, found: re.Match[str], place: str) -> None:
        if self.unit is not None:
            raise malformed(f"a unit begins before the one of {self.unit.place} has an end", place)
        start, serial = _moment(found, place), (found["sn"] or "").strip()
        self.unit = _Unit(self._program, self._loaded, start, serial, found["more"] or "", place)

    def _end(self, found: re.Match[str], place: str) -> UUTReport | None:
        unit, self.unit = self.unit, None
        end = _moment(found, place)
        if unit is not None:
            return unit.report(found["code"], end, self._explain)
        if found["code"] != "]":  # the tester leaves the program, and no unit is in it
            raise malformed("a unit ends that has not begun", place)
        if self._explain is not None:
            self._explain("not read, as no unit ends", found[0], place)
        return None


def _joined(lines: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the lines; a list whose line ends with ``+`` goes on in the next."""
    first, pieces = 0, list[str]()
    for number, line in lines:
        if not pieces:
            first = number
            if line[0] != "(" or line[-1] != "+" or _LIST.fullmatch(line) is None:
                yield number, line
                continue
        pieces.append(line.removesuffix("+"))
        if line[-1] != "+":
            yield first, "".join(pieces)
            pieces.clear()
    if pieces:
        yield first, "".join(pieces)


def _note(step: Step, others: list[str]) -> None:
    """Put other lines into the text of a step."""
    if others:
        add_note(step, *others)
        others.clear()


def _added(into: SequenceCall, line: str, place: str, explain: Explain | None) -> Step | None:
    """Add the step of a line: a measurement, or a list of what failed; return none if it is neither."""
    if line[0] == "(":
        found = _LIST.fullmatch(line)
        return None if found is None else _add_list(into, found, place, explain)
    found = _TEST.fullmatch(line)
    if found is None:
        return None
    name, kind, said, low, high, of, more = found.groups()
    value = None if said is None else _scaled(said)
    unit = next((UNITS[letter] for letter in of if letter in UNITS), "") if of else ""
    limits = f"limits {low or ''},{high or ''}" if (low or high) and (value is None or kind == "#") else ""
    text = lines(of and f"type {of}", limits, more and more.strip())
    options: StepOptions = {"report_text": text} if text else {}
    if explain is not None:
        explain(name, line, place)
    if value is None:
        return into.action(told_whole(name, options), status="D", **options)
    if kind == "#":
        return add_number(into, name, value, unit, status="P", **options)
    lowest, highest = (_scaled(limit) if limit else None for limit in (low, high))
    return add_number(into, name, value, unit, low=lowest, high=highest, **options)


def _add_list(into: SequenceCall, found: re.Match[str], place: str, explain: Explain | None) -> Step:
    """Add the step of a list: pins or nodes that failed."""
    pins = (found["pins"] or "").strip(" ,")
    name = KINDS.get(found["kind"], f"list {found['kind']}")
    if explain is not None:
        explain(name, pins, place)
    options: StepOptions = {"report_text": pins} if pins else {}
    return into.passed(name, False, **options)


def _scaled(text: str) -> float:
    digits = text.rstrip("MEGKUNP")
    scale = PREFIXES[text[len(digits) :]]
    return float(digits) if scale == 1.0 else rounded(float(digits) * scale)


def _moment(found: re.Match[str], place: str) -> datetime:
    try:
        return datetime(  # noqa: DTZ001 - the tester tells no zone
            *(full_year(found["year"]), MONTHS.get(found["month"].upper(), 0), int(found["day"])),
            *(int(found["hour"]), int(found["minute"]), int(found["second"])),
        )
    except ValueError as error:
        raise malformed(f"it is no time: {error}", place) from error
