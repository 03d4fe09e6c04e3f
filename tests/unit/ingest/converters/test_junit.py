"""Suites of JUnit XML become reports of units."""

import pytest
from converting import children, converted, measured, refusal

from pywats.ingest.converters import junit


def suite(content="", **attributes):
    named = " ".join(f'{key}="{value}"' for key, value in {"name": "s", **attributes}.items())
    return f"<testsuite {named}>{content}</testsuite>"


def of_unit(serial, content="", **attributes):
    return suite(f'<properties><property name="serial_number" value="{serial}"/></properties>{content}', **attributes)


def step_of(case, **options):
    (report,) = converted(junit, suite(case), **options)
    (step,) = children(report["root"], "s")
    return step, report


@pytest.mark.parametrize(
    ("inside", "status", "message"),
    [
        ("", "P", None),
        ('<failure message="no">why</failure>', "F", "no"),
        ('<error type="T">why</error>', "E", "T"),
        ('<skipped message="later"/>', "S", "later"),
        ('<skipped/><failure message="no"/>', "F", None),
        ("<rerunFailure>flaky</rerunFailure>", "P", None),
    ],
)
def test_the_status_of_a_case(inside, status, message):
    step, report = step_of(f'<testcase name="c" classname="k" time="1,234.5">{inside}</testcase>')
    assert step["status"] == status
    assert step["totTime"] == 1234.5
    assert report["result"] == report["root"]["status"] == ("P" if status == "S" else status)
    assert message is None or step["errorMessage"] == message
    assert ("why" in step["reportText"]) == ("why" in inside)
    assert "class k" in step["reportText"]


def test_a_case_that_was_not_run_is_skipped():
    step, _ = step_of('<testcase name="c" status="notrun"/>')
    assert measured(step) == {"status": "S"}


def test_output_is_kept_unless_it_is_not_wanted():
    case = '<testcase name="c"><system-out>said</system-out></testcase>'
    assert "said" in step_of(case)[0]["reportText"]
    assert "reportText" not in step_of(case, output=False)[0]


def test_suites_of_one_unit_are_one_report():
    first = of_unit("1", suite('<testcase name="c"/>', name="in"), timestamp="2026-01-31T12:00:00", hostname="H")
    content = f"<testsuites>{first}{suite(name='t', time='2')}{of_unit('2', suite('<error/>', name='u'))}</testsuites>"
    one, two = converted(junit, content)
    assert (one["sn"], one["start"], one["machineName"], one["uut"]) == (
        "1",
        "2026-01-31T12:00:00",
        "H",
        {"execTime": 2},
    )
    assert [step["name"] for step in one["root"]["steps"]] == ["s", "t"]
    assert (two["sn"], two["result"], "start" in two) == ("2", "E", False)


def test_the_name_of_the_file_may_tell_the_unit():
    options = {"file_name": r"(?P<part_number>\w+)-(?P<serial_number>\w+)\.xml"}
    (report,) = converted(junit, suite(), path="P7-S1.xml", **options)
    assert (report["pn"], report["sn"]) == ("P7", "S1")
    with pytest.raises(ValueError, match="regular expression"):
        junit.Options(file_name="(")


def test_other_properties_are_misc_infos():
    (report,) = converted(junit, suite('<properties><property name="a">b</property></properties>'))
    assert [(info["description"], info["text"]) for info in report["miscInfos"]] == [("a", "b")]


def test_files_without_a_start_are_read(shared):
    for name, cases, result in (("testsuite-in-testsuite", 5, "P"), ("with-xml-entities", 4, "E")):
        (report,) = converted(junit, (shared / "corpus" / "junit-xml" / f"{name}.xml").read_bytes())
        waiting, found = [report["root"]], []
        while waiting:
            step = waiting.pop()
            waiting += step.get("steps", [])
            found += [] if "seqCall" in step else [step]
        assert (len(found), report["result"]) == (cases, result)


def test_a_file_that_is_cut_gives_a_reason(shared):
    reason = refusal(junit, (shared / "corpus" / "junit-xml" / "corrupt-xml.xml").read_bytes())
    assert "line " in reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<other/>", "no JUnit XML"),
        ("<testsuites/>", "there is no testcase or testsuite in it"),
        (suite("\n<testcase/>"), "line 2: testcase has no name"),
        (suite(time="x"), "line 1, testsuite: time is 'x', not a number"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><testsuite name="&b;"/>', "document type"),
        (suite('<properties><property name="process" value="x"/></properties>'), "the code of a process"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content, words):
    assert words in refusal(junit, content)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1,234", 1234.0),
        ("1,234,567.5", 1234567.5),
        ("0,123", 0.123),
        ("12,5", 12.5),
        ("0.0000", 0.0),
        ("NaN", None),
        ("-0.001", None),
    ],
)
def test_times_have_the_comma_of_thousands_or_of_the_language(said, seconds):
    assert step_of(f'<testcase name="c" time="{said}"/>')[0].get("totTime") == seconds


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ('status="failed"', "F"),
        ('status="fail"', "F"),
        ('result="error"', "E"),
        ('status="run" result="completed"', "P"),
        ('status="run" result="skipped"', "S"),
        ('status="passed"', "P"),
    ],
)
def test_a_case_may_say_in_an_attribute_how_it_ended(attributes, status):
    step, report = step_of(f'<testcase name="c" {attributes}/>')
    assert (step["status"], report["result"]) == (status, "P" if status == "S" else status)


def test_a_case_that_did_not_pass_by_an_element_says_more_than_its_attribute():
    assert step_of('<testcase name="c" status="failed"><skipped/></testcase>')[0]["status"] == "S"


def test_what_a_framework_adds_is_kept():
    case = '<testcase name="c" file="t.py" line="12" assertions="3" timestamp="2024-01-01T10:00:00.5"/>'
    step, _ = step_of(case)
    assert step["reportText"] == "file: t.py\nline: 12\nassertions: 3"
    assert step["start"] == "2024-01-01T10:00:00.5"
    failed = '<failure message="no" type="AssertionError">why</failure>'
    assert "AssertionError" in step_of(f'<testcase name="c">{failed}</testcase>')[0]["reportText"]


def test_a_time_that_is_none_stands_in_the_text():
    assert step_of('<testcase name="c" timestamp="Monday"/>')[0]["reportText"] == "timestamp: Monday"


def test_a_suite_keeps_what_it_wrote_and_what_suites_in_it_say():
    inner = suite(
        '<properties><property name="port" value="COM3"/></properties>', name="in", package="p", hostname="H2"
    )
    content = suite(f"{inner}<system-err>hot</system-err>", timestamp="2024-01-01T10:00:00")
    (report,) = converted(junit, content)
    (outer,) = children(report["root"])
    assert (outer["reportText"], outer["start"]) == ("system-err:\nhot", "2024-01-01T10:00:00")
    assert outer["steps"][0]["reportText"] == "package: p\nport: COM3\nhostname: H2"
    (report,) = converted(junit, content, output=False)
    assert "reportText" not in children(report["root"])[0]


def test_properties_of_all_suites_hold_for_each():
    properties = '<properties><property name="part_number" value="P"/><property name="rig" value="7"/></properties>'
    content = f"<testsuites>{properties}{of_unit('1')}{of_unit('2')}</testsuites>"
    found = converted(junit, content)
    assert [(each["sn"], each["pn"], each["miscInfos"][0]["text"]) for each in found] == [
        ("1", "P", "7"),
        ("2", "P", "7"),
    ]


@pytest.mark.parametrize(
    ("counts", "result"),
    [({"failures": "1"}, "F"), ({"failures": "1", "errors": "2"}, "E"), ({"failures": "0", "errors": "x"}, "P")],
)
def test_failures_that_no_case_tells_of_are_no_pass(counts, result):
    (report,) = converted(junit, suite('<testcase name="c"/>', **counts))
    assert report["result"] == result


def test_a_case_without_a_name_is_called_like_its_class():
    assert step_of('<testcase name="" classname="k"/>')[0]["name"] == "k"
