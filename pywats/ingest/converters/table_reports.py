"""From rows to reports: which rows belong to one unit, and what each cell becomes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pywats.ingest.converters.building import add_misc, add_number, add_text, new_test, settle, tell_header, told_whole
from pywats.ingest.converters.interface import Explain
from pywats.ingest.converters.table_options import Column, Measure, StepColumns, TableOptions
from pywats.ingest.converters.text import number_in, number_or_none, time_in
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import StepOptions
from pywats.reports.evaluation import CompOp
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

IDENTITY: Final = (
    *("serial_number", "part_number", "revision", "process", "station", "batch", "socket", "start", "date", "time"),
)
"""Fields that rows of one report have in common, of those that are columns."""
TEXTS: Final = (
    *("serial_number", "part_number", "revision", "station", "location", "purpose", "operator", "comment", "batch"),
    *("fixture", "sequence", "version"),
)
WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("p", "pass", "passed", "ok", "good", "true", "1"), "P"),
    **dict.fromkeys(("f", "fail", "failed", "nok", "ng", "bad", "false", "0"), "F"),
    **dict.fromkeys(("e", "error"), "E"),
    **dict.fromkeys(("t", "terminated", "aborted", "abort"), "T"),
    **dict.fromkeys(("s", "skip", "skipped"), "S"),
    **dict.fromkeys(("d", "done", "info", "information"), "D"),
}
"""Words for a result, unless ``results`` has them."""
_NUMBER, _TEXT, _PASS = "number", "text", "pass"


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of one row, and the titles of their columns."""

    number: int
    titles: list[str]
    cells: list[str]

    def find(self, column: Column | None) -> tuple[str, str] | None:
        """Return what stands in a column, and where that is; ``None`` if there is no such column."""
        if column is None:
            return None
        if isinstance(column, str):
            index = self.titles.index(column) if column in self.titles else len(self.cells)
        else:
            index = column - 1
        if index >= len(self.cells):
            return None
        title = self.titles[index] or index + 1
        return self.cells[index].strip(), f"line {self.number}, column {title}"


def reports_of(
    rows: Iterable[Row], head: Mapping[str, tuple[str, str]], options: TableOptions, explain: Explain | None
) -> Iterator[UUTReport]:
    """Yield the reports of a table.

    Args:
        rows: of the table.
        head: values that hold for all rows, and where they stand, by their keys.
        options: what the columns are.
        explain: told how each value was understood.
    """
    maker = _Maker(head, options, explain)
    groups: dict[tuple[str, ...], list[Row]] = {}
    empty = True
    for row in maker.without_limits(rows):
        empty = False
        if options.step is None:
            yield maker.report([row])
        else:
            groups.setdefault(maker.key_of(row), []).append(row)
    if empty and head:
        yield maker.report([Row(0, [], [])])
    for group in groups.values():
        yield maker.report(group)


class _Maker:
    """Makes reports of rows."""

    def __init__(self, head: Mapping[str, tuple[str, str]], options: TableOptions, explain: Explain | None) -> None:
        self._head = head
        self._options = options
        self._explain = explain
        self._words = {**WORDS, **{word.strip().lower(): letter for word, letter in options.results.items()}}
        self._columns: dict[str, Column] = {name: column for name, column in options.fields if column is not None}
        self._limit_rows: dict[str, Row] = {}

    def without_limits(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows of units; those that hold limits are kept for all of them."""
        wanted = {} if self._options.limits is None else {text: name for name, text in self._options.limits if text}
        for row in rows:
            name = wanted.get(row.cells[0].strip())
            if name is None:
                yield row
            else:
                self._limit_rows[name] = row

    def key_of(self, row: Row) -> tuple[str, ...]:
        """Return what rows of the same report have in common."""
        names = IDENTITY if self._options.group_by is None else self._options.group_by
        found = (row.find(self._columns.get(name)) for name in names)
        return tuple("" if each is None else each[0] for each in found)

    def report(self, rows: list[Row]) -> UUTReport:
        """Return the report of one unit."""
        first = rows[0]
        values: Any = {name: said for name in TEXTS if (said := self._text(first, name))}
        told = self._said(first, "result")
        report = new_test(
            **values,
            process=self._process(first),
            socket=self._whole(first, "socket"),
            start=self._start(first),
            seconds=self._seconds(first, "seconds"),
        )
        for column in self._options.misc:
            found = self._find(first, column)
            if found is not None:
                add_misc(report, str(column), found[0])
        for row in rows:
            self._add_steps(report, row)
        computed = settle(report.root)
        result = computed if told is None else self._letter(*told, "result")
        report.wire["result"] = report.root.wire["status"] = "P" if result in "SD" else result
        self._add_error(report, first)
        tell_header(self._explain, report, f"line {first.number}")
        return report

    def _add_steps(self, report: UUTReport, row: Row) -> None:
        if self._options.step is not None:
            if row.cells:
                self._add_step(report.root, row, self._options.step)
            return
        for measure in self._measures(row):
            self._add_measure(report.root, row, measure)

    def _measures(self, row: Row) -> Iterator[Measure]:
        if self._options.measures != "rest":
            yield from self._options.measures
            return
        used = {*self._columns.values(), *self._options.misc}
        for number, title in enumerate(row.titles, 1):
            if title not in used and number not in used:
                yield Measure(column=number, name=title or f"column {number}")

    def _add_step(self, root: SequenceCall, row: Row, columns: StepColumns) -> None:
        """Add the step of a row: a number, a text, or a pass or fail, by its kind or else by its content."""
        cells = {name: self._find(row, column) for name, column in columns}
        text = {name: "" if found is None else found[0] for name, found in cells.items()}
        place = f"line {row.number}"
        if not text["name"]:
            raise ConversionError(Reason.WRONG_VALUE, "the row has no name of a step", place)
        options: StepOptions = {}
        if text["seconds"]:
            options["tot_time"] = self._number(text["seconds"], "the time of a step", place)
        if text["text"]:
            options["report_text"] = text["text"]
        status = self._letter(text["status"], place, "status") if text["status"] else None
        into = self._sequence(root, text["sequence"])
        kind = _kind(text["kind"]) or self._kind_of(text, status)
        self._tell(text["name"], f"{kind} {text['value']}".rstrip(), place)
        operator = _operator(text["operator"], place)
        if kind == _NUMBER:
            value = self._optional(text["value"], "value", place)
            low, high = (self._optional(text[name], f"{name} limit", place) for name in ("low", "high"))
            add_number(
                into, text["name"], value, text["unit"], low=low, high=high, comp_op=operator, status=status, **options
            )
        elif kind == _TEXT:
            limit = text["limit"] or text["low"] or None
            add_text(into, text["name"], text["value"], limit=limit, comp_op=operator, status=status, **options)
        elif status in {"P", "F"} or text["value"]:
            passed = status or self._letter(text["value"], place, "value")
            into.passed(told_whole(text["name"], options), passed == "P", **options)
        else:
            into.action(told_whole(text["name"], options), status=status or "D", **options)

    def _add_measure(self, root: SequenceCall, row: Row, measure: Measure) -> None:
        found = self._find(row, measure.column)
        if found is None:
            detail = f"there is no column {measure.column}"
            raise ConversionError(Reason.MISSING_FIELD, detail, f"line {row.number}")
        text, place = found
        if not text:
            return
        name = measure.name or str(measure.column)
        number = None if measure.limit is not None else self._as_number(text)
        self._tell(name, text, place)
        if number is not None:
            low = self._limit(measure, "low", measure.low)
            high = self._limit(measure, "high", measure.high)
            unit = measure.unit or self._limit_text(measure, "unit")
            add_number(root, name, number, unit, low=low, high=high)
        elif measure.limit is None and (letter := self._words.get(text.lower())) in {"P", "F"}:
            root.passed(name, letter == "P")
        else:
            add_text(root, name, text, limit=measure.limit)

    def _limit(self, measure: Measure, name: str, given: float | None) -> float | None:
        text = "" if given is not None else self._limit_text(measure, name)
        return self._number(text, f"{name} limit", f"line {self._limit_rows[name].number}") if text else given

    def _limit_text(self, measure: Measure, name: str) -> str:
        row = self._limit_rows.get(name)
        found = None if row is None else row.find(measure.column)
        return "" if found is None else found[0]

    def _sequence(self, root: SequenceCall, name: str) -> SequenceCall:
        """Return the sequence of a row: the last one if it has this name, else a new one."""
        if not name:
            return root
        last = root.steps[-1] if len(root.steps) else None
        if isinstance(last, SequenceCall) and last.wire["name"] == name:
            return last
        return root.sequence(name)

    def _kind_of(self, text: Mapping[str, str], status: str | None) -> str:
        if not text["value"]:
            return _PASS
        if self._as_number(text["value"]) is not None and not text["limit"]:
            return _NUMBER
        if status is None and not text["limit"] and text["value"].lower() in self._words:
            return _PASS
        return _TEXT

    def _find(self, row: Row, column: Column | None) -> tuple[str, str] | None:
        found = row.find(column)
        return self._head.get(column) if found is None and isinstance(column, str) else found

    def _said(self, row: Row, name: str) -> tuple[str, str] | None:
        """Return what a field is, and where it stands; ``None`` if it is nowhere, or empty."""
        found = self._find(row, self._columns.get(name))
        if found is None or not found[0]:
            return None
        self._tell(name, found[0], found[1])
        return found

    def _text(self, row: Row, name: str) -> str:
        found = self._said(row, name)
        return "" if found is None else found[0]

    def _process(self, row: Row) -> int | None:
        found = self._said(row, "process")
        if found is None:
            return None
        text, place = found
        if text in self._options.processes:
            return self._options.processes[text]
        if text.isascii() and text.isdigit() and len(text) <= 5:  # noqa: PLR2004 - a code has 16 bits
            return int(text)
        detail = f"process is {text!r:.60}, which is no code; give its code in processes"
        raise ConversionError(Reason.WRONG_VALUE, detail, place)

    def _whole(self, row: Row, name: str) -> int | None:
        found = self._said(row, name)
        return None if found is None else int(self._number(found[0], name, found[1]))

    def _seconds(self, row: Row, name: str) -> float | None:
        found = self._said(row, name)
        return None if found is None else self._number(found[0], name, found[1])

    def _start(self, row: Row) -> Any:
        found = [said for name in ("start", "date", "time") if (said := self._said(row, name)) is not None]
        if not found:
            return None
        return time_in(" ".join(text for text, _ in found), self._options.dates, "start", found[0][1])

    def _add_error(self, report: UUTReport, row: Row) -> None:
        code, message = self._whole(row, "error_code"), self._text(row, "error_message")
        if code is not None:
            report.wire["uut"]["errorCode"] = code
        if message:
            report.wire["uut"]["errorMessage"] = message[:500]

    def _letter(self, text: str, place: str, what: str) -> str:
        letter = self._words.get(text.lower())
        if letter is None:
            detail = f"{what} is {text!r:.60}, which is no word for a result; give its letter in results"
            raise ConversionError(Reason.WRONG_VALUE, detail, place)
        return letter

    def _as_number(self, text: str) -> float | None:
        return number_or_none(text, decimal=self._options.decimal, thousands=self._options.thousands)

    def _number(self, text: str, what: str, place: str) -> float:
        options = self._options
        return number_in(text, what, place, decimal=options.decimal, thousands=options.thousands)

    def _optional(self, text: str, what: str, place: str) -> float | None:
        return self._number(text, what, place) if text else None

    def _tell(self, what: str, value: object, place: str) -> None:
        if self._explain is not None:
            self._explain(what, value, place)


def _kind(text: str) -> str:
    word = text.lower()
    kinds = {"num": _NUMBER, "str": _TEXT, "text": _TEXT, "pass": _PASS, "bool": _PASS}
    return next((kind for start, kind in kinds.items() if word.startswith(start)), "")


def _operator(text: str, place: str) -> str | None:
    if not text:
        return None
    try:
        return CompOp(text.upper()).value
    except ValueError as error:
        raise ConversionError(Reason.WRONG_VALUE, f"{text!r:.60} is no operator", place) from error
