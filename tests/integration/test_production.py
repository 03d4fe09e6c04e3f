"""Every method of the production domain on both faces, over a real socket."""

import ast
import asyncio
import inspect
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pywats import (
    AuthorizationError,
    ConflictError,
    InvalidResponseError,
    NotFoundError,
    ProductionBatch,
    PyWATSError,
    ServerError,
    Setting,
    Unit,
    UnitPhaseFlag,
    ValidationError,
)
from pywats.domains.production.serial_file import parse_serial_numbers
from pywats.domains.production.service import ProductionService
from pywats.sandbox import Sandbox
from workers.face import method, stream

ODD = "A/B #1?%20 æ"
SERIALS, MACS = "Serial Number", "MAC Address"
NOTHING = ("no such unit", "P")


@pytest.fixture
def wats_sandbox():
    with Sandbox(read_only_token="look") as wats:
        wats.seed(
            products=[
                {"partNumber": "P", "revisions": [{"revision": "A"}, {"revision": "B"}]},
                {"partNumber": ODD, "revisions": [{"revision": "A"}]},
                {"partNumber": "BOARD", "revisions": [{"revision": "1.0"}, {"revision": "1.4"}]},
            ]
        )
        yield wats


@pytest.fixture
def sent(wats_sandbox):
    """The latest request: verb, path with query, body."""

    def latest():
        request = wats_sandbox.requests[-1]
        return request.method, request.raw_path, request.body

    return latest


async def assembly(either) -> None:
    """A unit whose box build has two boards, and two finished boards."""
    template = await either("product.get_box_build_template", "P", "A")
    await either.of(template, "add_subunit", "BOARD", "1.0", quantity=2, revision_mask="1.%")
    await either.of(template, "save")
    await either("production.create_units", [Unit(serial_number="S", part_number="P", revision="A")])
    boards = [
        Unit(serial_number=f"C{n}", part_number="BOARD", revision="1.4", unit_phase_id=UnitPhaseFlag.FINALIZED)
        for n in (1, 2)
    ]
    await either("production.create_units", boards)


# Units


async def test_a_unit_is_stored_changed_and_found(either):
    when = datetime(2026, 1, 5, 8, tzinfo=UTC)
    unit = Unit(
        serial_number="S", part_number="P", revision="A", serial_date=when, batch_number="B1", process_code="60"
    )
    assert await either("production.create_units", [unit]) == [unit]
    found = await either("production.get_unit", "S", "P")
    assert (found.serial_date, found.batch_number, found.process_code) == (when, "B1", "60")
    assert (found.unit_phase_id, found.unit_phase) == (UnitPhaseFlag.UNDER_PRODUCTION, "Under Production")
    assert (found.product.part_number, found.product_revision.revision) == ("P", "A")
    found.revision, found.current_location = "B", "Oslo"
    assert (await either("production.update_unit", found)).revision == "B"
    changed = await either("production.get_unit", "S", "P")
    assert (changed.revision, changed.current_location, changed.serial_date) == ("B", "Oslo", when)


async def test_an_odd_name_reaches_the_server_whole(either):
    assert await either("production.update_unit", Unit(serial_number=ODD, part_number=ODD, revision="A"))
    assert (await either("production.get_unit", ODD, ODD)).serial_number == ODD
    assert await either("production.set_unit_phase", ODD, ODD, "shipped") is True
    assert (await either("production.get_unit_phase", ODD, ODD)).phase_id == UnitPhaseFlag.SHIPPED
    assert await either("production.delete_unit", ODD, ODD) is True
    assert await either("production.get_unit", ODD, ODD) is None


async def test_one_unit_is_added_and_changed_by_the_newer_calls(either):
    unit = Unit(serial_number="S", part_number="P", revision="A")
    assert await either("production.create_unit_public", unit) is True
    with pytest.raises(ConflictError, match="S of P"):
        await either("production.create_unit_public", unit)
    unit.current_location, unit.unit_phase_id = "Bergen", UnitPhaseFlag.SHIPPED
    assert await either("production.update_unit_public", unit) is True
    found = await either("production.get_unit", "S", "P")
    assert (found.current_location, found.unit_phase_id) == ("Bergen", UnitPhaseFlag.UNDER_PRODUCTION)
    unit.batch_number = "no such batch"
    with pytest.raises(ValidationError, match="no such batch"):
        await either("production.update_unit_public", unit)


async def test_a_unit_is_added_as_the_web_pages_do(either):
    made = await either("production.create_unit", "S", "P", "A", "B1", 16)
    assert (made["SerialNumber"], made["BatchSN"], made["UnitPhaseId"]) == ("S", "B1", 16)
    with pytest.raises(ConflictError):
        await either("production.create_unit", "S", "P", "A")
    assert (await either("production.get_unit_by_serial", "S"))["PartNumber"] == "P"
    info = await either("production.get_unit_info", "S", "P")
    assert (info["Product"]["partNumber"], info["ProductRevision"]["revision"]) == ("P", "A")


async def test_units_that_the_server_refuses_are_named_and_the_others_stored(either):
    units = [Unit(serial_number=f"S{n}", part_number=part, revision="A") for n, part in enumerate(("P", "Q", "P"))]
    with pytest.raises(ValidationError, match="refused 1 of 3 units: S1: There is no product Q"):
        await either("production.create_units", units)
    assert [unit.serial_number for unit in await either("production.query_units")] == ["S0", "S2"]


async def test_units_are_deleted_and_become_others(either):
    await either("production.create_units", [Unit(serial_number="S", part_number="P", revision="A")])
    assert await either("production.change_unit_part_number", "S", "P", ODD, "A") is True
    assert await either("production.get_unit", "S", "P") is None
    assert await either("production.delete_unit", "S", ODD) is True
    with pytest.raises(NotFoundError):
        await either("production.delete_unit", "S", ODD)


async def test_a_unit_has_tags(either):
    await either("production.create_units", [Unit(serial_number="S", part_number="P", revision="A")])
    for value in ("1", "2 & more"):
        assert await either("production.set_unit_tag", "S", "P", "Site #1", value) is True
    found = await either("production.get_unit", "S", "P")
    assert found.tags == [Setting(key="Site #1", value="2 & more", change=0)]
    assert "2 &amp; more" in found.xml_data


async def test_units_are_queried_and_walked(either):
    units = [Unit(serial_number=f"S{n:04}", part_number="P", revision="AB"[n % 2]) for n in range(250)]
    units.append(Unit(serial_number="S0007", part_number=ODD, revision="A"))
    await either("production.create_units", units)
    assert len(await either("production.query_units")) == 100
    odd = await either("production.query_units", "revision eq 'B'", top=3, orderby="serialNumber desc")
    assert [unit.serial_number for unit in odd] == ["S0249", "S0247", "S0245"]
    walked = await either.walk("production.iter_units", page_size=8)
    assert [(unit.serial_number, unit.part_number) for unit in walked] == sorted(
        (str(unit.serial_number), str(unit.part_number)) for unit in units
    )
    assert len(await either.walk("production.iter_units", "revision eq 'B'", page_size=100, max_items=120)) == 120


async def test_a_walk_over_units_goes_on_where_it_was_left(either):
    units = [Unit(serial_number=f"S{n}", part_number=part, revision="A") for n in range(5) for part in ("P", ODD)]
    await either("production.create_units", units)
    seen: list[tuple[str, str]] = []
    cursor = None
    while len(seen) < 10:
        stream = either.api.production.iter_units(page_size=2, resume_from=cursor)
        if either.face == "async":
            async with stream:
                async for unit in stream:
                    seen.append((unit.serial_number, unit.part_number))
                    if len(seen) % 3 == 0:
                        break
        else:
            for unit in stream:
                seen.append((unit.serial_number, unit.part_number))
                if len(seen) % 3 == 0:
                    break
        cursor = stream.cursor
    assert seen == sorted((str(unit.serial_number), str(unit.part_number)) for unit in units)
    with pytest.raises(ValidationError, match="no cursor"):
        await either.walk("production.iter_units", resume_from="x")


async def test_many_units_are_asked_for_at_once(either):
    await either("production.create_units", [Unit(serial_number="S", part_number="P", revision="A")])
    found, missing = await either("production.get_units_batch", [("S", "P"), NOTHING], max_concurrent=2)
    assert found.value.serial_number == "S"
    assert isinstance(missing.error, NotFoundError)


# What is not there


async def test_what_is_not_there_is_none_or_nothing(either):
    for name in (
        *(
            "get_unit",
            "get_unit_info",
            "get_unit_hierarchy",
            "get_unit_phase",
            "get_unit_process",
            "get_unit_by_serial",
        ),
        *("verify_unit", "get_unit_grade"),
    ):
        assert await either(f"production.{name}", *NOTHING) is None
    assert await either("production.get_unit_contents", *NOTHING, "A") is None
    assert await either("production.verify_assembly", *NOTHING, "A") is None
    assert await either("production.validate_child_units", *NOTHING) is None
    assert await either("production.is_unit_passing", *NOTHING) is False
    for name in ("get_unit_history", "get_unit_state_history", "get_unit_changes"):
        assert await either(f"production.{name}", *NOTHING) == []
    for name in ("query_units", "get_batches", "get_sites", "get_serial_number_ranges"):
        assert await either(f"production.{name}") == []
    assert await either("production.find_serial_numbers_by_reference", SERIALS, "S") == []


async def test_what_is_done_to_a_unit_that_is_not_there_is_an_error(either):
    for name, more in (
        ("set_unit_phase", (16,)),
        ("set_unit_process", (None,)),
        ("set_unit_tag", ("k", "v")),
        ("change_unit_part_number", ("P", "A")),
        ("remove_all_child_units", ()),
    ):
        with pytest.raises(NotFoundError, match="no such unit"):
            await either(f"production.{name}", *NOTHING, *more)


# Verification


async def test_a_unit_is_verified_by_its_reports(either, wats_sandbox, make_report):
    await either("product.set_product_tags", "P", [{"key": "UnitVerification", "value": "20;Functional Test"}])
    wats_sandbox.seed(reports=[make_report(1, pn="P", sn="S", processCode=20)])
    grade = await either("production.verify_unit", "S", "P")
    graded, missing = await either("production.verify_units_batch", [("S", "P"), NOTHING])
    assert (graded.unwrap(), missing.is_success) == (grade, False)
    assert (grade.ready, grade.reasons) == (False, ["Functional Test (60): not tested yet"])
    assert await either("production.is_unit_passing", "S", "P") is False
    wats_sandbox.seed(reports=[make_report(2, pn="P", sn="S")])
    grade = await either("production.get_unit_grade", "S", "P", "A")
    assert (grade.status, grade.grade, grade.ready) == ("Passed", "A", True)
    assert [(each.process_index, each.process_name, each.status, each.total_count) for each in grade.results] == [
        (1, "ICT", "Passed", 1),
        (2, "Functional Test", "Passed", 1),
    ]
    assert await either("production.is_unit_passing", "S", "P") is True


# Phases and processes


async def test_phases_are_known_by_id_code_and_name(either):
    phases = await either("production.get_phases")
    assert await either("production.get_all_unit_phases") == phases
    assert await either("production.get_phases", force_refresh=True) == phases
    assert {int(phase.phase_id) for phase in phases} >= {flag.value for flag in UnitPhaseFlag} | {4098, 4100, 4104}
    queue = await either("production.get_phase", 4098)
    assert await either("production.get_phase", code=queue.code) == queue
    assert await either("production.get_phase_by_name", queue.name.upper()) == queue
    assert await either("production.get_phase_id", queue.name) == 4098
    assert await either("production.get_phase_id", "nowhere") is None


@pytest.mark.parametrize("phase", [16, "16", "FINALIZED", "finalized", UnitPhaseFlag.FINALIZED])
async def test_a_unit_is_put_into_a_phase(either, phase):
    await either("production.create_unit", "S", "P", "A")
    assert await either("production.set_unit_phase", "S", "P", phase, "done") is True
    assert (await either("production.get_unit", "S", "P")).unit_phase_id is UnitPhaseFlag.FINALIZED
    assert (await either("production.get_unit_phase", "S", "P")).phase_id is UnitPhaseFlag.FINALIZED
    (_, last) = await either("production.get_unit_state_history", "S", "P")
    assert (last["unitPhaseId"], last["comment"]) == (16, "done")


async def test_a_unit_is_put_into_a_process_and_out_of_it(either):
    await either("production.create_unit", "S", "P", "A")
    assert await either("production.set_unit_process", "S", "P", 20, "first") is True
    assert (await either("production.get_unit_process", "S", "P"))["Name"] == "ICT"
    assert await either("production.set_unit_process", "S", "P", process_name="Assembly") is True
    assert (await either("production.get_unit", "S", "P")).process_code == "200"
    assert await either("production.set_unit_process", "S", "P") is True
    assert await either("production.get_unit_process", "S", "P") is None
    with pytest.raises(NotFoundError, match="61"):
        await either("production.set_unit_process", "S", "P", 61)
    with pytest.raises(ValidationError, match="Baking"):
        await either("production.set_unit_process", "S", "P", process_name="Baking")


# Changes


async def test_changes_are_listed_walked_and_acknowledged(either):
    for number in range(5):
        await either("production.create_unit", f"S{number}", "P", "A")
        await either("production.set_unit_phase", f"S{number}", "P", "finalized")
    history = await either("production.get_unit_history", "S1", "P")
    assert [change.new_unit_phase_id for change in history] == [2, 16]
    assert await either("production.get_unit_changes", "S1") == history
    everything = await either.walk("production.iter_unit_changes", page_size=3)
    assert len({change.id for change in everything}) == len(everything) == 10
    assert await either("production.get_unit_changes", top=3, skip=4) == everything[4:7]
    assert await either("production.delete_unit_change", history[0].id) is True
    assert await either("production.acknowledge_unit_change", str(history[1].id)) is True
    assert await either("production.get_unit_history", "S1", "P") == []
    with pytest.raises(NotFoundError):
        await either("production.delete_unit_change", history[0].id)
    assert len(await either.walk("production.iter_unit_changes", part_number="P", page_size=2, max_items=5)) == 5


async def test_changes_that_are_acknowledged_on_the_way_hide_no_others(either):
    for number in range(10):
        await either("production.create_unit", f"S{number}", "P", "A")
    seen = []
    stream = either.api.production.iter_unit_changes(page_size=2)
    if either.face == "async":
        async for change in stream:
            seen.append(change.unit_serial_number)
            await either("production.acknowledge_unit_change", change.id)
    else:
        for change in stream:
            seen.append(change.unit_serial_number)
            await either("production.acknowledge_unit_change", change.id)
    assert seen == [f"S{number}" for number in range(10)]
    assert await either("production.get_unit_changes") == []


# Box builds


async def test_units_are_built_into_another_and_taken_out(either):
    await assembly(either)
    for child in ("C1", "C2"):
        assert await either("production.add_child_to_assembly", "S", "P", child, "BOARD") is True
    checked = await either("production.verify_assembly", "S", "P", "A")
    assert (checked["valid"], checked["messages"]) == (True, [])
    assert await either("production.validate_child_units", "S", "P") == checked
    unit = await either("production.get_unit", "S", "P")
    assert [(sub.serial_number, sub.parent_serial_number) for sub in unit.sub_units] == [("C1", "S"), ("C2", "S")]
    tree = await either("production.get_unit_hierarchy", "S", "P")
    assert [child["SerialNumber"] for child in tree["Children"]] == ["C1", "C2"]
    contents = await either("production.get_unit_contents", "S", "P", "A")
    assert [each["SerialNumber"] for each in contents["Children"][0]["Units"]] == ["C1", "C2"]
    assert await either("production.remove_child_from_assembly", "S", "P", "C1", "BOARD") is True
    assert (await either("production.verify_assembly", "S", "P", "A"))["valid"] is False
    assert await either("production.remove_all_children_from_assembly", "S", "P") is True
    assert (await either("production.get_unit", "S", "P")).sub_units == []


async def test_units_are_built_in_as_the_web_pages_do(either):
    await assembly(either)
    made = await either("production.add_child_unit_validated", "S", "P", "C1", "BOARD", "", "")
    assert [child["SerialNumber"] for child in made["Children"]] == ["C1"]
    await either("production.set_unit_phase", "C2", "BOARD", "missing")
    with pytest.raises(ValidationError, match="Missing"):
        await either("production.add_child_unit_validated", "S", "P", "C2", "BOARD", "BOARD", "1.4", check_phase=True)
    made = await either(
        "production.add_child_unit_validated", "S", "P", "C2", "BOARD", "BOARD", "1.4", check_phase=False
    )
    assert len(made["Children"]) == 2
    left = await either("production.remove_child_unit_localized", "S", "P", "C1", "BOARD", "en-US")
    assert [child["SerialNumber"] for child in left["Children"]] == ["C2"]
    left = await either("production.remove_all_child_units", "S", "P", "en-US")
    assert left["Children"] == []


async def test_a_child_that_may_not_go_in_is_refused(either):
    await assembly(either)
    await either("production.add_child_to_assembly", "S", "P", "C1", "BOARD")
    await either("production.create_unit", "T", "P", "A", None, 16)
    with pytest.raises(ConflictError, match="has a parent already"):
        await either("production.add_child_to_assembly", "T", "P", "C1", "BOARD")
    with pytest.raises(ValidationError, match="is not what the box build of P A lists"):
        await either("production.add_child_to_assembly", "S", "P", "T", "P")
    await either("production.set_unit_phase", "S", "P", 16)
    with pytest.raises(ConflictError, match="cannot be a part of itself"):
        await either("production.add_child_to_assembly", "C1", "BOARD", "S", "P", check_part_number="P")
    with pytest.raises(ValidationError, match="not in T"):
        await either("production.remove_child_from_assembly", "T", "P", "C1", "BOARD")
    with pytest.raises(ConflictError, match="sub units"):
        await either("production.delete_unit", "S", "P")


# Batches, sites, connection


async def test_batches(either):
    made = await either("production.create_batch", {"batchNumber": "B1", "batchSize": 10})
    assert (made.batch_number, made.batch_size) == ("B1", 10)
    made.batch_size = 20
    assert (await either("production.update_batch", made)).batch_size == 20
    more = [{"batch_number": "B2"}, ProductionBatch(batch_number="B3", batch_size=1)]
    assert [batch.batch_number for batch in await either("production.save_batches", more)] == ["B2", "B3"]
    assert len(await either("production.get_batches")) == 3
    assert await either("production.get_batches", batch_id="B1") == [made]
    await either("production.create_unit", "S", "P", "A", "B3")
    assert [batch.batch_number for batch in await either("production.get_batches", "P")] == ["B3"]


async def test_the_servers_sites_and_its_connection(either, wats_sandbox, make_report):
    assert await either("production.is_connected") is True
    wats_sandbox.seed(reports=[make_report(1)])
    assert [site["SiteCode"] for site in await either("production.get_sites")] == ["Oslo"]


# Serial numbers


async def test_types_of_serial_numbers(either):
    kinds = await either("production.get_serial_number_types")
    assert [(kind.name, kind.identifier.name) for kind in kinds] == [
        ("IMEI", "IMEI"),
        (MACS, "MAC_ADDRESS"),
        (SERIALS, "SERIAL_NUMBER"),
    ]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"id\r\nN1\r\nN2\r\nN3\r\n", "text/csv"),
        (b"N1\nN2\nN3\n", "text/csv"),
        (b"<SerialNumbers><SN id='N1'/><SN id='N2'/><SN id='N3'/></SerialNumbers>", "application/xml"),
    ],
)
async def test_numbers_are_imported_taken_and_exported(either, content, content_type):
    assert await either("production.import_serial_numbers", content, content_type, type_name=SERIALS) is True
    assert await either("production.take_serial_numbers", SERIALS, 2, "S", "P", "FCT-1") == ["N1", "N2"]
    assert await either("production.allocate_serial_numbers", SERIALS, 5) == ["N3"]
    assert await either("production.take_serial_numbers", SERIALS) == []
    for kind in ("csv", "xml"):
        exported = await either("production.export_serial_numbers", SERIALS, "taken", kind)
        one = parse_serial_numbers(exported)[0]
        assert (one.serial_number, one.reference_sn, one.reference_pn, one.station_name) == ("N1", "S", "P", "FCT-1")
        assert one.taken is not None
    with pytest.raises(ConflictError, match="N1"):
        await either("production.import_serial_numbers", content, content_type, type_name=SERIALS)


async def test_numbers_are_generated_found_counted_freed_and_deleted(either):
    first, last = "00:11:22:33:44:F8", "00:11:22:33:45:07"
    assert await either("production.generate_serial_numbers", MACS, first, last) is True
    assert await either("production.take_serial_numbers", MACS, 2, only_in_sequence=True) == [first, first[:-1] + "9"]
    reserved = await either("production.reserve_serial_numbers", MACS, 3, True, "00:11:22:33:45:00")
    assert reserved == [f"00:11:22:33:45:0{n}" for n in range(3)]
    await either("production.reserve_serial_numbers", MACS, 0, taken_entries=[{"id": reserved[0]}])
    (found,) = await either("production.get_serial_number_ranges", MACS)
    assert (found.start_address, found.end_address, found.total) == (first, last, 16)
    assert (found.free, found.taken, found.reserved) == (11, 3, 2)
    assert (await either("production.get_serial_number_statistics", MACS))["taken"] == 3
    assert (await either("production.free_serial_numbers", [found]))["count"] == 2
    assert await either("production.delete_free_serial_numbers", [found]) is True
    assert await either("production.get_serial_number_count", MACS) == 3
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert await either("production.get_serial_number_count", MACS, first, last, tomorrow) == 0
    for name in ("find_serial_numbers", "find_serial_numbers_in_range"):
        numbers = await either(f"production.{name}", MACS, first, "00:11:22:33:44:FF")
        assert [number.serial_number for number in numbers] == [first, first[:-1] + "9"]
    with pytest.raises(ValidationError, match="in sequence"):
        await either("production.take_serial_numbers", MACS, 2, only_in_sequence=True)


async def test_numbers_are_found_by_what_they_were_taken_for(either):
    await either("production.import_serial_numbers", b"1\n2\n3\n", type_name=SERIALS)
    await either("production.take_serial_numbers", SERIALS, 2, "S", "P")
    await either("production.take_serial_numbers", SERIALS, 1, "T", "P")
    for serial, part, numbers in (("S", None, ["1", "2"]), (None, "P", ["1", "2", "3"]), ("T", "P", ["3"])):
        found = await either("production.find_serial_numbers_by_reference", SERIALS, serial, part)
        assert [number.serial_number for number in found] == numbers


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (("take_serial_numbers", "Nothing"), NotFoundError, "no serial number type Nothing"),
        (("find_serial_numbers", "Nothing", "0", "1"), NotFoundError, "no serial number type Nothing"),
        (("import_serial_numbers", b"id\nN 1\n"), ValidationError, "N 1 is not a number"),
        (("generate_serial_numbers", SERIALS, "1", "2"), ValidationError, "no MAC addresses"),
        (("reserve_serial_numbers", SERIALS, 0, False, None, "", [{"id": "7"}]), ConflictError, "7 .* not reserved"),
    ],
)
async def test_what_the_server_says_of_numbers_is_raised(either, call, kind, words):
    name, *arguments = call
    named = {"type_name": SERIALS} if name == "import_serial_numbers" else {}
    with pytest.raises(kind, match=words):
        await either(f"production.{name}", *arguments, **named)


async def test_parallel_takers_never_get_the_same_number(wats_async_api):
    production = wats_async_api.production
    await production.import_serial_numbers("\n".join(f"N{n}" for n in range(50)).encode(), type_name=SERIALS)
    taken = await asyncio.gather(*(production.take_serial_numbers(SERIALS, 3) for _ in range(20)))
    numbers = [number for each in taken for number in each]
    assert sorted(numbers) == sorted(f"N{n}" for n in range(50))
    assert [len(each) for each in taken].count(3) == 16


@pytest.mark.parametrize("reset", ["after", "mid-body"])
async def test_numbers_of_a_lost_answer_are_not_taken_again(either, wats_sandbox, reset):
    await either("production.import_serial_numbers", b"1\n2\n3\n", type_name=SERIALS)
    wats_sandbox.fail("POST /api/Production/SerialNumbers/Take*", reset=reset)
    with pytest.raises(PyWATSError):
        await either("production.take_serial_numbers", SERIALS, 1, "S")
    found = await either("production.find_serial_numbers_by_reference", SERIALS, "S")
    assert [number.serial_number for number in found] == ["1"]
    wats_sandbox.fail("POST /api/Production/SerialNumbers/Take*", status=503)
    with pytest.raises(ServerError):
        await either("production.take_serial_numbers", SERIALS, 1, "S")
    assert await either("production.take_serial_numbers", SERIALS) == ["2"]


# On the wire


@pytest.mark.parametrize(
    ("call", "verb", "path"),
    [
        (("set_unit_phase", 16), "PUT", "/api/Production/SetUnitPhase?serialNumber=S&partNumber=P&phase=16"),
        (("set_unit_tag", "k", "v"), "PUT", "/api/Production/UnitTag?serialNumber=S&partNumber=P&key=k&value=v"),
        (("set_unit_process",), "PUT", "/api/Production/SetUnitProcess?serialNumber=S&partNumber=P&processName="),
        (
            ("change_unit_part_number", "P", "B"),
            "PUT",
            "/api/Production/ChangeUnit?serialNumber=S&partNumber=P&newPartNumber=P&newRevision=B",
        ),
        (
            ("remove_child_from_assembly", "C0", "BOARD"),
            "POST",
            "/api/Production/RemoveChildUnit?parentSerialNumber=S&parentPartNumber=P&childSerialNumber=C0&childPartNumber=BOARD",
        ),
        (
            ("remove_all_child_units",),
            "POST",
            "/api/internal/Production/RemoveAllChildUnits?serialNumber=S&partNumber=P",
        ),
    ],
)
async def test_values_travel_in_the_query_with_an_empty_body(either, sent, call, verb, path):
    await assembly(either)
    await either("production.create_unit", "C0", "BOARD", "1.0", None, 16)
    await either("production.add_child_to_assembly", "S", "P", "C0", "BOARD")
    name, *more = call
    await either(f"production.{name}", "S", "P", *more)
    assert sent() == (verb, path, b"")


async def test_internal_calls_name_the_web_page_they_stand_for(either, wats_sandbox):
    await either("production.get_phases")
    await either("production.get_batches")
    internal, public = wats_sandbox.requests
    assert internal.headers.get("Referer", "").rstrip("/") == wats_sandbox.url
    assert "Referer" not in public.headers


async def test_texts_in_quotes_and_numbers_as_text_are_read(either, wats_sandbox):
    wats_sandbox.fail("POST /api/Production/SerialNumbers/Take*", content='"SN-7"', content_type="application/json")
    wats_sandbox.fail("GET /api/internal/Production/SerialNumbers/Count*", content='"12"')
    assert await either("production.take_serial_numbers", SERIALS) == ["SN-7"]
    assert await either("production.get_serial_number_count", SERIALS) == 12


@pytest.mark.parametrize("body", ["html", "not-json", "wrong-json"])
async def test_an_answer_that_cannot_be_read_is_an_error(either, wats_sandbox, body):
    for verb, path, name, arguments in (
        ("GET", "/api/Production/SerialNumbers/ByRange*", "find_serial_numbers_in_range", (SERIALS, "0", "1")),
        ("GET", "/api/Production/Unit/Query*", "query_units", ()),
        ("POST", "/api/Production/SerialNumbers/Take*", "take_serial_numbers", (SERIALS,)),
        ("GET", "/api/internal/Mes/GetUnitPhases", "get_phases", ()),
    ):
        wats_sandbox.fail(f"{verb} {path}", body=body)
        with pytest.raises(InvalidResponseError):
            await either(f"production.{name}", *arguments)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, ValidationError), (403, AuthorizationError), (409, ConflictError), (500, ServerError)],
)
async def test_errors_of_the_server_have_their_types(either, wats_sandbox, status, kind):
    wats_sandbox.fail("GET /api/Production/Batches", status=status, times=1)
    with pytest.raises(kind) as caught:
        await either.of(either.api.with_options(retry=None), "production.get_batches")
    assert (caught.value.status, caught.value.path) == (status, "/api/Production/Batches")


async def test_a_token_that_may_only_read_changes_nothing(either, wats_sandbox):
    reader = type(either.api)(wats_sandbox.url, "look", rate_limit=None, trust_env=False)
    try:
        assert await either.of(reader, "production.get_batches") == []
        with pytest.raises(AuthorizationError):
            await either.of(reader, "production.create_batch", {"batchNumber": "B"})
        with pytest.raises(AuthorizationError):
            await either.of(reader, "production.take_serial_numbers", SERIALS)
    finally:
        closing = reader.close()
        if inspect.isawaitable(closing):
            await closing


def test_every_method_is_called_here():
    members = {name: inspect.getattr_static(ProductionService, name) for name in dir(ProductionService)}
    declared = {name for name, member in members.items() if isinstance(member, method | stream)}
    texts = {
        node.value
        for node in ast.walk(ast.parse(Path(__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    called = {text.removeprefix("production.") for text in texts}
    assert len(declared) > 60
    assert declared - called == set()
