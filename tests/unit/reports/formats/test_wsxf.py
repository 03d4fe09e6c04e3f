"""WSXF: what is kept, what is refused, several reports in a file."""

import tracemalloc
from io import BytesIO

import pytest

from pywats.errors import FormatError
from pywats.reports.formats import wsxf
from pywats.reports.models import UURReport, UUTReport, read_report

NAMESPACE = 'xmlns="http://wats.virinco.com/schemas/WATS/Report/wsxf"'
HEADER = 'type="UUT" ID="33A2D408-3FC8-480B-B554-6866C77FD91C" PN="P" SN="S" Rev="" Result="Passed"'


def document(content, header=HEADER):
    return f"<Reports {NAMESPACE}><Report {header}>{content}</Report></Reports>".encode()


def read(content, header=HEADER):
    (report,) = wsxf.read(document(content, header))
    return report


def written(report):
    target = BytesIO()
    wsxf.write(report, target)
    return target.getvalue()


UNKNOWN = [
    '<Step Name="x" Status="Passed" module_time="0.5" Colour="red"/>',
    '<Step Name="x" Status="Unknown"><PropertyLoader Read="3" Applied="2"/></Step>',
    '<ReportInfo key="k">v</ReportInfo>',
    '<SPCData a="1"><b>text</b> and a tail</SPCData>',
    '<other:thing xmlns:other="urn:x" other:a="1"/>',
    '<UUT UserLoginName="a" ParameterBaseVersion="7"/>',
    '<UUT UserLoginName="a"/><UUT UserLoginName="second"/>',
    '<AdditionalData Name="Station info"><Anything><at>all</at></Anything></AdditionalData>',
    '<PartInfo PN="old" SN="1"/>',
    '<Step Name="x"><NumericLimit NumericValue="NaN" LowLimit="1.50" CompOperator="LOG" MeasOrderNumber="4"/></Step>',
    '<Step Name="x"><Chart idx="1" ChartType="Line"><Legend/></Chart></Step>',
    '<Step Name="a"/><Step Name="second root"/>',
    '<Process Code="10" Colour="red"/>',
    '<Process Colour="red"/>',
]


@pytest.mark.parametrize("content", UNKNOWN)
def test_what_has_no_place_in_a_report_is_written_again(content):
    first = written(read(content))
    assert written(next(iter(wsxf.read(first)))) == first
    for word in content.replace('"', " ").replace("<", " ").replace(">", " ").replace("/", " ").split():
        assert word in first.decode(), word


def test_it_does_not_get_into_the_json():
    report = read(UNKNOWN[0])
    assert b"Colour" not in report.to_json()
    assert read_report(report.to_json()) == report


def test_a_value_that_changed_is_not_written_as_it_stood():
    report = read('<UUT ExecutionTime="2.50"/>')
    assert b'"2.50"' in written(report)
    report.info.exec_time = 3.5
    assert b'"3.5"' in written(report)
    assert b"2.50" not in written(report)


def test_what_xml_has_no_place_for_is_told():
    report = read_report(b'{"pn":"P","sn":"S","id":"i","new":1,"root":{"name":"M","steps":[{"name":"x","odd":2}]}}')
    assert wsxf.write([], BytesIO()) == []
    report.wire["id"] = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
    assert wsxf.write(report, BytesIO()) == [f"{report.id}: M / x: odd", f"{report.id}: report: new"]


def test_empty_texts_of_the_builder_are_texts_and_those_of_a_server_are_none():
    report = UUTReport(pn="P", sn="S", rev="")
    report.root.numeric("x", 1.0, "")
    assert next(iter(wsxf.read(written(report)))).root.steps[0].unit == ""
    assert read('<Step Name="m"><NumericLimit NumericValue="1" Units=""/></Step>').root.wire["numericMeas"] == [
        {"value": 1}
    ]


@pytest.mark.parametrize(
    ("content", "position", "words"),
    [
        ('\n<Step Name="x" Id="one"/>', "line 2, Step", "Id is 'one'; a whole number is needed"),
        ('<Step><NumericLimit NumericValue="1,5"/></Step>', "line 1, NumericLimit", "NumericValue is '1,5'"),
        ('<Step StepCausedUUTFailure="yes"/>', "line 1, Step", "true or false"),
        ('<Failures PartIdx="3" Category="a" Code="b"/>', "line 1, Failures", "PartIdx is '3'"),
        ('<Binary FailIdx="3"/>', "line 1, Binary", "FailIdx is '3'"),
        ("<Step>", "line 1, column", "not well-formed"),
    ],
)
def test_an_error_names_line_and_element(content, position, words):
    with pytest.raises(FormatError, match=words) as caught:
        read(content)
    assert caught.value.position.startswith(position)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not well-formed"),
        (b"<Reports/>", "no WSXF"),
        (b"\x00\x01", "not well-formed"),
        (b'{"type":"T"}', "not well-formed"),
        (document("", 'type="UUT" SN="S"'), "no PN"),
        (document("<Step/>", 'PN="P"'), "no SN"),
    ],
)
def test_what_is_no_such_document_is_refused(content, words):
    with pytest.raises(FormatError, match=words):
        list(wsxf.read(content))


@pytest.mark.parametrize("length", [400, 500, 5_000, 100_000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_root_is_judged_wherever_it_begins(length, encoding):
    def read(declared, root):
        text = f"{declared}<!--{'x' * length}--><{root} {NAMESPACE} a='{'y' * length}'><Report {HEADER}/></{root}>"
        return [report.wire["sn"] for report in wsxf.read(text.encode(encoding))]

    assert read("", "Reports") == ["S"]
    with pytest.raises(FormatError, match="and no WSXF"):
        read("", "Other")
    with pytest.raises(FormatError, match="it declares a document type"):
        read("<!DOCTYPE Reports>", "Reports")


def test_the_file_is_named(tmp_path):
    path = tmp_path / "x.xml"
    path.write_bytes(b"<Reports")
    with pytest.raises(FormatError, match=r"x\.xml: line 1") as caught:
        list(wsxf.read(path))
    assert caught.value.file == str(path)


def test_a_missing_type_follows_from_the_content():
    assert isinstance(read("<UUR/>", 'PN="P" SN="S"'), UURReport)
    assert isinstance(read("", 'PN="P" SN="S"'), UUTReport)


def test_a_prefix_does_not_matter():
    content = document("").decode().replace("<", "<w:").replace("<w:/", "</w:").replace("xmlns=", "xmlns:w=")
    assert [report.pn for report in wsxf.read(content.encode())] == ["P"]


def test_one_file_holds_any_number_of_reports_in_little_memory():
    one = read('<Step Name="Main"><SequenceCall/>' + '<Step Name="x" Status="Passed"/>' * 50 + "</Step>")
    target = BytesIO()
    wsxf.write((one for _ in range(400)), target)
    content = target.getvalue()
    tracemalloc.start()
    assert sum(1 for _ in wsxf.read(BytesIO(content))) == 400
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000 < len(content)


def test_what_was_read_before_a_fault_is_there():
    reports = wsxf.read(document("").replace(b"</Reports>", b"<Report></Reports>"))
    assert next(reports).pn == "P"
    with pytest.raises(FormatError):
        next(reports)
