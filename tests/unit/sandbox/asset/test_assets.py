"""Assets, their types, parts and lists: what is written can be read back."""

import json
import re
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pywats.sandbox import Sandbox

PATH = "/api/Asset"
UNKNOWN = "11111111-2222-3333-4444-555555555555"


def serial_numbers(reply: Any) -> list[str]:
    assert reply.status == 200, reply.body
    return [each["serialNumber"] for each in reply.json()]


def test_an_asset_is_stored_and_read_back_by_its_id_and_its_serial_number(http, store):
    kind = store.kind("Fixture", runningCountLimit=100)
    asset = store.add("F/1", assetName="Bed", partNumber="P", revision="A", location="Oslo", state=5, ClientId=3)
    assert asset == http.get(f"{PATH}/F%2F1").json() == http.get(f"{PATH}/{asset['assetId']}").json()
    assert asset.pop("assetId")
    assert asset.pop("firstSeenDate")
    assert asset.pop("assetType")["runningCountLimit"] == 100
    assert asset == {
        "parentAssetId": None,
        "assetName": "Bed",
        "serialNumber": "F/1",
        "parentSerialNumber": None,
        "partNumber": "P",
        "revision": "A",
        "typeId": kind,
        "state": 5,
        "description": None,
        "location": "Oslo",
        "lastSeenDate": None,
        "lastMaintenanceDate": None,
        "nextMaintenanceDate": None,
        "lastCalibrationDate": None,
        "nextCalibrationDate": None,
        "totalCount": 0,
        "runningCount": 0,
        "ClientId": 3,
        "tags": [],
        "assetChildren": [],
        "assetLog": [],
    }


def test_the_answers_have_the_members_of_the_vendors_document(http, store, shared):
    document = json.loads((shared / "wats" / "openapi_public_v3.json").read_text("utf-8"))
    schemas = {
        name.rpartition("Models.Mes.Asset.")[2]: set(schema["properties"])
        for name, schema in document["components"]["schemas"].items()
        if "Models.Mes.Asset." in name and "properties" in schema
    }
    store.add("F", tags=[{"key": "k", "value": "v", "change": 1}])
    assert set(store.get()) == schemas["Asset"]
    assert set(http.get(PATH).json()[0]) == schemas["OData.Asset"]
    assert set(http.get(f"{PATH}/Log").json()[0]) == schemas["OData.AssetLog"]
    assert set(http.get(f"{PATH}/Types").json()[0]) == schemas["OData.AssetType"] == schemas["AssetType"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(serial_number=st.text(st.characters(codec="utf-8"), min_size=1, max_size=100))
def test_any_serial_number_arrives_whole(http, store, serial_number):
    asset = store.add(serial_number)
    assert serial_numbers(http.get(PATH, {"$filter": f"assetId eq '{asset['assetId']}'"})) == [serial_number]
    if serial_number.lower() not in {"log", "status", "subassets", "types"} | {".", ".."}:
        assert http.get(f"{PATH}/{quote(serial_number, safe='')}").json()["serialNumber"] == serial_number


def test_an_id_goes_before_a_serial_number(http, store):
    first = store.add("F")
    store.add(first["assetId"])
    assert http.get(f"{PATH}/{first['assetId']}").json()["serialNumber"] == "F"


def test_what_is_not_mentioned_stays_and_counts_and_dates_have_operations_of_their_own(store):
    calibrated = "2026-01-01T00:00:00Z"
    asset = store.add(location="Oslo", totalCount=5, runningCount=3, lastCalibrationDate=calibrated)
    assert (asset["totalCount"], asset["runningCount"], asset["lastCalibrationDate"]) == (5, 3, calibrated)
    changed = store.add(description="d", totalCount=50, runningCount=30, lastCalibrationDate="2026-02-02T00:00:00Z")
    assert changed == {**asset, "description": "d"}
    assert store.add(location=None)["location"] is None


def test_an_asset_is_renamed_by_its_id(http, store):
    asset = store.add("F")
    assert store.add("G", assetId=asset["assetId"])["assetId"] == asset["assetId"]
    assert http.get(f"{PATH}/F").status == 404
    assert [(each["property"], each["value"]) for each in store.log("type eq 2")] == [("serialNumber", "G")]


@pytest.mark.parametrize(
    ("asset", "status", "words"),
    [
        ({"serialNumber": ""}, 400, "serialNumber"),
        ({"serialNumber": "x" * 101}, 400, "100"),
        ({"typeId": None}, 400, "typeId is required"),
        ({"typeId": "12"}, 400, "typeId .* GUID"),
        ({"typeId": UNKNOWN}, 400, "no asset type"),
        ({"state": 7}, 400, "state .* 0 to 6"),
        ({"state": "1"}, 400, "state .* whole number"),
        ({"totalCount": -1}, 400, "totalCount"),
        ({"firstSeenDate": "2026-01-01T00:00:00"}, 400, "firstSeenDate .* offset"),
        ({"parentAssetId": UNKNOWN}, 404, "no asset with the id"),
        ({"parentSerialNumber": "X"}, 404, "no asset with the serial number X"),
        ({"assetId": UNKNOWN}, 404, "no asset with the id"),
        ({"tags": [{"key": ""}]}, 400, "key"),
    ],
)
def test_a_wrong_asset_is_refused_and_nothing_is_stored(http, store, asset, status, words):
    reply = http.put(PATH, {"serialNumber": "F", "typeId": store.kind(), **asset})
    assert (reply.status, bool(re.search(words, reply.message))) == (status, True), reply.message
    assert http.get(PATH).json() == []
    assert store.log() == []


def test_a_serial_number_belongs_to_one_asset(http, store):
    first, second = store.add("F"), store.add("G")
    reply = http.put(PATH, {**first, "assetId": second["assetId"]})
    assert reply.status == 409
    assert "F" in reply.message


def test_which_asset_is_meant_must_be_said(http, store):
    first = store.add("F")
    store.add("G")
    status = f"{PATH}/Status"
    assert http.get(status).message == "id or serialNumber is required."
    assert http.get(status, {"id": UNKNOWN}).status == 404
    assert http.get(status, {"serialNumber": "X"}).status == 404
    assert http.get(status, {"id": first["assetId"], "serialNumber": "F"}).status == 200
    assert http.get(status, {"id": first["assetId"], "serialNumber": "G"}).status == 400


def test_parts_are_listed_by_their_levels(http, store):
    rack = store.add("rack")
    for number, parent in (("a", "rack"), ("b", "rack"), ("a1", "a"), ("a11", "a1")):
        assert store.add(number, parentSerialNumber=parent)["parentSerialNumber"] == parent
    assert store.get("a1")["parentAssetId"] == store.get("a")["assetId"]
    assert sorted(each["serialNumber"] for each in store.get("rack")["assetChildren"]) == ["a", "b"]
    parts = f"{PATH}/SubAssets"
    assert sorted(serial_numbers(http.get(parts, {"serialNumber": "rack"}))) == ["a", "b"]
    assert sorted(serial_numbers(http.get(parts, {"id": rack["assetId"], "level": 1}))) == ["a", "b"]
    assert serial_numbers(http.get(parts, {"serialNumber": "rack", "level": 2}))[2:] == ["a1"]
    assert serial_numbers(http.get(parts, {"serialNumber": "rack", "level": 0}))[2:] == ["a1", "a11"]
    assert http.get(parts, {"serialNumber": "a11"}).json() == []


def test_an_asset_is_no_part_of_itself(http, store):
    rack, part = store.add("rack"), store.add("part", parentSerialNumber="rack")
    for asset, parent in ((rack, rack), (rack, part)):
        reply = http.put(PATH, {**asset, "parentAssetId": parent["assetId"], "parentSerialNumber": None})
        assert reply.status == 409
    assert http.put(PATH, {**part, "parentAssetId": None, "parentSerialNumber": None}).json()["parentAssetId"] is None


def test_the_parts_of_what_is_deleted_move_up(http, store):
    store.add("rack")
    slot = store.add("slot", parentSerialNumber="rack")
    store.add("card", parentSerialNumber="slot")
    assert http.ask("DELETE", PATH, query={"id": slot["assetId"]}).json() == {}
    assert store.get("card")["parentSerialNumber"] == "rack"
    assert store.log("serialNumber eq 'slot'") == []
    assert http.ask("DELETE", PATH, query={"id": slot["assetId"]}).status == 404


def test_tags_change_as_asked_and_lists_show_them_as_xml(http, store):
    store.add(tags=[{"key": "a", "value": "1", "change": 1}, {"key": "b", "value": "2"}])
    assert store.get()["tags"] == [{"key": "a", "value": "1", "change": 0}]
    (listed,) = http.get(PATH, {"$filter": "xmlData ne null"}).json()
    assert listed["xmlData"] == '<Root><a Value="1" /></Root>'
    store.add(tags=[{"key": "a", "change": 3}])
    assert (store.get()["tags"], http.get(PATH).json()[0]["xmlData"]) == ([], None)


def test_states_are_set_and_logged(http, store):
    store.add()
    assert store.do("PUT", "State", state=6)["state"] == store.get()["state"] == 6
    store.do("PUT", "State", state=6)
    (entry,) = store.log("type eq 6")
    assert (entry["property"], entry["value"]) == ("state", "6")
    for state, words in ((7, "0 to 6"), ("x", "whole number"), ("", "state is required")):
        reply = http.put(f"{PATH}/State", query={"serialNumber": "F", "state": state})
        assert reply.status == 400
        assert words in reply.message


def test_assets_are_filtered_ordered_and_cut(http, store):
    kind = store.kind("Cable")
    for number in range(5):
        store.add(f"F{number}", typeId=kind, totalCount=number, runningCount=9 - number)
    store.add("O'B", location="Oslo")
    by_count = {"$orderby": "totalCount desc", "$filter": f"typeId eq {kind}"}
    assert serial_numbers(http.get(PATH, by_count)) == ["F4", "F3", "F2", "F1", "F0"]
    assert serial_numbers(http.get(PATH, {**by_count, "$top": 2, "$skip": 1})) == ["F3", "F2"]
    assert serial_numbers(http.get(PATH, {"$filter": "serialNumber eq 'O''B' and location eq 'Oslo'"})) == ["O'B"]
    assert serial_numbers(http.get(PATH, {"$top": 0})) == []
    assert serial_numbers(http.get(PATH, {"$filter": "runningCount gt 8"})) == ["F0"]
    ids = [each["assetId"] for each in http.get(PATH).json()]
    assert ids == sorted(ids)
    future = http.get(PATH, {"$filter": "firstSeenDate gt 2100-01-01T00:00:00Z"})
    assert future.json() == []


@pytest.mark.parametrize("path", ["", "/Log", "/Types"])
def test_what_a_list_does_not_understand_is_a_400(http, path):
    for option, value in (("$filter", "nothing eq 1"), ("$orderby", "nothing"), ("$select", "state"), ("$top", "-1")):
        assert http.get(PATH + path, {option: value}).status == 400


def test_a_list_gives_a_thousand_rows_unless_told_otherwise(http, store, wats):
    kind = store.kind()
    rows = [(str(uuid4()), f"F{number:04}", kind) for number in range(1100)]
    wats.world.database.insert_all("INSERT INTO asset (asset_id, serial_number, type_id) VALUES (?, ?, ?)", rows)
    entries = [(rows[0][0], number, 0) for number in range(1100)]
    wats.world.database.insert_all("INSERT INTO asset_log (asset_id, date, type) VALUES (?, ?, ?)", entries)
    kinds = [(str(uuid4()), f"T{number:04}") for number in range(1100)]
    wats.world.database.insert_all("INSERT INTO asset_type (type_id, name) VALUES (?, ?)", kinds)
    for path in (PATH, f"{PATH}/Log", f"{PATH}/Types"):
        assert len(http.get(path).json()) == 1000
        assert len(http.get(path, {"$top": 1050}).json()) == 1050
    assert [each["logId"] for each in store.log(top=2)] == [1100, 1099]
    assert [each["typeName"] for each in http.get(f"{PATH}/Types", {"$top": 2}).json()] == ["Fixture", "T0000"]


def test_types_are_stored_changed_and_found(http, store):
    kind = store.kind("Cable", totalCountLimit=5, calibrationInterval=1.5, icon="cable")
    (found,) = http.get(f"{PATH}/Types", {"$filter": "calibrationInterval gt 1 and typeName eq 'Cable'"}).json()
    assert found == {
        "typeId": kind,
        "typeName": "Cable",
        "runningCountLimit": None,
        "totalCountLimit": 5,
        "maintenanceInterval": None,
        "calibrationInterval": 1.5,
        "warningThreshold": None,
        "alarmThreshold": None,
        "isReadonly": False,
        "icon": "cable",
    }
    assert store.kind("Cable", totalCountLimit=6) == kind
    assert store.kind("Long cable", typeId=kind) == kind
    (found,) = http.get(f"{PATH}/Types", {"$filter": "isReadonly eq false"}).json()
    assert (found["typeName"], found["totalCountLimit"], found["icon"]) == ("Long cable", 6, "cable")


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ({}, 400, "typeName"),
        ({"typeName": "T", "runningCountLimit": -1}, 400, "runningCountLimit"),
        ({"typeName": "T", "calibrationInterval": "1"}, 400, "calibrationInterval .* number"),
        ({"typeName": "T", "maintenanceInterval": 1e9}, 400, "maintenanceInterval .* at most"),
        ({"typeName": "T", "warningThreshold": True}, 400, "warningThreshold .* number"),
        ({"typeName": "T", "typeId": UNKNOWN}, 404, UNKNOWN),
    ],
)
def test_a_wrong_type_is_refused(http, kind, status, words):
    reply = http.put(f"{PATH}/Types", kind)
    assert (reply.status, bool(re.search(words, reply.message))) == (status, True), reply.message
    assert http.get(f"{PATH}/Types").json() == []


def test_the_name_of_a_type_is_given_once(http, store):
    store.kind("Cable")
    kind = store.kind("Fixture")
    assert http.put(f"{PATH}/Types", {"typeName": "Cable", "typeId": kind}).status == 409


def test_files_are_stored_listed_and_deleted_by_their_names(http, store):
    blob = "/api/internal/Blob/Asset"
    asset_id = store.add()["assetId"]
    for name, content in (("b c.bin", b"\x00\xff"), ("a.txt", b"text"), ("b c.bin", b"\x00\xfe")):
        assert http.post(blob, content, {"assetId": asset_id, "filename": name}).json() == {}
    assert http.get(f"{blob}/List/{asset_id}").json() == ["a.txt", "b c.bin"]
    found = http.get(blob, {"assetId": asset_id, "filename": "b c.bin"})
    assert (found.body, found.headers["Content-Type"]) == (b"\x00\xfe", "application/octet-stream")

    def delete(body: Any, of: str = asset_id) -> int:
        return http.ask("DELETE", f"{blob}s", body, {"assetId": of}).status

    assert [delete(body) for body in (None, [], "a.txt", [5], {"a": 1})] == [400] * 5
    assert delete(["a.txt", "no such file"]) == 404
    assert delete(["a.txt"], UNKNOWN) == 404
    assert http.get(f"{blob}/List/{asset_id}").json() == ["a.txt", "b c.bin"]
    assert delete(["a.txt"]) == 200
    assert http.get(f"{blob}/List/{asset_id}").json() == ["b c.bin"]
    assert http.get(blob, {"assetId": asset_id, "filename": "a.txt"}).status == 404
    assert http.post(blob, b"", {"assetId": asset_id, "filename": ""}).status == 400
    assert http.get(f"{blob}/List/{UNKNOWN}").status == 404


def test_assets_are_there_after_a_restart(client, tmp_path):
    path = tmp_path / "wats.db"
    with Sandbox(db=path) as wats:
        http = client(wats.url, wats.token)
        kind = http.put(f"{PATH}/Types", {"typeName": "T"}).json()["typeId"]
        http.put(PATH, {"serialNumber": "F", "typeId": kind, "location": "Oslo"})
    with Sandbox(db=path) as wats:
        assert client(wats.url, wats.token).get(f"{PATH}/F").json()["location"] == "Oslo"
