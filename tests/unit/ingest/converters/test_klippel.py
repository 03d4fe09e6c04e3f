"""A unit of Klippel QC is a file of variables and a folder of curves and values."""

import time
from functools import partial

import converting
import pytest
from converting import children, measured

from pywats.ingest.converters import ConversionError, NotReadyError, klippel
from pywats.ingest.converters.klippel import set as klippel_set

converted = partial(converting.converted, settle=0)
refusal = partial(converting.refusal, settle=0)

VARIABLES = """//a comment
Cfg_DatabasePath=D:\\data\\speaker.kdbx
Cfg_DutStartTime={date}
Cfg_SerialNumber=S1
Cfg_UserName=win:u
Ctrl_OverallVerdict={verdict}
Ctrl_ErrorGeneral={error}
Results_Pass=imp\tlevel
Results_Fail=re
Results_Warning=thd
Results_Void=v
Results_Noise=
Results_Invalid=

"""
DATE = "2020-5-20-135-5-14-10-1-37-563-120-1.589E+09"


def variables(date=DATE, verdict=0, error=""):
    return VARIABLES.format(date=date, verdict=verdict, error=error)


@pytest.fixture
def unit(tmp_path):
    folder = tmp_path / "DUT S1 UTC+0200"
    folder.mkdir()
    (folder / "Impedance-imp.txt").write_text("frq\timp\tmax\n10.0\t1.5\t2\n20.0\t-\t2\n")
    (folder / "Impedance-values.txt").write_text("name\tvalue\tmax\tmin\nre\t9\t3.5\t2.5\nqts\t-\t\t\n")
    (folder / "Sound-values.txt").write_text("name\tvalue\tmax\tmin\nlevel\t95.2\t97\t91\n")
    return tmp_path / "DUT S1 UTC+0200.txt"


def test_a_unit_is_one_report(unit):
    (report,) = converted(klippel, variables(error="broken"), path=unit)
    assert (report["sn"], report["start"], report["result"]) == ("S1", "2020-05-14T10:01:37.563000+02:00", "F")
    assert report["uut"] == {"user": "win:u", "errorMessage": "broken"}
    assert report["root"]["name"] == "speaker"
    curve, resistance, quality = children(report["root"], "Impedance")
    assert [series["xdata"] for series in curve["chart"]["series"]] == ["10.0", "10.0;20.0"]
    assert (measured(resistance)["value"], resistance["status"], quality["status"]) == (9.0, "F", "S")
    (level,) = children(report["root"], "Sound")
    assert (measured(level)["lowLimit"], measured(level)["highLimit"]) == (91.0, 97.0)
    others = {step["name"]: step["status"] for step in report["root"]["steps"]}
    assert others == {"Impedance": "F", "Sound": "P", "thd": "P", "v": "S"}


@pytest.mark.parametrize(("verdict", "letter"), [(-1, "T"), (0, "F"), (1, "P"), (2, "P"), (3, "E"), (4, "E")])
def test_verdicts(unit, verdict, letter):
    (report,) = converted(klippel, variables(verdict=verdict), path=unit)
    assert report["result"] == letter


def test_a_unit_without_its_folder_waits(tmp_path):
    with pytest.raises(NotReadyError, match="curves and values"):
        converted(klippel, variables(), path=tmp_path / "DUT S1.txt")


def test_an_empty_file_and_a_link_wait(unit):
    folder = unit.with_suffix("")
    (folder / "Sound-resp.txt").write_text("")
    with pytest.raises(NotReadyError, match="empty"):
        converted(klippel, variables(), path=unit)
    (folder / "Sound-resp.txt").unlink()
    (folder / "Sound-resp.txt").symlink_to(folder / "Impedance-imp.txt")
    with pytest.raises(NotReadyError):
        converted(klippel, variables(), path=unit)


def test_a_folder_that_is_written_to_is_waited_for(unit, monkeypatch):
    with pytest.raises(NotReadyError, match="a moment ago"):
        converted(klippel, variables(), path=unit, settle=60)
    values = unit.with_suffix("") / "Sound-values.txt"
    whole = values.read_text()
    for part in ("", whole[:-1], whole[:-3]):
        values.write_text(part)
        with pytest.raises(NotReadyError, match=r"Sound-values\.txt"):
            converted(klippel, variables(), path=unit)
    values.write_text(whole)
    read = klippel_set.FileSet.rows

    def rows(self, file, stamp, context):
        (file.parent / "Late-resp.txt").write_text("frq\tresp\n1\t2\n")
        return read(self, file, stamp, context)

    monkeypatch.setattr(klippel_set.FileSet, "rows", rows)
    with pytest.raises(NotReadyError, match="changed while it was read"):
        converted(klippel, variables(), path=unit)


def test_a_set_that_never_becomes_complete_is_refused(unit, monkeypatch):
    unit.write_text(variables())
    folder = unit.with_suffix("")
    now = time.time()
    (folder / "Sound-values.txt").write_text("")
    with pytest.raises(NotReadyError):
        converted(klippel, variables(), path=unit)
    monkeypatch.setattr(klippel_set.time, "time", lambda: now + 3605)
    words = refusal(klippel, variables(), path=unit)
    assert "DUT S1 UTC+0200.txt: Sound-values.txt is empty, and nothing has come for 360" in words
    for file in folder.iterdir():
        file.unlink()
    assert "there is no file in the folder DUT S1 UTC+0200" in refusal(klippel, variables(), path=unit)
    folder.rmdir()
    assert "the folder DUT S1 UTC+0200 with its curves and values is not there" in refusal(
        klippel, variables(), path=unit
    )
    with pytest.raises(NotReadyError):
        converted(klippel, variables(), path=unit, patience=7200)


def test_units_whose_files_come_in_turns_are_kept_apart(unit):
    other = unit.with_name("DUT S2.txt")
    with pytest.raises(NotReadyError):
        converted(klippel, variables(), path=other)
    (first,) = converted(klippel, variables(), path=unit)
    other.with_suffix("").mkdir()
    with pytest.raises(NotReadyError):
        converted(klippel, variables(), path=other)
    (other.with_suffix("") / "Sound-values.txt").write_text("name\tvalue\tmax\tmin\nlevel\t1\t2\t0\n")
    (second,) = converted(klippel, variables().replace("=S1", "=S2"), path=other)
    assert [(each["sn"], len(each["root"]["steps"])) for each in (first, second)] == [("S1", 4), ("S2", 5)]
    assert converted(klippel, variables(), path=unit)[0] == first


def test_a_folder_of_too_many_files_is_refused(unit, monkeypatch):
    monkeypatch.setattr(klippel_set, "_MOST_FILES", 2)
    assert "the folder has 3 files, and 2 are the most" in refusal(klippel, variables(), path=unit)


def test_a_name_that_two_tasks_give_is_judged_as_the_gravest(unit):
    text = variables().replace("Results_Fail=re", "Results_Fail=re\tlevel")
    (report,) = converted(klippel, text, path=unit)
    (level,) = children(report["root"], "Sound")
    assert (level["status"], level["reportText"]) == ("F", "judged differently in tasks that give it the same name")


def test_what_has_no_field_is_text(unit):
    (unit.with_suffix("") / "Sound-values.txt").write_text(
        "name\tvalue\tmax\tmin\tunit\thint\nlevel\t95,2\t97\t91\tµPa\tnear\n"
    )
    (report,) = converted(klippel, variables() + "Ctrl_Repeat=T\n", path=unit)
    (level,) = children(report["root"], "Sound")
    assert report["root"]["reportText"] == "Ctrl_Repeat=T"
    assert (measured(level)["value"], measured(level)["unit"], level["reportText"]) == (95.2, "µPa", "hint: near")


def test_a_file_of_many_curves_becomes_several_charts(unit):
    titles, numbers = (["frq", *(f"h{number}" for number in range(12))], map(str, range(13)))
    (unit.with_suffix("") / "Sound-harm.txt").write_text("\t".join(titles) + "\n" + "\t".join(numbers) + "\n")
    (report,) = converted(klippel, variables(), path=unit)
    first, second, _ = children(report["root"], "Sound")
    assert [len(each["chart"]["series"]) for each in (first, second)] == [10, 2]
    assert second["chart"]["series"][-1] == {"dataType": "XYG", "name": "h11", "xdata": "0.0", "ydata": "12.0"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("Sound-resp.txt", "frq\tresp\n1\t2\t3\n", "Sound-resp.txt, row 2: 2 columns are expected, not 3"),
        ("Sound-resp.txt", "frq\tresp\n1\tx\n", "Sound-resp.txt, row 2: resp is 'x', not a number"),
        ("Sound-resp.txt", "frq\n", "2 columns or more are expected, not 1"),
        ("More-values.txt", "a\tb\n", "columns name and value are expected"),
    ],
)
def test_a_wrong_file_of_the_folder_is_named(unit, name, content, words):
    (unit.with_suffix("") / name).write_text(content)
    with pytest.raises(ConversionError) as caught:
        converted(klippel, variables(), path=unit)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (variables().rstrip("\n"), "the last line has no end"),
        (variables().replace("Results_Fail=re\n", ""), "variables are missing: Results_Fail"),
        (variables(verdict=7), "Ctrl_OverallVerdict: the verdict is '7'"),
        (variables(date="2020-5-20"), "Cfg_DutStartTime"),
        (variables(date=DATE.replace("2020-5", "2020-13")), "Cfg_DutStartTime"),
        (variables(date=DATE.replace("-120-", f"-{'9' * 40}-")), "Cfg_DutStartTime"),
        (variables() + "x\n", "a variable such as"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(unit, content, words):
    assert words in refusal(klippel, content, path=unit)
