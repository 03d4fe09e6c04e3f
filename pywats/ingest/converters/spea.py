"""SPEA 3030 and its relatives: logs with semicolons, one report for each run and board."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from pywats.ingest.converters.building import add_misc, add_number, add_text, new_test, settle, tell_header, told_whole
from pywats.ingest.converters.interface import Context, Explain, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.text import malformed, number_in, number_or_none, read_text, time_in
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: tuple[str, ...] = ()

DATES: Final = {"mmdd": "%m/%d/%Y %H:%M:%S", "ddmm": "%d/%m/%Y %H:%M:%S"}
WORDS: Final = {"PASS": "P", "FAIL": "F", "ERROR": "E", "ABORT": "T", "STOP": "T", "SKIP": "S", "NONE": "S"}
SHORTEST: Final = {"ANL": 12, "FUNC": 12, "START": 8, "END": 4, "SN": 2, "BOARDRESULT": 2, "LOT": 2, "FORMAT": 2}
"""Cells that a row of a kind has at least."""

_KIND: Final = re.compile(r"[A-Z][A-Z0-9_]{1,19}")
_HEAD: Final = re.compile(rb"(FORMAT;(mmdd|ddmm)\r?\n)?START;[^;\r\n]*;[^;\r\n]*;[^;\r\n]*;[^;\r\n]*;[^;\r\n]*;\d")


class Options(Base):
    """Options of ``spea``.

    Attributes:
        part_number: ``program``: the name of the test program is the part number; the file has none else.
    """

    part_number: Literal["program"] | None = None


def sniff(head: bytes, name: str) -> float:
    """A log begins with the format of its dates and the start of a run."""
    del name
    return 1.0 if _HEAD.match(head) else 0.0


@dataclass(slots=True)
class _Row:
    number: int
    cells: list[str]

    @property
    def kind(self) -> str:
        return self.cells[0]

    @property
    def place(self) -> str:
        return f"line {self.number}"


@dataclass(slots=True)
class _Run:
    """What stands between START and END."""

    start: _Row
    dates: str
    rows: list[_Row] = field(default_factory=list[_Row])

    def of(self, kind: str) -> list[_Row]:
        return [row for row in self.rows if row.kind == kind]


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each board of each run.

    Raises:
        ConversionError: a run has no end, or a row has too few cells or no kind.
    """
    text = read_text(source, context, otherwise="latin-1")
    if not text.endswith("\n"):
        raise malformed("the last line has no end: the file is not complete")
    dates, run = "", None
    for row in _rows(text):
        if row.kind == "FORMAT":
            dates = row.cells[1]
        elif row.kind == "START":
            if run is not None:
                raise malformed("a run begins before the last one has ended", row.place)
            if dates not in DATES:
                raise malformed(f"the format of dates is {dates!r:.20}, not mmdd or ddmm", row.place)
            run = _Run(row, DATES[dates])
        elif run is None:
            raise malformed(f"{row.kind} stands outside of a run", row.place)
        elif row.kind == "END":
            yield from _reports(run, row, options, context.explain)
            run = None
        else:
            run.rows.append(row)
    if run is not None:
        raise malformed("the run has no END: the file is not complete", run.start.place)


def _rows(text: str) -> Iterator[_Row]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            cells = [cell.strip() for cell in line.split(";")]
            shortest = SHORTEST.get(cells[0], 2)
            if _KIND.fullmatch(cells[0]) is None:
                raise malformed(f"a row begins with its kind, not with {cells[0]!r:.30}", f"line {number}")
            if len(cells) < shortest:
                raise malformed(f"the row {cells[0]} has {len(cells)} cells, not {shortest}", f"line {number}")
            yield _Row(number, cells)


def _reports(run: _Run, end: _Row, options: Options, explain: Explain | None) -> Iterator[UUTReport]:
    """Yield the reports of a run: one for each serial number."""
    tests = [row for row in run.rows if row.kind in {"ANL", "FUNC"}]
    serials, results = run.of("SN"), run.of("BOARDRESULT")
    boards = sorted({row.cells[1] for row in tests}, key=lambda board: (len(board), board))
    if len(serials) <= 1:
        result = results[0] if len(results) == 1 else end
        yield _report(run, end, serials, result, tests, options, explain)
        return
    if not len(serials) == len(results) == len(boards):
        detail = f"there are {len(boards)} boards, {len(serials)} serial numbers and {len(results)} results"
        raise malformed(detail, run.start.place)
    for board, serial, result in zip(boards, serials, results, strict=True):
        mine = [row for row in tests if row.cells[1] == board]
        report = _report(run, end, [serial], result, mine, options, explain)
        if board.isascii() and board.isdigit():
            report.wire["uut"]["testSocketIndex"] = int(board)
        yield report


def _report(
    run: _Run,
    end: _Row,
    serials: list[_Row],
    result: _Row,
    tests: list[_Row],
    options: Options,
    explain: Explain | None,
) -> UUTReport:
    _, _, program, version, variant, operator, *_ = run.start.cells
    start = time_in(" ".join(run.start.cells[6:8]), [run.dates], "start", run.start.place)
    finish = time_in(" ".join(end.cells[2:4]), [run.dates], "end", end.place)
    serial = serials[0].cells[1] if serials else ""
    report = new_test(
        serial_number=serial,
        part_number=program if options.part_number == "program" else "",
        operator=operator,
        sequence=program,
        version=version,
        start=start,
        seconds=(finish - start).total_seconds() if finish >= start else None,
        batch=next((row.cells[1] for row in run.of("LOT")), ""),
    )
    if variant != program:
        add_misc(report, "Variant", variant)
    boards = {row.cells[1] for row in tests}
    into, task = report.root, ("", "")
    sequence: SequenceCall = into
    for row in tests:
        board, name, number = row.cells[1:4]
        if task != (board, number + name):
            task = board, number + name
            sequence = into.sequence(f"{board} {name}" if len(boards) > 1 else name or number or "task")
        _add(sequence, row)
        if explain is not None:
            explain(row.cells[5] or row.cells[4], row.cells[8], row.place)
    settle(report.root)
    report.wire["result"] = report.root.wire["status"] = _letter(result, 1)
    others = [";".join(row.cells) for row in run.rows if row.kind not in SHORTEST]
    if others:
        report.root.report_text = "\n".join(others)
    tell_header(explain, report, f"{run.start.place} to {end.place}")
    return report


def _add(into: SequenceCall, row: _Row) -> None:
    """Add the step of a row; one that is all zeros, without a unit, measured nothing."""
    name, letter, unit = row.cells[5] or row.cells[4], _letter(row, 7), row.cells[11]
    options: StepOptions = {}
    points = row.cells[12] if len(row.cells) > SHORTEST[row.kind] else ""
    text = "\n".join(filter(None, (row.cells[6], points and f"test points {points}")))
    if text:
        options["report_text"] = text
    if number_or_none(row.cells[8]) is None:
        _add_word(into, row, name, letter, options)
        return
    value, low, high = (
        number_in(row.cells[at], what, row.place) for at, what in ((8, "value"), (9, "low limit"), (10, "high limit"))
    )
    if letter == "S":
        into.action(told_whole(name, options), status=letter, **options)
    elif not unit and value == low == high == 0:
        title = told_whole(name, options)
        if letter in {"P", "F"}:
            into.passed(title, letter == "P", **options)
        else:
            into.action(title, status=letter, **options)
    elif low > high:
        options["report_text"] = "\n".join(filter(None, (text, f"low limit {low:g}, high limit {high:g}")))
        add_number(into, name, value, unit, status=letter, **options)
    else:
        add_number(into, name, value, unit, low=low, high=high, status=letter, **options)


def _add_word(into: SequenceCall, row: _Row, name: str, letter: str, options: StepOptions) -> None:
    """Add the step of a row that has a word for a value; what stands for limits is no number then either."""
    limits = " ".join(filter(None, row.cells[9:11]))
    if limits:
        options["report_text"] = "\n".join(filter(None, (options.get("report_text"), limits)))
    if row.cells[8]:
        add_text(into, name, row.cells[8], status=letter, **options)
    else:
        into.action(told_whole(name, options), status=letter, **options)


def _letter(row: _Row, at: int) -> str:
    word = row.cells[at].upper()
    letter = next((letter for start, letter in WORDS.items() if word.startswith(start)), None)
    if letter is None:
        raise malformed(f"{row.cells[at]!r:.30} is no result", row.place)
    return letter
