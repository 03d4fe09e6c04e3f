"""Paths of steps and measurements, in the form of people and in that of the server."""

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats import MeasurementPath, StepPath, display_path, normalize_path, normalize_paths

NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="¶"), min_size=1), min_size=1)


@pytest.mark.parametrize(
    ("path", "wire"),
    [
        ("Main/Supply", "Main¶Supply"),
        ("Main/Supply::Vout", "Main¶Supply¶¶Vout"),
        ("/Main/Supply/", "Main¶Supply"),
        ("Main", "Main"),
        ("", ""),
        ("Main¶I/O test", "Main¶I/O test"),
        ("Main¶Supply¶¶V/A", "Main¶Supply¶¶V/A"),
    ],
)
def test_a_path_is_written_with_pilcrows_once(path, wire):
    assert normalize_path(path) == wire
    assert normalize_path(normalize_path(path)) == wire


def test_the_pilcrow_is_u_00b6():
    assert normalize_path("a/b").encode() == b"a\xc2\xb6b"


def test_a_path_is_shown_with_slashes():
    assert display_path("Main¶Supply¶¶Vout") == "Main/Supply::Vout"


@pytest.mark.parametrize(
    ("paths", "wire"),
    [
        ("A/B; C::d ;", "A¶B;C¶¶d"),
        (["A/B", StepPath("C/D")], "A¶B;C¶D"),
        (MeasurementPath("A/B::c"), "A¶B¶¶c"),
        ([], ""),
    ],
)
def test_several_paths_are_joined(paths, wire):
    assert normalize_paths(paths) == wire


def test_the_parts_of_a_path():
    path = MeasurementPath("Main/Supply/3V3::Vout")
    assert (path.parts, path.name, path.measurement_name) == (["Main", "Supply", "3V3"], "3V3", "Vout")
    assert (str(path), repr(path)) == ("Main/Supply/3V3::Vout", "MeasurementPath('Main/Supply/3V3::Vout')")
    assert path.step_path == StepPath("Main/Supply/3V3")
    assert path.step_path.parent == StepPath("Main¶Supply")
    assert StepPath("Main").parent is None
    assert (StepPath("").parts, StepPath("").name) == ([], "")
    assert MeasurementPath("Main").measurement_name == ""
    assert len({StepPath("A/B"), StepPath("A¶B"), StepPath("A")}) == 2
    assert StepPath("A") != "A"


def test_a_path_is_a_text_where_values_are_read_and_written():
    paths = pydantic.TypeAdapter(list[MeasurementPath])
    (path,) = paths.validate_json('["Main/Supply::Vout"]')
    assert (type(path), path.measurement_name) == (MeasurementPath, "Vout")
    assert paths.validate_python([path, "Main/Supply::Vout"]) == [path, path]
    assert paths.dump_python([path], mode="json") == ["Main/Supply::Vout"]
    assert paths.json_schema()["items"] == {"type": "string"}
    assert pydantic.TypeAdapter(str | StepPath).validate_python("A/B") == "A/B"


@given(NAMES)
def test_names_with_any_characters_stay_whole(names):
    assert StepPath.from_parts(*names).parts == names
    assert StepPath.from_parts(*names).name == names[-1]
