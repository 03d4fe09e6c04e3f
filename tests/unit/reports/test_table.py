"""Reports as rows, in words and as files."""

from datetime import UTC, datetime

import pytest

from pywats import reports
from pywats.reports import COLUMNS, read_report, rows
from pywats.reports.making import new_uut
from pywats.reports.models import UURReport, UUTReport

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture
def report() -> UUTReport:
    return new_uut("anna", "P", "A", "S", 60, ("ICT-1", "Oslo", "Production"), START)


def test_each_measurement_is_a_row(report):
    report.root.numeric("3V3", 3.31, "V", low=3.2, high=3.4)
    with report.root.sequence("Power") as power:
        power.string("Firmware", "1.2", limit="1.3")
        several = power.multi_passed("Flags")
        several.add("a")
        several.add("b", value=False)
        power.action("nothing")
        with power.loop("Gain") as gain:
            for value in (1, 2):
                gain.numeric(value, "dB")
    found = list(rows(report))
    assert {tuple(row) for row in found} == {COLUMNS}
    assert found[0] == {
        "report_id": str(report.id),
        "serial_number": "S",
        "part_number": "P",
        "process_code": 60,
        "start": START,
        "path": "3V3",
        "name": None,
        "kind": "numeric",
        "value": 3.31,
        "low": 3.2,
        "high": 3.4,
        "unit": "V",
        "text": None,
        "limit": None,
        "operator": "GELE",
        "status": "P",
        "loop_index": None,
    }
    short = [(row["path"], row["name"], row["value"], row["text"], row["status"], row["loop_index"]) for row in found]
    assert short[1:] == [
        ("Power / Firmware", None, None, "1.2", "F", None),
        ("Power / Flags", "a", 1.0, None, "P", None),
        ("Power / Flags", "b", 0.0, None, "F", None),
        ("Power / Gain", None, 1, None, "P", 0),
        ("Power / Gain", None, 2, None, "P", 1),
    ]


def test_steps_know_the_iteration_they_are_in(report):
    with report.root.loop("Channels") as loop:
        for value in (1, 2):
            with loop.sequence() as channel:
                channel.numeric("x", value)
    assert [(row["path"], row["value"], row["loop_index"]) for row in rows(report)] == [
        ("Channels / x", 1, 0),
        ("Channels / x", 2, 1),
    ]


def test_a_repair_has_no_rows():
    assert list(rows(UURReport(pn="P", sn="S"))) == []


def test_a_report_says_what_failed(report):
    with report.root.sequence("Power") as power:
        power.numeric("5V", 4, "V", low=4.9, high=5.1)
        power.multi_numeric("Rails").add("1V", 0.5, "V", low=0.9)
        power.action("Cable", status="E", error_message="<gone>")
        power.string("Firmware", "1", limit="2")
        power.passed("fine")
    assert [step.name for step in report.failures()] == ["5V", "Rails", "Cable", "Firmware"]
    assert str(report).splitlines() == [
        "Test of P S: Error (operation 60, 2026-01-05T08:00:00+00:00)",
        "  root / Power / 5V: Failed, 4 V (GELE 4.9 5.1)",
        "  root / Power / Rails: Failed, 1V = 0.5 V (GE 0.9)",
        "  root / Power / Cable: Error, <gone>",
        "  root / Power / Firmware: Failed, 1 (CASESENSIT 2)",
    ]
    assert repr(report).startswith(f"<UUTReport {report.id}: Test of P S: Error")
    shown = report._repr_html_()
    assert "<li>root / Power / Cable: Error, &lt;gone&gt;</li>" in shown


def test_many_failures_are_cut_short(report):
    for number in range(25):
        report.root.passed(str(number), value=False)
    lines = str(report).splitlines()
    assert (len(lines), lines[-1]) == (22, "  ... and 5 more")


def test_a_repair_says_what_was_wrong():
    repair = UURReport(pn="P", sn="S<1>")
    repair.add_failure("Component", "Burned", com_ref="U1", comment="hot")
    assert str(repair).splitlines() == [
        "Repair of P S<1> (operation None)",
        "  P S<1>: Component / Burned at U1 (hot)",
    ]
    assert repair._repr_html_().startswith("<p><b>Repair of P S&lt;1&gt; (operation None)</b></p><ul><li>P S&lt;1&gt;")
    assert UUTReport(pn="P", sn="S")._repr_html_() == "<p><b>Test of P S: Passed (operation None)</b></p>"


def test_a_report_is_saved_whole(report, tmp_path):
    path = report.save(tmp_path)
    assert path == tmp_path / f"{report.id}.json"
    assert read_report(path.read_bytes()) == report
    report.root.passed("x")
    assert read_report(report.save(str(tmp_path)).read_bytes()) == report
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_cannot_be_saved_leaves_nothing(report, tmp_path):
    (tmp_path / f"{report.id}.json").mkdir()
    with pytest.raises(OSError, match=str(report.id)):
        report.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{report.id}.json"]
    with pytest.raises(FileNotFoundError):
        report.save(tmp_path / "nowhere")


def test_the_package_has_what_its_users_need():
    assert {"rows", "validate", "check", "read_report"} <= set(dir(reports))
    with pytest.raises(AttributeError, match="nothing"):
        _ = reports.nothing
