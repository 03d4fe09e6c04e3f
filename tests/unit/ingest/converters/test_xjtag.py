"""Logs of XJTAG: runs in an archive, or one as XML."""

import io
import warnings
import zipfile

import pytest
from converting import children, converted, refusal

from pywats.ingest.converters import xjtag
from pywats.reports.formats import safe_xml

FUNCTION = (
    '<testfunction name="f"><text-output>said</text-output>'
    '<result value="{0}"/><time-taken>500</time-taken></testfunction>'
)
INFO = (
    "<testruninfo><project-description>Demo</project-description><user>U</user><serial>{serial}</serial>"
    "<result>{result}</result><time-taken>47960</time-taken><xjtag-version>3.10</xjtag-version></testruninfo>"
)


def run(*results, serial="S1", result="Passed", info=INFO):
    functions = "".join(FUNCTION.format(each) for each in results)
    group = f'<testgroup name="g">{functions}</testgroup>' if functions else ""
    return (
        f'<testrun datetime="2018-08-10T12:25:32.9968057Z">{group}{info.format(serial=serial, result=result)}</testrun>'
    )


def archive(**runs):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in runs.items():
            packed.writestr(name.replace("_", " ") + ".xml", content)
    return file.getvalue()


def test_a_run():
    (report,) = converted(xjtag, run("Passed", "Skipped"))
    assert (report["sn"], report["start"], report["uut"]) == (
        "S1",
        "2018-08-10T12:25:32.9968057Z",
        {"user": "U", "execTime": 47.96},
    )
    passed, skipped = children(report["root"], "g")
    assert (passed["status"], passed["totTime"], passed["reportText"]) == ("P", 0.5, "said")
    assert skipped["status"] == "S"
    assert "pn" not in report
    assert converted(xjtag, run(), part_number="project")[0]["pn"] == "Demo"


@pytest.mark.parametrize(
    ("word", "letter"), [("Passed", "P"), ("Failed", "F"), ("Error", "E"), ("Aborted", "T"), ("Skipped", "S")]
)
def test_a_group_has_the_gravest_status(word, letter):
    (report,) = converted(xjtag, run("Skipped", word))
    (group,) = report["root"]["steps"]
    assert group["status"] == letter


def test_a_serial_number_may_be_set_in_the_output():
    output = "<testgroup name='g'><text-output>Serial number set to 77 by XJRunner\n</text-output></testgroup>"
    (report,) = converted(xjtag, run(serial="").replace("<testruninfo>", f"{output}<testruninfo>"))
    assert report["sn"] == "77"


def test_the_runs_of_an_archive_are_in_order():
    runs = {f"Run_{number}": run(serial=f"S{number}") for number in (10, 2, 1)}
    assert [report["sn"] for report in converted(xjtag, archive(**runs))] == ["S1", "S2", "S10"]


def test_results_of_the_real_archive(shared):
    path = shared / "corpus" / "xjtag" / "Demonstration hardware--28_10_2019.xjlog"
    assert "".join(report["result"] for report in converted(xjtag, path.read_bytes())) == "FPFFFP"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (run(info=""), "line 1: the run has no result"),
        (run("Maybe"), "line 1: the result is 'Maybe', not one of passed"),
        (run("Passed").replace('<result value="Passed"/>', ""), "testfunction f has no result"),
        ("<testrun datetime=", "not well-formed XML"),
        (archive(Info="<a/>"), "there is no run in the archive"),
        (archive(Run_1=run(), Run_2="<testrun>"), "Run 2.xml, line 1"),
        (archive(Run_1=run())[:-30], "it is compressed, and damaged"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content, words):
    assert words in refusal(xjtag, content)


def packed(entries, **given):
    """Return an archive of entries that may have any name, several times too."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive_of_all, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in entries:
            archive_of_all.writestr(zipfile.ZipInfo(name), content, **given)
    return file.getvalue()


def test_only_runs_are_read_of_an_archive_whatever_else_is_in_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    others = (
        "../Run 1.xml",
        "/Run 1.xml",
        "C:\\Run 1.xml",
        "a/../Run 2.xml",
        "Run 1.xml/",
        "Run x.xml",
        "Run \u0661.xml",
    )
    entries = [(name, run(serial="bad")) for name in others]
    reports = converted(xjtag, packed([*entries, ("Run 1.xml", run()), ("Run 1.xml", run(serial="S2"))]))
    assert ([report["sn"] for report in reports], list(tmp_path.iterdir())) == (["S1", "S2"], [])


def test_an_archive_that_inflates_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(safe_xml, "MOST_BYTES", 3_000_000)
    for bomb in (b"<testrun>" + b" " * 20_000_000, b" " * 20_000_000, run().encode() + b"\n" * 20_000_000):
        content = packed([("Run 1.xml", bomb)], compress_type=zipfile.ZIP_DEFLATED)
        assert len(content) < 30_000
        words = refusal(xjtag, content)
        assert words.startswith("Run 1.xml")
        assert words.endswith("one report is too large to be read")


def test_a_directory_of_too_many_entries_is_not_held():
    many = packed((f"{number:060}", "") for number in range(45_000))
    assert "the directory of the archive has more than 4194304 bytes" in refusal(xjtag, many)
    assert (
        len(converted(xjtag, packed([*((f"{number:060}", "") for number in range(2000)), ("Run 1.xml", run())]))) == 1
    )


def test_an_encrypted_archive_is_refused():
    content = bytearray(packed([("Run 1.xml", run())]))
    directory = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[directory + 8] |= 1
    words = refusal(xjtag, bytes(content))
    assert words.startswith("Run 1.xml: it is compressed, and damaged, encrypted")
    assert "password" in words


def test_the_archive_says_how_many_runs_it_has_and_where_the_project_is():
    info = "<LogFileInfo><TestRunCount>{}</TestRunCount><ProjectPath>D:\\p\\demo.xjp</ProjectPath></LogFileInfo>"
    (report,) = converted(xjtag, packed([("Info.xml", info.format(1)), ("Run 1.xml", run())]))
    assert report["root"]["seqCall"] == {"path": "D:\\p\\demo.xjp", "name": "Demo"}
    words = refusal(xjtag, packed([("Info.xml", info.format(2)), ("Run 1.xml", run())]))
    assert "Info.xml: there are 1 runs in the archive, and 2 are expected" in words


SHOWN = """<testrun datetime="2018-08-10T12:25:32Z"><testgroup name="A &amp; B"><testfunction name="f &lt; g">
<html-output inline="False">&lt;a name=x id=x>&lt;/a></html-output>
<text-output>Testing </text-output><html-output inline="True">&lt;a href="c:IC5">IC5&lt;/a></html-output>
<text-output>...
done</text-output>
<html-output inline="False">&lt;h2>Error on net &lt;a href="#">IO0&lt;/a>: Stuck at 0.&lt;/h2>
&lt;p>3 &amp;amp; errors&lt;br />&lt;/p></html-output>
<circuit-refs><device-ref board="X" device="IC5"/><device-ref board="X" device="IC5"/></circuit-refs>
<result value="Failed"/></testfunction></testgroup>
<summary><html-output>&lt;table>&lt;tr>&lt;td class="firstcoltest">
&lt;a>&lt;img class="ct_imgtoggle" />A &amp;amp; B&lt;/a>&lt;/td>
&lt;td class="summarycol">3 errors&lt;/td>&lt;td class="testtime">8.025&lt;/td>&lt;/tr>
&lt;th class="totaltime">14.806&lt;/th>&lt;/table></html-output></summary>
<header>Serial number set to 7 by XJRunner</header><testruninfo><result>Failed</result><note>n</note></testruninfo>
<snippets><snippet key="s"><snippet-html>&lt;tr>&lt;td class="firstcolfunc">f &amp;lt; g&lt;/td>
&lt;td class="testtime">7.5&lt;/td>&lt;/tr></snippet-html></snippet></snippets></testrun>"""


def test_what_a_log_only_shows_is_read_too():
    (report,) = converted(xjtag, SHOWN)
    (group,) = report["root"]["steps"]
    (function,) = group["steps"]
    assert (report["sn"], report["uut"]["execTime"], report["root"]["reportText"]) == (
        "7",
        14.806,
        "Serial number set to 7 by XJRunner",
    )
    assert [(info["description"], info["text"]) for info in report["miscInfos"]] == [("note", "n")]
    assert (group["totTime"], group["reportText"], function["totTime"]) == (8.025, "3 errors", 7.5)
    assert function["reportText"].splitlines() == [
        "Testing IC5 ...",
        "done",
        "Error on net IO0: Stuck at 0.",
        "3 & errors",
        "refers to X IC5",
    ]
    (other,) = converted(xjtag, SHOWN.replace("A &amp;amp; B", "C").replace("f &amp;lt; g", "h"))
    assert "totTime" not in other["root"]["steps"][0]


def test_a_skipped_run_is_terminated():
    assert converted(xjtag, run(result="Skipped"))[0]["result"] == "T"
