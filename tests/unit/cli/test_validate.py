"""Configuration files, checked without a server."""

import json
from pathlib import Path

import pytest

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
TOKEN = "t0ken-of-the-factory"


@pytest.fixture(autouse=True)
def _variables(monkeypatch, tmp_path):
    monkeypatch.setenv("WATS_BASE_URL", "https://wats.example.com")
    monkeypatch.setenv("WATS_AUTH_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


JOB = """kind: job
name: look
server: {base_url: "${WATS_BASE_URL}", token: "${WATS_AUTH_TOKEN}"}
steps:
  - id: one
    call: product.get_product
    with: {part_number: X}
"""


def test_a_right_file_is_ok(cli, write):
    path = write("job.yaml", JOB)
    outcome = cli("validate", path)
    assert (outcome.code, outcome.out, outcome.err) == (0, f"{path}: ok (job)\n", "")


def test_the_files_of_the_demo_are_right(cli):
    outcome = cli("validate", CONFIGS / "demo.yaml", CONFIGS / "demo" / "ingest.yaml")
    assert outcome.code == 0
    assert [line.rpartition(" ")[2] for line in outcome.lines] == ["(job)", "(ingest)"]


@pytest.mark.parametrize(
    ("old", "new", "place", "parts"),
    [
        ("get_product", "get_prodct", ":6:", ["get_prodct", "get_product"]),
        ("part_number:", "part_numbr:", ":7:", ["part_numbr", "part_number"]),
        ("steps:", "stepps:", ":4:1: stepps", ['did you mean "steps"']),
        ("name: look", "name: [1]", ":2:", ["text"]),
    ],
)
def test_a_mistake_is_named_by_its_place(cli, write, old, new, place, parts):
    path = write("job.yaml", JOB.replace(old, new, 1))
    outcome = cli("validate", path)
    assert outcome.code == 2
    assert outcome.out == ""
    assert f"{path}{place}" in outcome.err
    for part in parts:
        assert part in outcome.err


def test_one_bad_file_spoils_the_code_and_not_the_others(cli, write):
    good, bad = write("good.yaml", JOB), write("bad.yaml", "kind: nothing\n")
    outcome = cli("validate", bad, good, write("gone.yaml", "") / "x")
    assert outcome.code == 2
    assert outcome.lines == [f"{good}: ok (job)"]
    assert f"{bad}:1:7" in outcome.err


def test_effective_values_and_where_they_come_from(cli, write):
    path = write("job.yaml", JOB)
    overlay = write("station.yaml", "limits: {concurrency: 3}\n")
    outcome = cli("validate", path, "--show", "--overlay", overlay)
    shown = outcome.out
    assert outcome.code == 0
    assert TOKEN not in shown
    assert "server.token: ***" in shown
    assert "environment variable WATS_AUTH_TOKEN" in shown
    assert next(line for line in outcome.lines if "limits.concurrency: 3" in line).endswith(f"{overlay}:1:23")


def test_unwise_things_are_warned_of(cli, write):
    path = write("job.yaml", JOB.replace("${WATS_AUTH_TOKEN}", "plain-token"))
    outcome = cli("validate", path)
    assert outcome.code == 0
    assert outcome.err.startswith(f"warning: {path}:3:")
    assert "plain-token" not in outcome.err


def test_json_has_a_line_for_each_file(cli, write):
    good, bad = write("good.yaml", JOB), write("bad.yaml", "kind: nothing\n")
    outcome = cli("validate", good, bad, "--json")
    first, second = map(json.loads, outcome.lines)
    assert outcome.code == 2
    assert (first["file"], first["kind"], first["errors"]) == (str(good), "job", [])
    assert (second["kind"], len(second["errors"])) == (None, 1)
    assert TOKEN not in outcome.out


def test_an_overlay_that_is_not_there(cli, write):
    outcome = cli("validate", write("job.yaml", JOB), "--overlay", "none.yaml")
    assert outcome.code == 2
    assert "none.yaml" in outcome.err
