"""What a source says about its reports: fields filled in, replaced and hidden, and times without an offset."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.ingest.conversion.draft import draft
from pywats.ingest.conversion.filling import FIELDS, Filling, hidden
from pywats.ingest.faults import ConversionError
from pywats.ingest.schema import FieldsBlock, HiddenBlock

REPAIR = {"type": "R", "uur": {"user": "bo", "refUUT": None}, "root": None, "uut": None}


def filled(report, **filling):
    made = draft(orjson.dumps(report), source=hashlib.sha256(b"x").digest(), position=0, filling=Filling(**filling))
    return json.loads(made.body), made


def value_of(report, name):
    *path, key = FIELDS[name]
    place = report[path[0] or ("uur" if report["type"] == "R" else "uut")] if path else report
    return place.get(key)


def test_the_configuration_knows_these_fields_and_no_others():
    assert set(FieldsBlock.model_fields) == set(FIELDS)
    assert set(HiddenBlock.model_fields) <= set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_a_default_is_taken_where_the_report_says_nothing(make_report, name):
    value = 4711 if name == "process" else "given"
    empty = make_report(machineName="", location=None, purpose="", processCode=None, rev="", uut={"user": ""})
    if name != "part_number":  # without which no report can be told from another
        assert value_of(filled(empty, defaults={name: value})[0], name) == value
    full = make_report(uut={"user": "a", "comment": "b", "batchSN": "c", "fixtureId": "d"})
    assert filled(full, defaults={name: value})[0] == full
    assert value_of(filled(full, override={name: value})[0], name) == value


def test_a_repair_has_its_own_operator_and_no_fixture(make_report):
    report, _ = filled(make_report(**REPAIR), override={"operator": "carla", "fixture": "F1"}, defaults={"batch": "B"})
    assert report["uur"] == {"user": "carla", "refUUT": None}
    assert "uut" not in report


def test_a_part_that_is_no_object_is_left_for_the_server_to_refuse(make_report):
    assert filled(make_report(uut=5), defaults={"operator": "a"}, keys={"operator": b"k" * 8})[0]["uut"] == 5


def test_a_hidden_field_is_the_same_digits_each_time_and_says_nothing_without_the_secret(make_report):
    secret = b"plant one"
    first, made = filled(make_report(1), keys={"operator": secret, "station": secret, "comment": secret})
    second, _ = filled(make_report(2), keys={"operator": secret})
    assert first["uut"]["user"] == second["uut"]["user"] == hidden("anna", secret)
    assert b"anna" not in made.body
    assert first["machineName"] == hidden("FCT-1", secret)
    assert "comment" not in first["uut"]
    assert hidden("anna", b"plant two") != hidden("anna", secret)
    assert len(hidden("anna", secret)) == 16


def test_a_field_is_hidden_wherever_it_stands_and_whatever_it_holds(make_report):
    keys = {"operator": b"k" * 8, "comment": b"k" * 8}
    both = make_report(uut={"user": 4711, "comment": ["anna", {"b": 1, "a": None}]}, uur={"user": "anna"})
    report, made = filled(both, keys=keys)
    assert report["uut"]["user"] == hidden("4711", b"k" * 8)
    assert report["uur"]["user"] == hidden("anna", b"k" * 8)
    assert b"anna" not in made.body
    assert b"4711" not in made.body
    assert filled(make_report(uut={"user": ""}), keys=keys)[0]["uut"] == {"user": ""}


def test_an_operator_that_was_filled_in_is_hidden_too(make_report):
    report, _ = filled(make_report(), override={"operator": "bo"}, keys={"operator": b"k" * 8})
    assert report["uut"]["user"] == hidden("bo", b"k" * 8)


@pytest.mark.parametrize(
    ("local", "start", "utc", "said"),
    [
        ("2026-07-01T12:00:00.1234567", "2026-07-01T12:00:00.1234567+02:00", "2026-07-01T10:00:00.1234567Z", ""),
        ("2026-01-01 12:00:00", "2026-01-01 12:00:00+01:00", "2026-01-01T11:00:00Z", ""),
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z", "twice"),
        ("2026-03-29T02:30:00", "2026-03-29T02:30:00+01:00", "2026-03-29T01:30:00Z", "skipped"),
    ],
)
def test_a_time_without_an_offset_is_one_of_the_zone(make_report, local, start, utc, said):
    report, made = filled(make_report(start=local, startUTC=None), zone="Europe/Oslo")
    assert (report["start"], report["startUTC"]) == (start, utc)
    assert said in made.said
    assert bool(said) == bool(made.said)
    assert made.identity.start == datetime.fromisoformat(utc).timestamp() * 1e6


def test_a_time_with_an_offset_or_with_utc_beside_it_is_no_business_of_the_zone(make_report):
    for fields in ({}, {"start": "2026-01-05T08:00:00", "startUTC": "2026-01-05T03:00:00Z"}):
        report = make_report(**fields)
        assert filled(report, zone="Asia/Tokyo")[0] == report
    with pytest.raises(ConversionError, match="no offset"):
        filled(make_report(start="2026-01-05T08:00:00", startUTC=None))


@given(st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - local times are what it is about
def test_every_local_time_is_an_instant_that_the_zone_shows_unless_it_is_said(moment):
    instant, said = Filling(zone="America/New_York").instant(moment)
    shown = instant.astimezone(UTC).astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None)
    assert shown == moment or ("skipped" in said and shown - moment == timedelta(hours=1))
