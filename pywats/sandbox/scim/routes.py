"""The routes of users and of the token for identity providers, as SCIM (RFC 7644) has them."""

import secrets
from typing import Any

from pywats.sandbox.answers import Answer, Refusal, dumped, no_content
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.scim.errors import MEDIA, ScimRefusal
from pywats.sandbox.scim.token import signed
from pywats.sandbox.times import TICKS, iso
from pywats.sandbox.world import World

routes = Routes()

DEFAULT_USERS = 100
MAX_USERS = 1000
DEFAULT_DAYS = 90

_DAY = 86_400
_LONGEST = 36_500
_NAMED = "username="
_LEAST = -(2**31)


@routes.serve("GET", "/api/SCIM/v2/Token", writes=True)
def get_token(world: World, request: Request) -> Answer:
    """A new token for an identity provider."""
    days = _number(request, "duration")
    days = DEFAULT_DAYS if days is None else days
    if not 1 <= days <= _LONGEST:
        raise ScimRefusal(400, f"duration is required to be from 1 to {_LONGEST} days.", "invalidValue")
    expires = int(world.clock()) + days * _DAY
    token = signed({"jti": secrets.token_hex(8), "exp": expires})
    return _answer({"token": token, "expiresUtc": iso(expires * TICKS), "durationDays": days})


@routes.serve("GET", "/api/SCIM/v2/Users")
def get_users(world: World, request: Request) -> Answer:
    """A page of users; a first number below 1 means 1, a negative count none (RFC 7644, section 3.4.2.4)."""
    start, count = max(_number(request, "startIndex") or 1, 1), _number(request, "count")
    limit = world.page(None if count is None else max(count, 0), DEFAULT_USERS, MAX_USERS)
    total, users = world.users.page(request.text("filter"), start - 1, limit)
    return _answer(
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": len(users),
            "Resources": users,
        }
    )


@routes.serve("POST", "/api/SCIM/v2/Users")
def post_user(world: World, request: Request) -> Answer:
    """Add a user."""
    return _answer(world.users.add(_object(request)))


@routes.serve("GET", "/api/SCIM/v2/Users/{id}")
def get_user(world: World, request: Request) -> Answer:
    """One user, by the id or by the name behind ``userName=``."""
    user_id = request.params["id"]
    if user_id.lower().startswith(_NAMED):
        return _answer(world.users.by_name(user_id[len(_NAMED) :]))
    return _answer(world.users.get(user_id))


@routes.serve("PATCH", "/api/SCIM/v2/Users/{id}")
def patch_user(world: World, request: Request) -> Answer:
    """Change a user."""
    return _answer(world.users.change(request.params["id"], _object(request)))


@routes.serve("DELETE", "/api/SCIM/v2/Users/{id}")
def delete_user(world: World, request: Request) -> Answer:
    """Delete a user."""
    world.users.delete(request.params["id"])
    return no_content()


def _answer(value: dict[str, Any]) -> Answer:
    return Answer(200, dumped(value), MEDIA)


def _object(request: Request) -> dict[str, Any]:
    try:
        return request.object()
    except Refusal as error:
        raise ScimRefusal(400, error.words, "invalidSyntax") from error


def _number(request: Request, name: str) -> int | None:
    try:
        return request.number(name, least=_LEAST)
    except Refusal as error:
        raise ScimRefusal(400, error.words, "invalidValue") from error
