"""Keysight (Agilent, HP) i3070: the log records of in-circuit testers, one report for each board of a panel."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pywats.ingest.converters.building import add_misc, add_number, new_test, shortened, tell_header, told_whole
from pywats.ingest.converters.interface import Context, Options, Source
from pywats.ingest.converters.text import malformed, number_in, read_text, time_in
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: tuple[str, ...] = (".ict",)

STATUSES: Final = {
    "00": "passed",
    "01": "uncategorised failure",
    "02": "failing pins",
    "03": "failure while learning",
    "04": "failing shorts",
    "06": "failing analog test",
    "07": "failing power supply",
    "08": "failing digital or boundary scan test",
    "09": "failing functional test",
    "10": "failing pre-shorts",
    "11": "failure of the board handler",
    "12": "failing barcode",
    "13": "X'd out",
    "14": "failing TestJet or VTEP",
    "15": "failing polarity check",
    "16": "failing ConnectCheck",
    "17": "failing analog cluster test",
    "80": "runtime error",
    "81": "stopped (STOP)",
    "82": "stopped (BREAK)",
}
RESULTS: Final = {"00": "P", "80": "E", "81": "T", "82": "T", "13": "T"}
UNITS: Final = {
    **dict.fromkeys(("A-RES", "A-JUM", "A-FUS", "A-POT", "A-SWI"), "Ohm"),
    **dict.fromkeys(("A-DIO", "A-ZEN"), "V"),
    "A-CAP": "F",
    "A-IND": "H",
}
CHECKS: Final = {"PF": (1, 0), "TS": (0, 4), "TJET": (0, 2), "D-T": (0, 4), "BS-CON": (1, 0), "CCHK": (0, 2)}
"""Records that pass or fail: which field is the status, and which the name."""
ENDLESS: Final = 9e99
"""What the tester writes for a limit that is none."""

_START: Final = re.compile(rb"\s*\{@(BATCH|BTEST)\|")
_NAME: Final = re.compile(r"\{@([^|{}\r\n]*)")
_TEXT: Final = re.compile(r"\|(.*?)\}(?=[\r\n{}]|\Z)")
_LITERAL: Final = re.compile(r"~(\d{1,4})\|")
_FIELD: Final = re.compile(r"(?:[^|{}\r\n]|\{(?!@))*")
_BLANKS: Final = re.compile(r"\s*")
_BOARD: Final = re.compile(r"^\d+%")
_REPORT_LINE: Final = "RPT"
_DEEPEST: Final = 50


def sniff(head: bytes, name: str) -> float:
    """A log begins with the record of a batch or a board."""
    del name
    return 1.0 if _START.match(head) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each board.

    Raises:
        ConversionError: a record is not closed, or a value is no number or time.
    """
    del options
    text = read_text(source, context, otherwise="latin-1")
    for batch in _Parser(text).records():
        boards = [batch] if batch.name == "BTEST" else [record for record in batch.inner if record.name == "BTEST"]
        if batch.name not in {"BATCH", "BTEST"}:
            raise malformed(f"a record {batch.name!r:.30} stands outside of a batch", batch.place)
        for board in boards:
            yield _Board(batch, board, context).report()


@dataclass(slots=True)
class _Record:
    """``{@NAME|field|field...{@INNER...}}``."""

    name: str
    line: int
    fields: list[str] = field(default_factory=list[str])
    inner: list["_Record"] = field(default_factory=list["_Record"])

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"line {self.line}, {self.name}"

    def get(self, index: int) -> str:
        """Return a field, or nothing."""
        return self.fields[index].strip() if index < len(self.fields) else ""

    def needed(self, index: int, what: str) -> str:
        """Return a field that must be there."""
        value = self.get(index)
        if not value:
            raise malformed(f"it has no {what}", self.place)
        return value


class _Parser:
    """Reads nested records."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def records(self) -> Iterator[_Record]:
        """Yield the outermost records."""
        self._skip_blanks()
        while self._at < len(self._text):
            yield self._record(1)
            self._skip_blanks()

    def _record(self, depth: int) -> _Record:
        found = _NAME.match(self._text, self._at)
        if found is None or depth > _DEEPEST:
            raise malformed("a record should begin here", f"line {self._line}")
        record = _Record(found[1], self._line)
        self._at = found.end()
        if record.name == _REPORT_LINE:
            self._take_text(record)
            return record
        while self._text.startswith("|", self._at):
            self._at += 1
            record.fields.append(self._field())
        while True:
            self._skip_blanks()
            if self._text.startswith("}", self._at):
                self._at += 1
                return record
            if self._at >= len(self._text):
                raise malformed("the record is not closed: the file is not complete", record.place)
            record.inner.append(self._record(depth + 1))

    def _take_text(self, record: _Record) -> None:
        """Take the text of a report line, which may have any characters."""
        found = _TEXT.match(self._text, self._at)
        if found is None:
            raise malformed("the record is not closed: the file is not complete", record.place)
        record.fields.append(found[1])
        self._at = found.end()

    def _field(self) -> str:
        literal = _LITERAL.match(self._text, self._at)
        if literal is not None:
            end = literal.end() + int(literal[1])
            value = self._text[literal.end() : end]
            self._line += value.count("\n")
        else:
            found = _FIELD.match(self._text, self._at)
            value, end = ("", self._at) if found is None else (found[0], found.end())
        self._at = min(end, len(self._text))
        return value

    def _skip_blanks(self) -> None:
        found = _BLANKS.match(self._text, self._at)
        if found is not None:
            self._line += found[0].count("\n")
            self._at = found.end()


class _Board:
    """Makes the report of one board."""

    def __init__(self, batch: _Record, board: _Record, context: Context) -> None:
        self._batch = _Record("BATCH", batch.line) if batch is board else batch
        self._board = board
        self._explain = context.explain
        self._texts: list[str] = []

    def report(self) -> UUTReport:
        """Return the report."""
        batch, board = self._batch, self._board
        status = board.needed(1, "status").zfill(2)
        number = board.get(11)
        said = {
            "serial_number": board.get(0),
            "part_number": batch.get(0),
            "revision": batch.get(1),
            "fixture": batch.get(2),
            "batch": batch.get(6),
            "operator": batch.get(7),
            "station": batch.get(8),
            "sequence": batch.get(9),
            "version": batch.get(10),
        }
        report = new_test(
            serial_number=said["serial_number"],
            part_number=said["part_number"],
            revision=said["revision"],
            fixture=said["fixture"],
            batch=said["batch"],
            operator=said["operator"],
            station=said["station"],
            sequence=said["sequence"],
            version=said["version"],
            socket=int(number) if number.isascii() and number.isdigit() and int(number) < 2**15 else None,
            start=time_in(board.needed(2, "start"), ["%y%m%d%H%M%S"], "start", board.place),
            seconds=number_in(board.get(3), "duration", board.place) if board.get(3) else None,
            result=RESULTS.get(status, "F"),
        )
        if status != "00":
            report.wire["uut"] |= {"errorCode": _code(status, board), "errorMessage": STATUSES.get(status, status)}
        for name, value in (
            ("Process step", batch.get(5)),
            ("Testhead", batch.get(3)),
            ("Version label", batch.get(13)),
            ("Parent panel", board.get(12)),
            ("Status qualifier", board.get(10)),
        ):
            add_misc(report, name, value)
        for record in board.inner:
            self._add(report.root, record)
        others = [record for record in batch.inner if record.name != "BTEST"]
        self._texts += [_line(record) for record in others]
        if self._texts:
            report.root.report_text = "\n".join(self._texts)[:100_000]
        tell_header(self._explain, report, board.place)
        return report

    def _add(self, into: SequenceCall, record: _Record) -> None:
        """Add what a record says: a step, a sequence, or a line of text."""
        if record.name == "BLOCK":
            self._add_block(into, record)
        elif record.name.startswith("A-"):
            self._add_analog(into, record, record.get(2) or record.name)
        elif record.name in CHECKS:
            self._add_check(into, record)
        else:
            self._texts.append(_line(record))

    def _add_block(self, into: SequenceCall, block: _Record) -> None:
        name = _BOARD.sub("", block.needed(0, "name"))
        letter = "P" if block.needed(1, "status").strip("0") == "" else "F"
        tests = [record for record in block.inner if record.name.startswith("A-") or record.name in CHECKS]
        texts = [_line(record) for record in block.inner if record not in tests]
        options: StepOptions = {"report_text": "\n".join(texts)} if texts else {}
        if len(tests) == 1 and tests[0].name.startswith("A-"):
            self._add_analog(into, tests[0], name if not tests[0].get(2) else f"{name} {tests[0].get(2)}", options)
        elif tests:
            sequence = into.sequence(told_whole(name, options), status=letter, **options)
            for record in tests:
                self._add(sequence, record)
        else:
            self._tell(name, letter, block.place)
            into.passed(told_whole(name, options), letter == "P", **options)

    def _add_analog(self, into: SequenceCall, record: _Record, name: str, options: StepOptions | None = None) -> None:
        options = {} if options is None else options
        low = high = None
        texts = [options.get("report_text", "")]
        for inner in record.inner:
            if inner.name in {"LIM2", "LIM3"}:
                numbers = [number_in(text, "limit", inner.place) for text in inner.fields]
                if len(numbers) != int(inner.name[-1]):
                    raise malformed(f"it has {len(numbers)} limits", inner.place)
                high, low = (None if abs(each) >= ENDLESS else each for each in numbers[-2:])
                texts.append(f"nominal {inner.get(0)}" if inner.name == "LIM3" else "")
            else:
                texts.append(_line(inner))
        text = "\n".join(filter(None, texts))
        if text:
            options["report_text"] = text
        value = number_in(record.needed(1, "value"), "value", record.place)
        self._tell(name, value, record.place)
        letter = "P" if record.needed(0, "status").strip("0") == "" else "F"
        add_number(into, name, value, UNITS.get(record.name, ""), low=low, high=high, status=letter, **options)

    def _add_check(self, into: SequenceCall, record: _Record) -> None:
        status, name = CHECKS[record.name]
        letter = "P" if record.needed(status, "status").strip("0") == "" else "F"
        texts = [_line(record), *(_line(inner) for inner in record.inner)] if letter == "F" or record.inner else []
        options: StepOptions = {"report_text": "\n".join(texts)} if texts else {}
        title = _BOARD.sub("", record.get(name)) or record.name
        self._tell(title, letter, record.place)
        into.passed(told_whole(title, options), letter == "P", **options)

    def _tell(self, what: str, value: object, place: str) -> None:
        if self._explain is not None:
            self._explain(what, value, place)


def _code(status: str, record: _Record) -> int:
    if not status.isascii() or not status.isdigit() or len(status) > 4:  # noqa: PLR2004
        raise malformed(f"its status is {shortened(status, 20)!r}", record.place)
    return int(status)


def _line(record: _Record) -> str:
    """Return a record as text; of a report line its text alone."""
    if record.name == _REPORT_LINE:
        return record.get(0)
    inner = "".join(f" {{{_line(each)}}}" for each in record.inner)
    return "|".join((record.name, *record.fields)) + inner
