"""What each method of the production domain sends, and what it makes of the answers."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from pywats.domains.production.models import ProductionBatch, Unit, UnitPhaseFlag
from pywats.domains.production.service import ProductionService
from pywats.errors import InvalidResponseError, NotFoundError, ServerError, ValidationError
from pywats.service import Async

ODD = "A/B #1?%20 æ"
PATH = "A%2FB%20%231%3F%2520%20%C3%A6"
PUBLIC, INTERNAL = "/api/Production", "/api/internal/Production"
NUMBERS = f"{PUBLIC}/SerialNumbers"
AT = "?serialNumber=S&partNumber=P"
PAIR = "?parentSerialNumber=S&parentPartNumber=P&childSerialNumber=C&childPartNumber=Q"
CHILD = f"{AT}&childSerialNumber=C&childPartNumber=Q"
SINCE, UNTIL = datetime(2026, 1, 5, 8, tzinfo=UTC), datetime(2026, 1, 6, 8, tzinfo=timezone(timedelta(hours=1)))
BETWEEN = "startDate=2026-01-05T08:00:00+00:00&endDate=2026-01-06T08:00:00+01:00"
FCT = "stationName=FCT-1"
FROM = "startAddress=00&endAddress=0F"
RANGE = {"type": "MAC", "startAddress": "00", "endAddress": "FF"}
PHASES = [
    {"UnitPhaseId": 16, "Code": "Done", "Name": "Finalized"},
    {"UnitPhaseId": 8192, "Code": "OnLoan", "Name": "On Loan"},
]


@pytest.fixture
def production(line) -> ProductionService[Async]:
    return ProductionService(line)


REQUESTS: list[tuple[str, tuple[Any, ...], dict[str, Any], str, Any]] = [
    ("get_unit", (ODD, ODD), {}, f"GET {PUBLIC}/Unit/{PATH}/{PATH}", None),
    (
        "create_units",
        ([Unit(serial_number="S", part_number="P", revision="A")],),
        {},
        f"PUT {PUBLIC}/Units",
        [{"serialNumber": "S", "partNumber": "P", "revision": "A"}],
    ),
    (
        "update_unit",
        (Unit(serial_number="S/1", part_number="P", serial_date=SINCE),),
        {},
        f"PUT {PUBLIC}/Units",
        [{"serialNumber": "S/1", "partNumber": "P", "serialDate": "2026-01-05T08:00:00Z"}],
    ),
    (
        "create_unit_public",
        (Unit(serial_number="S", part_number="P", revision="A"),),
        {},
        f"POST {PUBLIC}/Unit",
        {"serialNumber": "S", "partNumber": "P", "revision": "A"},
    ),
    (
        "update_unit_public",
        (Unit(serial_number="S", part_number="P", unit_phase_id=UnitPhaseFlag.FINALIZED),),
        {},
        f"PUT {PUBLIC}/Unit",
        {"serialNumber": "S", "partNumber": "P", "unitPhaseId": 16},
    ),
    ("delete_unit", ("S", "P"), {}, f"DELETE {PUBLIC}/Unit{AT}", None),
    (
        "change_unit_part_number",
        ("S", "P", "Q", "B"),
        {},
        f"PUT {PUBLIC}/ChangeUnit{AT}&newPartNumber=Q&newRevision=B",
        None,
    ),
    ("set_unit_tag", ("S", "P", "k", ""), {}, f"PUT {PUBLIC}/UnitTag{AT}&key=k&value=", None),
    (
        "query_units",
        ("revision eq 'A'", 5, "serialDate desc"),
        {},
        f"GET {PUBLIC}/Unit/Query?$filter=revision eq 'A'&$top=5&$orderby=serialDate desc",
        None,
    ),
    ("verify_unit", ("S", "P"), {}, f"GET {PUBLIC}/UnitVerification{AT}", None),
    ("verify_unit", ("S", "P", "A"), {}, f"GET {PUBLIC}/UnitVerification{AT}&revision=A", None),
    ("get_unit_grade", ("S", "P", "A"), {}, f"GET {PUBLIC}/UnitVerification{AT}&revision=A", None),
    ("is_unit_passing", ("S", "P"), {}, f"GET {PUBLIC}/UnitVerification{AT}", None),
    ("get_phases", (), {}, "GET /api/internal/Mes/GetUnitPhases", None),
    ("get_all_unit_phases", (), {}, "GET /api/internal/Mes/GetUnitPhases", None),
    ("get_phase", (16,), {}, "GET /api/internal/Mes/GetUnitPhases", None),
    ("get_phase_by_name", ("Finalized",), {}, "GET /api/internal/Mes/GetUnitPhases", None),
    ("set_unit_phase", ("S", "P", 4098), {}, f"PUT {PUBLIC}/SetUnitPhase{AT}&phase=4098", None),
    (
        "set_unit_phase",
        ("S", "P", UnitPhaseFlag.IN_STORAGE, "shelf 7"),
        {},
        f"PUT {PUBLIC}/SetUnitPhase{AT}&phase=1024&comment=shelf 7",
        None,
    ),
    ("get_unit_phase", ("S", "P"), {}, f"GET {INTERNAL}/GetUnitPhase{AT}", None),
    ("get_unit_process", ("S", "P"), {}, f"GET {INTERNAL}/GetUnitProcess{AT}", None),
    ("set_unit_process", ("S", "P"), {}, f"PUT {PUBLIC}/SetUnitProcess{AT}&processName=", None),
    (
        "set_unit_process",
        ("S", "P", None, "why"),
        {"process_name": "ICT"},
        f"PUT {PUBLIC}/SetUnitProcess{AT}&processName=ICT&comment=why",
        None,
    ),
    ("get_unit_changes", (), {}, f"GET {PUBLIC}/Units/Changes?maxCount=2147483647", None),
    (
        "get_unit_changes",
        ("S", "P", 5, 10),
        {},
        f"GET {PUBLIC}/Units/Changes?maxCount=15&serialNumber=S&partNumber=P&$top=5&$skip=10",
        None,
    ),
    (
        "get_unit_history",
        ("S", "P"),
        {},
        f"GET {PUBLIC}/Units/Changes?maxCount=1000&serialNumber=S&partNumber=P&$top=1000",
        None,
    ),
    ("delete_unit_change", (7,), {}, f"DELETE {PUBLIC}/Units/Changes/7", None),
    ("acknowledge_unit_change", ("7",), {}, f"DELETE {PUBLIC}/Units/Changes/7", None),
    (
        "add_child_to_assembly",
        ("S", "P", "C", "Q"),
        {},
        f"POST {PUBLIC}/AddChildUnit{PAIR}&checkPartNumber=&checkRevision=",
        None,
    ),
    (
        "add_child_to_assembly",
        ("S", "P", "C", "Q"),
        {"check_part_number": "R", "check_revision": "1.%"},
        f"POST {PUBLIC}/AddChildUnit{PAIR}&checkPartNumber=R&checkRevision=1.%",
        None,
    ),
    ("remove_child_from_assembly", ("S", "P", "C", "Q"), {}, f"POST {PUBLIC}/RemoveChildUnit{PAIR}", None),
    ("remove_all_children_from_assembly", ("S", "P"), {}, f"POST {INTERNAL}/RemoveAllChildUnits{AT}", None),
    (
        "verify_assembly",
        ("S", "P", "A"),
        {},
        f"GET {PUBLIC}/CheckChildUnits?parentSerialNumber=S&parentPartNumber=P",
        None,
    ),
    (
        "add_child_unit_validated",
        ("S", "P", "C", "Q", "", "", "nb-NO", False),
        {},
        f"POST {INTERNAL}/AddChildUnit{CHILD}&checkPartNumber=&checkRevision=&cultureCode=nb-NO&checkPhase=false",
        None,
    ),
    (
        "remove_child_unit_localized",
        ("S", "P", "C", "Q", "en-US"),
        {},
        f"POST {INTERNAL}/RemoveChildUnit{CHILD}&cultureCode=en-US",
        None,
    ),
    ("remove_all_child_units", ("S", "P"), {}, f"POST {INTERNAL}/RemoveAllChildUnits{AT}", None),
    (
        "validate_child_units",
        ("S", "P"),
        {},
        f"GET {INTERNAL}/CheckChildUnits?CultureCode=en-US&ParentSerialNumber=S&ParentPartNumber=P",
        None,
    ),
    ("get_batches", ("P", "B1"), {}, f"GET {PUBLIC}/Batches?partNumber=P&batchId=B1", None),
    ("create_batch", ({"batch_number": "B1"},), {}, f"PUT {PUBLIC}/Batches", [{"batchNumber": "B1"}]),
    (
        "update_batch",
        (ProductionBatch(batch_number="B1", batch_size=9),),
        {},
        f"PUT {PUBLIC}/Batches",
        [{"batchNumber": "B1", "batchSize": 9}],
    ),
    (
        "save_batches",
        ([{"batchNumber": "B1"}, ProductionBatch(batch_number="B2")],),
        {},
        f"PUT {PUBLIC}/Batches",
        [{"batchNumber": "B1"}, {"batchNumber": "B2"}],
    ),
    ("is_connected", (), {}, f"GET {INTERNAL}/isConnected", None),
    ("get_sites", (), {}, f"GET {INTERNAL}/GetSites", None),
    ("get_unit_by_serial", ("S",), {}, f"GET {INTERNAL}/GetUnit?serialNumber=S", None),
    ("get_unit_info", ("S", "P"), {}, f"GET {INTERNAL}/GetUnitInfo{AT}", None),
    ("get_unit_hierarchy", ("S", "P"), {}, f"GET {INTERNAL}/GetUnitHierarchy{AT}", None),
    ("get_unit_contents", ("S", "P", "A"), {}, f"GET {INTERNAL}/GetUnitContents{AT}&revision=A", None),
    ("get_unit_state_history", ("S", "P"), {}, f"GET {INTERNAL}/GetUnitStateHistory{AT}", None),
    (
        "create_unit",
        ("S", "P", "A", "B1", 16),
        {},
        f"POST {INTERNAL}/CreateUnit{AT}&revision=A&batchNumber=B1&unitPhase=16",
        None,
    ),
    ("get_serial_number_types", (), {}, f"GET {NUMBERS}/Types", None),
    (
        "take_serial_numbers",
        ("MAC",),
        {},
        f"POST {NUMBERS}/Take?serialNumberType=MAC&quantity=1&format=XML",
        None,
    ),
    (
        "take_serial_numbers",
        ("MAC", 3, "S", "P", "FCT-1"),
        {"only_in_sequence": True},
        f"POST {NUMBERS}/Take?serialNumberType=MAC&quantity=3&refSN=S&refPN=P&{FCT}&onlyInSequence=true&format=XML",
        None,
    ),
    (
        "allocate_serial_numbers",
        ("MAC", 3),
        {},
        f"POST {NUMBERS}/Take?serialNumberType=MAC&quantity=3&format=XML",
        None,
    ),
    (
        "reserve_serial_numbers",
        ("MAC", 3, True, "05", "R1", [{"id": "01", "taken": "2026-01-05T08:00:00Z"}, {"id": "02"}]),
        {"station_name": "FCT-1"},
        f"POST {INTERNAL}/GetAndReserveNewSerialNumbers",
        {
            "sn": {
                "serialNumberType": "MAC",
                "batchSize": 3,
                "requestType": "Reserve",
                "onlyInSequence": True,
                "stationName": "FCT-1",
                "fromSerialNumber": "05",
                "receipt": "R1",
                "SN": [
                    {"id": "01", "taken": "2026-01-05T08:00:00Z", "takenSpecified": True},
                    {"id": "02", "takenSpecified": False},
                ],
            }
        },
    ),
    (
        "find_serial_numbers_in_range",
        ("MAC", "00", "0F"),
        {"start_date": SINCE, "end_date": UNTIL},
        f"GET {NUMBERS}/ByRange?serialNumberType=MAC&startAddress=00&endAddress=0F&{BETWEEN}",
        None,
    ),
    (
        "find_serial_numbers_by_reference",
        ("MAC", "S", "P"),
        {"start_date": SINCE, "end_date": UNTIL},
        f"GET {NUMBERS}/ByReference?serialNumberType=MAC&refSN=S&refPN=P&{BETWEEN}",
        None,
    ),
    (
        "export_serial_numbers",
        ("MAC", "free"),
        {},
        f"GET {NUMBERS}?serialNumberType=MAC&format=CSV&state=free",
        None,
    ),
    (
        "export_serial_numbers",
        ("MAC", None, "xml"),
        {"start_address": "00", "end_address": "0F", "start_date": SINCE, "end_date": UNTIL},
        f"GET {NUMBERS}?serialNumberType=MAC&format=XML&startAddress=00&endAddress=0F&{BETWEEN}",
        None,
    ),
    (
        "generate_serial_numbers",
        ("MAC", "00", "0F"),
        {},
        f"PUT {INTERNAL}/SerialNumbers/Generate?serialNumberType=MAC&startAddress=00&endAddress=0F",
        None,
    ),
    (
        "find_serial_numbers",
        ("MAC", "00", "0F", SINCE, UNTIL),
        {},
        f"GET {INTERNAL}/SerialNumbers?serialNumberType=MAC&startAddress=00&endAddress=0F&{BETWEEN}",
        None,
    ),
    (
        "get_serial_number_count",
        ("MAC", "00", "0F", SINCE),
        {},
        f"GET {INTERNAL}/SerialNumbers/Count?serialNumberType=MAC&{FROM}&fromDate=2026-01-05T08:00:00+00:00",
        None,
    ),
    (
        "get_serial_number_ranges",
        ("MAC",),
        {},
        f"GET {INTERNAL}/SerialNumbers/Ranges?serialNumberType=MAC",
        None,
    ),
    ("get_serial_number_statistics", (), {}, f"GET {INTERNAL}/SerialNumbers/Statistics", None),
    ("free_serial_numbers", ([RANGE],), {}, f"PUT {INTERNAL}/SerialNumbers/Free", [RANGE]),
    ("delete_free_serial_numbers", ([RANGE],), {}, f"DELETE {INTERNAL}/SerialNumbers/Free", [RANGE]),
]
ADDING = {
    *("take_serial_numbers", "allocate_serial_numbers", "reserve_serial_numbers"),
    *("import_serial_numbers", "generate_serial_numbers"),
}


@pytest.mark.parametrize(("name", "arguments", "named", "request_line", "body"), REQUESTS)
async def test_a_method_sends_one_request(production, line, name, arguments, named, request_line, body):
    await getattr(production, name)(*arguments, **named)
    assert line.sent == [request_line]
    (call,) = line.calls
    assert call.internal == ("/internal/" in call.path)
    assert call.repeatable is (False if name in ADDING else None)
    assert (None if call.body is None else line.json()) == body


@pytest.mark.parametrize(
    "name", sorted({name for name, *_ in REQUESTS if re.match("add|create_unit(_public)?$", name)})
)
def test_what_adds_a_unit_is_a_post_which_is_not_repeated_unless_told_to(name):
    assert {request.split()[0] for each, _, _, request, _ in REQUESTS if each == name} == {"POST"}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("verify_unit", ("S", "P")),
        ("is_unit_passing", ("S", "P")),
        ("verify_assembly", ("S", "P", "A")),
        ("validate_child_units", ("S", "P")),
        ("get_unit_changes", ()),
        ("get_phases", (True,)),
        ("is_connected", ()),
    ],
)
async def test_what_somebody_acts_upon_never_comes_from_a_cache(production, line, name, arguments):
    await getattr(production, name)(*arguments)
    assert all(call.fresh for call in line.calls)


# Units


@pytest.mark.parametrize("said", [b"", b"null", b"{}", b"[]"])
async def test_no_such_unit_is_none(production, line, said):
    line.answer(said)
    assert await production.get_unit("S", "P") is None
    line.answer({"Message": "no"}, 404)
    assert await production.get_unit("S", "P") is None


async def test_stored_units_come_as_the_server_lists_or_as_they_were_sent(production, line):
    unit = Unit(serial_number="S", part_number="P", revision="A")
    line.answer([{"serialNumber": "S", "partNumber": "P", "unitPhaseId": 2}])
    assert [each.unit_phase_id for each in await production.create_units([unit])] == [UnitPhaseFlag.UNDER_PRODUCTION]
    line.answer({"insertCount": 0, "updateCount": 1, "errorCount": 0})
    assert await production.update_unit(unit) == unit
    assert await production.create_units([]) == []
    assert len(line.calls) == 2


@pytest.mark.parametrize(
    ("errors", "words"),
    [([{"serialNumber": "S", "message": "no product P"}], "no product P"), (["no P", "no Q"], "no P; no Q")],
)
async def test_units_that_the_server_refuses_are_an_error_with_its_words(production, line, errors, words):
    unit = Unit(serial_number="S", part_number="P")
    line.answer({"insertCount": 1, "errorCount": 1, "errors": errors})
    with pytest.raises(ValidationError, match=f"refused 1 of 2 units: {words}") as caught:
        await production.create_units([unit, unit])
    assert (caught.value.status, caught.value.path) == (200, f"{PUBLIC}/Units")


async def test_an_answer_of_another_shape_is_an_error_and_not_an_empty_list(production, line):
    for name, arguments, said in (
        ("query_units", (), {"serialNumber": "S"}),
        ("create_units", ([Unit(serial_number="S", part_number="P")],), "yes"),
        ("get_unit_changes", (), "no"),
        ("get_batches", (), 7),
        ("verify_unit", ("S", "P"), [1]),
        ("save_batches", ([{"batchNumber": "B"}],), "no"),
    ):
        line.answer(said)
        with pytest.raises(InvalidResponseError, match="does not parse"):
            await getattr(production, name)(*arguments)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("get_unit", "", "P"), "serial_number is empty"),
        (("get_unit", "S", "P" * 101), "part_number has 101 characters; the server takes 100"),
        (("get_unit", "S\n1", "P"), r"serial_number .* control character"),
        (("create_unit", "S*1", "P", "A"), r"serial_number .* cannot have \* in it"),
        (("create_units", [Unit(serial_number="S/%", part_number="P")]), r"units.0.serial_number .* % / in it"),
        (("create_unit_public", Unit(serial_number="S", part_number="P")), "unit.revision is missing"),
        (
            ("create_unit_public", Unit(serial_number="S", part_number="P", revision="A", parent_serial_number="T")),
            "parent_serial_number cannot be given here",
        ),
        (("update_unit", Unit(part_number="P")), "unit.serial_number is missing"),
        (("change_unit_part_number", "S", "P", "", "A"), "new_part_number is empty"),
        (("set_unit_tag", "S", "P", "", "x"), "key is empty"),
        (("add_child_to_assembly", "S", "P", "", "Q"), "child_serial is empty"),
        (("remove_child_unit_localized", "S", "P", "C", ""), "child_part_number is empty"),
        (("validate_child_units", "", "P"), "parent_serial_number is empty"),
        (("get_unit_changes", "S" * 101), "serial_number has 101"),
        (("get_unit_changes", None, None, 5, -1), "skip is -1"),
        (("delete_unit_change", ""), "cannot be part of a path"),
        (("save_batches", [{"batchNumber": ""}]), "batches.0.batch_number is empty"),
        (("create_batch", {"batchNumber": "B", "batchSize": "many"}), "batchSize"),
        (("get_phase",), "give phase_id, code or name"),
        (("take_serial_numbers", "MAC", 0), "count is 0"),
        (("take_serial_numbers", ""), "type_name is empty"),
        (("reserve_serial_numbers", "MAC", -1), "count is -1"),
        (("find_serial_numbers_by_reference", "MAC"), "give reference_serial, reference_part or both"),
        (("import_serial_numbers", b"1", "text/plain"), "content_type is 'text/plain'"),
        (("import_serial_numbers", b"1"), "type_name is missing"),
        (("export_serial_numbers", "MAC", None, "pdf"), "pdf"),
        (("free_serial_numbers", []), "ranges is empty"),
        (("delete_free_serial_numbers", []), "ranges is empty"),
        (("find_serial_numbers", "MAC", "0", "1", datetime(2026, 1, 1)), "no time zone"),  # noqa: DTZ001 - that is it
    ],
)
async def test_an_argument_that_cannot_do_is_named_and_nothing_is_sent(production, line, call, words):
    name, *arguments = call
    with pytest.raises(ValidationError, match=words):
        await getattr(production, name)(*arguments)
    assert line.calls == []


async def test_units_are_walked_by_serial_number_and_part_number(production, line):
    line.answer([{"serialNumber": "1", "partNumber": "A"}, {"serialNumber": "1", "partNumber": "O'B"}])
    line.answer([{"serialNumber": "2", "partNumber": "A"}])
    line.answer([])
    found = [unit async for unit in production.iter_units("revision eq 'A'", page_size=2)]
    assert [(unit.serial_number, unit.part_number) for unit in found] == [("1", "A"), ("1", "O'B"), ("2", "A")]
    path = f"GET {PUBLIC}/Unit/Query?$filter=%s&$top=2&$orderby=serialNumber,partNumber"
    behind = "(revision eq 'A') and (serialNumber gt '{0}' or (serialNumber eq '{0}' and partNumber gt '{1}'))"
    filters = ["revision eq 'A'", behind.format("1", "O''B"), behind.format("2", "A")]
    assert line.sent == [path % text for text in filters]
    assert all(call.bulk for call in line.calls)


# Verification


def grade(*statuses: str, **more: Any) -> dict[str, Any]:
    results = [{"processCode": 10 * at, "processName": f"T{at}", "status": each} for at, each in enumerate(statuses, 1)]
    good = {"allProcessesExecutedInCorrectOrder": True, "allProcessesPassedLastRun": True}
    return {"status": "Passed", "grade": "A", **good, "results": results, **more}


async def test_a_unit_without_a_rule_has_no_grade_and_does_not_pass(production, line):
    line.answer(b"null")
    assert await production.verify_unit("S", "P") is None
    line.answer(b"null")
    assert await production.is_unit_passing("S", "P") is False


async def test_a_unit_that_passed_everything_is_ready(production, line):
    line.answer(grade("Passed", "passed"))
    found = await production.verify_unit("S", "P")
    assert (found.ready, found.reasons, found.grade) == (True, [], "A")
    line.answer(grade("Passed"))
    assert await production.is_unit_passing("S", "P") is True


async def test_each_process_that_holds_a_unit_back_is_a_reason(production, line):
    failed = {"status": "Failed", "processCode": 60, "processName": "FCT", "totalCount": 3, "nonPassedCount": 2}
    results = [{"status": "Unknown", "processCode": 20, "processName": "ICT"}, {**failed, "stationName": "FCT-1"}, {}]
    line.answer(grade(allProcessesPassedLastRun=False, results=results))
    found = await production.verify_unit("S", "P")
    assert not found.ready
    assert found.reasons == [
        "ICT (20): not tested yet",
        "FCT (60): failed, 2 of 3 runs did not pass, last on FCT-1",
        "a process without a name: not tested yet",
    ]


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("allProcessesPassedLastRun", "not every process passed in its last run"),
        ("allProcessesExecutedInCorrectOrder", "the processes were not executed in their order"),
    ],
)
async def test_what_no_single_process_shows_is_a_reason_too(production, line, flag, reason):
    line.answer(grade("Passed", **{flag: False}))
    assert (await production.verify_unit("S", "P")).reasons == [reason]


# Phases and processes


async def test_phases_are_asked_for_once_and_again_when_told_to(production, line):
    line.answer(PHASES)
    first = await production.get_phases()
    first[0].name = "spoiled"
    assert [phase.name for phase in await production.get_phases()] == ["Finalized", "On Loan"]
    line.answer(PHASES[:1])
    assert len(await production.get_phases(force_refresh=True)) == 1
    assert len(line.calls) == 2


@pytest.mark.parametrize(
    "wanted", [{"phase_id": 8192}, {"code": "onloan"}, {"name": "ON LOAN"}, {"name": "on loan", "code": "OnLoan"}]
)
async def test_a_phase_is_found_by_each_of_its_names(production, line, wanted):
    line.answer(PHASES)
    assert (await production.get_phase(**wanted)).phase_id == 8192


async def test_a_phase_that_is_not_there_is_none(production, line):
    line.answer(PHASES)
    assert await production.get_phase(phase_id=16, name="on loan") is None
    assert await production.get_phase_by_name("Nowhere") is None
    assert await production.get_phase_id("Nowhere") is None


@pytest.mark.parametrize(
    "phase", [16, "16", "Finalized", "FINALIZED", "finalized", UnitPhaseFlag.FINALIZED, " finalized "]
)
async def test_a_phase_of_the_vendors_is_known_by_id_and_by_name_without_a_question(production, line, phase):
    assert await production.get_phase_id(phase) == 16
    await production.set_unit_phase("S", "P", phase)
    assert line.sent == [f"PUT {PUBLIC}/SetUnitPhase{AT}&phase=16"]


@pytest.mark.parametrize("phase", ["on loan", "ONLOAN"])
async def test_a_phase_of_this_server_is_looked_up_by_its_name_or_code(production, line, phase):
    line.answer(PHASES)
    await production.set_unit_phase("S", "P", phase)
    assert line.sent[1:] == [f"PUT {PUBLIC}/SetUnitPhase{AT}&phase=8192"]


async def test_an_unknown_phase_changes_nothing(production, line):
    line.answer(PHASES)
    with pytest.raises(NotFoundError, match="no phase 'Nowhere'"):
        await production.set_unit_phase("S", "P", "Nowhere")
    assert len(line.calls) == 1


async def test_a_process_is_sent_by_its_name_which_is_looked_up_for_a_code(production, line):
    line.answer([{"code": 20, "name": "ICT"}, {"code": 60, "name": "FCT & more"}])
    await production.set_unit_process("S", "P", 60)
    assert line.sent[1:] == [f"PUT {PUBLIC}/SetUnitProcess{AT}&processName=FCT & more"]
    line.answer([])
    with pytest.raises(NotFoundError, match="process with the code 61"):
        await production.set_unit_process("S", "P", 61)


# Changes


class Feed:
    """A list of changes on a server, which answers as one of three kinds of server does."""

    def __init__(self, line: Any, kind: str, count: int, cap: int | None = None) -> None:
        self.kind, self.cap = kind, cap
        self.ids = list(range(1, count + 1))
        line.send = self.send
        self.asked = 0

    async def send(self, call: Any) -> Any:
        self.asked += 1
        assert self.asked < 500
        query = dict(call.query)
        top, skip, most = int(query["$top"]), int(query.get("$skip", 0)), int(query["maxCount"])
        ids = self.ids[:most] if self.kind == "maxCount only" else self.ids[skip : skip + top]
        from pywats.exchange.answer import Answer
        from pywats.exchange.call import body

        rows = [{"id": number, "unitSerialNumber": f"S{number % 2}"} for number in ids[: self.cap]]
        return call.read(Answer(200, {}, body(rows), call.verb, call.path))


@pytest.mark.parametrize("kind", ["maxCount only", "OData"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 100])
@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
async def test_all_changes_come_once_whatever_way_of_paging_the_server_knows(production, line, kind, count, page_size):
    Feed(line, kind, count)
    found = [change.id async for change in production.iter_unit_changes(page_size=page_size)]
    assert found == list(range(1, count + 1))


@pytest.mark.parametrize("cap", [1, 2, 3])
async def test_all_changes_come_from_a_server_that_cuts_pages_short(production, line, cap):
    Feed(line, "OData", 7, cap)
    assert [change.id async for change in production.iter_unit_changes(page_size=5)] == list(range(1, 8))


@pytest.mark.parametrize("kind", ["maxCount only", "OData"])
@pytest.mark.parametrize("every", [1, 2, 3])
async def test_changes_that_are_acknowledged_on_the_way_hide_no_others(production, line, kind, every):
    feed = Feed(line, kind, 20)
    found: list[int] = []
    async for change in production.iter_unit_changes(page_size=3):
        found.append(change.id)
        if change.id % every == 0:
            feed.ids.remove(change.id)
    assert found == list(range(1, 21))


async def test_changes_that_come_while_they_are_read_are_read_too(production, line):
    feed = Feed(line, "OData", 3)
    found: list[int] = []
    async for change in production.iter_unit_changes(page_size=2):
        found.append(change.id)
        if change.id < 10:
            feed.ids.append(feed.ids[-1] + 1)
    assert found == sorted(set(found))
    assert len(found) >= 10


async def test_a_walk_over_changes_ends_at_the_most_that_is_wanted(production, line):
    feed = Feed(line, "OData", 20)
    assert len([change async for change in production.iter_unit_changes(page_size=3, max_items=7)]) == 7
    assert feed.asked <= 4
    assert [change async for change in production.iter_unit_changes(max_items=0)] == []


@pytest.mark.parametrize("kind", ["maxCount only", "OData"])
@pytest.mark.parametrize("acknowledged", [False, True])
async def test_a_walk_over_changes_goes_on_behind_an_earlier_ones_cursor(production, line, kind, acknowledged):
    feed = Feed(line, kind, 12)
    stream = production.iter_unit_changes(page_size=3)
    assert stream.cursor is None
    first = [(await anext(stream)).id for _ in range(5)]
    cursor = stream.cursor
    await stream.aclose()
    if acknowledged:
        feed.ids = [number for number in feed.ids if number not in first]
    feed.ids.append(13)
    seen: list[tuple[int, int | None]] = []
    later = production.iter_unit_changes(
        page_size=4, max_items=7, resume_from=cursor, progress=lambda done, total: seen.append((done, total))
    )
    assert [change.id async for change in later] == [6, 7, 8, 9, 10, 11, 12]
    assert seen[-1] == (7, 7)
    with pytest.raises(ValidationError, match="this one goes by id"):
        production.iter_unit_changes(resume_from='{"order": "timeStamp", "after": "x"}')


@pytest.mark.parametrize("kind", ["maxCount only", "OData"])
async def test_the_changes_of_one_unit_also_from_a_server_that_gives_those_of_all(production, line, kind):
    Feed(line, kind, 9)
    found = await production.get_unit_history("S1", "P")
    assert [change.id for change in found] == [1, 3, 5, 7, 9]
    assert [change.id async for change in production.iter_unit_changes("S0", page_size=2, max_items=2)] == [2, 4]


@pytest.mark.parametrize("kind", ["maxCount only", "OData"])
async def test_a_page_of_changes_begins_behind_what_is_skipped(production, line, kind):
    Feed(line, kind, 9)
    assert [change.id for change in await production.get_unit_changes(top=3, skip=4)] == [5, 6, 7]


# Box builds, batches, connection


@pytest.mark.parametrize("said", [b"", b"null", b"true", b'"done"', b"[1]"])
async def test_a_change_that_the_server_shows_nothing_of_is_made_all_the_same(production, line, said):
    line.answer(said)
    assert await production.remove_all_child_units("S", "P") is None
    line.answer(said)
    assert await production.remove_child_from_assembly("S", "P", "C", "Q") is True


async def test_a_change_that_shows_its_result_gives_it(production, line):
    line.answer({"SerialNumber": "S"})
    assert await production.create_unit("S", "P", "A") == {"SerialNumber": "S"}


async def test_a_web_page_makes_no_change(production, line):
    for name, arguments in (("set_unit_tag", ("S", "P", "k", "v")), ("remove_all_child_units", ("S", "P"))):
        line.answer(b"<!DOCTYPE html><html></html>", kind="text/html")
        with pytest.raises(InvalidResponseError, match="web page"):
            await getattr(production, name)(*arguments)


async def test_stored_batches_come_as_the_server_lists_or_as_they_were_sent(production, line):
    batch = ProductionBatch(batch_number="B", batch_size=2)
    for said in (b"null", b"{}", {"errorCount": 0}, [{"batchNumber": "B", "batchSize": 2}]):
        line.answer(said)
        assert await production.create_batch(batch) == batch
    line.answer({"errorCount": 1, "errors": ["no"]})
    with pytest.raises(ValidationError, match="refused 1 of 1 batches: no"):
        await production.create_batch(batch)
    assert await production.save_batches([]) == []
    assert len(line.calls) == 5


@pytest.mark.parametrize(
    ("said", "connected"), [(b"true", True), (b"false", False), (b"null", False), (b'"true"', True)]
)
async def test_whether_the_server_is_connected(production, line, said, connected):
    line.answer(said)
    assert await production.is_connected() is connected


async def test_a_server_that_fails_is_not_just_disconnected(production, line):
    line.answer({"Message": "out of order"}, 500)
    with pytest.raises(ServerError, match="out of order"):
        await production.is_connected()
