"""Job files against the sandbox, over a real socket."""

import contextlib
import csv
import io
import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from pywats import AsyncPyWATS, RetryConfig
from pywats.config import load as load_file
from pywats.config.problems import InvalidFileError
from pywats.errors import ConfigurationError
from pywats.jobs import Job, JobFile, calls, prepare, run
from pywats.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
HEAD = 'kind: job\nname: test\nserver: {base_url: "${URL}", token: "${THE_TOKEN}"}\n'

LoadJob = Callable[[str], Job]


@pytest.fixture
def inbox(wats_sandbox: Sandbox) -> list[dict[str, object]]:
    """Fill the sandbox with the sample reports of the demo; some are wrong on purpose, and refused."""
    for path in sorted((ROOT / "configs/demo/inbox").glob("*.json")):
        with contextlib.suppress(ValueError):
            wats_sandbox.seed(reports=[path.read_bytes()])
    return wats_sandbox.reports()


@pytest.fixture
def load(wats_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadJob:
    """Write a job file into the working directory and load it."""
    monkeypatch.chdir(tmp_path)

    def load_job(text: str) -> Job:
        Path("j.yaml").write_text(HEAD + textwrap.dedent(text))
        return load_file("j.yaml", JobFile, environ={"URL": wats_sandbox.url, "THE_TOKEN": wats_sandbox.token})

    return load_job


def json_lines(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]


def csv_rows(name: str) -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


async def test_the_job_of_the_demo(wats_sandbox, wats_async_api, inbox, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environ = {"WATS_BASE_URL": wats_sandbox.url, "WATS_AUTH_TOKEN": wats_sandbox.token}
    job = load_file(ROOT / "configs/demo.yaml", JobFile, environ=environ)
    printed = io.StringIO()
    summary = await run(job, wats_async_api, out=printed)
    assert summary.ok, summary.error

    tests = {report["id"]: report for report in inbox if report["type"] == "T"}
    headers = json_lines("out/headers.jsonl")
    assert {header["uuid"] for header in headers} == set(tests)
    assert [row["uuid"] for row in csv_rows("out/headers.csv")] == [header["uuid"] for header in headers]
    assert {header["uuid"]: header["serial_number"] for header in headers} == {
        id_: report["sn"] for id_, report in tests.items()
    }

    units = {(report["pn"], report["processName"]): set() for report in tests.values()}
    for report in tests.values():
        units[report["pn"], report["processName"]].add(report["sn"])
    yields = csv_rows("out/yield.csv")
    assert {(row["part_number"], row["test_operation"]): int(row["unit_count"]) for row in yields} == {
        key: len(serials) for key, serials in units.items()
    }
    assert printed.getvalue().startswith("yield:\npart_number")
    assert len(printed.getvalue().splitlines()) == 2 + len(yields)


async def test_a_filter_reaches_the_server_and_pages_are_walked(wats_sandbox, wats_async_api, inbox, load):
    part = str(inbox[0]["pn"])
    job = load(f"""
        vars: {{part: {part}}}
        steps:
          - id: headers
            call: report.iter_uut_headers
            with: {{filter: {{part_number: "{{{{ vars.part }}}}"}}, page_size: 2}}
            into: {{jsonl: headers.jsonl.gz, csv: headers.csv}}
    """)
    summary = await run(job, wats_async_api)
    expected = [report["id"] for report in inbox if report["type"] == "T" and report["pn"] == part]
    assert summary.rows == len(expected)
    assert {row["uuid"] for row in csv_rows("headers.csv")} == set(expected)
    asked = [request for request in wats_sandbox.requests if request.path.lower().endswith("/report/query/header")]
    assert len(asked) > len(expected) // 2


async def test_the_body_of_a_report_comes_back_as_a_row(wats_async_api, inbox, load):
    job = load(f"""
        steps:
          - id: body
            call: report.get_report_json
            with: {{report_id: {inbox[0]["id"]}}}
            into: {{jsonl: body.jsonl}}
    """)
    summary = await run(job, wats_async_api)
    assert summary.ok, summary.error
    (body,) = json_lines("body.jsonl")
    assert {key: body[key] for key in ("id", "sn", "pn")} == {key: inbox[0][key] for key in ("id", "sn", "pn")}
    assert body["root"]


async def test_a_step_writes_what_an_earlier_one_read(wats_async_api, load):
    await wats_async_api.product.create_product("A/B #1", "Widget")
    job = load("""
        steps:
          - {id: read, call: product.get_product, with: {part_number: "A/B #1"}}
          - id: copy
            call: product.create_product
            with: {part_number: "{{ steps.read.result.part_number }}-2", name: "{{ steps.read.result.name }}"}
            into: {csv: copy.csv}
    """)
    summary = await run(job, wats_async_api)
    assert summary.ok, summary.error
    copy = await wats_async_api.product.get_product("A/B #1-2")
    assert copy is not None
    assert copy.name == "Widget"
    assert [row["part_number"] for row in csv_rows("copy.csv")] == ["A/B #1-2"]


async def test_a_wrong_token_is_told_with_the_server_and_its_source_and_not_shown(wats_sandbox, load, monkeypatch):
    job = load("steps: [{id: a, call: product.get_products, into: {csv: a.csv}}]")
    monkeypatch.setattr(wats_sandbox, "token", "another")
    source = job.origin("server", "token")
    async with AsyncPyWATS(wats_sandbox.url, "wr0ng-token", token_source=source, trust_env=False) as api:
        summary = await run(job, api)
    assert summary.error is not None
    assert "401" in summary.error
    assert wats_sandbox.url in summary.error
    assert "the environment variable THE_TOKEN (j.yaml:3:37)" in summary.error
    assert "wr0ng" not in summary.error
    assert not Path("a.csv").exists()  # noqa: ASYNC240


async def test_a_server_that_fails_in_the_middle_leaves_the_last_good_output(wats_sandbox, wats_async_api, inbox, load):
    job = load("steps: [{id: a, call: report.iter_headers, with: {page_size: 3}, into: {jsonl: a.jsonl, csv: a.csv}}]")
    assert (await run(job, wats_async_api)).rows == len(inbox)
    good = json_lines("a.jsonl")
    wats_sandbox.fail("GET /api/Report/Query/Header", status=500, skip=1)
    api = wats_async_api.with_options(retry=RetryConfig(enabled=False, max_attempts=1))
    summary = await run(job, api)
    assert summary.error is not None
    assert "500" in summary.error
    assert json_lines("a.jsonl") == good
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv", "a.jsonl", "j.yaml", "var"]  # noqa: ASYNC240
    wats_sandbox.clear_faults()
    assert (await run(job, wats_async_api)).ok
    assert json_lines("a.jsonl") == good


def test_mistakes_in_arguments_of_real_methods_are_found_before_the_run(wats_sandbox, wats_async_api, load):
    job = load("""
        steps:
          - {id: a, call: report.iter_uut_headers, with: {filter: {part_numbr: X}, pagesize: 3}}
          - {id: b, call: analytics.get_dynamic_yield, with: {filter_data: {period_cont: 3}}}
          - {id: c, call: product.get_prodct, with: {part_number: X}}
          - {id: d, call: product.get_product}
    """)
    with pytest.raises(ConfigurationError) as caught:
        prepare(job, wats_async_api)
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "j.yaml:6:60",
        "j.yaml:6:76",
        "j.yaml:7:69",
        "j.yaml:8:19",
        "j.yaml:9:5",
    ]
    hints = ["part_number", "page_size", "period_count", "product.get_product"]
    assert [line[-len(f'"{hint}"?)') :] for line, hint in zip(lines, hints, strict=False)] == [
        f'"{hint}"?)' for hint in hints
    ]
    assert lines[-1] == "j.yaml:9:5: steps[3].with.part_number: is missing; product.get_product needs it"
    assert wats_sandbox.requests == []


def test_the_arguments_of_every_method_are_checked_before_the_run(wats_sandbox, wats_async_api, load):
    targets = list(calls.targets(wats_async_api))
    steps = [f"{{id: s{number}, call: {each.name}, with: {{zz: 1}}}}" for number, each in enumerate(targets)]
    with pytest.raises(InvalidFileError) as caught:
        prepare(load("\nsteps:\n" + "".join(f"  - {step}\n" for step in steps)), wats_async_api)
    said = {(problem.keys[1], problem.keys[-1]): problem.text for problem in caught.value.problems}
    for number, target in enumerate(targets):
        unknown = said.get((number, "zz"), "")
        assert unknown.startswith(f"unknown argument, {target.name} takes ") or target.open
        assert {name for step, name in said if step == number} - {"zz"} == set(target.required)
    assert wats_sandbox.requests == []


def test_every_method_can_be_called_by_name(wats_async_api):
    found = list(calls.targets(wats_async_api))
    assert {"product.get_product", "report.iter_uut_headers", "analytics.get_dynamic_yield"} <= {
        each.name for each in found
    }
    for target in found:
        assert calls.find(wats_async_api, target.name).types == target.types
        for annotation in target.types.values():
            TypeAdapter(annotation)
