"""What each method of the scim domain sends, and what it makes of the answers."""

from typing import Any

import pytest

from pywats.domains.scim.models import (
    ScimListResponse,
    ScimPatchOperation,
    ScimPatchRequest,
    ScimToken,
    ScimUser,
    ScimUserEmail,
    ScimUserName,
)
from pywats.domains.scim.service import PATHS, ScimService
from pywats.errors import ConflictError, InvalidResponseError, NotFoundError, ValidationError
from pywats.service import Async

USERS = "/api/SCIM/v2/Users"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
EMPTY = {"totalResults": 0, "Resources": []}
ANNA = ScimUser(
    user_name="anna@acme.com",
    display_name="Anna A.",
    name=ScimUserName(given_name="Anna", family_name="A."),
    emails=[ScimUserEmail(value="anna@acme.com", type="work", primary=True)],
)


@pytest.fixture
def scim(line) -> ScimService[Async]:
    return ScimService(line)


def patch(path: Any, value: Any, op: str = "replace") -> ScimPatchRequest:
    return ScimPatchRequest(operations=[ScimPatchOperation(op=op, path=path, value=value)])


def patched(path: str, value: Any) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "path": path, "value": value}]}


REQUESTS: list[tuple[str, tuple[Any, ...], str, Any]] = [
    ("get_token", (), "GET /api/SCIM/v2/Token?duration=90", None),
    ("get_token", (7,), "GET /api/SCIM/v2/Token?duration=7", None),
    ("get_user", ("a/b",), f"GET {USERS}/a%2Fb", None),
    ("get_user_by_username", ("a/b c@x",), f"GET {USERS}/userName=a%2Fb%20c%40x", None),
    (
        "create_user",
        (ANNA,),
        f"POST {USERS}",
        {
            "schemas": [SCHEMA],
            "userName": "anna@acme.com",
            "displayName": "Anna A.",
            "name": {"givenName": "Anna", "familyName": "A."},
            "emails": [{"value": "anna@acme.com", "type": "work", "primary": True}],
        },
    ),
    ("update_user", ("7", patch("email", "a@b")), f"PATCH {USERS}/7", patched("email", "a@b")),
    ("set_user_active", ("7", True), f"PATCH {USERS}/7", patched("active", True)),
    ("deactivate_user", ("7",), f"PATCH {USERS}/7", patched("active", False)),
    ("update_display_name", ("7", "Anna B."), f"PATCH {USERS}/7", patched("fullName", "Anna B.")),
]


@pytest.mark.parametrize(("name", "arguments", "request_line", "body"), REQUESTS)
async def test_a_method_sends_one_request(scim, line, name, arguments, request_line, body):
    await getattr(scim, name)(*arguments)
    assert line.sent == [request_line]
    (call,) = line.calls
    assert call.accept == "application/scim+json, application/json"
    assert (call.internal, call.repeatable) == (False, False if name == "get_token" else None)
    if body is None:
        assert call.body is None
    else:
        assert line.json() == body
        assert call.content_type == "application/scim+json"


async def test_a_user_is_deleted(scim, line):
    assert await scim.delete_user("a/b") is True
    assert line.sent == [f"DELETE {USERS}/a%2Fb"]
    line.answer(b"", 404)
    with pytest.raises(NotFoundError):
        await scim.delete_user("7")


async def test_a_page_of_users_is_read_with_its_envelope(scim, line):
    line.answer({"totalResults": 7, "startIndex": 3, "itemsPerPage": 1, "Resources": [{"id": "1", "roles": ["x"]}]})
    page = await scim.get_users(3, 1, filter='userName eq "a b"')
    assert line.sent == [f'GET {USERS}?filter=userName eq "a b"&startIndex=3&count=1']
    assert isinstance(page, ScimListResponse)
    assert (page.total_results, page.start_index, page.items_per_page) == (7, 3, 1)
    assert page.resources[0].model_extra == {"roles": ["x"]}
    line.answer(EMPTY)
    await scim.get_users()
    assert line.sent[-1] == f"GET {USERS}"


@pytest.mark.parametrize("said", [b"", b"[]", b"null", b'"users"', b"<html></html>"])
async def test_a_list_that_is_none_is_an_error_and_not_an_empty_list(scim, line, said):
    line.answer(said)
    with pytest.raises(InvalidResponseError):
        await scim.get_users()
    line.answer(said)
    with pytest.raises(InvalidResponseError):
        _ = [user async for user in scim.iter_users()]


def page(total: int | None, *ids: int) -> dict[str, Any]:
    return {"totalResults": total, "Resources": [{"id": str(number)} for number in ids]}


async def test_a_walk_goes_on_behind_what_came_and_ends_with_the_total(scim, line):
    for said in (page(5, 1, 2), page(5, 3), page(5, 4, 5)):
        line.answer(said)
    seen: list[tuple[int, int, int | None]] = []
    read: list[int] = []
    users = scim.iter_users(
        2,
        on_page=lambda *told: seen.append(told),
        filter="active eq true",
        progress=lambda done, _: read.append(done),
    )
    assert [user.id async for user in users] == ["1", "2", "3", "4", "5"]
    starts = [f"GET {USERS}?filter=active eq true&startIndex={start}&count=2" for start in (1, 3, 4)]
    assert line.sent == starts
    assert seen == [(1, 2, 5), (2, 3, 5), (3, 5, 5)]
    assert read[-1] == 5
    assert all(call.bulk for call in line.calls)


async def test_without_a_total_an_empty_page_is_the_end(scim, line):
    for said in (page(None, 1, 2), page(None, 3), page(None)):
        line.answer(said)
    assert [user.id async for user in scim.iter_users(2)] == ["1", "2", "3"]


async def test_a_user_who_moved_into_the_next_page_is_given_once(scim, line):
    for said in (page(3, 1, 2), page(4, 2, 3), page(4)):
        line.answer(said)
    assert [user.id async for user in scim.iter_users(2)] == ["1", "2", "3"]


async def test_a_walk_ends_after_so_many_users(scim, line):
    line.answer(page(9, 1, 2))
    line.answer(page(9, 3))
    assert [user.id async for user in scim.iter_users(2, 3)] == ["1", "2", "3"]
    assert line.sent[-1] == f"GET {USERS}?startIndex=3&count=1"
    assert [user async for user in scim.iter_users(2, 0)] == []


async def test_a_server_that_takes_no_notice_of_the_first_number_is_found_out(scim, line):
    for _ in range(4):
        line.answer(page(9, 1, 2))
    with pytest.raises(InvalidResponseError, match="same page"):
        _ = [user async for user in scim.iter_users(2)]
    assert line.sent[-1] == f"GET {USERS}?startIndex=2147483647&count=1"


async def test_arguments_that_make_no_sense_are_named_and_nothing_is_sent(scim, line):
    calls: list[tuple[str, tuple[Any, ...], str]] = [
        ("get_token", (0,), "duration_days"),
        ("get_users", (0,), "start_index"),
        ("get_users", (1, -1), "count"),
        ("get_users", (2**31,), "start_index"),
        ("create_user", (ScimUser(display_name="x"),), "user_name"),
        ("update_user", ("7", ScimPatchRequest()), "operations"),
        ("update_user", ("7", patch("email", "x", op="add")), "op is 'add'"),
        ("update_user", ("7", patch("displayName", "x")), "path is 'displayName'"),
        ("update_user", ("7", patch(None, "x")), "path is None"),
        ("update_user", ("7", patch("email", True)), "value of email"),
        ("update_user", ("7", patch("active", "true")), "value of active"),
        ("get_user", ("",), "part of a path"),
    ]
    for name, arguments, words in calls:
        with pytest.raises(ValidationError, match=words):
            await getattr(scim, name)(*arguments)
    for arguments, words in (((0,), "page_size"), ((1, -1), "max_users")):
        with pytest.raises(ValidationError, match=words):
            _ = [user async for user in scim.iter_users(*arguments)]
    assert line.calls == []


@pytest.mark.parametrize("path", PATHS)
async def test_every_path_of_the_server_is_sent(scim, line, path):
    value = False if path == "active" else "a;b"
    await scim.update_user("7", patch(path, value, op="Replace"))
    assert line.json()["Operations"] == [{"op": "Replace", "path": path, "value": value}]


async def test_several_changes_travel_together(scim, line):
    operations = [ScimPatchOperation(path="givenName", value="A"), ScimPatchOperation(path="active", value=False)]
    line.answer({"id": "7", "active": False})
    changed = await scim.update_user("7", ScimPatchRequest(operations=operations))
    assert changed is not None
    assert changed.active is False
    assert [each["path"] for each in line.json()["Operations"]] == ["givenName", "active"]


async def test_a_scim_error_is_read(scim, line):
    schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"]
    line.answer({"schemas": schemas, "scimType": "uniqueness", "detail": "taken", "status": "409"}, 409)
    with pytest.raises(ConflictError, match=r"taken \(uniqueness\)") as caught:
        await scim.create_user(ANNA)
    assert (caught.value.status, caught.value.detail) == (409, "taken (uniqueness)")


@pytest.mark.parametrize("said", [b"", b"null", b"{}"])
async def test_what_is_not_there_is_none(scim, line, said):
    for name in ("get_user", "get_user_by_username"):
        line.answer(said)
        assert await getattr(scim, name)("7") is None
        line.answer(said, 404)
        assert await getattr(scim, name)("7") is None


@pytest.mark.parametrize("said", ["secret", {"token": "secret", "expires": "2026-04-01T00:00:00", "extra": "secret"}])
async def test_a_token_is_read_in_both_shapes_and_never_shown(scim, line, said):
    line.answer(said)
    token = await scim.get_token()
    assert isinstance(token, ScimToken)
    assert token.token == "secret"
    assert "secret" not in f"{token!r} {token}"
    if token.expires_utc is not None:
        assert token.expires_utc.utcoffset() is not None
        assert "2026" in repr(token)


async def test_a_token_that_cannot_be_read_is_not_shown_either(scim, line):
    line.answer({"token": "secret", "durationDays": "many"})
    with pytest.raises(InvalidResponseError) as caught:
        await scim.get_token()
    assert "secret" not in f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert caught.value.path == "/api/SCIM/v2/Token"
    line.answer(b"<html></html>", kind="text/html")
    with pytest.raises(InvalidResponseError, match="web page"):
        await scim.get_token()
