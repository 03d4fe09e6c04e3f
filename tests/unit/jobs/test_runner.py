"""Running jobs against a client that answers from memory."""

import asyncio
import io
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pywats.errors import ConfigurationError, ServerError
from pywats.jobs import Progress, prepare
from pywats.jobs import run as run_job

STARTED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class Recorder(Progress):
    def __init__(self):
        self.told = []

    def step_started(self, step, call):
        self.told.append(("started", step, call))

    def rows(self, step, count):
        self.told.append(("rows", step, count))

    def step_finished(self, summary):
        self.told.append(("finished", summary.id, summary.rows, summary.error))


@pytest.fixture
def run(load, api):
    async def run_text(text, **options):
        out = io.StringIO()
        summary = await run_job(load(text), api, out=out, started=STARTED, **options)
        return summary, out.getvalue()

    return run_text


def read(name):
    return Path(name).read_text()


def put(name, text):
    Path(name).write_text(text)


def files(pattern):
    return {path.name: path.read_bytes() for path in Path().glob(pattern)}


def here():
    return Path.cwd()


def leftovers():
    return [str(path) for path in Path().rglob("*.part")]


async def test_a_walk_goes_to_every_output_row_by_row(run, api):
    summary, printed = await run("""
        vars: {part: "001"}
        steps:
          - id: headers
            call: report.iter_headers
            with: {filter: {part_number: "{{ vars.part }}"}, page_size: 2}
            into: {csv: "out/{{ run.date }}.csv", jsonl: out/h.jsonl, table: {columns: [uuid, serial_number]}}
    """)
    assert summary.ok
    assert summary.job == "test"
    assert summary.rows == 3
    assert [(step.id, step.call, step.rows, step.files, step.error) for step in summary.steps] == [
        ("headers", "report.iter_headers", 3, ("out/2026-03-04.csv", "out/h.jsonl"), None)
    ]
    ((filter_, page_size),) = api.report.asked
    assert (filter_.part_number, page_size) == ("001", 2)
    assert read("out/2026-03-04.csv") == (
        "uuid,serial_number,start,state,tags,extra\n"
        'u1,S1,2026-03-04T05:06:07Z,Active,"{""a"":1}",\n'
        "u2,0002,,,,\n"
        'u3,"S,3\n",,,,"{""newField"":[1]}"\n'
    )
    assert [json.loads(line)["uuid"] for line in read("out/h.jsonl").splitlines()] == ["u1", "u2", "u3"]
    assert printed == "headers:\nuuid  serial_number\nu1    S1\nu2    0002\nu3    S,3\\n\n"
    assert api.report.closed == 1
    assert leftovers() == []


async def test_lists_single_results_and_documents_have_rows_too(run):
    summary, _ = await run("""
        steps:
          - {id: list, call: report.query_headers, with: {top: 2}, into: {jsonl: list.jsonl}}
          - {id: one, call: report.get_header, with: {uuid: u2}, into: {jsonl: one.jsonl}}
          - {id: none, call: report.get_header, with: {uuid: u9}, into: {csv: none.csv}}
          - {id: body, call: report.get_body, with: {uuid: u2}, into: {jsonl: body.jsonl}}
          - {id: names, call: product.get_names, into: {csv: names.csv}}
          - {id: count, call: report.count, with: {states: [Active], since: 2026-01-02}, into: {csv: count.csv}}
          - {id: batch, call: report.get_headers_batch, with: {uuids: [a, b]}, into: {csv: batch.csv}}
    """)
    assert summary.ok
    assert [step.rows for step in summary.steps] == [2, 1, 0, 1, 2, 1, 2]
    assert json.loads(read("one.jsonl"))["serial_number"] == "0002"
    assert read("none.csv") == "uuid,serial_number,start,state,tags,extra\n"
    assert json.loads(read("body.jsonl")) == {"id": "r1", "root": {"steps": []}}
    assert read("names.csv") == "value,extra\nA,\nB,\n"
    assert read("count.csv") == "value,extra\n3,\n"
    assert read("batch.csv") == "uuid,serial_number,start,state,tags,extra\na,,,,,\nb,,,,,\n"


async def test_a_step_sees_what_earlier_steps_did(run, api):
    summary, _ = await run("""
        steps:
          - {id: a, call: report.iter_headers, into: {jsonl: a.jsonl}}
          - {id: b, call: report.get_header, with: {uuid: u2}}
          - {id: c, call: report.put, with: {header: "{{ steps.b.result }}"}}
          - id: d
            call: report.put
            with: {header: {uuid: "{{ steps.a.count }}-{{ steps.a.files[0] }}", tags: {n: "{{ steps.a.count }}"}}}
            into: {csv: "{{ steps.b.result.serial_number }}.csv"}
    """)
    assert summary.ok, summary.error
    stored, made = api.report.asked[-2:]
    assert (stored.uuid, stored.serial_number) == ("u2", "0002")
    assert (made.uuid, made.tags) == ("3-a.jsonl", {"n": 3})
    assert files("0002.csv")


async def test_a_late_template_that_fails_names_its_place_and_fails_the_run(run, api):
    summary, _ = await run("""
        steps:
          - {id: a, call: report.get_header, with: {uuid: u9}}
          - {id: b, call: report.get_header, with: {uuid: "{{ steps.a.result.uuid }}"}}
    """)
    assert summary.error == (
        "step b: j.yaml:7:51: steps[1].with.uuid: {{ steps.a.result.uuid }}: "
        "uuid is undefined; what it is looked for in is empty"
    )
    assert api.report.asked == ["u9"]


async def test_a_late_value_of_the_wrong_type_names_its_place(run):
    summary, _ = await run("""
        steps:
          - {id: a, call: report.count}
          - {id: b, call: report.get_header, with: {uuid: "{{ steps.a.result }}"}}
    """)
    assert summary.error == "step b: j.yaml:7:51: steps[1].with.uuid: must be text, not 3; put it in quotes"


async def test_a_failed_run_leaves_every_former_output_untouched(run, api):
    for name in ("first.csv", "second.jsonl"):
        put(name, "former")
    api.report.fail_after = 1
    summary, printed = await run("""
        steps:
          - {id: first, call: report.query_headers, into: {csv: first.csv, table: true}}
          - {id: second, call: report.iter_headers, into: {jsonl: second.jsonl}}
          - {id: third, call: report.query_headers, into: {csv: third.csv}}
    """)
    assert not summary.ok
    assert summary.error == "step second: GET /api/Report/Query/Header: 500 broken"
    assert [(step.id, step.rows, step.error) for step in summary.steps] == [
        ("first", 3, None),
        ("second", 2, "GET /api/Report/Query/Header: 500 broken"),
    ]
    assert read("first.csv") == "former"
    assert read("second.jsonl") == "former"
    assert not files("third.csv")
    assert printed == ""
    assert leftovers() == []
    assert api.report.closed == 1


async def test_the_same_run_twice_gives_the_same_files(run):
    job = "steps: [{id: a, call: report.iter_headers, into: {csv: a.csv, jsonl: a.jsonl.gz}}]"
    await run(job)
    first = files("a.*")
    await run(job)
    assert files("a.*") == first


async def test_a_cancelled_run_leaves_nothing_and_ends_its_walk(run, api):
    put("a.csv", "former")
    api.report.pages *= 100_000
    reached = asyncio.Event()

    class Watcher(Progress):
        def rows(self, step, count):  # noqa: ARG002
            reached.set()

    text = "steps: [{id: a, call: report.iter_headers, into: {csv: a.csv}}]"
    task = asyncio.create_task(run(text, progress=Watcher()))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert read("a.csv") == "former"
    assert leftovers() == []
    assert api.report.closed == 1


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (
            "{id: a, call: report.get_body, with: {uuid: x}, into: {csv: a.csv}}",
            "the answer is 6 bytes that are not JSON; they have no rows",
        ),
        ("{id: a, call: report.get_headers_batch, with: {uuids: [a, bad]}, into: {csv: a.csv}}", "no"),
        (
            "{id: a, call: report.odd, into: {csv: a.csv}}",
            "a object cannot be written: Unable to serialize unknown type: <class 'object'>",
        ),
        ("{id: a, call: report.count, into: {csv: file/a.csv}}", "file: File exists"),
    ],
)
async def test_what_cannot_be_written_fails_the_step_with_its_reason(run, api, step, error):
    api.report.body = b"<xml/>"
    put("file", "")
    summary, _ = await run(f"steps: [{step}]")
    (only,) = summary.steps
    assert only.error is not None
    assert only.error.replace(f"{here()}/", "") == error
    assert leftovers() == []


async def test_the_secret_of_a_job_is_in_no_error_and_no_summary(run, api):
    api.report.error = ServerError("refused t0p-s3cret-token", status=500)
    summary, _ = await run("steps: [{id: a, call: report.count}]")
    assert summary.error == "step a: 500 refused ***"
    assert "t0p" not in repr(summary)


async def test_a_method_of_open_arguments_takes_any(run, api):
    summary, _ = await run("steps: [{id: a, call: report.put_more, with: {uuid: u, a: 1, b: 2}}]")
    assert summary.ok
    assert api.report.asked == [("u", {"a": 1, "b": 2})]


async def test_progress_is_told_of_steps_and_rows(run):
    progress = Recorder()
    await run(
        "steps: [{id: a, call: report.iter_headers}, {id: b, call: product.get_names}]",
        progress=progress,
    )
    steps = [told for told in progress.told if told[0] != "rows"]
    assert steps == [
        ("started", "a", "report.iter_headers"),
        ("finished", "a", 3, None),
        ("started", "b", "product.get_names"),
        ("finished", "b", 2, None),
    ]
    counts = [told[2] for told in progress.told if told[:2] == ("rows", "a")]
    assert counts == sorted(counts)
    assert counts[-1] == 3


async def test_nothing_is_sent_when_a_later_step_is_wrong(load, api):
    job = load("steps: [{id: a, call: report.count}, {id: b, call: report.cuont}]")
    with pytest.raises(ConfigurationError, match="did you mean"):
        await run_job(job, api)
    assert api.report.asked == []


async def test_memory_does_not_grow_with_the_rows(load, api):
    page = api.report.pages[0] * 50

    class Pages:
        def __init__(self, count):
            self.count = count

        def __iter__(self):
            return (page for _ in range(self.count))

    job = load(
        "steps: [{id: a, call: report.iter_headers, into: {csv: a.csv, jsonl: a.jsonl.gz, table: {columns: [uuid]}}}]"
    )
    peaks = []
    for count in (20, 20, 200):
        api.report.pages = Pages(count)
        tracemalloc.start()
        summary = await run_job(job, api, out=io.StringIO())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert summary.rows == count * 100
    assert peaks[2] < peaks[1] + 200_000


def test_a_plan_says_what_would_be_called_and_hides_secrets(load, api):
    job = load("""
        vars: {part: X, password: hunter22, note: "${TOKEN}"}
        steps:
          - id: a
            call: report.iter_headers
            with: {filter: {part_number: "{{ vars.part }}", tags: ["{{ vars.password }}", "{{ vars.note }}"]}}
            into: {csv: "out/{{ run.date }}.csv", table: true}
          - {id: b, call: report.get_header, with: {uuid: "{{ steps.a.count }}"}}
    """)
    assert str(prepare(job, api, started=STARTED)) == (
        "a: report.iter_headers\n"
        '  filter = {"part_number":"X","tags":["***","***"]}\n'
        '  into csv: "out/2026-03-04.csv"\n'
        "  into table: true\n"
        "  columns: uuid, serial_number, start, state, tags\n"
        "b: report.get_header\n"
        '  uuid = "{{ steps.a.count }}"\n'
        "  columns: uuid, serial_number, start, state, tags"
    )
    assert api.report.asked == []


def test_names_of_the_run(load, api):
    job = load("""
        steps:
          - id: a
            call: report.iter_headers
            with: {filter: "{{ run.job }} {{ run.date }} {{ run.time }} {{ run.started }}"}
    """)
    (planned,) = prepare(job, api, started=STARTED).steps
    assert planned.arguments == {"filter": "test 2026-03-04 050607 2026-03-04T05:06:07+00:00"}


def test_a_value_from_the_environment_keeps_its_text(load, api):
    job = load("""
        vars: {part: "00${ABSENT:-12}", literal: "${ABSENT:-{{ not.a.template }}}"}
        steps: [{id: a, call: report.iter_headers, with: {filter: "{{ vars.part }} {{ vars.literal }}"}}]
    """)
    (planned,) = prepare(job, api, started=STARTED).steps
    assert planned.arguments == {"filter": "0012 {{ not.a.template }}"}


async def test_an_output_that_cannot_take_its_place_is_told(run):
    class Obstructive(Progress):
        def step_finished(self, summary):  # noqa: ARG002
            Path("a.csv").mkdir()

    summary, _ = await run("steps: [{id: a, call: report.count, into: {csv: a.csv}}]", progress=Obstructive())
    assert summary.error is not None
    assert summary.error.replace(f"{here()}/", "") == "output a.csv: Is a directory"
    assert leftovers() == []


def test_whole_mappings_can_be_handed_on(load, api):
    job = load("""
        vars: {filter: {part_number: X, max_count: 3}}
        steps: [{id: a, call: report.iter_headers, with: {filter: "{{ vars.filter }}"}}]
    """)
    (planned,) = prepare(job, api, started=STARTED).steps
    assert (planned.arguments["filter"].part_number, planned.arguments["filter"].max_count) == ("X", 3)


def test_a_key_of_a_mapping_that_is_handed_on_is_checked_too(mistakes):
    step = "{id: a, call: report.iter_headers, with: {filter: '{{ vars.filter }}'}}"
    said = mistakes(f"vars: {{filter: {{part_numbr: X}}}}\nsteps: [{step}]")
    assert said.startswith("j.yaml:5:59: steps[0].with.filter.part_numbr: unknown key, allowed here: ")


def test_a_template_can_see_all_of_vars(load, api):
    job = load("""
        vars: {a: 1, b: 2}
        steps: [{id: a, call: report.iter_headers, with: {filter: "{% for k in vars %}{{ k }}{% endfor %}"}}]
    """)
    (planned,) = prepare(job, api, started=STARTED).steps
    assert planned.arguments == {"filter": "ab"}
