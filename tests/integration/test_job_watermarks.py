"""How far a job has read: every report is in the outputs once, whenever it comes and wherever a page ends."""

import io
import sqlite3
import textwrap
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pywats import RetryConfig
from pywats.config import load as load_file
from pywats.jobs import JobFile, State, watermark
from pywats.jobs import run as run_job

HEAD = 'kind: job\nname: test\nserver: {base_url: "${URL}", token: "${THE_TOKEN}"}\n'
PAGE = 3
JOB = f"""
    steps:
      - id: headers
        call: report.iter_uut_headers
        with: {{page_size: {PAGE}}}
        resume: {{by: timeStamp, key: uuid}}
        into: {{sqlite: {{path: all.db, table: headers, mode: append}}}}
"""


@pytest.fixture
def run(wats_sandbox, wats_async_api, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def run_text(text=JOB, api=wats_async_api, **options):
        Path("j.yaml").write_text(HEAD + textwrap.dedent(text))  # noqa: ASYNC240
        environ = {"URL": wats_sandbox.url, "THE_TOKEN": wats_sandbox.token}
        return await run_job(load_file("j.yaml", JobFile, environ=environ), api, out=io.StringIO(), **options)

    return run_text


def kept():
    with closing(sqlite3.connect("all.db")) as database, database:
        return [uuid for (uuid,) in database.execute("SELECT uuid FROM headers ORDER BY rowid")]


def mark():
    with State(Path("var/jobs.db")) as state:
        return state.marks("test")


@pytest.mark.parametrize("overlap", [0, 1, PAGE, 1000])
@pytest.mark.parametrize("batches", [(PAGE, 1, PAGE), (2 * PAGE, 0, 2), (PAGE - 1, PAGE + 1, 2 * PAGE), (0, 1, 7, 1)])
async def test_a_watermark_at_the_edge_of_a_page(run, wats_sandbox, make_report, monkeypatch, batches, overlap):
    monkeypatch.setattr(watermark, "OVERLAP", overlap)
    sent = []
    for count in batches:
        fresh = [make_report(len(sent) + number) for number in range(count)]
        wats_sandbox.seed(reports=fresh)
        sent += [report["id"] for report in fresh]
        summary = await run()
        assert summary.ok, summary.error
        assert summary.rows == count
        assert kept() == sent


async def test_a_station_that_was_offline_for_a_week_is_in_the_next_run(run, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(5)])
    await run()
    late = make_report(9, start="2025-12-29T08:00:00+01:00", startUTC="2025-12-29T07:00:00Z")
    wats_sandbox.seed(reports=[late])
    assert (await run()).rows == 1
    assert kept()[-1] == late["id"]
    assert (await run()).rows == 0


async def test_the_clock_of_this_computer_has_no_part_in_it(run, wats_sandbox, make_report):
    for number, year in enumerate((2040, 1990, 2026)):
        wats_sandbox.seed(reports=[make_report(number)])
        assert (await run(started=datetime(year, 1, 1, tzinfo=UTC))).rows == 1
    assert len(kept()) == 3


async def test_a_report_that_was_sent_again_takes_the_place_of_its_row(run, wats_sandbox, make_report):
    job = JOB.replace("mode: append", "mode: upsert, key: uuid")
    wats_sandbox.seed(reports=[make_report(number) for number in range(5)])
    await run(job)
    wats_sandbox.seed(reports=[make_report(2, machineName="FCT-2")])
    assert (await run(job)).rows == 1
    with closing(sqlite3.connect("all.db")) as database, database:
        found = database.execute("SELECT uuid, station_name FROM headers").fetchall()
    assert len(found) == 5
    assert [uuid for uuid, station in found if station == "FCT-2"] == [make_report(2)["id"]]


async def test_rows_of_the_same_instant_are_all_taken_where_the_whole_list_is_read(run, wats_sandbox, make_report):
    job = (
        JOB.replace("timeStamp", "start_utc")
        .replace("iter_uut_headers", "query_uut_headers")
        .replace(f"{{page_size: {PAGE}}}", "{top: 100}")
    )
    same = {"start": "2026-01-05T09:00:00+01:00", "startUTC": "2026-01-05T08:00:00Z"}
    wats_sandbox.seed(reports=[make_report(number, **same) for number in range(4)])
    assert (await run(job)).rows == 4
    wats_sandbox.seed(reports=[make_report(number, **same) for number in range(4, 7)])
    assert (await run(job)).rows == 3
    assert len(set(kept())) == 7


async def test_a_walk_that_breaks_moves_no_watermark_and_the_next_run_takes_all_of_it(
    run, wats_sandbox, wats_async_api, make_report
):
    wats_sandbox.seed(reports=[make_report(number) for number in range(4)])
    await run()
    before, rows = mark(), kept()
    wats_sandbox.seed(reports=[make_report(number) for number in range(4, 12)])
    wats_sandbox.fail("GET /api/Report/Query/Header", status=500, skip=2)
    summary = await run(api=wats_async_api.with_options(retry=RetryConfig(enabled=False, max_attempts=1)))
    assert summary.error is not None
    assert (mark(), kept()) == (before, rows)
    wats_sandbox.clear_faults()
    assert (await run()).rows == 8
    assert kept() == [make_report(number)["id"] for number in range(12)]


async def test_watermarks_are_kept_for_each_job_step_and_server(run, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(3)])
    assert (await run()).rows == 3
    assert (await run(JOB.replace("id: headers", "id: another"))).rows == 3
    Path("j.yaml").unlink()  # noqa: ASYNC240
    assert (await run(JOB)).rows == 0
    assert set(mark()) == {"headers", "another"}
