"""What each method of the asset domain sends, and what it makes of the answers."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from pywats.domains.asset.models import Asset, AssetAlarmState, AssetLogType, AssetState, AssetType
from pywats.domains.asset.service import AssetService
from pywats.errors import InvalidResponseError, NotFoundError, ServerError, ValidationError
from pywats.service import Async

ODD = "A/B #1?%20 æ"
PATH = "/api/Asset/A%2FB%20%231%3F%2520%20%C3%A6"
BLOB = "/api/internal/Blob/Asset"
KIND = UUID(int=7)
NOON = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=1)))
ASSET = Asset(serial_number="F", type_id=KIND)

REQUESTS: list[tuple[str, dict[str, Any], str, Any]] = [
    ("get_assets", {}, "GET /api/Asset", None),
    (
        "get_assets",
        {"filter_str": "state eq 1", "orderby": "serialNumber", "top": 0, "skip": 0},
        "GET /api/Asset?$filter=state eq 1&$orderby=serialNumber&$top=0&$skip=0",
        None,
    ),
    ("get_asset", {"asset_id": ODD}, f"GET {PATH}", None),
    ("get_asset_by_serial", {"serial_number": ODD}, f"GET {PATH}", None),
    ("get_asset", {"serial_number": ODD}, f"GET {PATH}", None),
    (
        "create_asset",
        {"serial_number": "F", "type_id": KIND, "state": "in storage", "client_id": 3, "first_seen_date": NOON},
        "PUT /api/Asset",
        {
            "serialNumber": "F",
            "typeId": str(KIND),
            "state": 5,
            "ClientId": 3,
            "firstSeenDate": "2026-01-31T12:00:00+01:00",
        },
    ),
    ("update_asset", {"asset": ASSET}, "PUT /api/Asset", {"serialNumber": "F", "typeId": str(KIND), "state": 1}),
    ("delete_asset", {"asset_id": ODD}, f"DELETE /api/Asset?id={ODD}", None),
    ("delete_asset", {"serial_number": ODD}, f"DELETE /api/Asset?serialNumber={ODD}", None),
    ("get_status", {"asset_id": "1"}, "GET /api/Asset/Status?id=1", None),
    (
        "get_status",
        {"serial_number": "F", "translate": False, "culture_code": "zh-CN"},
        "GET /api/Asset/Status?serialNumber=F&translate=false&cultureCode=zh-CN",
        None,
    ),
    ("get_asset_state", {"asset_id": "1"}, "GET /api/Asset/1", None),
    ("set_asset_state", {"state": AssetState.SCRAPPED, "asset_id": "1"}, "PUT /api/Asset/State?state=6&id=1", None),
    (
        "set_asset_state",
        {"state": "InStorage", "serial_number": "F"},
        "PUT /api/Asset/State?state=5&serialNumber=F",
        None,
    ),
    ("increment_count", {"asset_id": "1"}, "PUT /api/Asset/Count?id=1&incrementBy=1", None),
    (
        "increment_count",
        {"serial_number": "F", "amount": 5, "increment_children": True},
        "PUT /api/Asset/Count?serialNumber=F&incrementBy=5&incrementChildren=true",
        None,
    ),
    (
        "increment_count",
        {"asset_id": "1", "total_count": 70, "culture_code": "nb-NO"},
        "PUT /api/Asset/Count?id=1&totalCount=70&cultureCode=nb-NO",
        None,
    ),
    (
        "reset_running_count",
        {"asset_id": "1", "comment": "new pins"},
        "POST /api/Asset/ResetRunningCount?id=1&comment=new pins",
        None,
    ),
    ("set_running_count", {"value": 0, "asset_id": "1"}, "PUT /api/Asset/SetRunningCount?runningCount=0&id=1", None),
    (
        "set_total_count",
        {"value": 9, "serial_number": "F"},
        "PUT /api/Asset/SetTotalCount?totalCount=9&serialNumber=F",
        None,
    ),
    ("get_asset_log", {}, "GET /api/Asset/Log", None),
    (
        "get_asset_log",
        {"filter_str": "type eq 4", "orderby": "logId", "top": 5, "skip": 5},
        "GET /api/Asset/Log?$filter=type eq 4&$orderby=logId&$top=5&$skip=5",
        None,
    ),
    ("add_log_message", {"asset_id": "1", "message": "m"}, "POST /api/Asset/Message?id=1", {"content": "m"}),
    (
        "add_log_message",
        {"asset_id": "1", "message": "m", "user": "anna"},
        "POST /api/Asset/Message?id=1",
        {"content": "m", "user": "anna"},
    ),
    ("get_asset_types", {}, "GET /api/Asset/Types?$orderby=typeName&$top=1000", None),
    (
        "create_asset_type",
        {"type_name": "Fixture", "running_count_limit": 10, "calibration_interval": 1.5, "icon": "pin"},
        "PUT /api/Asset/Types",
        {"typeName": "Fixture", "runningCountLimit": 10, "calibrationInterval": 1.5, "icon": "pin"},
    ),
    ("get_child_assets", {"parent_id": "1"}, "GET /api/Asset/SubAssets?id=1", None),
    (
        "get_child_assets",
        {"parent_serial": "F", "level": 0},
        "GET /api/Asset/SubAssets?serialNumber=F&level=0",
        None,
    ),
    ("download_file", {"asset_id": "1", "filename": "a b.pdf"}, f"GET {BLOB}?assetId=1&filename=a b.pdf", None),
    ("list_files", {"asset_id": "1/2"}, f"GET {BLOB}/List/1%2F2", None),
    ("delete_files", {"asset_id": "1", "filenames": ["a", "b"]}, f"DELETE {BLOB}s?assetId=1", ["a", "b"]),
]
NOT_REPEATABLE = {
    "increment_count",
    "reset_running_count",
    "add_log_message",
    "record_calibration",
    "record_maintenance",
    "record_calibration_external",
    "record_maintenance_external",
}


@pytest.fixture
def asset(line) -> AssetService[Async]:
    return AssetService(line)


@pytest.mark.parametrize(("name", "arguments", "request_line", "body"), REQUESTS)
async def test_a_method_sends_one_request(asset, line, name, arguments, request_line, body):
    await getattr(asset, name)(**arguments)
    assert line.sent == [request_line]
    call = line.calls[0]
    assert call.internal == (BLOB in call.path)
    assert call.repeatable is (False if name in NOT_REPEATABLE else None)
    if body is None:
        assert call.body is None
    elif isinstance(body, list):
        assert line.json() == body
    else:
        sent = line.json()
        assert {key: sent.get(key) for key in body} == body


@pytest.mark.parametrize("work", ["calibration", "maintenance"])
async def test_what_was_done_to_an_asset_travels_in_the_query(asset, line, work):
    path, noon = f"/api/Asset/{work.title()}", "2026-01-31T12:00:00+01:00"
    await getattr(asset, f"record_{work}")("1")
    await getattr(asset, f"record_{work}")(serial_number="F", date_time=NOON, comment="in Oslo")
    external = getattr(asset, f"record_{work}_external")
    await external("1", from_date=NOON, to_date=NOON.replace(year=2027), comment="by ACME")
    assert line.sent == [
        f"POST {path}?id=1",
        f"POST {path}?serialNumber=F&dateTime={noon}&comment=in Oslo",
        f"POST {path}/External?id=1&fromDate={noon}&toDate={noon.replace('2026', '2027')}&comment=by ACME",
    ]
    assert [(call.body, call.repeatable) for call in line.calls] == [(None, False)] * 3


async def test_a_file_is_sent_as_it_is(asset, line):
    assert await asset.upload_file("1", "a b.bin", b"\x00\xff")
    (call,) = line.calls
    assert line.sent == [f"POST {BLOB}?assetId=1&filename=a b.bin"]
    assert (call.body, call.content_type, call.internal) == (b"\x00\xff", "application/octet-stream", True)


@pytest.mark.parametrize("content", [b"\x00\xff%PDF", b"plain", b'{"content": "QUJD"}'])
async def test_a_file_comes_back_as_it_is(asset, line, content):
    line.answer(content, kind="application/octet-stream")
    assert await asset.download_file("1", "a.bin") == content


@pytest.mark.parametrize("name", ["content", "Content"])
async def test_a_file_that_comes_as_base64_in_json_is_unpacked(asset, line, name):
    line.answer({name: base64.b64encode(b"\x00\xff").decode()})
    assert await asset.download_file("1", "a.bin") == b"\x00\xff"


@pytest.mark.parametrize(
    ("said", "filename"),
    [
        (b'{"content": "QUJD"}', "settings.json"),
        (b'{"content": "no base64!"}', "a.txt"),
        (b'{"content": 5}', "a.txt"),
        (b'{"other": "QUJD"}', "a.txt"),
        (b'["QUJD"]', "a.txt"),
        (b"no json", "a.txt"),
    ],
)
async def test_a_file_of_json_is_not_taken_for_one_in_json(asset, line, said, filename):
    line.answer(said)
    assert await asset.download_file("1", filename) == said


async def test_what_is_not_there_is_none(asset, line):
    for said, status in ((b"", 200), (b"null", 200), ({"Message": "no"}, 404)):
        for name in ("get_asset", "get_asset_by_serial", "get_status", "get_asset_state"):
            line.answer(said, status)
            assert await getattr(asset, name)("1") is None
        line.answer(said, status)
        assert await asset.download_file("1", "a") is None


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    *(
        (name, {"state": 1} if "state" in name else {"value": 1} if name.startswith("set") else {}, "asset_id")
        for name in (
            *("get_asset", "delete_asset", "get_status", "set_asset_state", "increment_count", "reset_running_count"),
            *("set_running_count", "set_total_count", "record_calibration", "record_maintenance"),
            *("record_calibration_external", "record_maintenance_external"),
        )
    ),
    ("get_child_assets", {}, "parent_id or parent_serial"),
    ("add_child_asset", {"parent_id": "", "child_id": "2"}, "parent_id"),
    ("get_child_assets", {"parent_id": "1", "level": -1}, "level"),
    ("get_asset", {"asset_id": ""}, "asset_id"),
    ("get_asset_by_serial", {"serial_number": ""}, "serial_number"),
    ("add_log_message", {"asset_id": "", "message": "m"}, "asset_id"),
    ("list_files", {"asset_id": ""}, "asset_id"),
    ("get_assets", {"top": -1}, "top"),
    ("get_assets", {"skip": -1}, "skip"),
    ("get_asset_log", {"top": 2**31}, "top"),
    ("get_assets_in_alarm", {"top": -1}, "top"),
    ("get_assets_by_alarm_state", {"state": "red"}, "state is 'red'.*WARNING"),
    ("set_asset_state", {"state": "lost", "asset_id": "1"}, "state is 'lost'.*SCRAPPED"),
    ("create_asset", {"serial_number": "F", "type_id": KIND, "state": "lost"}, "state is 'lost'"),
    ("create_asset", {"serial_number": "F", "type_id": "no id"}, "type_id"),
    ("create_asset", {"serial_number": "F", "type_id": None}, "type_id"),
    ("create_asset", {"serial_number": "", "type_id": KIND}, "serial_number"),
    ("create_asset", {"serial_number": "F", "type_id": KIND, "total_count": -1}, "total_count"),
    (
        "create_asset",
        {"serial_number": "F", "type_id": KIND, "next_calibration_date": NOON.replace(tzinfo=None)},
        "next_calibration_date .* no time zone",
    ),
    ("increment_count", {"asset_id": "1", "amount": 0}, "amount"),
    ("increment_count", {"asset_id": "1", "amount": 2**31}, "amount"),
    ("increment_count", {"asset_id": "1", "total_count": -1}, "total_count"),
    ("set_running_count", {"value": -1, "asset_id": "1"}, "value"),
    ("set_total_count", {"value": 2**31, "asset_id": "1"}, "value"),
    ("record_calibration", {"asset_id": "1", "date_time": NOON.replace(tzinfo=None)}, "date_time"),
    ("record_calibration_external", {"asset_id": "1", "from_date": NOON.replace(tzinfo=None)}, "from_date"),
    ("record_maintenance_external", {"asset_id": "1", "to_date": NOON.replace(tzinfo=None)}, "to_date"),
    (
        "record_maintenance_external",
        {"asset_id": "1", "from_date": NOON, "to_date": NOON - timedelta(days=1)},
        "to_date .* before from_date",
    ),
    ("create_asset_type", {"type_name": ""}, "type_name"),
    ("create_asset_type", {"type_name": "T", "running_count_limit": -1}, "running_count_limit"),
    ("create_asset_type", {"type_name": "T", "warning_threshold": "much"}, "warning_threshold"),
    ("upload_file", {"asset_id": "1", "filename": "", "content": b""}, "filename"),
    ("upload_file", {"asset_id": "1", "filename": "a", "content": "text"}, "content is a str"),
    ("delete_files", {"asset_id": "1", "filenames": []}, "filenames"),
    ("delete_files", {"asset_id": "1", "filenames": ["a", ""]}, "filenames"),
    ("delete_files", {"asset_id": "1", "filenames": "abc"}, "filenames is the text 'abc'"),
]


@pytest.mark.parametrize(("name", "arguments", "words"), REFUSED)
async def test_arguments_that_do_not_fit_are_named_and_nothing_is_sent(asset, line, name, arguments, words):
    with pytest.raises(ValidationError, match=words):
        await getattr(asset, name)(**arguments)
    assert line.calls == []


async def test_an_asset_without_a_type_is_not_stored(asset, line):
    with pytest.raises(ValidationError, match="type_id is needed"):
        await asset.update_asset(Asset(serial_number="F"))
    assert line.calls == []


async def test_a_number_of_a_state_that_nobody_knows_yet_is_sent(asset, line):
    await asset.set_asset_state(9, "1")
    assert line.sent == ["PUT /api/Asset/State?state=9&id=1"]


@pytest.mark.parametrize("said", [b"<!DOCTYPE html><html></html>", b"{not json", b'{"x": 1}', b'[{"state": 1}]'])
@pytest.mark.parametrize("name", ["get_assets", "get_asset_types"])
async def test_an_answer_that_is_no_list_is_an_error(asset, line, name, said):
    line.answer(said)
    with pytest.raises(InvalidResponseError):
        await getattr(asset, name)()


async def test_names_of_files_that_are_no_list_are_an_error(asset, line):
    line.answer({"names": []})
    with pytest.raises(InvalidResponseError):
        await asset.list_files("1")


async def test_errors_are_raised_and_are_no_empty_answers(asset, line):
    for name in ("list_files", "download_file", "get_assets"):
        line.answer({"Message": "broken"}, 500)
        with pytest.raises(ServerError, match="broken"):
            await getattr(asset, name)(*({"list_files": ("1",), "download_file": ("1", "a")}.get(name, ())))


async def test_files_deleted_by_an_attempt_whose_answer_was_lost_are_deleted(asset, line):
    line.answer({"Message": "no"}, 404, attempts=2)
    assert await asset.delete_files("1", ["a"])
    line.answer({"Message": "no"}, 404)
    with pytest.raises(NotFoundError):
        await asset.delete_files("1", ["a"])


async def test_a_serial_number_that_is_the_id_of_another_asset_is_looked_up(asset, line):
    line.answer({"serialNumber": "other", "assetId": "1"})
    line.answer([{"serialNumber": "1", "assetId": "2"}])
    line.answer({"serialNumber": "1", "assetId": "2"})
    found = await asset.get_asset_by_serial("1")
    assert found is not None
    assert found.asset_id == "2"
    assert line.sent[1:] == ["GET /api/Asset?$filter=serialNumber eq '1'&$top=1", "GET /api/Asset/2"]


@pytest.mark.parametrize("serial_number", ["Log", "status", "SubAssets", "TYPES"])
async def test_a_serial_number_that_is_another_path_is_looked_up(asset, line, serial_number):
    line.answer([])
    assert await asset.get_asset_by_serial(serial_number) is None
    assert line.sent == [f"GET /api/Asset?$filter=serialNumber eq '{serial_number}'&$top=1"]


async def test_a_child_is_stored_with_its_new_parent_and_all_that_it_was(asset, line):
    line.answer({"assetId": "1", "serialNumber": "rack", "typeId": str(KIND)})
    line.answer({"assetId": "2", "serialNumber": "F", "typeId": str(KIND), "parentSerialNumber": "old", "new": 5})
    assert await asset.add_child_asset("1", "2")
    assert line.sent == ["GET /api/Asset/1", "GET /api/Asset/2", "PUT /api/Asset"]
    assert [call.fresh for call in line.calls] == [True, True, False]
    sent = line.json()
    assert (sent["parentAssetId"], sent["parentSerialNumber"], sent["new"]) == ("1", "rack", 5)


@pytest.mark.parametrize("missing", [0, 1])
async def test_a_child_or_a_parent_that_is_not_there_is_named(asset, line, missing):
    for _ in range(missing):
        line.answer({"assetId": "1", "serialNumber": "rack", "typeId": str(KIND)})
    line.answer({"Message": "no"}, 404)
    with pytest.raises(NotFoundError, match=f"asset '{missing + 1}'"):
        await asset.add_child_asset("1", "2")


async def test_all_assets_are_walked_over_by_their_ids(asset, line):
    line.answer([{"serialNumber": "F", "assetId": "1"}, {"serialNumber": "G", "assetId": "2"}])
    found = [each.serial_number async for each in asset.iter_assets("state eq 1 or state eq 2", page_size=2)]
    assert found == ["F", "G"]
    assert line.sent == [
        "GET /api/Asset?$filter=state eq 1 or state eq 2&$orderby=assetId&$top=2",
        "GET /api/Asset?$filter=(state eq 1 or state eq 2) and assetId gt '2'&$orderby=assetId&$top=2",
    ]
    assert all(call.bulk for call in line.calls)


async def test_the_log_is_walked_over_from_the_newest_entry(asset, line):
    line.answer([{"logId": 9, "type": 4}, {"logId": 8, "type": 99}])
    found = [each.log_type async for each in asset.iter_asset_log(page_size=2)]
    assert found == [AssetLogType.CALIBRATION, AssetLogType(99)]
    assert line.sent == [
        "GET /api/Asset/Log?$orderby=logId desc&$top=2",
        "GET /api/Asset/Log?$filter=logId lt 8&$orderby=logId desc&$top=2",
    ]


@pytest.mark.parametrize("walk", ["iter_assets", "iter_asset_log"])
def test_sizes_of_a_walk_that_make_no_sense_are_named(asset, walk):
    with pytest.raises(ValidationError, match="page_size"):
        getattr(asset, walk)(page_size=0)
    with pytest.raises(ValidationError, match="max_items"):
        getattr(asset, walk)(max_items=-1)


def fixture(running_count: int, **values: Any) -> Asset:
    kind = AssetType(type_name="Fixture", running_count_limit=100, warning_threshold=80)
    return Asset(serial_number="F", running_count=running_count, asset_type=kind, **values)


def test_whether_an_asset_warns_or_alarms(asset):
    assert [asset.is_in_warning(fixture(count)) for count in (79, 80, 99, 100)] == [False, True, True, False]
    assert [asset.is_in_alarm(fixture(count)) for count in (79, 80, 99, 100)] == [False, False, False, True]


@pytest.mark.parametrize("name", ["is_in_alarm", "is_in_warning"])
def test_without_its_type_nobody_can_tell(asset, name):
    with pytest.raises(ValidationError, match="'F' are unknown: set its asset_type"):
        getattr(asset, name)(Asset(serial_number="F"))


async def test_assets_in_an_alarm_state_are_found_by_the_limits_of_their_types(asset, line):
    kinds = [{"typeName": "Cable", "typeId": str(UUID(int=1))}]
    kinds += [{"typeName": "Fixture", "typeId": str(KIND), "runningCountLimit": 10, "warningThreshold": 50}]

    def answers() -> None:
        line.calls.clear()
        line.answers.clear()
        line.answer(kinds)
        line.answer([])
        counted = [("a", 4), ("b", 5), ("c", 10), ("d", 11)]
        assets = [
            {"assetId": name, "serialNumber": name, "typeId": str(KIND), "runningCount": count}
            for name, count in counted
        ]
        line.answer([*assets, {"assetId": "e", "serialNumber": "e", "typeId": str(UUID(int=1)), "runningCount": 99}])

    answers()
    assert [each.serial_number for each in await asset.get_assets_in_alarm()] == ["c", "d"]
    assert [call.path for call in line.calls] == ["/api/Asset/Types"] * 2 + ["/api/Asset"] * 2
    assert all(call.fresh for call in line.calls)
    answers()
    (warning,) = await asset.get_assets_in_warning()
    assert warning.serial_number == "b"
    assert warning.asset_type is not None
    assert warning.asset_type.type_name == "Fixture"
    answers()
    assert [each.serial_number for each in await asset.get_assets_by_alarm_state("ok")] == ["a", "e"]
    answers()
    assert [each.serial_number for each in await asset.get_assets_by_alarm_state(2, top=1)] == ["c"]
    answers()
    assert await asset.get_assets_by_alarm_state(AssetAlarmState.ALARM, top=0) == []


async def test_an_asset_of_a_type_that_nobody_knows_cannot_be_compared(asset, line):
    line.answer([])
    line.answer([{"assetId": "a", "serialNumber": "F", "typeId": str(KIND)}])
    with pytest.raises(ValidationError, match="'F' are unknown"):
        await asset.get_assets_in_alarm()


async def test_dates_without_a_zone_are_utc(asset, line):
    line.answer({"serialNumber": "F", "lastCalibrationDate": "2026-01-31T12:00:00"})
    found = await asset.get_asset("1")
    assert found is not None
    assert found.last_calibration_date == datetime(2026, 1, 31, 12, tzinfo=UTC)
