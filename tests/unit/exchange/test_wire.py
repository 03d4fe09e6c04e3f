"""Payloads: names in both spellings, unknown fields and enum members, nulls."""

import copy
import json
import pickle
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pywats.exchange.wire import (
    ChangeType,
    Items,
    NullIs,
    OpenIntEnum,
    OpenStrEnum,
    PyWATSModel,
    Setting,
    UtcDatetime,
    named,
    no_items,
)
from pywats.models import Product, ReportHeader

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


class Colour(OpenStrEnum):
    RED = "r"
    DARK_BLUE = "db"


class Level(OpenIntEnum):
    NONE = 0
    VERY_HIGH = 3


class Thing(PyWATSModel):
    part_number: str = ""
    colour: Colour | None = None
    level: Annotated[Level, NullIs(Level.NONE)] = Level.NONE
    tags: Items[Setting] = no_items()
    parts: Items[str] = no_items("Parts", "parts")
    made: UtcDatetime | None = None
    place: str | None = named("Place", "place", "where")


@pytest.mark.parametrize("name", ["part_number", "partNumber"])
def test_a_field_is_read_by_both_its_names_and_written_by_the_servers(name):
    thing = Thing.from_wire({name: "X"})
    assert thing.part_number == "X"
    assert thing.to_wire() == {"partNumber": "X", "level": 0, "tags": [], "Parts": []}


@pytest.mark.parametrize("name", ["Place", "place", "where"])
def test_a_named_field_is_read_by_each_name_and_written_by_the_first(name):
    assert Thing.from_wire({name: "Oslo"}).to_wire()["Place"] == "Oslo"


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: name not in _names()), json_values, max_size=5))
def test_fields_that_a_newer_server_adds_travel_back(more: dict[str, Any]):
    thing = Thing.from_wire(json.dumps({"partNumber": "X", **more}))
    wanted = {name: value for name, value in more.items() if value is not None}
    assert {name: value for name, value in thing.to_wire().items() if name in more} == wanted
    assert (thing.model_extra or {}).keys() == more.keys()


def _names() -> set[str]:
    wire = {"partNumber", "colour", "level", "tags", "Parts", "parts", "made", "Place", "place", "where"}
    return wire | set(Thing.model_fields) | set(dir(Thing))


@given(st.integers(-(2**31), 2**31 - 1))
def test_an_unknown_number_parses_and_travels_back(number: int):
    thing = Thing.from_wire({"level": number})
    assert isinstance(thing.level, Level)
    assert thing.level == number
    assert thing.to_wire()["level"] == number
    assert Thing.from_wire(json.dumps({"level": str(number)})).level == number


@given(st.text(max_size=20))
def test_an_unknown_word_parses_and_travels_back(word: str):
    thing = Thing.from_wire({"colour": word})
    assert isinstance(thing.colour, Colour)
    known = {member.value for member in Colour}
    assert thing.to_wire()["colour"] == word or thing.colour in known


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll"]), min_size=1).filter(lambda word: word.lower() != "none"))
def test_an_unknown_word_of_a_number_enumeration_keeps_its_text(word: str):
    thing = Thing.from_wire({"level": word})
    assert isinstance(thing.level, Level)
    assert thing.to_wire()["level"] == word
    assert thing.level not in set(Level)
    assert word in repr(thing.level)
    assert Thing.from_wire(thing.to_wire()) == thing


@pytest.mark.parametrize("text", ["dark blue", "DARK_BLUE", "DarkBlue", "db", "DB"])
def test_a_word_is_known_by_value_or_name_whatever_its_case(text):
    assert Colour(text) is Colour.DARK_BLUE


@pytest.mark.parametrize("text", ["very high", "VERY_HIGH", "VeryHigh", "3", 3, 3.0])
def test_a_number_enumeration_takes_numbers_digits_and_names(text):
    assert Thing.from_wire({"level": text}).level is Level.VERY_HIGH


def test_the_name_of_the_member_zero_is_that_member():
    assert Level("none") is Level.NONE


def test_unknown_members_are_equal_and_can_be_copied_and_pickled():
    assert Level(77) == Level(77) == 77
    assert Level("odd") == Level("odd") != Level("even")
    for member in (Level(77), Level("odd"), Colour("pink")):
        assert copy.deepcopy(member) == member
        assert pickle.loads(pickle.dumps(member)) == member


def test_what_cannot_be_a_member_is_refused():
    with pytest.raises(ValidationError):
        Thing.from_wire({"level": [], "colour": 3})


@pytest.mark.parametrize("strict", [False, True])
def test_null_stands_for_the_usual_value(strict):
    thing = Thing.model_validate_json('{"level": null, "tags": null, "parts": null}', strict=strict)
    assert (thing.level, thing.tags, thing.parts) == (Level.NONE, [], [])


@pytest.mark.parametrize("content", ["{}", '{"tags": null, "parts": null}', '{"tags": [], "parts": []}'])
def test_things_do_not_share_their_lists(content):
    one, other = Thing.from_wire(content), Thing.from_wire(content)
    one.tags.append(Setting(key="a"))
    one.parts.append("b")
    assert (other.tags, other.parts) == ([], [])


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('{"level": []}', ("level",)),
        ('{"tags": 4}', ("tags",)),
        ('{"tags": [{"key": 4}]}', ("tags", 0, "key")),
        ('{"made": "soon"}', ("made",)),
    ],
)
def test_what_does_not_fit_is_told_once_and_with_its_place(content, place):
    with pytest.raises(ValidationError) as caught:
        Thing.from_wire(content)
    assert [error["loc"] for error in caught.value.errors()] == [place]


def test_a_model_has_the_schema_of_what_it_writes():
    properties = Thing.model_json_schema()["properties"]
    assert properties["level"]["anyOf"] == [{"$ref": "#/$defs/Level"}, {"type": "null"}]
    assert properties["tags"]["anyOf"] == [{"items": {"$ref": "#/$defs/Setting"}, "type": "array"}, {"type": "null"}]
    assert properties["made"]["anyOf"] == [{"format": "date-time", "type": "string"}, {"type": "null"}]


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        (Product, {"partNumber": "A", "nonSerial": False, "state": 1, "revisions": [{"revision": "A", "state": 0}]}),
        (Product, {"partNumber": "A", "nonSerial": None, "state": None, "revisions": None, "of a later version": 1}),
        (ReportHeader, {"uuid": "2bf7d806-2051-4fd0-9450-f6a1d4ec4a0e", "start": "2026-01-05T10:46:39Z", "run": 1}),
    ],
)
def test_no_python_runs_while_an_answer_is_read(kind, row):
    """Wherever Python runs, it costs more than reading the value, and lets the garbage collector in."""
    read, content = TypeAdapter(list[kind]).validator.validate_json, json.dumps([row] * 3)
    read(content)
    called: list[str] = []
    sys.setprofile(lambda frame, event, _: called.append(frame.f_code.co_qualname) if event == "call" else None)
    try:
        rows = read(content)
    finally:
        sys.setprofile(None)
    assert len(rows) == 3
    assert called == []


def test_a_time_without_a_zone_is_utc():
    assert Thing.from_wire({"made": "2026-01-05T08:00:00"}).made == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert Thing.from_wire({"made": "2026-01-05T08:00:00+02:00"}).made == datetime(2026, 1, 5, 6, tzinfo=UTC)


def test_a_setting_travels_with_the_number_of_its_change():
    assert Setting(key="a", value="b", change=ChangeType.ADD).to_wire() == {"key": "a", "value": "b", "change": 1}
