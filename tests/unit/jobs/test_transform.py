"""What comes of queries that are not the usual ones: names, types, and errors in the middle of the rows."""

import io
import json
import re
import sys
from pathlib import Path

import pytest

from pywats.jobs import run as run_job


@pytest.fixture
def run(load, api):
    async def run_text(text):
        return await run_job(load(text), api, out=io.StringIO())

    return run_text


@pytest.mark.parametrize(("step", "table"), [("batch", "batch"), ("order", '\\"order\\"'), ("headers", "HEADERS")])
async def test_a_step_of_any_name_is_a_table_in_any_case(run, step, table):
    summary = await run(f"""
        steps:
          - {{id: {step}, call: report.iter_headers}}
          - {{id: a, transform: "SELECT count(*) AS n FROM {table}", into: {{jsonl: a.jsonl}}}}
    """)
    assert summary.ok, summary.error
    assert json.loads(Path("a.jsonl").read_text()) == {"n": 3}  # noqa: ASYNC240


def test_two_steps_whose_names_differ_in_case_alone_are_a_mistake(mistakes):
    said = mistakes("steps: [{id: a, call: report.count}, {id: A, call: report.count}]")
    assert said == "j.yaml:4:43: steps[1].id: an earlier step is called a, too"


async def test_a_column_that_is_there_twice_is_told_and_not_dropped(run):
    summary = await run("steps: [{id: a, transform: 'SELECT 1 AS x, 2 AS x', into: {jsonl: a.jsonl}}]")
    assert summary.error == "step a: transform: two columns are called x; give one another name with AS"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (
            "SELECT CAST(if(i > 30000, 'x', '1') AS INTEGER) AS n FROM range(50000) t(i)",
            "Conversion Error: Could not convert string 'x' to INT32",
        ),
        ("SELECT TIMESTAMP 'infinity' AS t", "date value out of range"),
        ("SELECT DATE '12000-01-01' AS d", "date value out of range"),
    ],
)
async def test_a_query_that_fails_among_its_rows_is_told_in_one_line(run, query, error):
    summary = await run(f'steps: [{{id: a, transform: "{query}", into: {{jsonl: a.jsonl}}}}]')
    assert summary.error == f"step a: transform: {error}"


async def test_days_are_those_of_utc_or_of_the_zone_that_the_query_says(run):
    query = "TIMESTAMPTZ '2026-01-01T23:30:00Z'"
    summary = await run(f"""
        steps:
          - id: a
            transform: |
              SELECT {query}::DATE AS utc, ({query} AT TIME ZONE 'Europe/Oslo')::DATE AS oslo
            into: {{jsonl: a.jsonl}}
    """)
    assert summary.ok, summary.error
    assert json.loads(Path("a.jsonl").read_text()) == {"utc": "2026-01-01", "oslo": "2026-01-02"}  # noqa: ASYNC240


async def test_a_span_of_time_is_text(run):
    query = "SELECT INTERVAL '1 month 90 seconds' AS span, DATE '2026-01-02' - TIMESTAMP '2026-01-01' AS age"
    summary = await run(f'steps: [{{id: a, transform: "{query}", into: {{jsonl: a.jsonl}}}}]')
    assert summary.ok, summary.error
    assert json.loads(Path("a.jsonl").read_text()) == {"span": "P1M0DT90.0S", "age": "P0M1DT0.0S"}  # noqa: ASYNC240


@pytest.mark.parametrize(
    ("into", "message"),
    [
        ("table: {columns: [m]}", "table.columns: the rows have no column m"),
        ("sqlite: {path: x, table: t, mode: upsert, key: m}", "sqlite.key: the rows have no column m"),
        ("parquet: {path: x, partition_by: [n, m]}", "parquet.partition_by: the rows have no column m"),
    ],
)
async def test_a_column_that_an_output_names_is_one_of_the_query(run, into, message):
    summary = await run(f"steps: [{{id: a, transform: SELECT 1 AS n, into: {{{into}}}}}]")
    assert summary.error is not None
    assert summary.error.startswith("step a: j.yaml:4:")
    assert f"steps[0].into.{message}" in summary.error


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of the size of files, as a disk that is full")
@pytest.mark.parametrize(
    "into", ["csv: x", "jsonl: x", "parquet: x", "sqlite: {path: x, table: t}", "duckdb: {path: x, table: t}"]
)
async def test_an_output_for_which_there_is_no_room_is_named(run, into):
    import resource

    Path("x").write_text("former")  # noqa: ASYNC240
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, former[1]))
    try:
        query = "SELECT md5(i::VARCHAR) AS a FROM range(30000) t(i)"
        summary = await run(f"steps: [{{id: a, transform: '{query}', into: {{{into}}}}}]")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert summary.error is not None
    assert re.search(r"step a: (x: |.*: 'x'$)", summary.error), summary.error
    assert [path.name for path in sorted(Path().iterdir())] == ["j.yaml", "var", "x"]  # noqa: ASYNC240
    assert Path("x").read_text() == "former"  # noqa: ASYNC240
