"""From rows to reports: what each cell becomes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from pywats.ingest.converters.building import (
    add_misc,
    add_number,
    add_report_text,
    add_text,
    new_test,
    settle,
    tell_header,
    told_whole,
)
from pywats.ingest.converters.interface import Context
from pywats.ingest.converters.table.groups import grouped
from pywats.ingest.converters.table.lines import Head
from pywats.ingest.converters.table.options import TableOptions
from pywats.ingest.converters.table.plans import MeasurePlan, Plan, Planner
from pywats.ingest.converters.table.rows import Columns, Row
from pywats.ingest.converters.table.values import Values, operator_of
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

TEXTS: Final = (
    *("serial_number", "part_number", "revision", "station", "location", "purpose", "operator", "comment", "batch"),
    *("fixture", "sequence", "version"),
)
TOLD_ONCE: Final = frozenset(("serial_number", "part_number", "revision", "process", "result"))
"""Fields that have one value in all rows of a report."""
WHOLE: Final = 500
"""Characters of an error message."""
_NUMBER, _TEXT, _PASS = "number", "text", "pass"
_KINDS: Final = {"num": _NUMBER, "str": _TEXT, "text": _TEXT, "pass": _PASS, "bool": _PASS}
Cells = Mapping[str, str]


class Reports:
    """Makes the reports of one unit's tables, of which a file may hold several."""

    def __init__(self, head: Head, options: TableOptions, values: Values, context: Context) -> None:
        self._head = head
        self._options = options
        self._values = values
        self._context = context
        self._tells = context.explain is not None
        self._inside = re.compile(options.values) if options.values else None
        self._planner = Planner(head, options, values, context)
        self._keyed: Columns | None = None
        self._keys: tuple[int, ...] = ()

    def of(self, rows: Iterable[Row], again: Callable[[], Iterable[Row]]) -> Iterator[UUTReport]:
        """Yield the reports of some rows; of the head alone if there are none.

        Args:
            rows: of the tables.
            again: gives the same rows once more.
        """
        empty = True
        if self._options.step is None:
            for row in rows:
                if not self._planner.takes_limits(row):
                    empty = False
                    yield self._report([row])
            self._planner.expect_limits()
        else:
            for group in grouped(rows, self._key, again):
                empty = False
                yield self._report(group)
        if empty and self._head and (self._options.has_keys_alone or not self._options.measures):
            yield self._report([Row(0, 0, [], Columns((), 0, {}))])

    def _key(self, row: Row) -> tuple[str, ...]:
        if self._keyed is not row.columns:
            self._keyed, self._keys = row.columns, self._planner.keys(row.columns)
        cells = row.cells
        return tuple([cells[index] for index in self._keys])

    def _report(self, rows: Sequence[Row]) -> UUTReport:
        first = rows[0]
        plan = self._planner.plan(first.columns)
        said = {name: found for name in plan.fields if (found := self._said(rows, plan, name))}
        values: Any = {name: said[name][0] for name in TEXTS if name in said}
        start, seconds = self._times(said)
        report = new_test(
            **values,
            process=self._values.process(*said["process"]) if "process" in said else None,
            socket=self._whole(said, "socket"),
            start=start,
            seconds=seconds,
        )
        for name, spot in plan.misc.items():
            texts = (spot.text_of(row) for row in rows if row.columns is first.columns)
            add_misc(report, name, next((text for text in texts if text), ""))
        root = report.root
        if self._options.step is not None:
            self._add_steps(root, rows)
        for measure in plan.measures:
            self._add_measure(root, first, measure)
        computed = settle(root)
        letter, place = said.get("result", (computed, ""))
        result = self._values.letter(letter, "result", place) if place else computed
        report.wire["result"] = root.wire["status"] = "P" if result in "SD" else result
        if (code := self._whole(said, "error_code")) is not None:
            report.wire["uut"]["errorCode"] = code
        if "error_message" in said:
            report.wire["uut"]["errorMessage"] = said["error_message"][0][:WHOLE]
        tell_header(self._context.explain, report, first.columns.at(first.number) if first.number else "the file")
        return report

    def _said(self, rows: Sequence[Row], plan: Plan, name: str) -> tuple[str, str] | None:
        """Return what a field is, and where it stands; ``None`` if it is nowhere, or empty.

        Raises:
            ConversionError: rows of one report differ in what it has but once.
        """
        found: tuple[str, str] | None = None
        if (index := plan.fields[name].index) is None or index in plan.keys:
            rows = rows[:1]
        for row in rows:
            spot = self._planner.plan(row.columns).fields.get(name)
            text = "" if spot is None else spot.text_of(row)
            if spot is None or not text or (found is not None and text == found[0]):
                continue
            if found is not None and name in TOLD_ONCE:
                detail = f"{name} is {text!r:.60}, but {found[0]!r:.60} in another row of the same report ({found[1]})"
                raise ConversionError(Reason.WRONG_VALUE, detail, spot.place(row))
            if found is None or name == "end":
                found = text, spot.place(row)
        if found is not None:
            self._context.tell(name, *found)
        return found

    def _whole(self, said: Mapping[str, tuple[str, str]], name: str) -> int | None:
        return self._values.whole(said[name][0], name, said[name][1]) if name in said else None

    def _times(self, said: Mapping[str, tuple[str, str]]) -> tuple[Any, float | None]:
        """Return start and duration, of which two of start, end and duration tell the third."""
        values = self._values
        seconds = values.seconds(said["seconds"][0], "seconds", said["seconds"][1]) if "seconds" in said else None
        parts = [said[name] for name in ("start", "date", "time") if name in said]
        start = values.time(" ".join(text for text, _ in parts), "start", parts[0][1]) if parts else None
        if "end" in said and (start is None or seconds is None):
            text, place = said["end"]
            end = values.time(text, "end", place)
            if start is not None:
                seconds = values.between(start, end, place)
            elif seconds is not None:
                start = end - timedelta(seconds=seconds)
        return start, seconds

    def _add_steps(self, root: SequenceCall, rows: Sequence[Row]) -> None:
        """Add the steps of rows; one with a sequence alone is a heading of those below that have none."""
        heading = root
        for row in rows:
            if not row.cells:
                continue
            step = self._planner.plan(row.columns).step
            cells = {name: spot.text_of(row) for name, spot in step.items()}
            sequence = cells.get("sequence", "")
            if cells["name"]:
                self._add_step(_sequence(root, sequence) if sequence else heading, row, cells)
            elif sequence and not any(text for name, text in cells.items() if name != "sequence"):
                heading = root.sequence(sequence)
                self._context.tell("sequence", sequence, step["sequence"].place(row))
            else:
                raise ConversionError(Reason.WRONG_VALUE, "the row has no name of a step", step["name"].place(row))

    def _add_step(self, into: SequenceCall, row: Row, cells: Cells) -> None:
        """Add the step of a row: a number, a text, or a pass or fail, by its kind or else by its content."""
        name, value, said = cells["name"], cells.get("value", ""), cells.get("status", "")
        options: StepOptions = {}
        if cells.get("seconds"):
            options["tot_time"] = self._values.seconds(
                cells["seconds"], "the time of a step", self._place(row, "seconds")
            )
        if cells.get("text"):
            options["report_text"] = cells["text"]
        status = self._letter(row, "status", said) if said else None
        number = self._values.as_number(value) if value else None
        kind = _kind(cells["kind"]) if cells.get("kind") else ""
        kind = kind or self._kind_of(cells, number, status)
        if self._tells:
            self._tell_step(row, kind, cells)
        operator = operator_of(cells["operator"], self._place(row, "operator")) if cells.get("operator") else None
        if kind == _NUMBER:
            if value and number is None:
                number = self._values.number(value, "value", self._place(row, "value"))
            low, high = self._limit(row, "low", cells), self._limit(row, "high", cells)
            if low is high is None:
                low = self._limit(row, "limit", cells)
            unit = cells.get("unit", "")
            add_number(into, name, number, unit, low=low, high=high, comp_op=operator, status=status, **options)
        elif kind == _TEXT:
            limit = cells.get("limit") or self._text_limit(row, cells, status, options)
            add_text(into, name, value, limit=limit, comp_op=operator, status=status, **options)
        elif status in {"P", "F"} or value:
            letter = status or self._letter(row, "value", value)
            if value and (limits := _limits(cells.get("low"), cells.get("high"))):
                add_report_text(options, f"value {value}", limits)
            into.passed(told_whole(name, options), letter == "P", status=letter, **options)
        else:
            into.action(told_whole(name, options), status=status or "D", **options)

    def _kind_of(self, cells: Cells, number: float | None, status: str | None) -> str:
        value, limit = cells.get("value", ""), cells.get("limit", "")
        if not value:
            return _PASS
        if number is not None and (not limit or (cells.get("operator") and self._values.as_number(limit) is not None)):
            return _NUMBER
        if cells.get("low") and cells.get("high") and self._values.as_any_number(value) is not None:
            return _NUMBER
        if status is None and not limit and self._values.letter_or_none(value) is not None:
            return _PASS
        return _TEXT

    def _text_limit(self, row: Row, cells: Cells, status: str | None, options: StepOptions) -> str | None:
        """Return the limit of a text, which stands where a number has its low one.

        Raises:
            ConversionError: the limits are numbers, the value is none, and no status says what that means.
        """
        low, high = cells.get("low", ""), cells.get("high", "")
        if not any(limit and self._values.as_number(limit) is not None for limit in (low, high)):
            return low or None
        if status is None:
            raise self._no_number(cells["value"], self._place(row, "value"))
        add_report_text(options, _limits(low, high))
        return None

    def _limit(self, row: Row, name: str, cells: Cells) -> float | None:
        text = cells.get(name)
        if not text:
            return None
        number = self._values.as_number(text)
        return self._values.number(text, f"{name} limit", self._place(row, name)) if number is None else number

    def _letter(self, row: Row, name: str, text: str) -> str:
        return self._values.letter_or_none(text) or self._values.letter(text, name, self._place(row, name))

    def _place(self, row: Row, name: str) -> str:
        return self._planner.plan(row.columns).step[name].place(row)

    def _tell_step(self, row: Row, kind: str, cells: Cells) -> None:
        name = cells["name"]
        first = next(each for each in ("value", "status", "name") if cells.get(each))
        told = f"{kind} {cells[first] if first != 'name' else ''}".rstrip()
        self._context.tell(name, told, self._place(row, first))
        for each, text in cells.items():
            if text and each not in {"name", "kind", first}:
                self._context.tell(f"{name}: {each}", text, self._place(row, each))

    def _add_measure(self, root: SequenceCall, row: Row, measure: MeasurePlan) -> None:
        text = measure.spot.text_of(row)
        if not text:
            return
        name, whole = measure.name, text
        (low, high), unit, status = measure.limits, measure.unit, None
        if measure.beside or self._inside is not None:
            text, low, high, unit, status = self._told_beside(row, measure, text)
        limited = low is not None or high is not None
        number = None if measure.limit is not None else self._values.as_number(text)
        if number is None and limited and not measure.kind:
            number = self._values.as_any_number(text)
        kind = measure.kind or (_NUMBER if number is not None else "")
        if kind == _NUMBER:
            number = self._values.number(text, name, measure.spot.place(row)) if number is None else number
            add_number(root, name, number, unit, low=low, high=high, status=status)
            self._tell_measure(row, measure, _NUMBER, whole)
            return
        options = StepOptions()
        letter = self._values.letter_or_none(text) if kind != _TEXT and measure.limit is None else None
        if not kind and limited:
            if status is letter is None:
                raise self._no_number(text, measure.spot.place(row))
            add_report_text(options, f"value {text}" if letter else "", _limits(low, high))
        if kind == _PASS and letter is None:
            letter = self._values.letter(text, name, measure.spot.place(row))
        if letter in {"P", "F"} or kind == _PASS or (letter and limited):
            root.passed(told_whole(name, options), letter == "P", status=status or letter, **options)
            self._tell_measure(row, measure, _PASS, whole)
        else:
            add_text(root, name, text, limit=measure.limit, status=status, **options)
            self._tell_measure(row, measure, _TEXT, whole)

    def _no_number(self, text: str, place: str) -> ConversionError:
        detail = f"{text!r:.60} is no number, and its limits are numbers"
        told = "; if it stands for a result, name it in results, if for no value, in missing"
        return ConversionError(Reason.WRONG_VALUE, detail + (self._values.hint(text) or told), place)

    def _tell_measure(self, row: Row, measure: MeasurePlan, kind: str, text: str) -> None:
        if self._tells:
            self._context.tell(measure.name, f"{kind} {text}", measure.spot.place(row))

    def _told_beside(
        self, row: Row, measure: MeasurePlan, text: str
    ) -> tuple[str, float | None, float | None, str, str | None]:
        """Return value, limits, unit and status of a measurement: what its row or cell says goes before the rest."""
        (low, high), unit, status = measure.limits, measure.unit, None
        told = [(what, spot.text_of(row), spot) for what, spot in measure.beside.items()]
        if self._inside is not None and (found := self._inside.fullmatch(text)) is not None:
            text = (found["value"] or "").strip()
            told += [(what, (said or "").strip(), measure.spot) for what, said in found.groupdict().items()]
        for what, said, spot in told:
            if not said or what == "value":
                continue
            if self._tells:
                self._context.tell(f"{measure.name}: {what}", said, spot.place(row))
            if what == "unit":
                unit = said
            elif what == "status":
                status = self._values.letter_or_none(said) or self._values.letter(said, what, spot.place(row))
            else:
                limit = self._values.as_number(said)
                if limit is None:
                    limit = self._values.number(said, f"{what} limit", spot.place(row))
                low, high = (limit, high) if what == "low" else (low, limit)
        return text, low, high, unit, status


def _limits(low: object, high: object) -> str:
    """Return limits as a text says them."""
    return ", ".join(
        f"{name} limit {limit}" for name, limit in (("low", low), ("high", high)) if limit not in {None, ""}
    )


def _sequence(root: SequenceCall, name: str) -> SequenceCall:
    """Return the sequence of a row: the last one if it has this name, else a new one."""
    last = root.steps[-1] if len(root.steps) else None
    if isinstance(last, SequenceCall) and last.wire["name"] == name:
        return last
    return root.sequence(name)


def _kind(text: str) -> str:
    word = text.lower()
    return next((kind for start, kind in _KINDS.items() if word.startswith(start)), "")
