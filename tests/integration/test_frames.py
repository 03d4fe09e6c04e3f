"""Rows as tables: the same content from each engine, whatever the chunks."""

import io
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats import ConfigurationError, Failure, Product, ReportHeader, Success, ValidationError
from pywats.exchange.wire import PyWATSModel
from pywats.jobs import Into
from pywats.jobs.opening import open_sinks
from pywats.jobs.rows import record
from pywats.tables.columns import kinds_of
from pywats.tables.frames import to_frame, to_frame_async

ENGINES = ["pandas", "polars", "arrow"]


class Level(Enum):
    LOW = 1
    HIGH = 2


WHEN = datetime(2026, 1, 5, 8, tzinfo=timezone(timedelta(hours=1)))


def records(frame, engine):
    if engine == "polars":
        return frame.to_dicts()
    if engine == "arrow":
        return frame.to_pylist()
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {name: getattr(value, "to_pydatetime", lambda v=value: v)() for name, value in row.items()}
        for row in plain.to_dict("records")
    ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("chunk_size", [1, 2, 100])
def test_models_become_columns(engine, chunk_size):
    rows = [
        ReportHeader(uuid=UUID(int=1), serial_number="A", start_utc=WHEN, run=1),
        ReportHeader(uuid=UUID(int=2), serial_number=None, start_utc=None, run=None),
        ReportHeader(uuid=UUID(int=3), serial_number="C", start_utc=WHEN, run=3),
    ]
    frame = to_frame(iter(rows), engine, chunk_size=chunk_size)
    found = records(frame, engine)
    assert [row["uuid"] for row in found] == [str(row.uuid) for row in rows]
    assert [row["serial_number"] for row in found] == ["A", None, "C"]
    assert [row["run"] for row in found] == [1, None, 3]
    assert [row["start_utc"] for row in found] == [WHEN, None, WHEN]


def test_pandas_keeps_whole_numbers_whole_and_instants_in_utc():
    frame = to_frame([{"n": 1, "t": WHEN, "f": True}, {"n": None, "t": None, "f": None}])
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "n": "Int64",
        "t": "datetime64[us, UTC]",
        "f": "boolean",
    }


def test_polars_and_arrow_have_their_own_types():
    row = {"n": 1, "t": WHEN, "d": date(2026, 1, 5), "b": b"x"}
    polars = to_frame([row], "polars")
    assert [str(kind) for kind in polars.dtypes] == [
        "Int64",
        "Datetime(time_unit='us', time_zone='UTC')",
        "Date",
        "Binary",
    ]
    arrow = to_frame([row], "arrow")
    assert [str(field.type) for field in arrow.schema] == ["int64", "timestamp[us, tz=UTC]", "date32[day]", "binary"]


@dataclass
class Point:
    x: int
    tags: list[str]


def test_every_kind_of_row_has_its_form():
    rows = [{"a": 1}, Product(part_number="P"), Point(1, ["u", "v"]), Success({"a": 2}), "single"]
    found = to_frame(rows, "arrow").to_pylist()
    assert [row["a"] for row in found] == [1, None, None, 2, None]
    assert found[1]["part_number"] == "P"
    assert found[2]["tags"] == '["u","v"]'
    assert found[4]["value"] == "single"
    with pytest.raises(ZeroDivisionError):
        to_frame([Failure(ZeroDivisionError())])


@pytest.mark.parametrize("chunk_size", [1, 10])
def test_a_column_of_different_things_is_json(chunk_size):
    rows = [{"x": 1}, {"x": True}, {"x": "a"}, {"x": None}, {"x": WHEN}, {"x": 2**70}, {"y": 1}, {"y": 2.5}]
    found = to_frame(rows, "arrow", chunk_size=chunk_size).to_pylist()
    assert [row["x"] for row in found[:4]] == ["1", "true", '"a"', None]
    assert found[4]["x"] == '"2026-01-05T07:00:00Z"'
    assert found[5]["x"] == str(2**70)
    assert [row["y"] for row in found[6:]] == [1.0, 2.5]


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53) | st.just(2**70),
    st.floats(),
    st.text(),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(st.integers(), max_size=2),
)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), cells), max_size=12), st.integers(1, 5))
def test_the_size_of_the_chunks_does_not_show(rows, chunk_size):
    whole = to_frame(rows, "arrow", chunk_size=100)
    parts = to_frame(rows, "arrow", chunk_size=chunk_size)
    assert parts.num_rows == sum(1 for row in rows) or not parts.column_names
    assert set(parts.schema) == set(whole.schema)
    for name in whole.column_names:
        assert repr(parts[name].to_pylist()) == repr(whole[name].to_pylist())


def test_whole_numbers_among_others_and_text_do_not_show_the_size_of_the_chunks_either():
    rows = [{"x": 1}, {"x": 2.5}, {"x": -3.0}, {"x": "a"}]
    for chunk_size in range(1, 5):
        assert to_frame(rows, "arrow", chunk_size=chunk_size)["x"].to_pylist() == ["1", "2.5", "-3", '"a"']


@pytest.mark.parametrize("engine", ENGINES)
def test_no_rows_are_an_empty_table(engine):
    assert len(to_frame([], engine)) == 0


async def test_walks_of_both_faces_become_tables(either, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 31)])
    walk = either.api.report.iter_headers(page_size=7, oldest_first=True)
    frame = (
        await to_frame_async(walk, "polars", chunk_size=8)
        if either.face == "async"
        else to_frame(walk, "polars", chunk_size=8)
    )
    assert frame["serial_number"].to_list() == [f"SN{number:05}" for number in range(1, 31)]
    assert str(frame["start_utc"].dtype) == "Datetime(time_unit='us', time_zone='UTC')"


class Anything(PyWATSModel):
    when: datetime | None = None
    state: Literal["a", "b"] | None = None
    level: Level | None = None
    value: Any = None
    more: list[int] | None = None
    number: float | None = None
    count: int | None = None
    id: UUID | None = None
    wait: timedelta | None = None


@pytest.mark.parametrize("values", [{}, {"value": 5}, {"value": "x", "level": Level.HIGH, "number": 1, "more": [1]}])
async def test_tables_and_the_files_of_jobs_have_the_same_types(values, tmp_path):
    row = Anything(**values)
    (sink,) = open_sinks(Into(parquet=str(tmp_path / "x.parquet")), "x", kinds_of(Anything), io.StringIO())
    sink.write(record(row))
    sink.finish()
    sink.commit()
    table, written = to_frame([row], "arrow"), pq.read_table(tmp_path / "x.parquet")
    names = list(Anything.model_fields)
    assert [table.schema.field(name).type for name in names] == [written.schema.field(name).type for name in names]
    assert table.to_pylist() == written.select(names).to_pylist()


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ConfigurationError, match=r"pywats-workers\[frames\]"):
        to_frame([], "polars")
    with pytest.raises(ValidationError, match="engine"):
        to_frame([], "excel")
    with pytest.raises(ValidationError, match="chunk_size"):
        to_frame([], "arrow", chunk_size=0)
