"""What a configuration says about a text file: where its tables are, and what their columns are."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from pywats.ingest.converters.interface import Expression, Options

Column = Annotated[str, Field(min_length=1)] | Annotated[int, Field(ge=1)]
"""A column by its title or its number, or a key of the head by its name."""
Letter = Literal["P", "F", "S", "E", "T", "D"]
_UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCHS: Final = {
    "epoch": (_UNIX, 1.0, 6),
    "epoch_ms": (_UNIX, 0.001, 6),
    "labview": (datetime(1904, 1, 1, tzinfo=UTC), 1.0, 6),
    "excel": (datetime(1899, 12, 30), 86400.0, 3),  # noqa: DTZ001 - days of the clock on the wall
}
"""Forms of a time that count: from when, how many seconds at a time, and the digits that its fraction tells."""
_YEARS: Final = ("%Y", "%y", "%c", "%x", "%G")


def _naming(text: str) -> str:
    if not re.compile(text).groupindex:
        message = "it names no columns; write each as (?P<name>...)"
        raise ValueError(message)
    return text


def _telling(*names: str) -> AfterValidator:
    """Return what refuses a regular expression with groups of other names; the first one must be among them."""

    def check(text: str) -> str:
        found = re.compile(text).groupindex.keys()
        if found - set(names) or names[0] not in found:
            message = f"its groups are (?P<{names[0]}>...) and, if need be, {', '.join(names[1:])}"
            raise ValueError(message)
        return text

    return AfterValidator(check)


def _date(form: str) -> str:
    if form in EPOCHS:
        return form
    try:
        datetime.strptime("", form)  # noqa: DTZ007 - nothing is read, the form is tried
    except ValueError as error:
        if "does not match" not in str(error):
            raise ValueError(f"it is no form of a date: {error}") from error
    if "%" not in form:
        message = f"it is none of {', '.join(EPOCHS)}, and no form such as %d.%m.%Y"
        raise ValueError(message)
    if not any(each in form for each in _YEARS):
        message = "it has no year, such as %Y"
        raise ValueError(message)
    return form


def _delimiter(text: str) -> str:
    if len(text) > 1 and text.isalpha() and text not in {"auto", "tab", "space"}:
        message = "it is auto, tab, space, or what stands between the cells"
        raise ValueError(message)
    return text


def _several(given: Any) -> Any:
    return (given,) if isinstance(given, str) and given else given or ()


Naming = Annotated[Expression, AfterValidator(_naming)]
Expressions = Annotated[tuple[Naming, ...], BeforeValidator(_several)]
Beginnings = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_several)]
Beginning = Annotated[str, Field(min_length=1)]
Date = Annotated[str, AfterValidator(_date)]


class LimitColumn(Options):
    """A column that holds a limit, where a number alone would be the limit."""

    column: Column


Limit = Annotated[float | Beginning | LimitColumn | None, Field(union_mode="left_to_right")]
"""A number, or the column that holds it: by its title, or as ``{column: 3}``."""


class FieldColumns(Options):
    """``fields``: where the fields of a report stand."""

    serial_number: Column | None = None
    part_number: Column | None = None
    revision: Column | None = None
    process: Column | None = None
    station: Column | None = None
    location: Column | None = None
    purpose: Column | None = None
    operator: Column | None = None
    comment: Column | None = None
    batch: Column | None = None
    fixture: Column | None = None
    socket: Column | None = None
    start: Column | None = None
    date: Column | None = None
    time: Column | None = None
    end: Column | None = None
    seconds: Column | None = None
    result: Column | None = None
    error_code: Column | None = None
    error_message: Column | None = None
    sequence: Column | None = None
    version: Column | None = None


class StepColumns(Options):
    """``step``: the columns of a file with one row for each measurement."""

    name: Column
    value: Column | None = None
    low: Column | None = None
    high: Column | None = None
    limit: Column | None = None
    operator: Column | None = None
    unit: Column | None = None
    status: Column | None = None
    kind: Column | None = None
    sequence: Column | None = None
    seconds: Column | None = None
    text: Column | None = None


class Measure(Options):
    """One of ``measures``: a column of a file with one row for each unit."""

    column: Column
    name: str = ""
    kind: Literal["number", "text", "pass"] | None = None
    low: Limit = None
    high: Limit = None
    limit: str | None = None
    unit: str = ""
    status: Column | None = None


class LimitRows(Options):
    """``limits``: the rows that hold the limits and units of all columns: their first cell, or their number."""

    low: Column | None = None
    high: Column | None = None
    unit: Column | None = None


class Suffixes(Options):
    """``suffixes``: how the titles end of the columns that tell more of the one whose title they begin with."""

    model_config = ConfigDict(str_strip_whitespace=False)

    low: Beginning | None = None
    high: Beginning | None = None
    unit: Beginning | None = None
    status: Beginning | None = None


class TableOptions(Options):
    """Options of ``csv``; blanks in them count."""

    model_config = ConfigDict(str_strip_whitespace=False)

    delimiter: Annotated[str, Field(min_length=1, max_length=10), AfterValidator(_delimiter)] = "auto"
    quote: Annotated[str, Field(max_length=1)] = '"'
    widths: tuple[Annotated[int, Field(ge=1)], ...] = ()
    row: Expressions = ()
    split: dict[str, Naming] = Field(default_factory=dict)
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", "'", " "] = ""
    missing: tuple[str, ...] = ()
    comment: Beginnings = ()
    skip: Annotated[int, Field(ge=0)] = 0
    file_name: Naming | None = None
    unit: Beginning | None = None
    head: Beginning | tuple[Naming, ...] | None = None
    begin: Beginning | None = None
    end: Beginning | None = None
    header: bool = True
    ragged: bool = False
    transposed: bool = False
    fill: tuple[Column, ...] = ()
    open_end: bool = False
    fields: FieldColumns = FieldColumns()
    misc: tuple[Column, ...] | Literal["rest"] = ()
    dates: tuple[Date, ...] = ()
    durations: Literal["s", "ms", "min", "h", "m:s"] = "s"
    results: dict[str, Letter] = Field(default_factory=dict)
    processes: dict[str, Annotated[int, Field(ge=0, le=32767)]] = Field(default_factory=dict)
    group_by: tuple[Column, ...] | None = None
    step: StepColumns | None = None
    measures: tuple[Measure, ...] | Literal["rest"] = ()
    limits: LimitRows | None = None
    suffixes: Suffixes | None = None
    titles: Annotated[Expression, _telling("name", "unit", "low", "high")] | None = None
    values: Annotated[Expression, _telling("value", "unit", "low", "high", "status")] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for wrong, message in (
            (self.thousands == self.decimal, "decimal and thousands must be different"),
            (
                self.step is not None and bool(self.measures),
                "step is for one row per measurement, measures for one row per unit; give one of them",
            ),
            (
                self.fields.start is not None and (self.fields.date or self.fields.time) is not None,
                "give start, or date and time",
            ),
            (
                bool(self.limits or self.suffixes or self.titles or self.values) and not self.measures,
                "limits, suffixes, titles and values are for measures",
            ),
            (
                sum((bool(self.row), bool(self.widths), self.delimiter != "auto")) > 1,
                "row, widths and delimiter each say what the cells of a line are; give one of them",
            ),
            (
                bool(self.row) and isinstance(self.head, str) and self.begin is None,
                "say how the line before the rows begins (begin), or give head as a list of regular expressions",
            ),
            (
                self.step is not None and self.has_keys_alone,
                "step is for rows, and with head alone there are none; say how the line before them begins (begin)",
            ),
            (self.transposed and bool(self.row), "transposed is for cells in lines, row for lines that are matched"),
        ):
            if wrong:
                raise ValueError(message)
        for name in self.group_by or ():
            if name in FieldColumns.model_fields and getattr(self.fields, str(name)) is None:
                message = f'group_by names "{name}", which fields does not'
                raise ValueError(message)
        for name, begins in (("unit", self.unit), ("begin", self.begin), ("end", self.end)):
            hiding = [comment for comment in self.comment if begins is not None and begins.startswith(comment)]
            if hiding:
                message = f'comment "{hiding[0]}" leaves out the line that {name} looks for'
                raise ValueError(message)
        return self

    @property
    def has_keys_alone(self) -> bool:
        """Whether there is no table: the file holds keys and values."""
        return self.head is not None and self.begin is None and not self.row

    @property
    def has_keys_between(self) -> bool:
        """Whether keys and values may stand behind rows."""
        return self.head is not None and (self.end is not None or bool(self.row))
