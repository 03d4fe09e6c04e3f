"""Every method of the asset domain on both faces, over a real socket."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from pywats import (
    Asset,
    AssetAlarmState,
    AssetLogType,
    AssetState,
    AsyncPyWATS,
    AuthorizationError,
    ConflictError,
    IntervalMode,
    InvalidResponseError,
    NotFoundError,
    ValidationError,
    errors,
    pyWATS,
)
from pywats.domains.asset.service import AssetService
from pywats.sandbox import Sandbox
from workers.face import method, stream

ODD = "A/B #1?%20 æ"
NOTHING = "no such asset"
DAY = datetime(2026, 1, 1, tzinfo=UTC)


async def kind_of(either, name: str = "Fixture", **limits):
    return (await either("asset.create_asset_type", name, **limits)).type_id


async def stored(either, serial_number: str = "F", **more) -> Asset:
    return await either("asset.create_asset", serial_number, await kind_of(either), **more)


async def test_an_asset_is_stored_changed_and_found(either):
    kind = await kind_of(either, running_count_limit=100, icon="bed")
    made = await either(
        *("asset.create_asset", ODD, kind, "Bed of nails", "a fixture", "Oslo"),
        part_number="P",
        revision="A",
        state="in storage",
        client_id=3,
        first_seen_date=DAY,
        last_seen_date=DAY,
        last_maintenance_date=DAY,
        next_maintenance_date=DAY + timedelta(days=5),
        last_calibration_date=DAY,
        next_calibration_date=DAY + timedelta(days=9),
        total_count=7,
        running_count=5,
    )
    assert (made.serial_number, made.asset_name, made.description, made.location) == (
        ODD,
        "Bed of nails",
        "a fixture",
        "Oslo",
    )
    assert (made.part_number, made.revision, made.state, made.client_id) == ("P", "A", AssetState.IN_STORAGE, 3)
    assert {made.first_seen_date, made.last_seen_date, made.last_maintenance_date, made.last_calibration_date} == {DAY}
    assert (made.next_maintenance_date, made.next_calibration_date) == (
        DAY + timedelta(days=5),
        DAY + timedelta(days=9),
    )
    assert (made.total_count, made.running_count) == (7, 5)
    assert made.asset_type.running_count_limit == 100
    made.location, made.total_count = "Bergen", 70
    changed = await either("asset.update_asset", made)
    assert (changed.location, changed.total_count, changed.asset_id) == ("Bergen", 7, made.asset_id)
    assert await either("asset.get_asset", made.asset_id) == changed
    assert await either("asset.get_asset", serial_number=ODD) == changed
    assert await either("asset.get_asset_by_serial", ODD) == changed
    assert await either("asset.get_asset", ODD) == changed


async def test_a_serial_number_may_be_anything(either):
    first = await stored(either, "Types")
    second = await stored(either, first.asset_id)
    assert await either("asset.get_asset_by_serial", "Types") == first
    assert await either("asset.get_asset_by_serial", first.asset_id) == second


async def test_assets_are_listed_and_walked(either):
    for number in ("F", "G", "O'B"):
        await stored(either, number, total_count=len(number))
    assert {each.serial_number for each in await either("asset.get_assets")} == {"F", "G", "O'B"}
    (found,) = await either("asset.get_assets", "serialNumber eq 'O''B'")
    assert found.total_count == 3
    ordered = await either("asset.get_assets", None, "serialNumber desc", 2, 1)
    assert [each.serial_number for each in ordered] == ["G", "F"]
    assert await either("asset.get_assets", top=0) == []
    walked = await either.walk("asset.iter_assets", page_size=1)
    assert [each.asset_id for each in walked] == sorted(each.asset_id for each in walked)
    assert len(walked) == 3
    assert len(await either.walk("asset.iter_assets", page_size=2, max_items=2)) == 2
    assert [each.serial_number for each in await either.walk("asset.iter_assets", "totalCount eq 3")] == ["O'B"]


async def test_more_assets_than_the_server_lists_at_a_time_all_come(either, wats_sandbox):
    kind = str(await kind_of(either))
    rows = [(str(uuid4()), f"F{number:05}", kind) for number in range(2345)]
    with wats_sandbox.world.database.lock:
        insert = "INSERT INTO asset (asset_id, serial_number, type_id) VALUES (?, ?, ?)"
        wats_sandbox.world.database.insert_all(insert, rows)
    assert len(await either("asset.get_assets")) == 1000
    walked = await either.walk("asset.iter_assets")
    assert sorted(each.serial_number for each in walked) == [row[1] for row in rows]


async def test_lists_that_the_server_cuts_short_come_whole_all_the_same(either, wats_sandbox):
    for number in range(5):
        await stored(either, f"F{number}")
        await kind_of(either, f"T{number}", total_count_limit=1)
    wats_sandbox.world.page_limit = 2
    assert len(await either("asset.get_assets")) == 2
    assert len(await either.walk("asset.iter_assets")) == 5
    assert len(await either.walk("asset.iter_asset_log", "type eq 1")) == 5
    assert len(await either("asset.get_asset_types")) == 6
    assert len(await either("asset.get_assets_by_alarm_state", "ok")) == 5


async def test_more_types_than_the_server_lists_at_a_time_all_come(either, wats_sandbox):
    rows = [(str(uuid4()), f"T{number:04}") for number in range(1234)]
    with wats_sandbox.world.database.lock:
        wats_sandbox.world.database.insert_all("INSERT INTO asset_type (type_id, name) VALUES (?, ?)", rows)
    assert [each.type_name for each in await either("asset.get_asset_types")] == [row[1] for row in rows]


async def test_types_are_stored_and_listed(either):
    made = await either("asset.create_asset_type", "Meter", 10, 100, 365, IntervalMode.UNLIMITED, 80, 100, icon="meter")
    assert (made.type_name, made.running_count_limit, made.total_count_limit, made.icon) == ("Meter", 10, 100, "meter")
    assert (made.calibration_interval, made.maintenance_interval) == (365, -1)
    assert (made.warning_threshold, made.alarm_threshold, made.is_readonly) == (80, 100, False)
    await kind_of(either, "Cable")
    assert [each.type_name for each in await either("asset.get_asset_types")] == ["Cable", "Meter"]
    assert await either("asset.get_asset_types", "typeName eq 'Meter'") == [made]


async def test_what_is_not_there_is_none_or_an_error(either):
    for name in ("get_asset", "get_asset_by_serial", "get_status", "get_asset_state"):
        assert await either(f"asset.{name}", NOTHING) is None
    assert await either("asset.download_file", NOTHING, "a") is None
    asset = await stored(either)
    assert await either("asset.download_file", asset.asset_id, "a") is None
    for name, more in (
        ("delete_asset", {}),
        ("increment_count", {}),
        ("reset_running_count", {}),
        ("record_calibration", {}),
        ("record_maintenance_external", {}),
        ("get_child_assets", {}),
        ("list_files", {}),
        ("add_log_message", {"message": "m"}),
        ("delete_files", {"filenames": ["a"]}),
    ):
        with pytest.raises(NotFoundError, match=NOTHING):
            await either(f"asset.{name}", NOTHING, **more)
    for parent, child in ((NOTHING, asset.asset_id), (asset.asset_id, NOTHING)):
        with pytest.raises(NotFoundError, match=NOTHING):
            await either("asset.add_child_asset", parent, child)


async def test_an_asset_is_deleted_with_its_log(either):
    asset = await stored(either)
    await stored(either, "G")
    assert await either("asset.delete_asset", asset.asset_id) is True
    assert await either("asset.delete_asset", serial_number="G") is True
    assert await either("asset.get_assets") == await either("asset.get_asset_log") == []


async def test_states_are_set_and_read(either):
    asset = await stored(either)
    assert await either("asset.get_asset_state", asset.asset_id) is AssetState.IN_OPERATION
    assert await either("asset.set_asset_state", AssetState.IN_TRANSIT, asset.asset_id) is True
    assert await either("asset.get_asset_state", asset.asset_id) is AssetState.IN_TRANSIT
    assert await either("asset.set_asset_state", "Scrapped", serial_number="F") is True
    assert (await either("asset.get_asset_by_serial", "F")).state is AssetState.SCRAPPED
    with pytest.raises(ValidationError, match="state") as caught:
        await either("asset.set_asset_state", 7, asset.asset_id)
    assert (caught.value.status, caught.value.path) == (400, "/api/Asset/State")


async def test_counts_are_raised_set_and_reset(either):
    asset = await stored(either)
    await stored(either, "part", parent_asset_id=asset.asset_id)

    async def counts(number: str) -> tuple[int, int]:
        found = await either("asset.get_asset_by_serial", number)
        return found.running_count, found.total_count

    assert await either("asset.increment_count", asset.asset_id) is True
    assert await either("asset.increment_count", serial_number="F", amount=4) is True
    assert (await counts("F"), await counts("part")) == ((5, 5), (0, 0))
    assert await either("asset.increment_count", asset.asset_id, amount=2, increment_children=True) is True
    assert (await counts("F"), await counts("part")) == ((7, 7), (2, 2))
    assert await either("asset.increment_count", asset.asset_id, total_count=10) is True
    assert await counts("F") == (10, 10)
    assert await either("asset.set_running_count", 3, asset.asset_id) is True
    assert await either("asset.set_total_count", 30, serial_number="F") is True
    assert await counts("F") == (3, 30)
    assert await either("asset.reset_running_count", asset.asset_id, comment="new pins") is True
    assert await counts("F") == (0, 30)
    (entry,) = await either("asset.get_asset_log", "type eq 3")
    assert (entry.log_type, entry.comment) == (AssetLogType.RESET_COUNT, "new pins")
    with pytest.raises(ValidationError, match="totalCount"):
        await either("asset.increment_count", asset.asset_id, total_count=1)


@pytest.mark.parametrize("work", ["calibration", "maintenance"])
async def test_work_on_an_asset_is_recorded(either, work):
    await kind_of(either, **{f"{work}_interval": 10})
    asset = await stored(either, running_count=5)

    async def dates() -> tuple[datetime | None, datetime | None]:
        found = await either("asset.get_asset", asset.asset_id)
        return getattr(found, f"last_{work}_date"), getattr(found, f"next_{work}_date")

    assert await either(f"asset.record_{work}", asset.asset_id, date_time=DAY, comment="by anna") is True
    assert await dates() == (DAY, DAY + timedelta(days=10))
    before = datetime.now(UTC)
    assert await either(f"asset.record_{work}", serial_number="F") is True
    last, _ = await dates()
    assert last is not None
    assert before <= last <= datetime.now(UTC)
    external = f"asset.record_{work}_external"
    due = DAY + timedelta(days=365)
    assert await either(external, asset.asset_id, from_date=DAY, to_date=due, comment="by ACME") is True
    assert await dates() == (DAY, due)
    entries = await either("asset.get_asset_log", f"type eq {AssetLogType[work.upper()]}", "logId")
    assert [entry.comment for entry in entries] == ["by anna", None, "by ACME"]
    assert (await either("asset.get_asset", asset.asset_id)).running_count == (0 if work == "calibration" else 5)


async def test_the_log_is_read_page_by_page_and_walked(either):
    asset = await stored(either)
    for number in range(4):
        assert await either("asset.add_log_message", asset.asset_id, f"message {number}", "anna") is True
    newest, second = await either("asset.get_asset_log", top=2)
    assert (newest.comment, newest.user, newest.serial_number) == ("message 3", "anna", "F")
    assert (second.comment, second.log_type) == ("message 2", AssetLogType.MESSAGE)
    assert await either("asset.get_asset_log", "type eq 0", None, 1, skip=1) == [second]
    walked = await either.walk("asset.iter_asset_log", "type eq 0", page_size=3)
    assert [entry.comment for entry in walked] == [f"message {number}" for number in (3, 2, 1, 0)]
    assert [entry.log_type for entry in await either.walk("asset.iter_asset_log")][-1] is AssetLogType.REGISTER
    assert await either.walk("asset.iter_asset_log", page_size=2, max_items=3) == walked[:3]


async def test_parts_are_added_and_listed(either):
    rack, slot, card = [await stored(either, number) for number in ("rack", "slot", "card")]
    assert await either("asset.add_child_asset", rack.asset_id, slot.asset_id) is True
    assert await either("asset.add_child_asset", slot.asset_id, card.asset_id) is True
    assert [each.serial_number for each in await either("asset.get_child_assets", rack.asset_id, level=1)] == ["slot"]
    below = await either("asset.get_child_assets", parent_serial="rack", level=0)
    assert [(each.serial_number, each.parent_serial_number) for each in below] == [("slot", "rack"), ("card", "slot")]
    assert await either("asset.add_child_asset", rack.asset_id, card.asset_id) is True
    assert (await either("asset.get_asset_by_serial", "card")).parent_asset_id == rack.asset_id
    with pytest.raises(ConflictError, match="part of itself"):
        await either("asset.add_child_asset", card.asset_id, rack.asset_id)


async def test_client_and_server_tell_the_same_of_alarms(either):
    await kind_of(either, running_count_limit=10, warning_threshold=80)
    for number, count in (("fine", 7), ("near", 8), ("worn", 10), ("broken", 99)):
        await stored(either, number, running_count=count)
    states = {"fine": AssetAlarmState.OK, "near": AssetAlarmState.WARNING}
    for number in ("fine", "near", "worn", "broken"):
        asset = await either("asset.get_asset_by_serial", number)
        state = states.get(number, AssetAlarmState.ALARM)
        assert await either("asset.is_in_alarm", asset) == (state is AssetAlarmState.ALARM)
        assert await either("asset.is_in_warning", asset) == (state is AssetAlarmState.WARNING)
        status = await either("asset.get_status", asset.asset_id, translate=False, culture_code="nb-NO")
        assert (status["alarmState"], status["runningCount"]) == (state, asset.running_count)
    assert {each.serial_number for each in await either("asset.get_assets_in_alarm")} == {"worn", "broken"}
    assert len(await either("asset.get_assets_in_alarm", 1)) == 1
    (near,) = await either("asset.get_assets_in_warning")
    assert (near.serial_number, near.asset_type.type_name) == ("near", "Fixture")
    assert [each.serial_number for each in await either("asset.get_assets_by_alarm_state", "ok", 5)] == ["fine"]


async def test_reports_tell_how_far_their_assets_were_used_up(either, make_report):
    await kind_of(either, running_count_limit=1, calibration_interval=10)
    await stored(either, last_calibration_date=DAY)
    for number in (1, 2):
        await either("report.submit", make_report(number, assets=[{"assetSN": "F"}]))
    header, _ = await either("report.query_uut_headers", expand=["assets"], orderby="start desc")
    (listed,) = header.assets
    assert (listed.serial_number, listed.running_count, listed.running_count_exceeded) == ("F", 2, 1)
    report = await either("report.get_report", header.uuid)
    (stats,) = report.asset_stats
    assert (stats.sn, stats.running_count, stats.running_count_exceeded, stats.total_count) == ("F", 2, 1, 2)
    assert stats.calibration_days_overdue == pytest.approx(listed.calibration_days_overdue)
    assert stats.is_days_since_maintenance_unknown
    assert not stats.calibration_days_overdue.is_integer()


async def test_files_come_back_as_they_were(either, tmp_path):
    asset = await stored(either)
    files = {"b c#.bin": bytes(range(256)), "a.json": b'{"content": "QUJD"}', "æ.txt": b"null"}
    for name, content in files.items():
        assert await either("asset.upload_file", asset.asset_id, name, content) is True
    assert await either("asset.list_files", asset.asset_id) == sorted(files)
    for name, content in files.items():
        assert await either("asset.download_file", asset.asset_id, name) == content
    path = tmp_path / "b.bin"
    await either("asset.save_file", asset.asset_id, "b c#.bin", path)
    assert path.read_bytes() == files["b c#.bin"]
    await either("asset.upload_file", asset.asset_id, "æ.txt", path)
    assert await either("asset.download_file", asset.asset_id, "æ.txt") == files["b c#.bin"]
    assert await either("asset.save_file", asset.asset_id, "none", path) is None
    there, missing = await either("asset.get_assets_batch", [asset.asset_id, "none"])
    assert there.unwrap().asset_id == asset.asset_id
    assert not missing.is_success
    assert await either("asset.delete_files", asset.asset_id, ["b c#.bin", "æ.txt"]) is True
    assert await either("asset.list_files", asset.asset_id) == ["a.json"]
    assert await either("asset.download_file", asset.asset_id, "æ.txt") is None


async def test_no_files_is_not_all_files(either, wats_sandbox):
    asset = await stored(either)
    await either("asset.upload_file", asset.asset_id, "a", b"1")
    wats_sandbox.clear_requests()
    with pytest.raises(ValidationError, match="filenames"):
        await either("asset.delete_files", asset.asset_id, [])
    assert wats_sandbox.requests == []
    await either("asset.delete_files", asset.asset_id, ["a"])
    (request,) = wats_sandbox.requests
    assert (request.method, request.path, request.json()) == ("DELETE", "/api/internal/Blob/Assets", ["a"])
    assert request.headers.get("Referer", "").rstrip("/") == wats_sandbox.url


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("increment_count", {}),
        ("increment_count", {"total_count": 5}),
        ("reset_running_count", {}),
        ("record_calibration", {}),
        ("record_maintenance", {}),
        ("record_calibration_external", {}),
        ("record_maintenance_external", {}),
        ("add_log_message", {"message": "m"}),
    ],
)
async def test_what_would_count_twice_is_never_sent_twice(either, wats_sandbox, name, arguments):
    asset = await stored(either)
    await either("asset.get_asset_log")  # the connection was in use before
    wats_sandbox.clear_requests()
    wats_sandbox.fail("/api/Asset/*", reset="after", times=1)
    with pytest.raises(errors.ConnectionError):
        await either(f"asset.{name}", asset.asset_id, **arguments)
    assert len(wats_sandbox.requests) == 1


async def test_a_state_whose_answer_was_lost_is_set_again(either, wats_sandbox):
    asset = await stored(either)
    wats_sandbox.fail("PUT /api/Asset/State*", reset="after", times=1)
    assert await either("asset.set_asset_state", 6, asset.asset_id) is True


async def test_a_serial_number_is_given_once(either):
    first, second = await stored(either), await stored(either, "G")
    second.serial_number = first.serial_number
    with pytest.raises(ConflictError, match="F") as caught:
        await either("asset.update_asset", second)
    assert (caught.value.status, caught.value.method, caught.value.path) == (409, "PUT", "/api/Asset")


async def test_an_answer_that_does_not_parse_is_an_error(either, wats_sandbox):
    await stored(either)
    for name, path in (("get_assets", "Asset"), ("get_asset_log", "Asset/Log"), ("get_asset_types", "Asset/Types")):
        wats_sandbox.fail(f"GET /api/{path}", body="not-json", times=1)
        with pytest.raises(InvalidResponseError):
            await either(f"asset.{name}")


async def test_who_may_only_read_changes_nothing():
    with Sandbox(read_only_token="reader") as wats:
        settings = {"base_url": wats.url, "token": "reader", "rate_limit": None, "trust_env": False}
        with pyWATS(**settings) as api:
            assert api.asset.get_assets() == []
            with pytest.raises(AuthorizationError):
                api.asset.create_asset_type("Fixture")
        async with AsyncPyWATS(**settings) as api:
            assert await api.asset.get_assets() == []
            with pytest.raises(AuthorizationError) as caught:
                await api.asset.set_total_count(5, "1")
            assert (caught.value.status, caught.value.path) == (403, "/api/Asset/SetTotalCount")


def test_every_method_is_called_here():
    declared = {name for name, member in vars(AssetService).items() if isinstance(member, method | stream)}
    declared |= {"is_in_alarm", "is_in_warning"}
    texts = {
        node.value
        for node in ast.walk(ast.parse(Path(__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    called = {text.removeprefix("asset.") for text in texts}
    called |= {f"record_{work}{where}" for work in ("calibration", "maintenance") for where in ("", "_external")}
    assert declared - called == set()
