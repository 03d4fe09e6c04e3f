"""SPEA 3030 and its relatives: logs with semicolons, one report for each run and board."""

import re
from collections.abc import Iterator
from typing import Final, Literal

from pywats.ingest.converters.building import (
    add_misc,
    add_note,
    add_number,
    add_text,
    lines,
    new_test,
    settle,
    tell_header,
    told_whole,
)
from pywats.ingest.converters.interface import Context, Explain, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.moments import Order, moment
from pywats.ingest.converters.prefixes import PREFIXES, rounded
from pywats.ingest.converters.spea.rows import ORDERS, RESULT, SHORTEST, TESTS, WORDS, Row, Run, Unit, read_rows, units
from pywats.ingest.converters.text import begin_of, malformed, number_in, number_or_none
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall, Step

SUFFIXES: tuple[str, ...] = ()

TITLE: Final = "Programme"
"""What the second cell of START is; another word is kept."""

_POINTS, _ID = 12, 13
"""The cells of a test that have its test points and its number in the program."""
_HEAD: Final = re.compile(rb"(FORMAT;(mmdd|ddmm)\r?\n)?START;[^;\r\n]*;[^;\r\n]*;[^;\r\n]*;[^;\r\n]*;[^;\r\n]*;\d")
_PREFIXED: Final = re.compile(rf"([-+\d.eE]+)\s*([{''.join(PREFIXES)}]?)(\S*)")


class Options(Base):
    """Options of ``spea``.

    Attributes:
        part_number: ``program``: the name of the test program is the part number; the file has none else.
        serial_number: ``start``: in logs without rows ``SN``, the cell behind the time in ``START`` has it.
        dates: what comes first in dates of a log without a row ``FORMAT``: the month (``mdy``) or the day (``dmy``).
    """

    part_number: Literal["program"] | None = None
    serial_number: Literal["start"] | None = None
    dates: Order | None = None


def sniff(head: bytes, name: str) -> float:
    """A log begins with the format of its dates and the start of a run."""
    del name
    return 1.0 if _HEAD.match(begin_of(head)) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each board of each run.

    Raises:
        ConversionError: a run has no end, or a row has too few cells or no kind.
    """
    run: Run | None = None
    head = _Head(options.dates)
    for row in read_rows(source, context):
        if run is None:
            run = head.take(row)
        elif row.status:
            run.rows.append(row)
        elif row.kind == "END":
            for unit in units(run, row):
                yield _report(run, row, unit, options, context.explain)
            run = None
        elif row.kind in {"FORMAT", "START"}:
            raise malformed(f"a new run begins before the one of line {run.start.number} has an END", row.place)
        else:
            run.rows.append(row)
    if run is not None:
        raise malformed("the run has no END: the file is not complete", run.start.place)
    for row in head.rows:
        context.tell("not read, as no run follows", row.text, row.place)


class _Head:
    """What stands in front of a run.

    Attributes:
        rows: those of kinds that are not known.
    """

    def __init__(self, order: Order | None) -> None:
        self._order: Order | None = order
        self.rows: list[Row] = []

    def take(self, row: Row) -> Run | None:
        """Take in a row; return the run that begins with it."""
        if row.kind == "START":
            rows, self.rows = self.rows, []
            return Run(row, self._order, rows)
        if row.kind != "FORMAT":
            if row.status or row.kind in SHORTEST:
                raise malformed(f"{row.kind} stands outside of a run", row.place)
            self.rows.append(row)
        elif row.cells[1] in ORDERS:
            self._order = ORDERS[row.cells[1]]
        else:
            raise malformed(f"the format of dates is {row.cells[1]!r:.20}, not mmdd or ddmm", row.place)
        return None


def _report(run: Run, end: Row, unit: Unit, options: Options, explain: Explain | None) -> UUTReport:
    _, title, program, version, variant, operator, date, clock, *more = run.start.cells
    start = moment(date, clock, run.order, "start", run.start.place)
    finish = moment(end.cells[2], end.cells[3], run.order, "end", end.place)
    serial = unit.serial
    if not serial and options.serial_number == "start" and more:
        serial, *more = more
    report = new_test(
        serial_number=serial,
        part_number=program if options.part_number == "program" else "",
        operator=operator,
        sequence=program,
        version=version,
        start=start,
        seconds=(finish - start).total_seconds() if finish >= start else None,
        batch=next((row.cells[1] for row in run.of("LOT") if row.cells[1]), ""),
        socket=int(unit.board) if unit.board.isascii() and unit.board.isdecimal() else None,
    )
    if variant != program:
        add_misc(report, "Variant", variant)
    if title != TITLE:
        add_misc(report, "START 2", title)
    for row, cells, first in ((run.start, more, len(run.start.cells) - len(more) + 1), (end, end.cells[4:], 5)):
        for number, cell in enumerate(cells, first):
            add_misc(report, f"{row.kind} {number}", cell)
    _add_steps(report.root, unit.rows, explain)
    settle(report.root)
    result = "T" if unit.result == "S" else unit.result  # it has no verdict
    report.wire["result"] = report.root.wire["status"] = result
    tell_header(explain, report, f"{run.start.place} to {end.place}")
    return report


def _add_steps(root: SequenceCall, rows: list[Row], explain: Explain | None) -> None:
    """Add a step for each test, in a sequence for each task; other rows stand in the text of the step before them."""
    several = len({row.cells[1] for row in rows if row.status}) > 1
    sequence, task = root, ("", "", "")
    last: Step = root
    others: list[str] = []
    for row in rows:
        if not row.status:
            others.append(row.text)
            continue
        _note(last, others)
        board, name, number = key = row.cells[1], row.cells[2], row.cells[3]
        if task != key:
            task = key
            title: StepOptions = {}
            said = f"{board} {name}" if several else name or number or "task"
            sequence = root.sequence(told_whole(said, title), **title)
        last = _add(sequence, row)
        if explain is not None:
            explain(row.cells[5] or row.cells[4], row.cells[8], row.place)
    _note(last, others)


def _note(step: Step, others: list[str]) -> None:
    """Put what other rows say into the text of a step."""
    if others:
        add_note(step, *others)
        others.clear()


def _add(into: SequenceCall, row: Row) -> Step:
    """Add the step of a test; one that is all zeros, without a unit, measured nothing."""
    cells = row.cells
    name, letter, unit = cells[5] or cells[4], row.status, cells[11]
    options: StepOptions = {"report_text": _text(row)}
    value = _number(cells[8], unit)
    if value is None:
        return _add_word(into, row, name, options)
    low = _needed(cells[9], unit, "low limit", row) if cells[9] else None
    high = _needed(cells[10], unit, "high limit", row) if cells[10] else None
    if not unit and value == low == high == 0:
        title = told_whole(name, options)
        if letter in {"P", "F"}:
            return into.passed(title, letter == "P", **options)
        return into.action(title, status=letter, **options)
    if letter not in {"P", "F"}:
        options["report_text"] = lines(_said(row), options["report_text"])
        return into.action(told_whole(name, options), status=letter, **options)
    if low is not None and high is not None and low > high:
        options["report_text"] = lines(f"low limit {low:g}, high limit {high:g}", options["report_text"])
        return add_number(into, name, value, unit, status=letter, **options)
    return add_number(into, name, value, unit, low=low, high=high, status=letter, **options)


def _add_word(into: SequenceCall, row: Row, name: str, options: StepOptions) -> Step:
    """Add the step of a test that has a word for a value; what stands for limits is no number then either."""
    value = row.cells[8]
    limits = " ".join(filter(None, row.cells[9:12]))
    options["report_text"] = lines(limits, options.get("report_text", ""))
    if value and row.status in {"P", "F"}:
        return add_text(into, name, value, status=row.status, **options)
    options["report_text"] = lines(value and f"value {value}", options["report_text"])
    return into.action(told_whole(name, options), status=row.status, **options)


def _text(row: Row) -> str:
    """Return what a test says besides its name, its result and its value."""
    cells = row.cells
    text = f"test {cells[3]}.{cells[4]}"
    if len(cells) > _POINTS and cells[_POINTS]:
        text = f"{text}, points {cells[_POINTS]}"
    if len(cells) > _ID and cells[_ID]:
        text = f"{text}, id {cells[_ID]}"
    if cells[6] or cells[RESULT] != "PASS" or row.kind not in TESTS or len(cells) > _ID + 1:
        kind = "" if row.kind in TESTS else row.kind
        word = "" if cells[RESULT].upper() in WORDS else cells[RESULT]
        return lines(cells[6], kind, word, text, ";".join(cells[_ID + 1 :]).strip(";"))
    return text


def _said(row: Row) -> str:
    """Return value and limits as they are written."""
    value, low, high, unit = row.cells[8:12]
    said = f"value {value} {unit}".rstrip()
    return ", ".join(filter(None, (said, low and f"low limit {low}", high and f"high limit {high}")))


def _needed(text: str, unit: str, what: str, row: Row) -> float:
    number = _number(text, unit)
    return number_in(text, what, row.place) if number is None else number


def _number(text: str, unit: str) -> float | None:
    """Return the number of a cell: with a point or a comma, and with a prefix if the test has a unit."""
    number = number_or_none(text)
    if number is not None or not text:
        return number
    said = text.replace(",", ".")
    number = number_or_none(said)
    found = _PREFIXED.fullmatch(said) if number is None and unit else None
    if found is None or found[3] not in {"", unit}:
        return number
    number = number_or_none(found[1])
    return None if number is None else rounded(number * PREFIXES.get(found[2], 1.0))
