"""Whatever the builder makes goes through both formats and back, and the server takes it."""

from io import BytesIO

import pytest
from built_reports import uur_reports, uut_reports
from hypothesis import HealthCheck, given, settings

from pywats.errors import FormatError
from pywats.reports.formats import wsjf, wsxf
from pywats.reports.models import UUTReport


def through(form, report):
    target = BytesIO()
    form.write(report, target)
    (again,) = form.read(target.getvalue())
    return again, target.getvalue()


@pytest.mark.parametrize("form", [wsjf, wsxf])
@given(report=uut_reports() | uur_reports())
@settings(max_examples=40)
def test_a_built_report_comes_back_unchanged(form, report):
    again, _ = through(form, report)
    assert again.wire == report.wire
    assert type(again) is type(report)


@pytest.mark.parametrize("form", [wsjf, wsxf])
def test_what_was_read_is_written_again_after_a_change(form):
    report = UUTReport(pn="P", sn="S", rev="")
    report.root.numeric("3V3", 3.3, "V", low=3, high=3.5)
    again, _ = through(form, report)
    again.root.numeric("5V", 5, "V")
    again.root.steps[0].report_text = "warm"
    third, _ = through(form, again)
    assert third == again
    assert third.root.steps[0].report_text == "warm"


@pytest.mark.parametrize("form", [wsjf, wsxf])
def test_what_is_nested_too_deeply_for_a_reader_is_not_written(form):
    report = UUTReport(pn="P", sn="S", rev="A")
    sequence = report.root
    for number in range(300):
        sequence = sequence.sequence(f"level {number}")
    with pytest.raises(FormatError):
        form.write(report, BytesIO())
    values = UUTReport(pn="P", sn="S", rev="A")
    value: dict[str, object] = {"a": "b"}
    for _ in range(300):
        value = {"a": value}
    values.add_additional_data("deep", value)
    with pytest.raises(FormatError):
        form.write(values, BytesIO())


@pytest.mark.parametrize("text", ["\x00", "\x1b[31m", "\ufffe"])
def test_xml_cannot_hold_control_characters(text):
    report = UUTReport(pn="P", sn="S", rev="A")
    report.root.sequence("Power").action("Boot", report_text=text)
    with pytest.raises(FormatError, match="XML") as caught:
        wsxf.write(report, BytesIO())
    assert caught.value.position == "Main / Power / Boot"


def test_json_cannot_hold_half_a_character():
    report = UUTReport(pn="P", sn="\ud800", rev="A")
    with pytest.raises(FormatError, match="JSON"):
        wsjf.write(report, BytesIO())


def test_nothing_is_at_the_path_when_writing_fails(tmp_path):
    good, bad = UUTReport(pn="P", sn="S"), UUTReport(pn="P", sn="\0")
    for form, path in ((wsxf, tmp_path / "a.xml"), (wsjf, tmp_path / "a.json")):
        path.write_bytes(b"before")
        bad.sn = "\0" if form is wsxf else "\ud800"
        with pytest.raises(FormatError):
            form.write([good, bad], path)
        assert path.read_bytes() == b"before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.json", "a.xml"]


@given(report=uut_reports() | uur_reports())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_server_takes_both_formats(wats_api, report):
    json, xml = (through(form, report)[1] for form in (wsjf, wsxf))
    assert str(wats_api.report.submit_report_json(json).id) == str(report.id)
    assert wats_api.report.submit_report_xml(xml) == str(report.id)
    (again,) = wsxf.read(wats_api.report.get_report_xml(report.id))
    assert (again.pn, again.sn, again.process_code) == (report.pn, report.sn, report.process_code)
