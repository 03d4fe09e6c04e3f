"""What each method of the process domain sends, and what it makes of the answers."""

from uuid import UUID

import pytest

from pywats.domains.process.service import ProcessService
from pywats.errors import InvalidResponseError, NotFoundError, ValidationError
from pywats.service import Async

INTERNAL = "/api/internal/Process"
IDENTITY = UUID(int=7)
EVERYTHING = "GET /api/App/Processes"
LIST = [
    {"code": 60, "name": "Final", "isTestOperation": True},
    {"code": 20, "name": "ICT", "isTestOperation": True},
    {"code": 21, "name": "ict", "isTestOperation": 1},
    {"code": 500, "name": "Repair", "isRepairOperation": True, "isTestOperation": None},
    {"code": 200, "name": "Assembly", "isWipOperation": "true"},
]
CODE = {"GUID": str(UUID(int=2)), "Description": "Burned", "FailureType": "Component"}
NESTED = {"GUID": str(UUID(int=3)), "Description": "Group", "Failcodes": [CODE]}
CATEGORY = {"GUID": str(UUID(int=1)), "Description": "Part", "Selectable": False, "Failcodes": [NESTED]}
CONFIGS = {
    "500": {"Description": "Repair", "UUTRequired": 0, "Categories": [CATEGORY]},
    "510": {"Description": "RMA", "UUTRequired": "Never", "Categories": None},
}


@pytest.fixture
def process(line) -> ProcessService[Async]:
    return ProcessService(line)


REQUESTS: list[tuple[str, tuple[object, ...], str]] = [
    ("refresh", (), EVERYTHING),
    ("clear_cache", (), EVERYTHING),
    ("get_processes", (), EVERYTHING),
    ("get_processes_filtered", (), EVERYTHING),
    (
        "get_processes_filtered",
        (True, False, None, True),
        f"{EVERYTHING}?includeTestOperations=true&includeRepairOperations=false&includeInactiveProcesses=true",
    ),
    ("get_test_operations", (), EVERYTHING),
    ("get_repair_operations", (), EVERYTHING),
    ("get_wip_operations", (), EVERYTHING),
    ("get_process", ("Final",), EVERYTHING),
    ("get_process_by_code", (60,), EVERYTHING),
    ("get_process_by_name", ("Final",), EVERYTHING),
    ("get_test_operation", (60,), EVERYTHING),
    ("get_repair_operation", (500,), EVERYTHING),
    ("get_wip_operation", (200,), EVERYTHING),
    ("is_valid_test_operation", (60,), EVERYTHING),
    ("is_valid_repair_operation", (500,), EVERYTHING),
    ("is_valid_wip_operation", (200,), EVERYTHING),
    ("get_default_test_operation", (), EVERYTHING),
    ("get_default_repair_operation", (), EVERYTHING),
    ("process_exists", (60,), EVERYTHING),
    ("list_process_codes", (), EVERYTHING),
    ("list_process_names", (), EVERYTHING),
    ("get_processes_detailed", (), f"GET {INTERNAL}/GetProcesses"),
    ("get_process_detailed", (IDENTITY,), f"GET {INTERNAL}/GetProcess/{IDENTITY}"),
    ("get_process_detailed", (f"{{{IDENTITY}}}",), f"GET {INTERNAL}/GetProcess/{IDENTITY}"),
    ("get_repair_operation_configs", (), f"GET {INTERNAL}/GetRepairOperations"),
    ("get_repair_operation_config", (IDENTITY,), f"GET {INTERNAL}/GetRepairOperation/{IDENTITY}"),
    ("get_repair_operation_config", (IDENTITY, 60), f"GET {INTERNAL}/GetRepairOperation/{IDENTITY}?processCode=60"),
    ("get_repair_categories", (500,), f"GET {INTERNAL}/GetRepairOperations"),
    ("get_repair_codes", (500,), f"GET {INTERNAL}/GetRepairOperations"),
    ("get_fail_codes", (), f"GET {INTERNAL}/GetRepairOperations"),
]


@pytest.mark.parametrize(("name", "arguments", "request_line"), REQUESTS)
async def test_a_method_sends_one_request(process, line, name, arguments, request_line):
    await getattr(process, name)(*arguments)
    assert line.sent == [request_line]
    assert line.calls[0].internal == (INTERNAL in request_line)
    assert line.calls[0].body is None


async def test_nothing_is_kept_between_two_calls(process, line):
    line.answer(LIST)
    line.answer([])
    assert await process.get_process(60)
    assert not await process.get_process(60)
    assert line.sent == [EVERYTHING] * 2


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("refresh", ()),
        ("clear_cache", ()),
        ("process_exists", (60,)),
        *((f"is_valid_{kind}_operation", (60,)) for kind in ("test", "repair", "wip")),
        *((f"get_default_{kind}_code", ()) for kind in ("test", "repair")),
    ],
)
async def test_what_decides_about_a_report_never_comes_from_a_cache(process, line, name, arguments):
    line.answer(LIST)
    await getattr(process, name)(*arguments)
    assert [call.fresh for call in line.calls] == [True]


async def test_lists_are_of_one_kind(process, line):
    for name, codes in (("test", [60, 20, 21]), ("repair", [500]), ("wip", [200])):
        line.answer(LIST)
        assert [each.code for each in await getattr(process, f"get_{name}_operations")()] == codes


@pytest.mark.parametrize(
    ("name", "identifier", "code"),
    [
        ("get_process", 20, 20),
        ("get_process", "20", 20),
        ("get_process", "70", 7),
        ("get_process", "-20", None),
        ("get_process", -20, None),
        ("get_process_by_name", "20", None),
        ("get_test_operation", "500", None),
        ("get_process", "FINAL", 60),
        ("get_process", "ict", 21),
        ("get_process", "Ict", None),
        ("get_process_by_name", "ICT", 20),
        ("get_test_operation", 500, None),
        ("get_test_operation", "Repair", None),
        ("get_repair_operation", "repair", 500),
        ("get_wip_operation", "Assembly", 200),
    ],
)
async def test_a_process_is_found_by_its_code_or_its_name(process, line, name, identifier, code):
    line.answer([*LIST, {"code": 70, "name": "7x"}, {"code": 7, "name": "70"}])
    found = await getattr(process, name)(identifier)
    assert (found and found.code) == code


async def test_the_default_is_the_lowest_code_and_none_is_invented(process, line):
    line.answer(LIST)
    assert await process.get_default_test_code() == 20
    line.answer(LIST)
    assert await process.get_default_repair_code() == 500
    for kind in ("test", "repair"):
        with pytest.raises(NotFoundError, match=f"{kind} operation"):
            await getattr(process, f"get_default_{kind}_code")()


async def test_failure_codes_of_nested_groups_belong_to_the_category(process, line):
    line.answer(CONFIGS)
    assert await process.get_fail_codes() == [
        {
            "category": "Part",
            "code": "Burned",
            "guid": str(UUID(int=2)),
            "failureType": 4,
            "selectable": True,
        }
    ]
    for arguments, codes in (((), ["Burned"]), ((510,), []), ((500, "Part"), ["Burned"]), ((500, "Other"), [])):
        line.answer(CONFIGS)
        assert await process.get_repair_codes(*arguments) == codes
    line.answer(CONFIGS)
    assert [each.description for each in await process.get_repair_categories()] == ["Part"]


async def test_an_id_that_is_none_is_named_and_nothing_is_sent(process, line):
    for name in ("get_process_detailed", "get_repair_operation_config"):
        with pytest.raises(ValidationError, match="process_id is '60'"):
            await getattr(process, name)("60")
    assert line.calls == []


@pytest.mark.parametrize("name", ["get_processes", "get_processes_detailed", "get_repair_operation_configs"])
async def test_an_answer_that_does_not_parse_is_an_error(process, line, name):
    line.answer("no list")
    with pytest.raises(InvalidResponseError, match="does not parse"):
        await getattr(process, name)()


async def test_an_empty_answer_is_nothing(process, line):
    assert await process.get_repair_operation_configs() == {}
    assert await process.get_repair_operation_config(IDENTITY) is None
    line.answer(b"", 404)
    assert await process.get_process_detailed(IDENTITY) is None
