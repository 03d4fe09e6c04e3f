"""Real exports of a server, posted back: refused as they are, accepted once corrected, and given back the same."""

import json
from copy import deepcopy

import pytest

EXPORTS = ("uut-wsjf-export.json", "advanced_uut.json", "uur_example.json")


@pytest.fixture(params=EXPORTS)
def export(request, shared):
    return json.loads((shared / "corpus" / "wsjf" / request.param).read_text("utf-8"))


def loops(step):
    if (step.get("loop") or {}).get("num") is not None:
        yield step["loop"]
    for child in step.get("steps") or []:
        yield from loops(child)


def corrected(export):
    """What has to change before an export is accepted: the highest index of loops, and no origin."""
    report = deepcopy(export)
    report["origin"] = None
    for loop in loops(report.get("root", {})):
        loop["endingIndex"] = loop["num"] - 1
    return report


def test_an_export_is_refused_for_its_loops_and_origin_only(http, export):
    lines = http.submit(export).json().split("\n")
    count = len(list(loops(export.get("root", {}))))
    assert lines[0].startswith("report: origin")
    assert len(lines) == 1 + count
    assert all(line.endswith("endingIndex is required to be the same as highest index.") for line in lines[1:])


def test_a_corrected_export_comes_back_as_it_was(http, wats, export):
    report = corrected(export)
    assert http.submit(report).status == 200
    assert wats.reports() == [report]
    name = {"productName": None, "origin": "PYWATS-SANDBOX"}
    assert http.get(f"/api/Report/Wsjf/{export['id']}").json() == {**export, **name}


def test_the_header_of_an_export(http, export):
    http.submit(corrected(export))
    (header,) = http.headers_of(f"uuid eq {export['id']}")
    assert header["serialNumber"] == export["sn"]
    assert header["processName"] == export["processName"]
    if export["type"] == "T":
        assert header["causedUutFailure"] == "SingleEQFail"
        assert header["causedUutFailurePath"] == "MainSequence Callback/Numeric tests/SingleEQFail"
        assert header["comment"] == export["uut"]["comment"]
    else:
        assert header["referencedUut"] == export["uur"]["refUUT"]
