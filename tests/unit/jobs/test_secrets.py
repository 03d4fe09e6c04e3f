"""Secrets are in no message, whatever quotes them, and however: escaped, or cut off."""

import io

import pytest

from pywats.config import load as load_file
from pywats.errors import ConfigurationError, ServerError
from pywats.jobs import JobFile, State, prepare
from pywats.jobs import run as run_job

SECRETS = {
    "plain": "Zm9vYmFy" * 12,
    "odd": "q\"u\\ote'd €" * 12,
    "lines": "first line of it\nsecond line of it\t!",
}
HEAD = """kind: job
name: test
server: {base_url: "https://wats.example.com", token: t0ken}
vars: {x: "${PASSWORD}"}
"""

STEPS = {
    "a wrong value": "{id: a, call: report.iter_headers, with: {page_size: '{{ vars.x }}'}}",
    "a wrong list": "{id: a, for_each: '{{ vars.x }}', call: report.count}",
    "a wrong condition": "{id: a, when: '{{ vars.x }}', call: report.count}",
    "an item": "{id: a, for_each: ['{{ vars.x }}'], call: report.get_header, with: {uuid: '{{ item }}'}}",
    "a server's words": "{id: a, call: report.count}",
    "what is undefined": "{id: a, call: report.get_header, with: {uuid: '{{ run[vars.x] }}'}}",
    "SQL": '{id: a, transform: "SELECT {{ vars.x }}"}',
    "a table": '{id: a, transform: \'SELECT * FROM "{{ vars.x | replace("\\n", " ") }}"\'}',
    "a path": '{id: a, call: report.count, into: {csv: \'no/{{ vars.x | replace("/", "") }}/x.csv\'}}',
}


def pieces(secret):
    """Parts of a secret that no text may have."""
    return {secret[start : start + 6] for start in range(0, len(secret) - 6, 3)}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
async def test_a_secret_is_in_no_message(tmp_path, monkeypatch, api, step, secret):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "no").write_text("")
    (tmp_path / "j.yaml").write_text(f"{HEAD}steps:\n  - {step}\n")
    api.report.error = ServerError(f"refused {secret}", status=500)

    async def refuse(_):
        raise ServerError(f"refused {secret}", status=500)

    api.report.meanwhile = refuse
    job = load_file("j.yaml", JobFile, environ={"PASSWORD": secret})
    try:
        shown = str(prepare(job, api))
        said = repr(await run_job(job, api, out=io.StringIO()))
    except ConfigurationError as error:
        shown, said = "", str(error)
    assert "error=None" not in said
    state = tmp_path / "var" / "jobs.db"
    kept = state.read_bytes().decode("latin-1") if state.exists() else ""
    assert [piece for piece in pieces(secret) if piece in said + shown + kept] == []


async def test_a_secret_in_the_name_of_a_file_is_not_told_and_not_remembered(tmp_path, monkeypatch, api):
    monkeypatch.chdir(tmp_path)
    steps = "{id: a, call: report.count, into: {csv: '{{ vars.x }}.csv'}}"
    (tmp_path / "j.yaml").write_text(f"{HEAD}steps:\n  - {steps}\n")
    job = load_file("j.yaml", JobFile, environ={"PASSWORD": SECRETS["plain"]})
    summary = await run_job(job, api, out=io.StringIO())
    assert summary.ok, summary.error
    assert summary.steps[0].files == ("***.csv",)
    with State(tmp_path / "var" / "jobs.db") as state:
        assert state.runs("test")[0].steps[0].files == ("***.csv",)
