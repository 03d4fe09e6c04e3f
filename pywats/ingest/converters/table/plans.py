"""Where each value of a report stands: looked up once for a table, not for each of its rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pywats.ingest.converters.interface import Context
from pywats.ingest.converters.table.lines import Head
from pywats.ingest.converters.table.options import Column, LimitColumn, Measure, StepColumns, TableOptions
from pywats.ingest.converters.table.rows import Columns, Row
from pywats.ingest.converters.table.values import Values
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason

IDENTITY: Final = (
    *("serial_number", "part_number", "revision", "process", "station", "batch", "socket", "start", "date", "time"),
)
"""Fields that rows of one report have in common, of those that are columns."""
_LIMITS: Final = ("low", "high", "unit")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands: in a cell of each row, or once in the head.

    Attributes:
        index: of the cell.
        text: what stands in the head.
        where: that is.
    """

    index: int | None = None
    text: str = ""
    where: str = ""

    def text_of(self, row: Row) -> str:
        """Return what stands there."""
        return self.text if self.index is None else row.cells[self.index]

    def place(self, row: Row) -> str:
        """Return where it stands."""
        return self.where if self.index is None else row.place(self.index)


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """One measurement of a unit: where it stands, and what is known of it before it is read.

    Attributes:
        spot: where its value stands.
        name: of the step.
        kind: ``number``, ``text`` or ``pass``, if that is known.
        limits: the low and the high limit that hold for all units.
        unit: of the value.
        limit: of a text.
        beside: where ``low``, ``high``, ``unit`` and ``status`` stand that each unit has of its own.
    """

    spot: Spot
    name: str
    kind: str | None
    limits: tuple[float | None, float | None]
    unit: str
    limit: str | None
    beside: Mapping[str, Spot]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything stands in one table.

    Attributes:
        fields: the fields of a report.
        misc: misc infos, by their names.
        step: what a step is made of.
        measures: the measurements of a unit.
        keys: the indexes of the cells that rows of one report have in common.
    """

    fields: Mapping[str, Spot]
    misc: Mapping[str, Spot]
    step: Mapping[str, Spot]
    measures: tuple[MeasurePlan, ...]
    keys: tuple[int, ...]


class Planner:
    """Makes the plans of one unit's tables."""

    def __init__(self, head: Head, options: TableOptions, values: Values, context: Context) -> None:
        self._head = head
        self._options = options
        self._values = values
        self._context = context
        self._fields: dict[str, Column] = {name: column for name, column in options.fields if column is not None}
        self._limits: dict[str, Row] = {}
        self._lacking = {name for name, said in options.limits or () if said is not None}
        self._judged: Columns | None = None  # those of the last row that is of a unit
        self._known: tuple[Columns, Plan] | None = None

    def plan(self, columns: Columns) -> Plan:
        """Return the plan for a table."""
        if self._known is None or self._known[0] is not columns:
            self._limits = {name: row for name, row in self._limits.items() if row.columns is columns}
            self._known = columns, self._made(columns)
        return self._known[1]

    def keys(self, columns: Columns) -> tuple[int, ...]:
        """Return the indexes of the cells that rows of one report have in common."""
        names = IDENTITY if self._options.group_by is None else self._options.group_by
        found = (
            columns.find(self._fields[str(name)]) if name in self._fields else columns.index(name)
            for name in names
            if name in self._fields or self._options.group_by is not None
        )
        return tuple(index for index in found if index is not None)

    def takes_limits(self, row: Row) -> bool:
        """Return whether a row holds limits or units of the columns, which are kept.

        Raises:
            ConversionError: rows that they should hold for have come before.
        """
        for name, said in self._options.limits or ():
            if said is not None and said == (row.position if isinstance(said, int) else row.cells[0]):
                known = self._limits.get(name)
                if self._judged is row.columns and (known is None or known.columns is not row.columns):
                    detail = f"the {name} of the columns stands behind rows that it should hold for"
                    raise ConversionError(Reason.MALFORMED, detail, row.columns.at(row.number))
                self._limits[name] = row
                self._lacking.discard(name)
                self._known = None
                return True
        self._judged = row.columns
        return False

    def expect_limits(self) -> None:
        """Look whether there was a row of limits where the options name one.

        Raises:
            ConversionError: there was none.
        """
        for name, said in self._options.limits or ():
            if name in self._lacking and self._judged is not None:
                row = f"row {said}" if isinstance(said, int) else f"row whose first cell is {said!r:.60}"
                detail = f"there is no {row}, which should hold the {name} of the columns"
                raise ConversionError(Reason.MISSING_FIELD, detail, self._judged.at(self._judged.line))

    def _made(self, columns: Columns) -> Plan:
        fields = dict(self._of_fields(columns))
        misc = {str(column): spot for column in self._misc(columns) if (spot := self._spot(columns, column))}
        step = {} if self._options.step is None else dict(self._step(columns, self._options.step))
        measures = tuple(self._measures(columns))
        self._tell_unused(columns, [*fields.values(), *misc.values(), *step.values()], measures)
        return Plan(fields, misc, step, measures, self.keys(columns))

    def _tell_unused(self, columns: Columns, spots: list[Spot], measures: Sequence[MeasurePlan]) -> None:
        """Say which columns are not looked at."""
        spots += [spot for measure in measures for spot in (measure.spot, *measure.beside.values())]
        used = {spot.index for spot in spots} | {index for index, _ in columns.parts}
        unused = [title for index, title in enumerate(columns.titles) if title and index not in used]
        if unused:
            self._context.tell("not used", ", ".join(unused), columns.at(columns.line))

    def _of_fields(self, columns: Columns) -> Iterator[tuple[str, Spot]]:
        """Yield the fields, which must be columns where nothing else may hold them."""
        options = self._options
        alone = options.head is options.begin is options.file_name is None and columns.titles
        for name, column in self._fields.items():
            may_lack = not alone or (options.ragged and isinstance(column, int))
            spot = self._spot(columns, column) if may_lack else self._needed(columns, column)
            if spot is not None:
                yield name, spot
            else:
                self._context.tell(
                    "not found", f"{column} ({name})", columns.at(columns.line) if columns.line else "the head"
                )

    def _spot(self, columns: Columns, column: Column) -> Spot | None:
        index = columns.find(column)
        if index is not None:
            return Spot(index)
        found = self._head.find(column) if isinstance(column, str) else None
        return None if found is None else Spot(None, *found)

    def _needed(self, columns: Columns, column: Column) -> Spot:
        return self._spot(columns, column) or Spot(columns.index(column))

    def _step(self, columns: Columns, given: StepColumns) -> Iterator[tuple[str, Spot]]:
        for name, column in given:
            if column is not None and columns.titles:
                may_lack = self._options.ragged and isinstance(column, int) and name != "name"
                spot = self._spot(columns, column) if may_lack else self._needed(columns, column)
                if spot is not None:
                    yield name, spot

    def _misc(self, columns: Columns) -> Iterator[Column]:
        if self._options.misc != "rest":
            yield from self._options.misc
            return
        used = {*self._fields.values(), *self._of_steps(), *self._options.split}
        for key in self._head:
            if key not in used and columns.find(key) is None:
                yield key

    def _of_steps(self) -> Iterator[Column]:
        if self._options.step is not None:
            yield from (column for _, column in self._options.step if column is not None)
        if self._options.measures != "rest":
            yield from (measure.column for measure in self._options.measures)

    def _measures(self, columns: Columns) -> Iterator[MeasurePlan]:
        if self._options.measures != "rest":
            for measure in self._options.measures:
                yield self._measure(columns, measure)
            return
        misc: tuple[Column, ...] = () if self._options.misc == "rest" else self._options.misc
        used = {*self._fields.values(), *misc, *self._options.split}
        if not columns.titles:
            for key in self._head:
                if key not in used:
                    yield self._measure(columns, Measure(column=key))
            return
        beside = {index for at in range(len(columns.titles)) for index in self._beside(columns, at).values()}
        for index, title in enumerate(columns.titles):
            if title not in used and index + 1 not in used and index not in beside:
                yield self._measure(columns, Measure(column=index + 1, name="" if title else f"column {index + 1}"))

    def _measure(self, columns: Columns, measure: Measure) -> MeasurePlan:
        spot = self._needed(columns, measure.column)
        title = str(measure.column) if spot.index is None else columns.name(spot.index)
        place = spot.where if spot.index is None else columns.place(columns.line, spot.index)
        in_title = self._in_title(title)
        name = measure.name or in_title.get("name") or title
        beside = (
            {}
            if spot.index is None
            else {what: Spot(index) for what, index in self._beside(columns, spot.index).items()}
        )
        for what, column in (("low", measure.low), ("high", measure.high), ("status", measure.status)):
            if column is not None and not isinstance(column, float):
                named = column.column if isinstance(column, LimitColumn) else column
                beside[what] = self._needed(columns, named)
        known: dict[str, float | None] = {}
        for what, given in (("low", measure.low), ("high", measure.high)):
            if isinstance(given, float):
                known[what] = given
                continue
            text, where = in_title.get(what, ""), place
            if not text:
                text, where = self._in_row(what, spot)
            known[what] = self._values.number(text, f"{what} limit", where) if text else None
            if text:
                self._context.tell(f"{name}: {what} limit", text, where)
        unit, where = measure.unit or in_title.get("unit", ""), place
        if not unit:
            unit, where = self._in_row("unit", spot)
        if unit and not measure.unit:
            self._context.tell(f"{name}: unit", unit, where)
        return MeasurePlan(spot, name, measure.kind, (known["low"], known["high"]), unit, measure.limit, beside)

    def _in_title(self, title: str) -> Mapping[str, str]:
        found = re.fullmatch(self._options.titles, title) if self._options.titles else None
        return {} if found is None else {name: (text or "").strip() for name, text in found.groupdict().items()}

    def _in_row(self, what: str, spot: Spot) -> tuple[str, str]:
        """Return what a row of limits says of a column, and where."""
        row = self._limits.get(what)
        if row is None or spot.index is None or spot.index >= len(row.cells):
            return "", ""
        return row.cells[spot.index], row.place(spot.index)

    def _beside(self, columns: Columns, index: int) -> Mapping[str, int]:
        """Return the indexes of the columns that tell more of one, by what they tell."""
        title = columns.titles[index]
        if self._options.suffixes is None or not title:
            return {}
        ends = {what: end for what, end in self._options.suffixes if end is not None}
        found = {what: columns.find(f"{title}{end}") for what, end in ends.items()}
        return {what: at for what, at in found.items() if at is not None}
