"""Keysight (Agilent, HP) i3070: the log records of in-circuit testers, one report for each board of a panel."""

import re
from collections.abc import Iterator
from datetime import datetime
from math import inf
from typing import Final

from pywats.ingest.converters.building import add_misc, add_number, new_test, tell_header, told_whole
from pywats.ingest.converters.i3070.records import BATCH, BOARD, Reader, Record
from pywats.ingest.converters.i3070.texts import BLOCK, UNITS, VERDICTS, assign_messages, details, said
from pywats.ingest.converters.interface import Context, Options, Source
from pywats.ingest.converters.text import begin_of, encoding_of, malformed, number_in, read_pieces, time_in
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: tuple[str, ...] = (".ict",)

FAILURES: Final = {
    1: "uncategorised failure",
    2: "failing pins",
    3: "failure while learning",
    4: "failing shorts",
    6: "failing analog test",
    7: "failing power supply",
    8: "failing digital or boundary scan test",
    9: "failing functional test",
    10: "failing pre-shorts",
    11: "failure of the board handler",
    12: "failing barcode",
    13: "X'd out",
    14: "failing TestJet or VTEP",
    15: "failing polarity check",
    16: "failing ConnectCheck",
    17: "failing analog cluster test",
    80: "runtime error",
    81: "stopped (STOP)",
    82: "stopped (BREAK)",
    **{code: f"status {code} of the test plan" for code in range(90, 100)},
}
"""What the statuses of a board mean, but for 0."""
RESULTS: Final = {0: "P", 80: "E", 81: "T", 82: "T", 13: "T"}
LIMITS: Final = {"LIM2": 2, "LIM3": 3}
"""How many fields they have: high and low at the end, and before them the nominal value."""
ENDLESS: Final = 9e99
"""What the tester writes for a limit that is none."""
ABOUT_THE_TESTER: Final = frozenset({"AID", "ALM", "NETV"})
"""Outermost records that say nothing of a unit: alarms of its statistics, and checks of the network."""

_START: Final = re.compile(rb"\s*\{@(BATCH|BTEST|ALM|NETV)\|")
_NUMBER: Final = re.compile(r"\d{1,4}", re.ASCII)
_TIME: Final = re.compile(r"\d{12}", re.ASCII)


def sniff(head: bytes, name: str) -> float:
    """A log begins with the record of a batch or a board."""
    del name
    return 1.0 if _START.match(begin_of(head).replace(b"\0", b"")) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each board.

    Raises:
        ConversionError: a record is not closed, or a value is no number or time.
    """
    del options
    encoding = encoding_of(source.file.read(4), context, "latin-1")
    source.file.seek(0)
    board: _Board | None = None
    early: list[Record] = []
    for batch, record in Reader(read_pieces(source, encoding), encoding).records():
        if record.name == BOARD or batch is None:
            if board is not None:
                yield board.report()
            board = None
        if record.name == BOARD:
            board = _Board(batch, record, early, context)
            early = []
        elif batch is not None:
            (early if board is None else board.others).append(record)
        elif record.name == BATCH:
            for each in early:
                context.tell("not read, as its batch has no board", said(each), each.place)
            early = []
        elif record.name in ABOUT_THE_TESTER:
            context.tell("not read, as it is not about a unit", said(record), record.place)
        else:
            raise malformed("the record stands outside of a batch", record.place)
    if board is not None:
        yield board.report()


class _Board:
    """Makes the report of one board.

    Attributes:
        others: records of its batch that belong to it: those behind it, and before it if it is the first.
    """

    def __init__(self, batch: Record | None, board: Record, early: list[Record], context: Context) -> None:
        self._batch = batch or Record(BATCH, board.line)
        self._board = board
        self._explain = context.explain
        self._texts: list[str] = []
        self._number = _number_of(board)
        self.others = early

    def report(self) -> UUTReport:
        """Return the report."""
        batch, board = self._batch, self._board
        status = _status(board, 1)
        start = _moment(board, 2, "start")
        report = new_test(
            serial_number=board.get(0),
            part_number=batch.get(0),
            revision=batch.get(1),
            fixture=batch.get(2),
            batch=batch.get(6),
            operator=batch.get(7),
            station=batch.get(8),
            sequence=batch.get(9),
            version=batch.get(10),
            socket=int(board.get(11)) if _NUMBER.fullmatch(board.get(11)) else None,
            start=start,
            seconds=self._seconds(start),
            result=RESULTS.get(status, "F"),
        )
        if status:
            report.wire["uut"] |= {"errorCode": status, "errorMessage": FAILURES.get(status, f"status {status}")}
        for name, value in (
            ("Process step", batch.get(5)),
            ("Testhead", batch.get(3)),
            ("Testhead type", batch.get(4)),
            ("Panel type", batch.get(11)),
            ("Panel type revision", batch.get(12)),
            ("Version label", batch.get(13)),
            ("Parent panel", board.get(12)),
            ("Status qualifier", board.get(10)),
            ("Log level", board.get(5)),
            ("Log set", board.get(6)),
            ("Multiple test", _set(board.get(4))),
            ("Learning", _set(board.get(7))),
            ("Known good", _set(board.get(8))),
        ):
            add_misc(report, name, value)
        for record, known in ((batch, 14), (board, 13)):
            if record.fields[known:]:
                self._note(_further(record, known), record)
        assign_messages(board)
        for record in board.inner:
            self._add(report.root, record)
        for record in self.others:
            self._note(said(record), record)
        if self._texts:
            report.root.report_text = "\n".join(self._texts)
        tell_header(self._explain, report, board.place)
        return report

    def _seconds(self, start: datetime) -> float | None:
        board = self._board
        if board.get(3):
            seconds = number_in(board.get(3), "duration", board.place)
            if not 0 <= seconds < inf:
                detail = f"duration is {board.get(3)!r:.40}, not a number of seconds"
                raise ConversionError(Reason.WRONG_VALUE, detail, board.place)
            return seconds
        if not board.get(9):
            return None
        taken = (_moment(board, 9, "end") - start).total_seconds()
        return taken if taken >= 0 else None

    def _add(self, into: SequenceCall, record: Record) -> None:
        """Add what a record says: a step, a sequence, or a line of text."""
        if record.name == BLOCK:
            self._add_block(into, record)
        elif record.name in VERDICTS:
            self._add_test(into, record, self._own_name(record) or record.name, [])
        else:
            self._note(said(record), record)

    def _add_block(self, into: SequenceCall, block: Record) -> None:
        """Add a step; a sequence if the block holds several tests, or one that ended otherwise than the block."""
        name, status = self._name(block.needed(0, "name")), _status(block, 1)
        texts = [_further(block, 2)] if block.fields[2:] else []
        if status > 1:
            texts.append(f"status {status}")
        tests: list[Record] = []
        for record in block.inner:
            if record.name in VERDICTS:
                tests.append(record)
            else:
                texts.append(said(record))
        letter = "F" if status else "P"
        if len(tests) == 1 and tests[0].name != BLOCK and _letter(tests[0]) == letter:
            own = self._own_name(tests[0])
            self._add_test(into, tests[0], name if own in {"", name} else f"{name} {own}", texts)
            return
        options = _options(texts)
        if tests:
            sequence = into.sequence(told_whole(name, options), status=letter, **options)
            for record in tests:
                self._add(sequence, record)
        else:
            self._tell(name, letter, block)
            into.passed(told_whole(name, options), letter == "P", **options)

    def _add_test(self, into: SequenceCall, record: Record, name: str, beside: list[str]) -> None:
        """Add the step of a test, whose text ends with what stands beside it in its block."""
        if record.name in UNITS:
            self._add_analog(into, record, name, beside)
            return
        letter = _letter(record)
        detail = details(record, letter == "F")
        texts = [detail] if detail else []
        options = _options([*texts, *(said(each) for each in record.inner), *beside])
        self._tell(name, letter, record)
        into.passed(told_whole(name, options), letter == "P", **options)

    def _add_analog(self, into: SequenceCall, record: Record, name: str, beside: list[str]) -> None:
        low = high = None
        status, limits = _status(record, VERDICTS[record.name][0]), 0
        texts = [f"status {status}"] if status > 1 else []
        if record.fields[3:]:
            texts.append(_further(record, 3))
        for inner in record.inner:
            if inner.name not in LIMITS or limits:
                texts.append(said(inner))
                continue
            limits = LIMITS[inner.name]
            if len(inner.fields) != limits:
                raise malformed(f"it has {len(inner.fields)} fields, not {limits}", inner.place)
            *nominal, high, low = (_limit(text, inner) for text in inner.fields)
            texts += [f"nominal {inner.fields[0]}" for _ in nominal]
        value = number_in(record.get(1), "value", record.place) if record.get(1) else None
        self._tell(name, "no value" if value is None else value, record)
        add_number(
            *(into, name, value, UNITS[record.name]),
            low=low,
            high=high,
            status="F" if status else "P",
            **_options(texts + beside),
        )

    def _own_name(self, test: Record) -> str:
        """Return what a test is called, if it is."""
        return self._name(test.get(VERDICTS[test.name][1]))

    def _name(self, designator: str) -> str:
        """Return the name of a test without the number of its board, ``2%r1``."""
        number, separator, name = designator.partition("%")
        is_board = separator and _NUMBER.fullmatch(number) and int(number) == self._number
        return name if is_board else designator

    def _note(self, text: str, record: Record) -> None:
        self._tell("text", text, record)
        self._texts.append(text)

    def _tell(self, what: str, value: object, record: Record) -> None:
        if self._explain is not None:
            self._explain(what, value, record.place)


def _number_of(board: Record) -> int | None:
    """Return the number of a board: what its record says, else the only one that its tests begin with."""
    if board.get(11):
        return int(board.get(11)) if _NUMBER.fullmatch(board.get(11)) else None
    numbers: set[int] = set()
    for record in board.inner:
        if record.name in VERDICTS:
            number, separator, _ = record.get(VERDICTS[record.name][1]).partition("%")
            if separator and _NUMBER.fullmatch(number):
                numbers.add(int(number))
    return numbers.pop() if len(numbers) == 1 else None


def _moment(record: Record, index: int, what: str) -> datetime:
    said = record.needed(index, what)
    if _TIME.fullmatch(said) is None:
        detail = f"{what} is {said!r:.40}, not a time such as 260131235959"
        raise ConversionError(Reason.WRONG_VALUE, detail, record.place)
    return time_in(said, ("%y%m%d%H%M%S",), what, record.place)


def _set(flag: str) -> str:
    return "" if flag in {"0", "n"} else flag


def _status(record: Record, index: int) -> int:
    status = record.needed(index, "status")
    if _NUMBER.fullmatch(status) is None:
        raise malformed(f"its status is {status!r:.20}, not a number of four digits at the most", record.place)
    return int(status)


def _letter(test: Record) -> str:
    return "F" if _status(test, VERDICTS[test.name][0]) else "P"


def _limit(text: str, record: Record) -> float | None:
    limit = number_in(text, "limit", record.place)
    return None if abs(limit) >= ENDLESS else limit


def _further(record: Record, known: int) -> str:
    """Return the fields of a record behind those that are known."""
    return "|".join((record.name, *record.fields[known:]))


def _options(texts: list[str]) -> StepOptions:
    return {"report_text": "\n".join(texts)} if texts else {}
