"""The users in the database, and their changes."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from pywats.sandbox.answers import Refusal
from pywats.sandbox.fields import Fields, is_array, is_object
from pywats.sandbox.scim.errors import ScimRefusal
from pywats.sandbox.scim.filter import condition
from pywats.sandbox.store import Database
from pywats.sandbox.times import TICKS, iso

SCHEMA = """
CREATE TABLE IF NOT EXISTS scim_user (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL UNIQUE,
    user_name TEXT NOT NULL,
    external_id TEXT,
    full_name TEXT,
    given_name TEXT,
    family_name TEXT,
    email TEXT,
    active INTEGER NOT NULL DEFAULT 1,
    role TEXT,
    levels TEXT NOT NULL DEFAULT '[]',
    product_groups TEXT NOT NULL DEFAULT '[]',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL
);
"""
ROLES = ("Administrator", "Engineer", "Operator")
"""The roles that a user of the sandbox may have."""

_COLUMNS = (
    "user_id, user_name, external_id, full_name, given_name, family_name, email, active, role, levels,"
    " product_groups, created, modified"
)
_TEXTS = {"fullname": "full_name", "familyname": "family_name", "givenname": "given_name", "email": "email"}
_LISTS = {"levels": "levels", "productgroups": "product_groups"}
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

User = dict[str, Any]


class Users:
    """The users of the server."""

    def __init__(self, database: Database, *, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def page(self, filter: str | None, skip: int, limit: int) -> tuple[int, list[User]]:
        """Return how many users a filter selects, and a part of them in the order of their creation."""
        where, values = condition(filter) if filter else ("1", [])
        total: int = self._database.search(f"SELECT count(*) FROM scim_user WHERE {where}", values)[0][0]  # noqa: S608 - our own names
        rows = self._database.search(
            f"SELECT {_COLUMNS} FROM scim_user WHERE {where} ORDER BY number LIMIT ? OFFSET ?",  # noqa: S608 - our own names
            (*values, limit, skip),
        )
        return total, list(map(_user, rows))

    def get(self, user_id: str) -> User:
        """Return the user of an id, or refuse with 404."""
        return self._one("user_id = ?", user_id.lower(), f"the id {user_id}")

    def by_name(self, user_name: str) -> User:
        """Return the user of a name in any case, or refuse with 404."""
        return self._one("tolower(user_name) = ?", user_name.lower(), f"the name {user_name}")

    def add(self, values: Mapping[str, Any]) -> User:
        """Add a user; return it as stored."""
        columns = _columns(values)
        name = str(columns["user_name"])
        if self._database.row("SELECT 1 FROM scim_user WHERE tolower(user_name) = ?", (name.lower(),)):
            raise ScimRefusal(409, f"There is a user {name} already.", "uniqueness")
        user_id, now = str(uuid.uuid4()), self._now()
        columns |= {"user_id": user_id, "created": now, "modified": now}
        names, places = ", ".join(columns), ", ".join("?" * len(columns))
        self._database.run(f"INSERT INTO scim_user ({names}) VALUES ({places})", tuple(columns.values()))  # noqa: S608 - our own names
        return self.get(user_id)

    def change(self, user_id: str, patch: Mapping[str, Any]) -> User:
        """Make the changes of a patch, all of them or none; return the user as stored."""
        user = self.get(user_id)
        with self._database.transaction():
            for operation in _operations(patch):
                column, value = _replacement(operation, user)
                self._database.run(
                    f"UPDATE scim_user SET {column} = ?, modified = ? WHERE user_id = ?",  # noqa: S608 - our own names
                    (value, self._now(), user["id"]),
                )
                user = self.get(user_id)
        return user

    def delete(self, user_id: str) -> None:
        """Delete a user, or refuse with 404."""
        self._database.run("DELETE FROM scim_user WHERE user_id = ?", (self.get(user_id)["id"],))

    def _one(self, where: str, value: str, named: str) -> User:
        row = self._database.row(f"SELECT {_COLUMNS} FROM scim_user WHERE {where}", (value,))  # noqa: S608 - our own names
        if row is None:
            raise ScimRefusal(404, f"There is no user with {named}.")
        return _user(row)

    def _now(self) -> int:
        return int(self._clock() * TICKS)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a new user's columns hold. The first address is the user's, unless another is the primary one."""
    try:
        fields = Fields(values)
        user_name = fields.needed("userName", longest=100)
        given = fields.get("name")
        name = Fields(given if is_object(given) else {})
        emails = [Fields(each) for each in fields.objects("emails")]
        primary = next((each for each in emails if each.flag("primary")), emails[0] if emails else Fields({}))
        active = fields.flag("active")
        return {
            "user_name": user_name,
            "external_id": fields.text("externalId"),
            "full_name": fields.text("displayName") or name.text("formatted"),
            "given_name": name.text("givenName"),
            "family_name": name.text("familyName"),
            "email": primary.text("value"),
            "active": True if active is None else active,
        }
    except Refusal as error:
        raise ScimRefusal(400, error.words, "invalidValue") from error


def _operations(patch: Mapping[str, Any]) -> list[dict[str, Any]]:
    members = {name.lower(): value for name, value in patch.items()}
    schemas, operations = members.get("schemas"), members.get("operations")
    if not is_array(schemas) or _PATCH not in schemas:
        raise ScimRefusal(400, f"schemas is required to hold {_PATCH}.", "invalidSyntax")
    if not is_array(operations) or not operations or not all(map(is_object, operations)):
        raise ScimRefusal(400, "Operations is required to be an array of objects.", "invalidSyntax")
    return operations


def _replacement(operation: dict[str, Any], user: User) -> tuple[str, Any]:
    """The column that an operation replaces, and its new value."""
    op, path, value = operation.get("op"), operation.get("path"), operation.get("value")
    if not isinstance(op, str) or op.lower() != "replace":
        raise ScimRefusal(400, f"The operation {op!r} is not supported; only replace is.", "invalidSyntax")
    name = path.lower() if isinstance(path, str) else ""
    if name not in {*_TEXTS, *_LISTS, "roles", "active"}:
        raise ScimRefusal(400, f"The path {path!r} is not supported.", "invalidPath")
    if not isinstance(value, bool if name == "active" else str):
        wanted = "true or false" if name == "active" else "a text"
        raise ScimRefusal(400, f"The value of {path} is required to be {wanted}.", "invalidValue")
    if name == "active":
        return "active", value
    if name == "roles":
        if value not in ROLES:
            raise ScimRefusal(400, f"There is no role {value!r}.", "invalidValue")
        return "role", value
    if name in _TEXTS:
        return _TEXTS[name], value
    known = user["levels" if name == "levels" else "productGroups"]
    added = [part.strip() for part in str(value).split(";") if part.strip()]
    return _LISTS[name], orjson.dumps(list(dict.fromkeys([*known, *added]))).decode()


def _user(row: tuple[Any, ...]) -> User:
    user_id, user_name, external, full, given, family, email, active, role, levels, groups, created, modified = row
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": user_id,
        "externalId": external,
        "userName": user_name,
        "displayName": full,
        "name": {"formatted": full, "givenName": given, "familyName": family},
        "emails": [{"value": email, "type": "work", "primary": True}] if email else [],
        "active": bool(active),
        "roles": [{"value": role}] if role else [],
        "levels": orjson.loads(levels),
        "productGroups": orjson.loads(groups),
        "meta": {
            "resourceType": "User",
            "created": iso(created),
            "lastModified": iso(modified),
            "location": f"/api/SCIM/v2/Users/{user_id}",
        },
    }
