"""The routes of users and of the token."""

import base64
import json
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.sandbox import Sandbox
from pywats.sandbox.scim.errors import ScimRefusal
from pywats.sandbox.scim.filter import condition
from pywats.sandbox.scim.store import SCHEMA
from pywats.sandbox.store import MEMORY, Database

USERS, TOKEN = "/api/SCIM/v2/Users", "/api/SCIM/v2/Token"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def user(http, user_name="anna@acme.com", /, **more):
    reply = http.post(USERS, {"userName": user_name, **more})
    assert reply.status == 200, reply.body
    return reply.json()


def patch(http, identity, *operations, schemas=(PATCH,)):
    sent = [{"op": "replace", "path": path, "value": value} for path, value in operations]
    return http.ask("PATCH", f"{USERS}/{identity}", {"schemas": list(schemas), "Operations": sent})


def names(http, **query):
    reply = http.get(USERS, query)
    assert reply.status == 200, reply.body
    return [each["userName"] for each in reply.json()["Resources"]]


def refused(reply, status, kind=None):
    said = reply.json()
    assert said["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (reply.status, said["status"], said.get("scimType")) == (status, str(status), kind)
    assert reply.headers["Content-Type"].startswith("application/scim+json")
    return said["detail"]


def test_a_user_comes_back_as_it_was_sent(http):
    anna = user(
        http,
        externalId="x-7",
        displayName="Anna A.",
        name={"givenName": "Anna", "familyName": "A."},
        emails=[{"value": "home@x"}, {"value": "work@x", "primary": True}],
        active=False,
    )
    assert (anna["externalId"], anna["displayName"], anna["active"]) == ("x-7", "Anna A.", False)
    assert anna["name"] == {"formatted": "Anna A.", "givenName": "Anna", "familyName": "A."}
    assert [each["value"] for each in anna["emails"]] == ["work@x"]
    assert anna["meta"]["created"] == anna["meta"]["lastModified"]
    assert http.get(f"{USERS}/{anna['id'].upper()}").json() == anna
    assert http.get(f"{USERS}/userName=ANNA%40acme.com").json() == anna
    assert http.get(USERS).headers["Content-Type"].startswith("application/scim+json")


def test_what_is_missing_has_its_default(http):
    anna = user(http, name=None)
    assert (anna["active"], anna["displayName"], anna["emails"], anna["roles"]) == (True, None, [], [])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"no json", "invalidSyntax"),
        ([], "invalidSyntax"),
        ({}, "invalidValue"),
        ({"userName": 7}, "invalidValue"),
        ({"userName": "x" * 101}, "invalidValue"),
        ({"userName": "x", "active": "yes"}, "invalidValue"),
        ({"userName": "x", "emails": "a@b"}, "invalidValue"),
    ],
)
def test_a_user_that_is_none_is_refused(http, body, kind):
    refused(http.post(USERS, body), 400, kind)
    assert names(http) == []


def test_a_name_is_given_once_in_any_case(http):
    user(http, "ÆRA")
    assert "ÆRA" not in refused(http.post(USERS, {"userName": "æra"}), 409, "uniqueness")


def test_who_is_not_there(http):
    for path in (f"{USERS}/{uuid.uuid4()}", f"{USERS}/userName=nobody"):
        refused(http.get(path), 404)
    refused(http.delete(f"{USERS}/{uuid.uuid4()}"), 404)
    refused(patch(http, uuid.uuid4(), ("active", True)), 404)


def test_a_user_is_deleted(http):
    anna = user(http)
    assert http.delete(f"{USERS}/{anna['id']}").status == 204
    refused(http.delete(f"{USERS}/{anna['id']}"), 404)
    assert user(http)["id"] != anna["id"]


def test_pages(http):
    everyone = [f"user{number}" for number in range(5)]
    for name in everyone:
        user(http, name)
    page = http.get(USERS, {"startIndex": 2, "count": 2}).json()
    assert page["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert [each["userName"] for each in page["Resources"]] == everyone[1:3]
    assert names(http) == everyone
    assert names(http, startIndex=-3, count=1) == everyone[:1]
    assert names(http, startIndex=6) == []
    assert http.get(USERS, {"count": -1}).json() == http.get(USERS, {"count": 0}).json()
    assert http.get(USERS, {"count": 0}).json()["totalResults"] == 5
    refused(http.get(USERS, {"count": "x"}), 400, "invalidValue")


def test_no_page_is_longer_than_the_limit(client):
    with Sandbox(page_limit=2) as wats:
        http = client(wats.url, wats.token)
        for number in range(3):
            user(http, f"user{number}")
        assert len(names(http, count=50)) == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('userName eq "ANNA"', ["anna"]),
        ('USERNAME EQ "anna"', ["anna"]),
        ('userName ne "anna"', ["bo", 'quo"te']),
        ('userName sw "a"', ["anna"]),
        ('userName ew "O"', ["bo"]),
        ('userName co "o"', ["bo", 'quo"te']),
        ('userName eq "quo\\"te"', ['quo"te']),
        ("active eq true", ["anna", 'quo"te']),
        ("active ne true", ["bo"]),
        ("externalId pr", ["anna"]),
        ('externalId eq "X"', ["anna"]),
        ('externalId eq "x"', []),
        ('externalId ne "X"', ["bo", 'quo"te']),
        ('emails.value co "acme"', ["anna"]),
        ('name.givenName eq "bo" or name.givenName eq "anna"', ["anna", "bo"]),
        ('name.givenName eq "bo" or active eq true and userName eq "anna"', ["anna", "bo"]),
        ('not (userName eq "anna") and active eq true', ['quo"te']),
        ('(userName eq "anna" or userName eq "bo") and (active eq false)', ["bo"]),
        ('meta.created gt "2020-01-01T00:00:00Z"', ["anna", "bo", 'quo"te']),
        ('meta.lastModified lt "2020-01-01T00:00:00+01:00"', []),
        ('userName gt "anna" and userName le "bo"', ["bo"]),
    ],
)
def test_filters(http, text, found):
    user(http, "anna", externalId="X", name={"givenName": "Anna"}, emails=[{"value": "anna@acme.com"}])
    user(http, "bo", name={"givenName": "Bo"}, active=False)
    user(http, 'quo"te')
    assert names(http, filter=text) == found
    assert http.get(USERS, {"filter": text, "count": 0}).json()["totalResults"] == len(found)


@pytest.mark.parametrize(
    "text",
    [
        "userName",
        "userName eq",
        "userName eq anna",
        'userName eq "anna',
        'userName eq "anna" or',
        'userName eq "anna" active eq true',
        '(userName eq "anna"',
        'userName like "anna"',
        'colour eq "red"',
        "userName eq 7",
        'active eq "true"',
        "active gt true",
        'meta.created gt "yesterday"',
        'meta.created co "2020-01-01T00:00:00Z"',
        "not userName pr",
        "(" * 60 + "active eq true" + ")" * 60,
        "()",
        "userName eq " + "[" * 5000,
        'userName eq "\\ud800"',
    ],
)
def test_filters_that_are_none(http, text):
    refused(http.get(USERS, {"filter": text}), 400, "invalidFilter")


WORDS = st.sampled_from(
    [
        "userName",
        "active",
        "meta.created",
        "eq",
        "ne",
        "co",
        "gt",
        "pr",
        "and",
        "or",
        "not",
        "(",
        ")",
        "true",
        '"a"',
        "7",
    ]
)


@given(st.lists(WORDS | st.text(max_size=5), max_size=12).map(" ".join))
def test_any_text_is_a_filter_or_refused_as_one(database, text):
    try:
        where, values = condition(text)
    except ScimRefusal:
        return
    assert database.rows(f"SELECT * FROM scim_user WHERE {where}", values) == []


@pytest.fixture(scope="module")
def database():
    made = Database(MEMORY, [SCHEMA])
    yield made
    made.close()


def test_every_path_is_replaced(http):
    anna = user(http)
    reply = patch(
        http,
        anna["id"],
        ("fullName", "Anna B."),
        ("givenName", "Anna"),
        ("familyName", "B."),
        ("email", "b@acme.com"),
        ("roles", "Engineer"),
        ("active", False),
    )
    changed = reply.json()
    assert changed["name"] == {"formatted": "Anna B.", "givenName": "Anna", "familyName": "B."}
    assert [each["value"] for each in changed["emails"]] == ["b@acme.com"]
    assert (changed["roles"], changed["active"]) == ([{"value": "Engineer"}], False)
    assert changed["meta"]["lastModified"] >= anna["meta"]["lastModified"]
    assert http.get(f"{USERS}/{anna['id']}").json() == changed


def test_restrictions_are_only_added(http):
    anna = user(http)
    patch(http, anna["id"], ("levels", "Oslo; Bergen"), ("productGroups", "A"))
    changed = patch(http, anna["id"], ("levels", "Bergen;Paris"), ("productGroups", "")).json()
    assert (changed["levels"], changed["productGroups"]) == (["Oslo", "Bergen", "Paris"], ["A"])


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (("displayName", "x"), "invalidPath"),
        ((None, "x"), "invalidPath"),
        (("active", "false"), "invalidValue"),
        (("email", 7), "invalidValue"),
        (("roles", "Nobody"), "invalidValue"),
    ],
)
def test_a_patch_is_made_whole_or_not_at_all(http, operation, kind):
    anna = user(http)
    refused(patch(http, anna["id"], ("fullName", "new"), operation), 400, kind)
    assert http.get(f"{USERS}/{anna['id']}").json() == anna


def test_a_patch_has_the_form_of_scim(http):
    path = f"{USERS}/{user(http)['id']}"
    operation = {"op": "Replace", "path": "email", "value": "x"}
    assert http.ask("PATCH", path, {"schemas": [PATCH], "Operations": [operation]}).status == 200
    for body in (
        {"Operations": [operation]},
        {"schemas": ["x"], "Operations": [operation]},
        {"schemas": [PATCH], "Operations": []},
        {"schemas": [PATCH], "Operations": ["x"]},
        {"schemas": [PATCH], "Operations": [{**operation, "op": "add"}]},
        {"schemas": [PATCH], "Operations": [{"path": "email"}]},
    ):
        refused(http.ask("PATCH", path, body), 400, "invalidSyntax")


def test_tokens_expire_when_asked(http):
    token = http.get(TOKEN, {"duration": 2}).json()
    claims = token["token"].split(".")[1]
    expires = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
    assert token["durationDays"] == 2
    assert abs(expires - time.time() - 2 * 86_400) < 60
    assert http.get(TOKEN).json()["durationDays"] == 90
    assert http.get(TOKEN).json()["token"] != http.get(TOKEN).json()["token"]
    for days in (0, -1, 10**6, "x"):
        refused(http.get(TOKEN, {"duration": days}), 400, "invalidValue")


def test_only_who_may_write_gets_a_token_or_changes_users(client):
    with Sandbox(read_only_token="reader") as wats:
        http = client(wats.url, "reader")
        assert http.get(TOKEN).status == 403
        assert http.post(USERS, {"userName": "x"}).status == 403
        assert http.get(USERS).status == 200
