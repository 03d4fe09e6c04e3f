"""Steps that are done for many items, or not at all; steps that go on where the last run ended."""

import asyncio
import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pywats.errors import ServerError
from pywats.jobs import JobRunningError, State
from pywats.jobs import run as run_job

STARTED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def run(load, api):
    async def run_text(text, **options):
        return await run_job(load(text), api, out=io.StringIO(), started=STARTED, **options)

    return run_text


def lines(name):
    return [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]


BODIES = """
    steps:
      - {{id: headers, call: report.iter_headers}}
      - id: each
        for_each: "{{{{ steps.headers.rows }}}}"
        call: report.get_header
        with: {{uuid: "{{{{ item.uuid }}}}"}}
        on_error: {on_error}
        into: {{jsonl: each.jsonl}}
"""


async def test_a_step_is_done_for_each_row_of_an_earlier_one_in_its_order(run, api):
    waiting = asyncio.Event()

    async def slowest_first(uuid):
        if uuid == "u1":
            await waiting.wait()
        if uuid == "u3":
            waiting.set()

    api.report.meanwhile = slowest_first
    summary = await run(BODIES.format(on_error="fail"))
    assert summary.ok, summary.error
    assert [row["uuid"] for row in lines("each.jsonl")] == ["u1", "u2", "u3"]


async def test_no_more_items_are_under_way_than_allowed(run, api):
    under_way, most = 0, 0

    async def counted(_):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    api.report.meanwhile = counted
    await run("""
        steps:
          - id: each
            for_each: [a, b, c, d, e, f, g]
            max_concurrent: 3
            call: report.get_header
            with: {uuid: "{{ item }}"}
    """)
    assert most == 3


@pytest.fixture
def second_fails(api):
    """Let the call for ``u2`` fail."""

    async def failing(uuid):
        if uuid == "u2":
            raise ServerError("broken", status=500, method="GET", path="/x")

    api.report.meanwhile = failing


@pytest.mark.usefixtures("second_fails")
@pytest.mark.parametrize(
    ("on_error", "error"),
    [
        ("fail", 'step each: item 2 (uuid = "u2"): GET /x: 500 broken'),
        ("collect", 'step each: 1 of 3 items failed: item 2 (uuid = "u2"): GET /x: 500 broken'),
    ],
)
async def test_an_item_that_fails_fails_the_run_and_says_which_rows_are_missing(run, on_error, error):
    Path("each.jsonl").write_text("former")  # noqa: ASYNC240
    summary = await run(BODIES.format(on_error=on_error))
    assert summary.error == error
    assert summary.steps[1].failed == ('item 2 (uuid = "u2"): GET /x: 500 broken',)
    assert Path("each.jsonl").read_text() == "former"  # noqa: ASYNC240


@pytest.mark.usefixtures("second_fails")
async def test_skip_leaves_out_what_fails_and_says_so(run):
    summary = await run(BODIES.format(on_error="skip"))
    assert summary.ok
    assert summary.steps[1].failed == ('item 2 (uuid = "u2"): GET /x: 500 broken',)
    assert [row["uuid"] for row in lines("each.jsonl")] == ["u1", "u3"]


async def test_a_template_of_an_item_that_fails_says_which_item_and_what_was_undefined(run):
    summary = await run("""
        steps:
          - id: each
            for_each: [{uuid: u1}, {id: u2}]
            call: report.get_header
            with: {uuid: "{{ item.uuid }}"}
    """)
    assert summary.error == (
        'step each: item 2: j.yaml:9:18: {{ item.uuid }}: uuid is undefined; there is id (did you mean "id"?)'
    )


@pytest.mark.parametrize(
    ("items", "error"),
    [
        ("[1]", "(1): is no report in WSJF, such as report.get_report_json gives: Input should be an object"),
        ('["x"]', '("x"): is no report in WSJF, such as report.get_report_json gives: Input should be an object'),
        (
            '[{id: r1, sn: S1, type: "T"}]',
            "(r1): is no report in WSJF, such as report.get_report_json gives: pn: Field required",
        ),
    ],
)
async def test_measurements_of_what_is_no_report_are_told(run, items, error):
    summary = await run(f"steps: [{{id: a, for_each: {items}, rows: measurements}}]")
    assert summary.error == f"step a: item 1 {error}"


@pytest.mark.parametrize(
    ("value", "error"),
    [("days: 1, zone: ../x", "ZoneInfo keys must"), ("days: 1000000000000", "Python int too large")],
)
async def test_a_value_that_a_method_refuses_fails_the_step_or_its_item(run, value, error):
    step = f"call: report.count_days, with: {{{value}}}"
    summary = await run(f"steps: [{{id: a, {step}}}]")
    assert summary.error is not None
    assert summary.error.startswith(f"step a: {error}")
    summary = await run(
        f"steps: [{{id: a, for_each: [1], on_error: skip, call: report.count_days, with: {{{value}}}}}]"
    )
    assert summary.ok
    assert summary.steps[0].failed[0].startswith(f"item 1: {error}")


async def test_when_decides_about_a_step_and_about_an_item(run):
    Path("b.jsonl").write_text("former")  # noqa: ASYNC240
    summary = await run("""
        vars: {wanted: false}
        steps:
          - {id: a, call: report.iter_headers}
          - {id: b, call: report.count, when: "{{ steps.a.count > 3 }}", into: {jsonl: b.jsonl}}
          - {id: c, call: report.count, when: "{{ vars.wanted }}"}
          - {id: d, call: report.count, when: false}
          - id: e
            for_each: "{{ steps.a.rows }}"
            when: "{{ item.uuid != 'u2' }}"
            call: report.get_header
            with: {uuid: "{{ item.uuid }}"}
            into: {jsonl: e.jsonl}
    """)
    assert summary.ok, summary.error
    assert [step.skipped for step in summary.steps] == [False, True, True, True, False]
    assert Path("b.jsonl").read_text() == "former"  # noqa: ASYNC240
    assert [row["uuid"] for row in lines("e.jsonl")] == ["u1", "u3"]


async def test_when_must_give_true_or_false(run):
    summary = await run('steps: [{id: a, call: report.count, when: "{{ 1 + 1 }}"}]')
    assert summary.error == "step a: when gives 2; it must give true or false"


RESUMED = """
    steps:
      - id: a
        call: report.iter_headers
        resume: {by: start, key: uuid}
        into:
          jsonl: a.jsonl
          sqlite: {path: a.db, table: headers, mode: append}
"""


def later(api, number, **fields):
    header = type(api.report.pages[0][0])
    return header(uuid=f"n{number}", start=datetime(2026, 3, 5, tzinfo=UTC), **fields)


async def test_a_run_goes_on_where_the_last_one_ended(run, api):
    api.report.pages = [[header for page in api.report.pages for header in page if header.start]]
    assert (await run(RESUMED)).rows == 1
    assert (await run(RESUMED)).rows == 0
    api.report.pages = [[later(api, 1), *api.report.pages[0], later(api, 1)]]
    summary = await run(RESUMED)
    assert summary.rows == 1
    assert [row["uuid"] for row in lines("a.jsonl")] == ["n1"]
    with closing(sqlite3.connect("a.db")) as sql:
        assert sql.execute("SELECT uuid FROM headers").fetchall() == [("u1",), ("n1",)]


async def test_the_watermark_stays_when_a_later_step_fails(run, api):
    api.report.pages = [[later(api, 1)]]
    text = RESUMED + "      - {id: b, call: report.count}\n"
    api.report.error = ServerError("broken", status=500)
    assert not (await run(text)).ok
    api.report.error = None
    assert (await run(text)).steps[0].rows == 1


async def test_a_row_without_its_position_is_told(run):
    summary = await run(RESUMED)
    assert summary.error == "step a: a row has no start, which resume needs"


async def test_two_runs_of_one_job_at_once(run):
    said = pytest.raises(JobRunningError, match=r"job test is running already, in process \d+; nothing was done")
    with State(Path("var/jobs.db")) as state, state.lock("test"), said:
        await run("steps: [{id: a, call: report.count}]")
    assert (await run("steps: [{id: a, call: report.count}]")).ok


async def test_runs_are_written_down(run, api):
    await run("steps: [{id: a, call: report.count, into: {csv: a.csv}}]")
    api.report.error = ServerError("broken", status=500)
    await run("steps: [{id: a, call: report.count}]")
    with State(Path("var/jobs.db")) as state:
        assert [(past.outcome, past.error, past.started) for past in state.runs("test")] == [
            ("failed", "step a: 500 broken", STARTED),
            ("ok", None, STARTED),
        ]
        assert [step.files for step in state.runs("test")[1].steps] == [("a.csv",)]
        assert [past.outcome for past in state.latest()] == ["failed"]


async def test_sql_over_earlier_steps(run):
    summary = await run("""
        steps:
          - {id: headers, call: report.iter_headers}
          - id: names
            transform: "SELECT uuid, serial_number AS sn, start FROM headers WHERE uuid <> 'u2' ORDER BY uuid DESC"
            into: {jsonl: names.jsonl, csv: names.csv}
          - id: total
            transform: SELECT count(*) AS n, sum(length(uuid)) AS letters, 1.5 AS x FROM headers
            into: {jsonl: total.jsonl}
    """)
    assert summary.ok, summary.error
    assert lines("names.jsonl") == [
        {"uuid": "u3", "sn": "S,3\n", "start": None},
        {"uuid": "u1", "sn": "S1", "start": "2026-03-04T05:06:07Z"},
    ]
    assert lines("total.jsonl") == [{"n": 3, "letters": 6, "x": 1.5}]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('other.csv')",
        "SELECT * FROM 'other.csv'",
        "SELECT * FROM read_text('{here}/other.csv')",
        "SELECT * FROM read_csv('folder/../other.csv')",
        "SELECT * FROM read_csv('*.csv')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "SELECT * FROM read_parquet('s3://bucket/x')",
        "SELECT getenv('PATH') AS path",
        "SELECT * FROM sqlite_scan('var/jobs.db', 'mark')",
        "SELECT * FROM rows",
    ],
)
async def test_sql_reaches_nothing_but_its_tables_and_the_files_that_the_step_names(run, query):
    for name in ("products.csv", "other.csv", "folder/a.csv"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(f"part\n{name}\n")  # noqa: ASYNC240
    step = 'reads: [products.csv, folder], transform: "{}", into: {{jsonl: a.jsonl}}'
    right = "SELECT part FROM read_csv('products.csv') UNION SELECT part FROM read_csv('folder/*.csv') ORDER BY part"
    summary = await run(f"steps: [{{id: a, {step.format(right)}}}]")
    assert summary.ok, summary.error
    assert [row["part"] for row in lines("a.jsonl")] == ["folder/a.csv", "products.csv"]
    summary = await run(f"steps: [{{id: a, {step.format(query.format(here=Path.cwd()))}}}]")
    assert summary.error is not None
    assert summary.error.startswith("step a: transform: ")
    assert "\n" not in summary.error


async def test_sql_cannot_undo_what_shuts_it_in(mistakes, run):
    for statement in ("SET enable_external_access = true", "COPY (SELECT 1) TO 'x.csv'", "SELECT 1; SELECT 2"):
        assert mistakes(f'steps: [{{id: a, transform: "{statement}"}}]').endswith("must be one SELECT")
    summary = await run("""
        steps:
          - id: a
            transform: "SELECT value FROM duckdb_settings() WHERE name = 'enable_external_access'"
            into: {jsonl: a.jsonl}
    """)
    assert summary.ok, summary.error
    assert lines("a.jsonl") == [{"value": "false"}]


async def test_the_files_that_sql_reads_can_be_named_by_a_template(run):
    Path("x.csv").write_text("part\nA\n")  # noqa: ASYNC240
    summary = await run("""
        vars: {file: x.csv}
        steps:
          - {id: a, reads: "{{ vars.file }}", transform: "FROM read_csv('{{ vars.file }}')", into: {jsonl: a.jsonl}}
    """)
    assert summary.ok, summary.error
    assert lines("a.jsonl") == [{"part": "A"}]


@pytest.mark.parametrize("query", ["FROM read_csv('x.csv')", "FROM read_csv('folder/*.csv')"])
async def test_a_file_that_sql_reads_and_that_is_not_there_is_named(run, query):
    Path("there").mkdir()  # noqa: ASYNC240
    file = query.split("'")[1].split("/")[0]
    summary = await run(f'steps: [{{id: a, reads: [there, {file}], transform: "{query}"}}]')
    assert summary.error == f"step a: transform: there is no {file}, which it reads"


async def test_sql_that_fails_is_told_in_one_line(run):
    summary = await run("steps: [{id: a, transform: SELECT * FROM nowhere}]")
    assert summary.error is not None
    assert summary.error.startswith("step a: transform: Catalog Error: Table with name nowhere does not exist!")
    assert "\n" not in summary.error
