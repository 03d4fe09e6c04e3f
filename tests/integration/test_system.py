"""Every method of the system domain on both faces, over a real socket."""

import pytest
from waiting import PATIENCE

from pywats import AuthenticationError, AuthorizationError, ConflictError, ServerError, ValidationError, pyWATS


async def test_the_server_says_how_and_which_it_is(either):
    assert (await either("system.get_system_status"))["status"] == "OK"
    info = await either("system.get_server_info")
    assert (info.name, info.version) == ("pywats sandbox", await either("get_version"))


async def test_a_client_lives_from_its_registration_to_its_end(either, wats_sandbox, make_report):
    registration = await either("system.register_client", "PC/1", "FCT-1", "Oslo", "Production")
    assert registration.passcode not in repr(registration)
    wats_sandbox.seed(reports=[make_report(machineName="FCT-1")])
    with pyWATS(wats_sandbox.url, registration.token, rate_limit=None, trust_env=False) as own:
        assert own.system.ping() is True
        assert own.system.update_client_status("FCT-1", "Bergen", version="1.2", pending_total=3) is True
        client = await either("system.get_client", "FCT-1")
        assert (client.identifier, client.status, client.location, client.pending_count) == (
            "PC/1",
            "Online",
            "Bergen",
            3,
        )
        assert (client.type.name, client.last_report.year) == ("CLIENT", 2026)
        assert client.last_ping
        assert own.system.update_client_settings("FCT-1", "Bergen", "Debug", "<Converters/>") is True
        assert own.system.disconnect_client("PC/1") is True
        assert own.product.create_product("X")
    client = await either("system.get_client", identifier="PC/1")
    assert (client.status, client.purpose) == ("Offline", "Debug")
    assert (await either("system.get_client_log", "PC/1")).text == "disconnected"
    assert await either("system.get_clients") == [client]


async def test_a_client_that_registers_again_has_a_new_passcode(either, wats_sandbox):
    first = await either("system.register_client", "PC-1", "FCT-1")
    second = await either("system.register_client", "PC-1", "FCT-1")
    for registration, works in ((first, False), (second, True)):
        with pyWATS(wats_sandbox.url, registration.token, rate_limit=None, trust_env=False) as api:
            if works:
                assert api.system.ping()
            else:
                with pytest.raises(AuthenticationError):
                    api.system.ping()
    with pytest.raises(ConflictError, match="FCT-1"):
        await either("system.register_client", "PC-2", "FCT-1")
    with pytest.raises(ValidationError, match="client type"):
        await either("system.register_client", "PC-2", "FCT-2", client_type="teapot")


async def test_only_a_client_tells_of_itself(either):
    with pytest.raises(AuthorizationError):
        await either("system.update_client_status", "FCT-1")


async def test_a_client_is_moved_to_a_level(either):
    level = await either("system.create_level", ["Europe", "Oslo"])
    await either("system.register_client", "PC-1", "FCT-1")
    client = await either("system.get_client", "FCT-1")
    client.display_name, client.client_group_id = "The first", level
    assert await either("system.update_client", client, move_with_history=True) is True
    assert await either("system.get_client", "FCT-1") == client
    client.client_group_id = level + 100
    with pytest.raises(ValidationError, match="level"):
        await either("system.update_client", client)


async def test_a_level_is_found_by_its_path(either):
    oslo = await either("system.create_level", ["Europe", "A, B & C"])
    assert await either("system.create_level", ["Europe", "A, B & C"]) == oslo
    assert await either("system.get_level", ["Europe", "A, B & C"]) == oslo
    assert await either("system.get_level", ["Europe"]) not in {None, oslo}
    assert await either("system.get_level", ["A, B & C"]) is None
    for name in ("get_level", "create_level"):
        for wrong in ([], "Europe"):
            with pytest.raises(ValidationError, match="list of at least one name"):
                await either(f"system.{name}", wrong)


async def test_what_is_not_there_is_none(either):
    assert await either("system.get_client", "no such client") is None
    assert await either("system.get_client_log", "no such client") is None
    with pytest.raises(ValidationError, match="name or identifier"):
        await either("system.get_client")


@pytest.mark.parametrize(
    ("name", "arguments"), [("ping", ()), ("disconnect_client", ("X",)), ("register_client", ("X", "X"))]
)
async def test_what_has_an_effect_is_sent_once(either, wats_sandbox, name, arguments):
    wats_sandbox.fail("*", status=503, times=1)
    with pytest.raises(ServerError):
        await either(f"system.{name}", *arguments)
    assert len(wats_sandbox.requests) == 1


async def test_reads_with_an_effect_share_no_request_and_no_answer(either, wats_sandbox):
    started = [either.api.system.ping.submit() for _ in range(3)]
    for each in started:
        assert (each.result(PATIENCE) if either.face == "blocking" else await each) is True
    assert len(wats_sandbox.requests) == 3
