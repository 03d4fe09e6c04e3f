"""What a job file may say."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from pywats.config import Block, LimitsBlock, ServerBlock, StationBlock
from pywats.jobs.cron import Schedule
from pywats.jobs.templates import is_template

STATE: Final = Path("var/jobs.db")
"""The file that keeps watermarks and the log of runs, unless a job names another."""


def _identifier(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text):
        raise ValueError("must start with a letter and hold only letters, digits and _")
    return text


def _job_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
        raise ValueError("must start with a letter or digit and hold only letters, digits, dot, - and _")
    return text


def _or_template(value: Any, number: ValidatorFunctionWrapHandler) -> Any:
    """Take a number, or the template that it is until it is rendered."""
    return value if is_template(value) else number(value)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1)]

Texts = Annotated[list[Text], BeforeValidator(_listed, json_schema_input_type=str | list[str])]
"""Names of columns, or paths; a single one may stand without a list."""


class Table(Block):
    """``table``: how rows are printed.

    Attributes:
        columns: which columns, in this order; all that are not empty otherwise.
        rows: how many rows at the most; the rest is counted.
    """

    columns: list[str] = Field(default_factory=list)
    rows: int = Field(default=20, ge=1, le=1000)


class Parquet(Block):
    """``parquet``: a Parquet file, or a folder of them.

    Attributes:
        path: the file, or the folder where ``partition_by`` or ``mode: append`` is given.
        partition_by: the columns by whose values the rows are divided into folders ``COLUMN=VALUE``.
        mode: ``replace`` what is there, or ``append`` a file for each run.
        on_drift: what to do where the columns are not those of the files that are there.
    """

    path: Text
    partition_by: Texts = Field(default_factory=list)
    mode: Literal["replace", "append"] = "replace"
    on_drift: Literal["error", "union"] = "error"

    @property
    def is_folder(self) -> bool:
        """Whether the path is a folder of files."""
        return bool(self.partition_by) or self.mode == "append"


class Database(Block):
    """``sqlite`` and ``duckdb``: a table in a database file.

    Attributes:
        path: the file.
        table: name of the table.
        mode: ``replace`` the table, ``append`` to it, or ``upsert``: rows take the place of those with the same key.
        key: the columns that tell rows apart, for ``upsert``.
        on_drift: what to do where the columns are not those of the table.
    """

    path: Text
    table: Text
    mode: Literal["replace", "append", "upsert"] = "replace"
    key: Texts = Field(default_factory=list)
    on_drift: Literal["error", "union"] = "error"

    @model_validator(mode="after")
    def _key_of_upsert(self) -> Self:
        if self.mode == "upsert" and not self.key:
            raise ValueError("mode: upsert needs key: the columns that tell rows apart")
        if self.key and self.mode != "upsert":
            raise ValueError(f"key is for mode: upsert; with mode: {self.mode} it has no meaning")
        return self


class Plot(Block):
    """``plot``: a chart of the rows of an earlier step. Each kind has some of the keys.

    Attributes:
        kind: which chart.
        source: the key ``from``: the step whose rows are drawn.
        x: the column of the time, or of the category.
        y: the column of the yield in percent, or of how often.
        by: the column by which rows belong to a line each.
        count: the column of the units behind each point.
        target: the yield that is wanted, in percent.
        top: categories with a bar of their own.
        value: the column of the values.
        low: the limit below, or its column.
        high: the limit above, or its column.
        unit: the column of the unit.
        label: what was measured.
        title: of the chart.
    """

    kind: Literal["yield_trend", "pareto", "histogram", "capability"]
    source: Text = Field(alias="from")
    x: Text | None = None
    y: Text | None = None
    by: Text | None = None
    count: Text | None = None
    target: Annotated[float, Field(ge=0, le=100), WrapValidator(_or_template)] | None = None
    top: Annotated[int, Field(ge=1, le=30), WrapValidator(_or_template)] | None = None
    value: Text | None = None
    low: float | Text | None = None
    high: float | Text | None = None
    unit: Text | None = None
    label: Text | None = None
    title: Text | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """The keys that are given, but for what is drawn and of which rows."""
        return {name: value for name, value in self if value is not None and name not in {"kind", "source"}}


PICTURES: Final = ("png", "svg")
"""The outputs that show a chart instead of its rows."""

_NAMING: Final = (
    ("parquet", "partition_by"),
    ("sqlite", "key"),
    ("duckdb", "key"),
    ("table", "columns"),
)
"""The keys of outputs that name columns."""


class Into(Block):
    """``into``: where the rows of a step go; several at once if need be.

    Attributes:
        csv: path of a file of comma-separated values; compressed when it ends in ``.gz``.
        jsonl: path of a file with a JSON object per line; compressed when it ends in ``.gz``.
        parquet: path of a Parquet file, or more about it.
        sqlite: a table in a SQLite file.
        duckdb: a table in a DuckDB file.
        table: print the first rows.
        png: path of the picture of a chart.
        svg: path of the same as a drawing that can be enlarged.
    """

    csv: str | None = Field(default=None, min_length=1)
    jsonl: str | None = Field(default=None, min_length=1)
    parquet: Text | Parquet | None = None
    sqlite: Database | None = None
    duckdb: Database | None = None
    table: bool | Table = False
    png: Text | None = None
    svg: Text | None = None

    @property
    def paths(self) -> dict[str, str]:
        """The destinations by their keys."""
        outputs = {name: getattr(self, name) for name in FORMATS}
        return {
            name: output if isinstance(output, str) else output.path
            for name, output in outputs.items()
            if output is not None
        }

    @property
    def columns(self) -> Iterator[tuple[tuple[str, str], str]]:
        """The columns that outputs name, each with the path of the key that does."""
        for output, key in _NAMING:
            for column in getattr(getattr(self, output), key, ()):
                yield (output, key), column

    @model_validator(mode="after")
    def _some_output(self) -> Self:
        if not self.paths and self.table is False:
            raise ValueError(f"names no output; give one or more of {', '.join(Into.model_fields)}")
        return self


FORMATS: Final = tuple(name for name in Into.model_fields if name != "table")
"""The outputs that are files; names of files end so as well."""


class Resume(Block):
    """``resume``: a walk that goes on where the last run ended.

    Attributes:
        by: the field that only grows, such as ``timeStamp``.
        key: the field that tells rows apart, such as ``uuid``.
    """

    by: Text
    key: Text


WORK: Final = ("call", "transform", "rows", "submit", "plot")
"""What a step does: one of these."""


class Step(Block):
    """One step: what it does, and what becomes of its rows.

    Attributes:
        id: the step's name, by which later steps refer to it.
        call: ``DOMAIN.METHOD`` of the client.
        arguments: the key ``with``: arguments of ``call`` by name; templates are rendered.
        transform: a SELECT of DuckDB over the rows of earlier steps.
        reads: the files that it may read besides, or folders of such.
        rows: ``measurements``: a row for each measurement of the reports of ``for_each``.
        submit: files of reports to send to the server: a path, in which ``*`` stands for any text.
        plot: a chart of the rows of an earlier step.
        for_each: the items for each of which the step is done once.
        max_concurrent: how many of them at a time.
        on_error: what an item that fails means.
        when: whether the step, or with ``for_each`` the item, is done at all.
        resume: to go on where the last run ended.
        into: where the rows go.
    """

    id: Annotated[str, AfterValidator(_identifier)]
    call: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict, alias="with", repr=False)
    transform: Text | None = None
    reads: Texts = Field(default_factory=list)
    rows: Literal["measurements"] | None = None
    submit: Text | None = None
    plot: Plot | None = None
    for_each: Text | list[Any] | None = None
    max_concurrent: int = Field(default=10, ge=1, le=1000)
    on_error: Literal["fail", "collect", "skip"] = "fail"
    when: bool | str = True
    resume: Resume | None = None
    into: Into | None = None

    @property
    def work(self) -> str:
        """The step in a few words: the method that it calls, or the key that says what it does."""
        return self.call or next(name for name in WORK if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one_work(self) -> Self:
        given = [name for name in WORK if getattr(self, name) is not None]
        if len(given) != 1:
            there = " and ".join(given) or "none of them"
            raise ValueError(f"does one of {', '.join(WORK)}; this has {there}")
        return self


class JobFile(Block):
    """A whole job file.

    Attributes:
        kind: the word ``job``.
        name: the job's name.
        include: a file whose blocks ``server``, ``station``, ``limits`` and ``vars`` hold where this one has none.
        schedule: when the daemon runs it.
        state: the SQLite file that keeps watermarks and the log of runs.
        server: which WATS server.
        station: who asks, for calls that report a station.
        limits: how hard the server may be worked; ``concurrency`` is the number of requests at once.
        vars: values for templates, taken as they are.
        steps: what is done, in this order.
    """

    kind: Literal["job"]
    name: Annotated[str, AfterValidator(_job_name)]
    include: Text | None = None
    schedule: Schedule | None = None
    state: Path = STATE
    server: ServerBlock
    station: StationBlock | None = None
    limits: LimitsBlock = LimitsBlock()
    vars: dict[str, Any] = Field(default_factory=dict, repr=False)
    steps: list[Step] = Field(min_length=1)
