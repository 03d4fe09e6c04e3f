"""``jobs``: what runs did, as users read it; and the jobs of a daemon, checked before it starts."""

import json

import pytest

JOB = """kind: job
name: products
server: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}", trust_env: false}
steps:
  - {id: all, call: product.get_products, into: {csv: all.csv}}
  - id: each
    for_each: [NONE]
    when: "{{ item != 'NONE' }}"
    call: product.get_product
    with: {part_number: "{{ item }}"}
"""
INGEST = """kind: ingest
server: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}"}
sources: [{name: a, watch: in}]
jobs: [j.yaml]
"""


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path, wats_sandbox):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATS_BASE_URL", wats_sandbox.url)
    monkeypatch.setenv("WATS_AUTH_TOKEN", wats_sandbox.token)


def test_runs_are_listed_and_shown(cli, tmp_path, wats_sandbox):
    (tmp_path / "j.yaml").write_text(JOB)
    assert cli("run", "j.yaml").code == 0
    wats_sandbox.fail("GET /api/Product/Query", status=400)
    assert cli("run", "j.yaml").code == 1
    listed = cli("jobs", "ls", "--json")
    (latest,) = json.loads(listed.out)
    assert (latest["job"], latest["outcome"]) == ("products", "failed")
    assert [past["outcome"] for past in json.loads(cli("jobs", "log", "products", "--json").out)] == ["failed", "ok"]
    shown = cli("jobs", "last", "products")
    assert shown.code == 1
    assert shown.lines[0].startswith("products: failed, started ")
    assert "step all: " in shown.lines[0]
    assert "failed" in cli("jobs", "ls").out
    assert cli("jobs", "log", "products").code == 0


def test_no_state_and_no_such_job_are_told(cli, tmp_path):
    assert cli("jobs", "ls").err == (
        "pywats: there is no state file var/jobs.db; name the one of your job with --state\n"
    )
    (tmp_path / "j.yaml").write_text(JOB)
    cli("run", "j.yaml")
    told = cli("jobs", "last", "porducts")
    assert (told.code, told.err) == (1, "pywats: var/jobs.db knows no run of porducts\n")


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (None, "i.yaml:4:8: jobs[0]: there is no file j.yaml"),
        (JOB, "j.yaml:1:1: schedule: is missing; the daemon runs jobs on their schedules"),
        (JOB + "schedule: '0 2 * *'\n", "j.yaml:11:11: schedule: must have five fields"),
        (
            JOB.replace("get_products", "get_prodcts") + "schedule: '@daily'\n",
            "j.yaml:5:21: steps[0].call: product has",
        ),
    ],
)
@pytest.mark.parametrize("command", [("validate",), ("ingest",)])
def test_jobs_of_a_daemon_are_checked_before_it_starts(cli, tmp_path, command, job, said):
    (tmp_path / "i.yaml").write_text(INGEST)
    if job is not None:
        (tmp_path / "j.yaml").write_text(job)
    told = cli(*command, "i.yaml")
    assert told.code == 2
    assert said in told.err
