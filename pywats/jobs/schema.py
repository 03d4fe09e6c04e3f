"""What a job file may say."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pywats.config import Block, LimitsBlock, ServerBlock, StationBlock


def _identifier(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text):
        raise ValueError("must start with a letter and hold only letters, digits and _")
    return text


def _job_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
        raise ValueError("must start with a letter or digit and hold only letters, digits, dot, - and _")
    return text


class Table(Block):
    """``table``: how rows are printed.

    Attributes:
        columns: which columns, in this order; all that are not empty otherwise.
        rows: how many rows at the most; the rest is counted.
    """

    columns: list[str] = Field(default_factory=list)
    rows: int = Field(default=20, ge=1, le=1000)


class Into(Block):
    """``into``: where the rows of a step go; several at once if need be.

    Attributes:
        csv: path of a file of comma-separated values; compressed when it ends in ``.gz``.
        jsonl: path of a file with a JSON object per line; compressed when it ends in ``.gz``.
        table: print the first rows.
    """

    csv: str | None = Field(default=None, min_length=1)
    jsonl: str | None = Field(default=None, min_length=1)
    table: bool | Table = False

    @model_validator(mode="after")
    def _some_output(self) -> Self:
        if self.csv is None and self.jsonl is None and self.table is False:
            raise ValueError("names no output; give one or more of csv, jsonl, table")
        return self


class Step(Block):
    """One step: a call of a client method and what becomes of its rows.

    Attributes:
        id: the step's name, by which later steps refer to it.
        call: ``DOMAIN.METHOD`` of the client.
        arguments: the key ``with``: arguments by name; templates are rendered.
        into: where the rows go.
    """

    id: Annotated[str, AfterValidator(_identifier)]
    call: str
    arguments: dict[str, Any] = Field(default_factory=dict, alias="with", repr=False)
    into: Into | None = None


class JobFile(Block):
    """A whole job file.

    Attributes:
        kind: the word ``job``.
        name: the job's name.
        server: which WATS server.
        station: who asks, for calls that report a station.
        limits: how hard the server may be worked; ``concurrency`` is the number of requests at once.
        vars: values for templates, taken as they are.
        steps: what is done, in this order.
    """

    kind: Literal["job"]
    name: Annotated[str, AfterValidator(_job_name)]
    server: ServerBlock
    station: StationBlock | None = None
    limits: LimitsBlock = LimitsBlock()
    vars: dict[str, Any] = Field(default_factory=dict, repr=False)
    steps: list[Step] = Field(min_length=1)
