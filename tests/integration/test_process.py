"""Every method of the process domain on both faces, over a real socket."""

import ast
from pathlib import Path
from uuid import uuid4

import pytest

from pywats import AuthorizationError, CacheConfig, NotFoundError, ServerError, ValidationError, pyWATS
from pywats.domains.process.service import ProcessService
from pywats.sandbox import Process, Sandbox
from workers.face import method


@pytest.fixture
def processes(wats_sandbox):
    """Four processes of all kinds and states, and no others."""
    for process in wats_sandbox.processes:
        wats_sandbox.remove_process(process.code)
    repair = Process(500, "Repair", "repair", {"Part": ["Burned", "Missing"], "Solder": ["Short"]}, ["Note"])
    for process in (Process(60, "Final"), repair, Process(200, "Build", "wip"), Process(70, "Old", active=False)):
        wats_sandbox.add_process(process)


async def identity(either, code: int) -> str:
    return next(each.process_id for each in await either("process.get_processes_detailed") if each.code == code)


@pytest.mark.usefixtures("processes")
async def test_lists(either):
    assert [each.code for each in await either("process.get_processes")] == [60, 200, 500]
    assert await either("process.list_process_codes") == [60, 200, 500]
    assert await either("process.list_process_names") == ["Final", "Build", "Repair"]
    for kind, code in (("test", 60), ("repair", 500), ("wip", 200)):
        assert [each.code for each in await either(f"process.get_{kind}_operations")] == [code]
    filtered = await either("process.get_processes_filtered", True, include_inactive_processes=True)
    assert [each.code for each in filtered] == [60, 70]
    detailed = await either("process.get_processes_detailed")
    assert [(each.code, each.state) for each in detailed] == [(60, 1), (70, 0), (200, 1), (500, 1)]


@pytest.mark.usefixtures("processes")
async def test_one_process(either):
    assert (await either("process.get_process", 60)).name == "Final"
    assert (await either("process.get_process", "final")).code == 60
    assert (await either("process.get_process", "60")).name == "Final"
    assert (await either("process.get_process_by_code", 200)).is_wip_operation
    assert (await either("process.get_process_by_name", "Repair")).is_repair_operation
    for kind, code, name in (("test", 60, "Final"), ("repair", 500, "Repair"), ("wip", 200, "Build")):
        for identifier in (code, name):
            assert (await either(f"process.get_{kind}_operation", identifier)).code == code
        assert await either(f"process.is_valid_{kind}_operation", code) is True
        assert await either(f"process.is_valid_{kind}_operation", 70) is False
    assert await either("process.process_exists", 60) is True
    detailed = await either("process.get_process_detailed", await identity(either, 70))
    assert (detailed.code, detailed.name, detailed.is_test_operation) == (70, "Old", True)


@pytest.mark.usefixtures("processes")
async def test_what_is_not_there_is_none(either):
    for name in ("get_process", "get_process_by_code", "get_test_operation", "get_repair_operation"):
        assert await either(f"process.{name}", 9999) is None
    assert await either("process.get_process_by_name", "nothing") is None
    assert await either("process.get_wip_operation", "nothing") is None
    assert await either("process.process_exists", 9999) is False
    assert await either("process.get_process_detailed", uuid4()) is None
    assert await either("process.get_repair_operation_config", uuid4()) is None
    assert await either("process.get_repair_operation_config", await identity(either, 60)) is None
    assert await either("process.get_fail_codes", 9999) == []


@pytest.mark.usefixtures("processes")
async def test_defaults(either, wats_sandbox):
    assert await either("process.get_default_test_code") == 60
    assert await either("process.get_default_repair_code") == 500
    assert (await either("process.get_default_test_operation")).name == "Final"
    assert (await either("process.get_default_repair_operation")).name == "Repair"
    wats_sandbox.remove_process(60)
    wats_sandbox.remove_process(500)
    assert await either("process.get_default_test_operation") is None
    assert await either("process.get_default_repair_operation") is None
    for kind in ("test", "repair"):
        with pytest.raises(NotFoundError, match=f"no {kind} operation"):
            await either(f"process.get_default_{kind}_code")


@pytest.mark.usefixtures("processes")
async def test_repairs(either):
    configs = await either("process.get_repair_operation_configs")
    assert list(configs) == [500]
    assert configs[500].validate_fail_code("Part", "Burned")
    assert [each.description for each in configs[500].misc_infos] == ["Note"]
    config = await either("process.get_repair_operation_config", await identity(either, 500), 60)
    assert config["Description"] == "Repair"
    for code in (None, 500):
        assert [each.description for each in await either("process.get_repair_categories", code)] == ["Part", "Solder"]
        assert await either("process.get_repair_codes", code) == ["Burned", "Missing", "Short"]
    assert await either("process.get_repair_codes", 500, "Solder") == ["Short"]
    codes = await either("process.get_fail_codes")
    assert [(each["category"], each["code"]) for each in codes] == [
        ("Part", "Burned"),
        ("Part", "Missing"),
        ("Solder", "Short"),
    ]


@pytest.mark.usefixtures("processes")
async def test_a_change_in_the_server_is_seen_at_once(either, wats_sandbox):
    assert await either("process.process_exists", 61) is False
    wats_sandbox.add_process(Process(61, "New"))
    assert await either("process.process_exists", 61) is True


def test_a_cache_answers_lists_and_never_checks(wats_sandbox):
    with pyWATS(wats_sandbox.url, wats_sandbox.token, cache=CacheConfig()) as api:
        assert api.process.get_process(61) is None
        wats_sandbox.add_process(Process(61, "New"))
        assert api.process.get_process(61) is None
        assert api.process.process_exists(61)
        assert api.process.is_valid_test_operation(61)
        for renew in (api.process.refresh, api.process.clear_cache):
            wats_sandbox.add_process(Process(61, renew.__name__))
            renew()
            found = api.process.get_process(61)
            assert found is not None
            assert found.name == renew.__name__


async def test_refresh_tells_that_the_server_does_not_answer(either, wats_sandbox):
    assert await either("process.refresh") is None
    assert await either("process.clear_cache") is None
    wats_sandbox.fail("GET /api/App/Processes", status=500, times=1)
    with pytest.raises(ServerError):
        await either.of(either.api.with_options(retry=None), "process.refresh")


async def test_errors_have_their_types(either, wats_sandbox):
    with pytest.raises(ValidationError, match="process_id"):
        await either("process.get_process_detailed", "60")
    for status, kind in ((400, ValidationError), (403, AuthorizationError)):
        wats_sandbox.fail("GET /api/internal/Process/GetProcesses", status=status, times=1)
        with pytest.raises(kind):
            await either("process.get_processes_detailed")


async def test_internal_calls_name_the_web_page_they_stand_for(either, wats_sandbox):
    await either("process.get_repair_operation_configs")
    await either("process.get_processes")
    internal, public = wats_sandbox.requests
    assert internal.headers.get("Referer", "").rstrip("/") == wats_sandbox.url
    assert "Referer" not in public.headers


def test_processes_stay_in_a_database_file(tmp_path):
    for name in ("Mine", None):
        with Sandbox(db=tmp_path / "wats.db") as wats, pyWATS(wats.url, wats.token) as api:
            if name:
                wats.add_process(Process(61, name, active=False))
            assert not api.process.process_exists(61)
            (found,) = [each for each in api.process.get_processes_detailed() if each.code == 61]
            assert (found.name, found.state) == ("Mine", 0)


def test_every_method_is_called_here():
    declared = {name for name, member in vars(ProcessService).items() if isinstance(member, method)}
    texts = {
        node.value
        for node in ast.walk(ast.parse(Path(__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    called = {text.removeprefix("process.") for text in texts}
    for kind in ("test", "repair", "wip"):
        called |= {f"get_{kind}_operations", f"get_{kind}_operation", f"is_valid_{kind}_operation"}
    for kind in ("test", "repair"):
        called |= {f"get_default_{kind}_code", f"get_default_{kind}_operation"}
    assert declared - called == set()
