"""Real files become the reports that they are, whole or damaged; and every one of those reports is taken."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import yaml
from corpus_cases import CASES, FILLING

from pywats.ingest.conversion.draft import draft
from pywats.ingest.converters.registry import BUILT_IN, CLAIM, find
from pywats.testing import check_converter

BYTES = 4_000_000
"""Of damaged files that a case is tried with at the most: a larger number is for long runs."""


@pytest.fixture(scope="session")
def corpus(shared):
    return shared / "corpus"


@pytest.fixture(scope="session")
def facts(corpus):
    manifest = yaml.safe_load((corpus / "MANIFEST.yaml").read_text(encoding="utf-8"))
    return {entry["file"]: entry.get("expected", {}) for entry in manifest["files"]}


def steps_of(report: Any) -> Iterator[Any]:
    waiting = [report.get("root", {})]
    while waiting:
        below = waiting.pop().get("steps", [])
        waiting += below
        yield from below


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.converter} {case.files}")
async def test_files_give_the_facts_and_survive_damage(case, corpus, facts, wats_async_api):
    paths = case.paths(corpus)
    found = check_converter(
        case.converter,
        paths,
        options=case.options,
        encoding=case.encoding,
        claims=case.claims,
        cuts_show=case.cuts_show,
        mutations=max(1, min(case.mutations, BYTES // 2 // sum(path.stat().st_size for path in paths))),
    )
    for path, reports in found.items():
        check_facts(reports, facts[path.relative_to(corpus).as_posix()], path)
        for position, report in enumerate(reports[:: max(1, len(reports) // 20)]):
            made = draft(orjson.dumps(report), source=path.name.encode(), position=position, filling=FILLING)
            answer = await wats_async_api.report.submit_report_json(made.body)
            assert answer


def check_facts(reports, expected, path):
    """What the manifest knows of a file stands in its reports."""
    serials = expected.get("serial_numbers", expected.get("serials"))
    if serials is None and "serial_number" in expected:
        serials = [expected["serial_number"]]
    if serials is not None:
        assert list(dict.fromkeys(report["sn"] for report in reports)) == serials, path
    for name, key in (("part_number", "pn"), ("revision", "rev"), ("station", "machineName")):
        if expected.get(name):
            assert {report.get(key) for report in reports} - {None, ""} == {expected[name]}, path
    if "operator" in expected:
        assert {report["uut"].get("user") for report in reports} == {expected["operator"]}, path
    if "result" in expected and isinstance(expected["result"], str):
        letter = "P" if "PASS" in expected["result"].upper() else expected["result"][0].upper()
        assert {report["result"] for report in reports} == {letter}, path
    if "process_code" in expected:
        assert {report["processCode"] for report in reports} == {int(expected["process_code"])}, path
    check_counts(reports, expected, path)


def check_counts(reports, expected, path):
    """So many runs, steps and measurements as the manifest counts."""
    steps = [step for report in reports for step in steps_of(report)]
    for name in ("runs", "parts", "units"):
        if name in expected:
            assert len(reports) == expected[name], path
    if path.parent.name in {"wsjf", "wsxf"} and "steps" in expected:
        assert len(steps) + 1 == expected["steps"], path
    if path.parent.name == "wsjf" and "failures" in expected:
        units = [unit for report in reports for unit in report["subUnits"]]
        assert sum(len(unit.get("failures", ())) for unit in units) == expected["failures"], path
    if "step_count_attribute" in expected:
        assert len(steps) == expected["step_count_attribute"], path
    if "FTR" in expected:
        assert sum("booleanMeas" in step for step in steps) == expected["FTR"], path
    if "PTR" in expected:
        assert sum("numericMeas" in step for step in steps) == expected["PTR"], path
    if "rows" in expected and len(reports) == 1:
        assert sum(step["stepType"] != "Action" for step in steps) == expected["rows"], path


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_converter_claims_a_file_of_another_format(name, corpus):
    own = {path for case in CASES if case.converter == name for path in case.all_paths(corpus)}
    for path in sorted(corpus.rglob("*")):
        if path.is_file() and path not in own and path.parent.name != name:
            assert find(name).sniff(path.read_bytes()[:4096], path.name) < CLAIM, path
