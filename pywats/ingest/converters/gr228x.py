"""Teradyne GR228x: logs of in-circuit testers, one report for each unit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pywats.ingest.converters.building import add_misc, add_number, new_test, tell_header, told_whole
from pywats.ingest.converters.interface import Context, Explain, Options, Source
from pywats.ingest.converters.text import malformed, number_in, read_text
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: tuple[str, ...] = ()

ENDS: Final = {'"': "P", "/": "F", "?": "T", "*": "E", "&": "E", "!": "T"}
"""How a unit ended: passed, failed, aborted, error, error of the system, cancelled."""
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
MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1
    )
}

_TIME: Final = (
    r"(?P<day>\d{1,2})-(?P<month>[A-Za-z]{3})-(?P<year>\d{4}|\d\d)"
    r"\s+(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)"
)
_FIRST: Final = re.compile(rf"(?P<board>[^\[\r\n]+)\[{_TIME}")
_BEGIN: Final = re.compile(rf"@{_TIME}(?:\s+SN\s+(?P<sn>\S.*))?")
_END: Final = re.compile(rf"(?P<code>[\"/?*&!\]]){_TIME}")
_CUSTOM: Final = re.compile(r"WATS_(?P<name>\w+)\s*=\s*(?P<value>\S.*)?")
_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?(?:MEG|[GKMUNP])?"
_TEST: Final = re.compile(
    rf"(?P<name>[^=#()\s]+)(?P<kind>[=#])(?P<value>{_NUMBER})?"
    rf"(?:\((?P<low>{_NUMBER})?,(?P<high>{_NUMBER})?\)(?P<type>[A-Z ]{{0,3}}))?"
)
_LIST: Final = re.compile(r"\((?P<kind>[A-Z])(?: (?P<pins>[^()]*))?")
_SPLIT: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?)(MEG|[GKMUNP]?)")
_SNIFF: Final = re.compile(rb"\s*[^\[\r\n]{1,200}\[\d{1,2}-[A-Za-z]{3}-\d\d +\d\d:\d\d:\d\d\r?\n")


def sniff(head: bytes, name: str) -> float:
    """A log begins with the program of the board and the time when it was loaded."""
    del name
    return 0.9 if _SNIFF.match(head) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each unit.

    Raises:
        ConversionError: a unit has no end, or a line stands outside of units.
    """
    del options
    text = read_text(source, context, otherwise="latin-1")
    if text and not text.endswith("\n") and not _END.fullmatch(text.splitlines()[-1].strip()):
        raise malformed("the last line has no end: the file is not complete")
    log = _Log(context.explain)
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            report = log.take(number, line.strip())
            if report is not None:
                yield report
    if log.unit is not None:
        raise malformed("the unit has no end: the file is not complete", log.unit.place)


@dataclass(slots=True)
class _Unit:
    """The lines between the begin and the end of a unit."""

    start: datetime
    serial: str
    place: str
    lines: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def report(self, board: str, code: str, end: datetime, explain: Explain | None) -> UUTReport:
        """Return the report."""
        custom = {
            found["name"]: found["value"] or ""
            for _, line in self.lines
            if (found := _CUSTOM.fullmatch(line)) is not None
        }
        fields = {field: custom[name] for name, field in FIELDS.items() if custom.get(name)}
        program = re.split(r"[\\/]", board)[-1]
        report = new_test(
            serial_number=self.serial or custom.get("serialNumber", ""),
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
            result=ENDS[code],
            sequence=fields.get("sequence", program),
            version=fields.get("version", ""),
            path=board,
        )
        operation = custom.get("processCode", "")
        if operation.isascii() and operation.isdigit() and int(operation) < 2**15:
            report.wire["processCode"] = int(operation)
        for name, value in custom.items():
            if name not in FIELDS and name not in {"processCode", "serialNumber"}:
                add_misc(report, name, value)
        others: list[str] = []
        for number, line in _joined(self.lines):
            if _CUSTOM.fullmatch(line) is None and not _add(report.root, line, f"line {number}", explain):
                others.append(line)
        if others:
            report.root.report_text = "\n".join(others)
        tell_header(explain, report, self.place)
        return report


class _Log:
    """What is known of a log so far."""

    def __init__(self, explain: Explain | None) -> None:
        self._explain = explain
        self._board = ""
        self.unit: _Unit | None = None

    def take(self, number: int, line: str) -> UUTReport | None:
        """Take in a line; return the report of the unit that ends with it."""
        place = f"line {number}"
        if (found := _END.fullmatch(line)) is not None:
            return self._end(found, place)
        if (found := _BEGIN.fullmatch(line)) is not None:
            if self.unit is not None:
                raise malformed("a unit begins before the last one has ended", place)
            self.unit = _Unit(_moment(found, place), (found["sn"] or "").strip(), place)
        elif self.unit is not None:
            self.unit.lines.append((number, line))
        elif (found := _FIRST.fullmatch(line)) is not None:
            self._board = found["board"].strip()
        else:
            raise malformed("the line belongs to no unit", place)
        return None

    def _end(self, found: re.Match[str], place: str) -> UUTReport | None:
        unit, self.unit = self.unit, None
        if found["code"] == "]":  # back to the menu; it ends no unit
            if unit is not None:
                raise malformed("the tester went back to its menu in the middle of a unit", place)
            return None
        if unit is None:
            raise malformed("a unit ends that has not begun", place)
        return unit.report(self._board, found["code"], _moment(found, place), self._explain)


def _joined(lines: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the lines; one that ends with ``+`` goes on in the next."""
    first, text = 0, ""
    for number, line in lines:
        first = first if text else number
        text += line
        if text.endswith("+"):
            text = text[:-1]
        else:
            yield first, text
            text = ""
    if text:
        yield first, text


def _add(into: SequenceCall, line: str, place: str, explain: Explain | None) -> bool:
    """Add the step of a line: a measurement, or a list of what failed; return whether it is one of them."""
    found = _LIST.fullmatch(line)
    if found is not None:
        pins = (found["pins"] or "").strip(" ,")
        if explain is not None:
            explain(KINDS.get(found["kind"], f"list {found['kind']}"), pins, place)
        options: StepOptions = {"report_text": pins} if pins else {}
        into.passed(KINDS.get(found["kind"], f"list {found['kind']}"), False, **options)
        return True
    found = _TEST.fullmatch(line)
    if found is None:
        if explain is not None:
            explain("text", line, place)
        return False
    value, low, high = (_scaled(found[name], place) for name in ("value", "low", "high"))
    kind = (found["type"] or "").strip()
    unit = next((UNITS[letter] for letter in kind if letter in UNITS), "") if kind else ""
    options = {"report_text": f"type {kind}"} if kind else {}
    name = found["name"]
    if explain is not None:
        explain(name, line, place)
    if value is None:
        if found["low"] or found["high"]:
            options["report_text"] = (
                f"{options.get('report_text', '')}\nlimits {found['low'] or ''},{found['high'] or ''}"
            )
        into.action(told_whole(name, options), status="D", **options)
    elif found["kind"] == "#":
        add_number(into, name, value, unit, status="P", **options)
    else:
        add_number(into, name, value, unit, low=low, high=high, **options)
    return True


def _scaled(text: str | None, place: str) -> float | None:
    if not text:
        return None
    found = _SPLIT.fullmatch(text)
    if found is None:
        raise malformed(f"{text!r:.40} is no number", place)
    scale = PREFIXES[found[2]]
    number = number_in(found[1], "a value", place)
    return number if scale == 1.0 else float(f"{number * scale:.12g}")


def _moment(found: re.Match[str], place: str) -> datetime:
    month = MONTHS.get(found["month"].upper(), 0)
    year = int(found["year"])
    year += 0 if year >= 1000 else 2000 if year < 70 else 1900  # noqa: PLR2004 - two digits, as POSIX reads them
    try:
        return datetime(  # noqa: DTZ001 - the tester tells no zone
            year, month, int(found["day"]), int(found["hour"]), int(found["minute"]), int(found["second"])
        )
    except ValueError as error:
        raise malformed(f"it is no time: {error}", place) from error
