"""Results of calls as rows."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum

import pytest
from pydantic import BaseModel, ConfigDict, Field

from pywats.concurrency.result import Failure, Success
from pywats.errors import ServerError
from pywats.http import Response
from pywats.jobs import rows
from pywats.jobs.rows import RowError


class Level(IntEnum):
    HIGH = 3


class Part(BaseModel):
    model_config = ConfigDict(extra="allow", populate_by_name=True)
    part_number: str = Field(alias="partNumber")
    start: datetime | None = None
    level: Level | None = None


@dataclass
class Point:
    x: int
    y: float


PART = Part.model_validate({"partNumber": "A", "newField": {"a": 1}})


@pytest.mark.parametrize(
    ("result", "found"),
    [
        (None, []),
        ([], []),
        ([1, 2], [1, 2]),
        ((1, 2), [1, 2]),
        ("text", ["text"]),
        (0, [0]),
        (False, [False]),
        ({"a": 1}, [{"a": 1}]),
        (PART, [PART]),
        (b'{"a": 1}', [{"a": 1}]),
        (b"[1, 2]", [1, 2]),
        (b"null", []),
        (Response(200, [{"a": 1}], {}, b"[...]"), [{"a": 1}]),
        (Response(204), []),
    ],
)
def test_a_result_has_rows(result, found):
    assert list(rows.items(result)) == found


@pytest.mark.parametrize("result", [b"", b"<xml/>", b"\xff", b"PK\x03\x04"])
def test_bytes_that_are_not_json_have_no_rows(result):
    with pytest.raises(RowError, match=rf"^the answer is {len(result)} bytes that are not JSON; they have no rows$"):
        rows.items(result)


@pytest.mark.parametrize(
    ("item", "record"),
    [
        (PART, {"part_number": "A", "start": None, "level": None, "newField": {"a": 1}}),
        (
            Part(partNumber="B", start=datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=1))), level=Level.HIGH),
            {"part_number": "B", "start": "2026-01-02T03:00:00+01:00", "level": 3},
        ),
        (OrderedDict(a=1, b=(2,)), {"a": 1, "b": [2]}),
        (Point(1, math.inf), {"x": 1, "y": "Infinity"}),
        (b'{"big": 123456789012345678901234567890, "nan": NaN}', {"big": 123456789012345678901234567890, "nan": "NaN"}),
        (5, {"value": 5}),
        ("x", {"value": "x"}),
        (True, {"value": True}),
        (datetime(2026, 1, 2, tzinfo=UTC), {"value": "2026-01-02T00:00:00Z"}),
        ([1, 2], {"value": [1, 2]}),
        (b'{"id": "x"}', {"id": "x"}),
        (Success(PART), {"part_number": "A", "start": None, "level": None, "newField": {"a": 1}}),
    ],
)
def test_a_row_is_a_record_by_the_names_of_its_fields(item, record):
    assert rows.record(item) == record


def test_a_failure_in_a_batch_is_raised_and_not_written():
    with pytest.raises(ServerError):
        rows.record(Failure(ServerError("broken")))


@pytest.mark.parametrize("item", [object(), {"a": object()}, "\ud800"])
def test_what_has_no_json_form_is_refused(item):
    with pytest.raises(RowError, match=r"^a \w+ cannot be written: "):
        rows.record(item)


def test_a_record_with_the_one_key_value_stays_a_record_for_templates():
    assert rows.plain({"value": 1}) == {"value": 1}
    assert rows.plain(1) == 1
    assert rows.plain([PART, Success(2)]) == [
        {"part_number": "A", "start": None, "level": None, "newField": {"a": 1}},
        2,
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1.5, "1.5"),
        ("a,b", "a,b"),
        ([1, "a"], '[1,"a"]'),
        ({"a": None}, '{"a":null}'),
        ([], "[]"),
    ],
)
def test_a_cell_is_text(value, text):
    assert rows.cell(value) == text
