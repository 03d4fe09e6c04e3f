"""What a configuration says about a text file: where its table is, and what its columns are."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pywats.ingest.converters.interface import Options

Column = Annotated[str, Field(min_length=1)] | Annotated[int, Field(ge=1)]
"""A column by its title or its number, or a key of the head by its name."""
Letter = Literal["P", "F", "S", "E", "T", "D"]


def _expression(text: str) -> str:
    try:
        names = re.compile(text).groupindex
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from error
    if not names:
        message = "it names no columns; write each as (?P<name>...)"
        raise ValueError(message)
    return text


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
    low: float | None = None
    high: float | None = None
    limit: str | None = None
    unit: str = ""


class LimitRows(Options):
    """``limits``: rows that hold the limits and units of all columns, by what stands in their first cell."""

    low: str | None = None
    high: str | None = None
    unit: str | None = None


class TableOptions(Options):
    """Options of ``csv``."""

    delimiter: Literal["auto", "tab", "space"] | Annotated[str, Field(min_length=1, max_length=1)] = "auto"
    quote: Annotated[str, Field(max_length=1)] = '"'
    row: Annotated[str, AfterValidator(_expression)] | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", "'", " "] = ""
    comment: str = ""
    skip: Annotated[int, Field(ge=0)] = 0
    head: str | None = None
    begin: str | None = None
    end: str | None = None
    header: bool = True
    ragged: bool = False
    fields: FieldColumns = FieldColumns()
    misc: tuple[Column, ...] = ()
    dates: tuple[str, ...] = ()
    results: dict[str, Letter] = Field(default_factory=dict)
    processes: dict[str, Annotated[int, Field(ge=0, le=32767)]] = Field(default_factory=dict)
    group_by: tuple[str, ...] | None = None
    step: StepColumns | None = None
    measures: tuple[Measure, ...] | Literal["rest"] = ()
    limits: LimitRows | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.thousands == self.decimal:
            message = "decimal and thousands must be different"
            raise ValueError(message)
        if self.step is not None and self.measures:
            message = "step is for one row per measurement, measures for one row per unit; give one of them"
            raise ValueError(message)
        if self.fields.start is not None and self.fields.date is not None:
            message = "give start, or date and time"
            raise ValueError(message)
        for name in self.group_by or ():
            if getattr(self.fields, name, None) is None:
                message = f'group_by names "{name}", which fields does not'
                raise ValueError(message)
        return self
