"""Logs of XJTAG: runs in an archive, or one as XML."""

import io
import zipfile

import pytest
from converting import children, converted, refusal

from pywats.ingest.converters import xjtag

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
