"""Every method of the scim domain on both faces, over a real socket."""

import ast
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from waiting import PATIENCE

from pywats import (
    AuthorizationError,
    ConflictError,
    NotFoundError,
    ScimPatchOperation,
    ScimPatchRequest,
    ScimUser,
    ScimUserEmail,
    ScimUserName,
    ServerError,
    ValidationError,
    pyWATS,
)
from pywats.domains.scim.service import ScimService
from pywats.sandbox import Sandbox
from workers.face import method, stream

ODD = "A/B #1?%20 æ@acme.com"


async def made(either, name: str = ODD) -> ScimUser:
    return await either("scim.create_user", ScimUser(user_name=name, display_name="Anna A."))


async def test_a_user_is_stored_and_found(either):
    anna = ScimUser(
        user_name=ODD,
        display_name="Anna A.",
        external_id="x-7",
        name=ScimUserName(given_name="Anna", family_name="A."),
        emails=[ScimUserEmail(value="anna@acme.com", type="work", primary=True)],
        active=False,
    )
    stored = await either("scim.create_user", anna)
    assert (stored.user_name, stored.display_name, stored.external_id) == (ODD, "Anna A.", "x-7")
    assert (stored.name.given_name, stored.emails, stored.active) == ("Anna", anna.emails, False)
    assert await either("scim.get_user", stored.id) == stored
    assert await either("scim.get_user_by_username", ODD) == stored
    with pytest.raises(ConflictError, match=r"already\. \(uniqueness\)"):
        await either("scim.create_user", anna)


async def test_a_user_is_changed(either):
    anna = await made(either)
    operations = [
        ScimPatchOperation(path="fullName", value="Anna B."),
        ScimPatchOperation(path="familyName", value="B."),
        ScimPatchOperation(path="givenName", value="Anna"),
        ScimPatchOperation(path="email", value="b@acme.com"),
        ScimPatchOperation(path="roles", value="Engineer"),
        ScimPatchOperation(path="levels", value="Oslo;Bergen"),
        ScimPatchOperation(path="productGroups", value="Boards"),
    ]
    changed = await either("scim.update_user", anna.id, ScimPatchRequest(operations=operations))
    assert (changed.display_name, changed.name.family_name) == ("Anna B.", "B.")
    assert changed.emails[0].value == "b@acme.com"
    assert changed.model_extra["levels"] == ["Oslo", "Bergen"]
    assert changed.model_extra["productGroups"] == ["Boards"]
    assert await either("scim.get_user", anna.id) == changed
    assert (await either("scim.update_display_name", anna.id, "Anna C.")).display_name == "Anna C."


async def test_a_user_is_put_out_of_use_and_back(either):
    anna = await made(either)
    assert (await either("scim.deactivate_user", anna.id)).active is False
    assert (await either("scim.set_user_active", anna.id, True)).active is True
    assert (await either("scim.set_user_active", anna.id, False)).active is False


async def test_a_user_is_deleted(either):
    anna = await made(either)
    assert await either("scim.delete_user", anna.id) is True
    assert await either("scim.get_user", anna.id) is None
    assert await either("scim.get_user_by_username", ODD) is None
    for name, *more in (("delete_user",), ("deactivate_user",), ("update_display_name", "x")):
        with pytest.raises(NotFoundError, match="There is no user"):
            await either(f"scim.{name}", anna.id, *more)


async def test_users_are_listed_filtered_and_walked(either, wats_sandbox):
    everyone = [f"user{number}" for number in range(5)]
    for name in everyone:
        await made(either, name)
    page = await either("scim.get_users", 2, 2)
    assert (page.total_results, page.start_index, page.items_per_page) == (5, 2, 2)
    assert [user.user_name for user in page.resources] == everyone[1:3]
    found = await either("scim.get_users", filter=f"userName eq {json.dumps('USER3')}")
    assert [user.user_name for user in found.resources] == ["user3"]
    wats_sandbox.clear_requests()
    told: list[tuple[int, int, int | None]] = []
    walked = await either.walk("scim.iter_users", 2, on_page=lambda *page: told.append(page))
    assert [user.user_name for user in walked] == everyone
    assert told == [(1, 2, 5), (2, 4, 5), (3, 5, 5)]
    queries = [request.raw_path.partition("?")[2] for request in wats_sandbox.requests]
    assert queries == [f"startIndex={start}&count=2" for start in (1, 3, 5)]
    assert [user.user_name for user in await either.walk("scim.iter_users", 2, 3)] == everyone[:3]
    some = await either.walk("scim.iter_users", filter='userName ew "4" or userName ew "0"')
    assert [user.user_name for user in some] == ["user0", "user4"]


def test_a_server_that_gives_shorter_pages_than_asked_for_is_walked_to_the_end():
    with Sandbox(page_limit=2) as wats, pyWATS(wats.url, wats.token) as api:
        for number in range(5):
            api.scim.create_user(ScimUser(user_name=f"user{number}"))
        assert len(list(api.scim.iter_users(100))) == 5


async def test_a_token_for_an_identity_provider(either):
    begun = datetime.now(UTC).replace(microsecond=0)
    token = await either("scim.get_token", 30)
    assert token.duration_days == 30
    assert token.token
    assert token.token not in repr(token)
    started = [either.api.scim.get_token.submit() for _ in range(3)]
    others = [each.result(PATIENCE) if either.face == "blocking" else await each for each in started]
    assert len({token.token, *(other.token for other in others)}) == 4
    assert begun <= token.expires_utc - timedelta(days=30) <= datetime.now(UTC)


async def test_requests_say_that_they_are_scim(either, wats_sandbox):
    await made(either)
    (sent,) = wats_sandbox.requests
    assert sent.headers["Content-Type"] == "application/scim+json"
    assert sent.headers["Accept"] == "application/scim+json, application/json"
    assert "Referer" not in sent.headers


async def test_a_change_is_sent_once_although_the_server_fails(either, wats_sandbox):
    anna = await made(either)
    wats_sandbox.clear_requests()
    wats_sandbox.fail("PATCH /api/SCIM/v2/Users/*", status=503, times=1)
    with pytest.raises(ServerError):
        await either("scim.deactivate_user", anna.id)
    assert [request.method for request in wats_sandbox.requests] == ["PATCH"]


async def test_what_the_server_refuses_is_said_in_its_words(either):
    anna = await made(either)
    request = ScimPatchRequest(operations=[ScimPatchOperation(path="roles", value="Nobody")])
    with pytest.raises(ValidationError, match=r"There is no role 'Nobody'\. \(invalidValue\)") as caught:
        await either("scim.update_user", anna.id, request)
    assert caught.value.status == 400
    with pytest.raises(ValidationError, match="invalidFilter"):
        await either("scim.get_users", filter="userName is anna")


def test_who_may_not_manage_users_is_told_so():
    with Sandbox(read_only_token="reader") as wats, pyWATS(wats.url, "reader") as api:
        assert api.scim.get_users().total_results == 0
        for call in (api.scim.get_token, lambda: api.scim.create_user(ScimUser(user_name="x"))):
            with pytest.raises(AuthorizationError):
                call()


def test_users_stay_in_a_database_file(tmp_path):
    for first in (True, False):
        with Sandbox(db=tmp_path / "wats.db") as wats, pyWATS(wats.url, wats.token) as api:
            if first:
                api.scim.create_user(ScimUser(user_name="anna"))
            assert [user.user_name for user in api.scim.iter_users()] == ["anna"]


def test_every_method_is_called_here():
    declared = {name for name, member in vars(ScimService).items() if isinstance(member, method | stream)}
    texts = {
        node.value
        for node in ast.walk(ast.parse(Path(__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert declared - {text.removeprefix("scim.") for text in texts} == set()
