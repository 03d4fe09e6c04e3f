"""Names of files that come from outside stay inside the folder that they are meant for."""

from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.packages.names import check_distinct, checked_name, checked_path

DEVICES = {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}


@pytest.mark.parametrize(
    ("path", "checked"),
    [("app/main.seq", "app/main.seq"), ("app\\sub\\main.seq", "app/sub/main.seq"), ("æ/.hidden", "æ/.hidden")],
)
def test_a_path_has_slashes_between_its_parts(path, checked):
    assert checked_path(path) == checked


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/",
            "/etc/passwd",
            "//server/share/x",
            "\\\\server\\share\\x",
            "C:\\x",
            "C:x",
            "a/../../x",
            "..",
            "a/.",
            "a//b",
        ),
        *("a/", "x\x00.txt", "x\n", "x:stream", "con", "a/NUL.txt", "com1", "lpt\u00b2.log", "x.", "x ", "a\ud800"),
        "/".join("a" * 65),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(ValueError, match=r"no name|Windows|Unicode|folders"):
        checked_path(path)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_whatever_is_taken_stays_inside_on_every_system(text):
    try:
        path = checked_path(text)
    except ValueError:
        return
    assert (Path("/root") / path).resolve().is_relative_to("/root")
    there = PureWindowsPath("C:/root") / path
    assert there.is_relative_to("C:/root")
    assert not (
        {part.partition(".")[0].strip().upper() for part in there.parts} & {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}
    )
    assert ".." not in there.parts


@pytest.mark.parametrize("name", ["a/b", "a\\b", "", ".", ".."])
def test_a_name_is_one_name(name):
    with pytest.raises(ValueError, match="no name"):
        checked_name(name)


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["a/x", "A/X"], "the same name"),
        (["a/b", "a/b/c"], "needs it to be a folder"),
        (["a/b/c/d", "a/B"], "needs it to be a folder"),
    ],
)
def test_a_file_that_stands_in_the_way_of_another_is_refused(paths, words):
    with pytest.raises(ValueError, match=words):
        check_distinct(paths)


def test_files_side_by_side_are_distinct():
    check_distinct(["a/b", "a/c", "ab/c", "a-b"])
