"""Reports of SigmaQuest: nested test runs with values."""

import io
from pathlib import Path

import pytest
from converting import converted, measured, refusal

from pywats.ingest.converters import Context, Source, sigmaquest
from pywats.reports.formats import safe_xml


def unit(*runs):
    head = (
        '<Station guid="G" name="&lt;No Station>"/><Operator name="O"/>'
        '<Category name="C"><Product part-no="P" serial-no="S" factory-order="None"/></Category>'
    )
    times = 'start-time="2024-12-11T10:19:25+00:00" end-time="2024-12-11T10:20:25+00:00"'
    return f"<UnitReport {times}>{head}{''.join(runs)}</UnitReport>"


def run(content="", name="r", grade="PASS", start="2024-12-10T15:34:53+00:00", end="2024-12-10T15:34:54+00:00"):
    return f'<TestRun name="{name}" grade="{grade}" start-time="{start}" end-time="{end}">{content}</TestRun>'


def value(text, low="0", high="0"):
    return f'<Result><Property><ValueDouble name="v" lsl="{low}" usl="{high}">{text}</ValueDouble></Property></Result>'


def test_a_unit():
    (report,) = converted(sigmaquest, unit(run(run(value("5.0"), "inner") + value("1"), grade="FAIL")))
    assert (report["sn"], report["pn"], report["machineName"], report["result"]) == ("S", "P", "G", "F")
    assert (report["start"], report["uut"]) == ("2024-12-11T10:19:25+00:00", {"user": "O", "execTime": 60.0})
    inner, outer = report["root"]["steps"]
    assert (inner["name"], inner["totTime"], measured(inner["steps"][0])["value"]) == ("inner", 1.0, 5.0)
    assert measured(outer)["value"] == 1.0


def test_outermost_runs_are_reports_with_their_own_times():
    first, second = converted(sigmaquest, unit(run(), run(grade="ABORTED", start="2024-12-12T00:00:00+00:00")))
    assert (first["start"][:10], second["start"][:10], second["result"]) == ("2024-12-10", "2024-12-12", "T")


@pytest.mark.parametrize("runs", [1, 2])
def test_times_are_read_without_the_blanks_around_them(runs):
    blank = f"{' ' * 9}2024-12-10T15:34:53+00:00\n"
    content = unit(*[run(run(value("1"), start=blank, end=""), start=blank, end="")] * runs)
    reports = converted(sigmaquest, content.replace('start-time="2024-12-11', 'start-time="   2024-12-11'))
    assert {report["start"][:10] for report in reports} == {"2024-12-11" if runs == 1 else "2024-12-10"}


def test_a_start_that_is_no_time_is_refused_though_there_is_no_end():
    assert "the time is 'noon'" in refusal(sigmaquest, unit(run(start="noon", end=""), run()))


@pytest.mark.parametrize(
    ("low", "high", "text", "operator", "status"),
    [
        ("0", "0", "50.0", "LOG", "P"),
        ("0", "-2.4", "-3.4", "LE", "P"),
        ("2.19e+11", "0", "5e13", "GE", "P"),
        ("0.0", "1.0", "0.5", "GELE", "P"),
        ("-1.0", "1.0", "2.0", "GELE", "F"),
    ],
)
def test_a_limit_of_0_is_none(low, high, text, operator, status):
    (report,) = converted(sigmaquest, unit(run(value(text, low, high))))
    (step,) = report["root"]["steps"]
    assert (measured(step)["compOp"], measured(step)["status"]) == (operator, status)


def test_what_is_pending_is_skipped_or_done():
    (report,) = converted(sigmaquest, unit(run(run(grade="PENDING") + run(value("null"), grade="PENDING"))))
    skipped, done = report["root"]["steps"]
    assert (skipped["status"], done["status"], done["steps"][0]["status"]) == ("S", "D", "S")


def test_other_values_are_kept():
    content = '<Property><ValueString name="s">x</ValueString><ValueAttachment name="a" fqn="//f"/></Property>'
    (report,) = converted(sigmaquest, unit(run(content)))
    text, file = report["root"]["steps"]
    assert (measured(text)["value"], "fqn: //f" in file["reportText"]) == ("x", True)


def test_the_facts_of_the_real_unit(shared):
    (path,) = (shared / "corpus" / "sigmaquest-xml").iterdir()
    (report,) = converted(sigmaquest, path.read_bytes())
    runs, values, waiting = [report["root"]], 0, [report["root"]]
    while waiting:
        below = waiting.pop().get("steps", [])
        waiting += below
        runs += [step for step in below if "seqCall" in step]
        values += sum("numericMeas" in step or step["name"] == "x" for step in below)
    letters = [step["status"] for step in runs]
    assert (len(runs), letters.count("P"), letters.count("F")) == (55, 47, 3)
    assert report["start"] == "2024-12-11T10:19:25+00:00"
    assert values >= 170


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (unit(), "line 1, UnitReport: the unit has no TestRun"),
        (unit(run(grade="ODD")), "line 1, TestRun r: the grade is 'ODD'"),
        (unit(run(value("x"))), "line 1, ValueDouble: v is 'x', not a number"),
        (unit(run(run(end="then"))), "line 1: the time is 'then'"),
        (unit(run(run(end="2024-12-10T15:34:54"))), "must both have an offset"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content, words):
    assert words in refusal(sigmaquest, content)


def test_runs_are_read_and_freed_as_they_come(monkeypatch):
    monkeypatch.setattr(safe_xml, "MOST_BYTES", 100_000)  # of one run, and not of the file
    long = unit(*(run(value("1.5") * 20, name=f"r{number}") for number in range(200)))
    file = io.BytesIO(long.encode())
    made = sigmaquest.convert(Source(file, Path("unit.xml")), sigmaquest.Options(), Context())
    assert (next(made).wire["root"]["name"], file.tell() < len(long) / 2) == ("r0", True)
    assert sum(1 for _ in made) == 199
    assert "too large" in refusal(sigmaquest, unit(run(value("1.5") * 3000)))


def test_what_a_run_says_of_itself_goes_before_what_the_unit_says():
    own = '<Operator name="Bo"/><Station name="ST7" guid="g7"/>'
    first, second = converted(sigmaquest, unit(run(own), run()))
    assert [(each["machineName"], each["uut"]["user"]) for each in (first, second)] == [("ST7", "Bo"), ("G", "O")]
    assert {info["description"]: info["text"] for info in first["miscInfos"]} == {
        "Category name": "C",
        "Station guid": "g7",
    }


def test_what_has_no_field_is_text():
    content = (
        '<Result kind="k"><ValueDouble name="v" lsl="1.0" usl="2.0" unit="µA" target="1.5">1.6</ValueDouble></Result>'
        '<Property name="p">free</Property><Note lang="en">odd <b>bold</b></Note>'
    )
    text = unit(run(run(content, name="inner"))).replace("</UnitReport>", "<Comment>late</Comment></UnitReport>")
    (report,) = converted(sigmaquest, text.replace('name="r"', 'name="r" slot="3"'))
    assert report["root"]["reportText"] == "slot: 3\nComment: late"
    (inner,) = report["root"]["steps"]
    notes = ["Result kind: k", "Property name: p", "Property: free", "Note: odd", "Note lang: en", "Note b: bold"]
    assert inner["reportText"].splitlines() == notes
    assert (measured(inner["steps"][0])["unit"], inner["steps"][0]["reportText"]) == ("µA", "target: 1.5")


def test_a_note_behind_a_run_is_of_its_report():
    note = "<Comment>{}</Comment>"
    text = unit(note.format("all"), run(), note.format("first"), run(), note.format("second"))
    assert [report["root"]["reportText"].split("\n") for report in converted(sigmaquest, text)] == [
        ["Comment: all", "Comment: first"],
        ["Comment: all", "Comment: second"],
    ]


def test_a_product_behind_its_run_is_refused():
    text = unit(run()).replace("</UnitReport>", '<Product serial-no="S9"/></UnitReport>')
    assert "Product stands behind a TestRun" in refusal(sigmaquest, text)
