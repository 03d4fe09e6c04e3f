"""Users, lists of them and changes to them, in the words of SCIM (RFC 7643 and 7644)."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import Field

from pywats.exchange.wire import Items, PyWATSModel, UtcDatetime, named, no_items

__all__ = [
    "ScimListResponse",
    "ScimPatchOperation",
    "ScimPatchRequest",
    "ScimToken",
    "ScimUser",
    "ScimUserEmail",
    "ScimUserName",
]

PATCH_SCHEMA: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class ScimToken(PyWATSModel):
    """What an identity provider authenticates with. It is a secret, and not shown."""

    token: str | None = None
    expires_utc: UtcDatetime | None = named("expiresUtc", "expires_utc", "expires")
    duration_days: int | None = named("durationDays", "duration_days", "duration")

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """Show when it expires, and neither the token nor what else a server sends with it."""
        yield "expires_utc", self.expires_utc
        yield "duration_days", self.duration_days


class ScimUserName(PyWATSModel):
    """The parts of a person's name; ``formatted`` is the whole."""

    formatted: str | None = None
    given_name: str | None = None
    family_name: str | None = None


class ScimUserEmail(PyWATSModel):
    """An address of a user."""

    value: str | None = None
    type: str | None = None
    primary: bool | None = None


class ScimUser(PyWATSModel):
    """A user.

    Attributes:
        id: given by the server.
        user_name: what the user logs in with; the server has each once.
        display_name: the full name as it is shown.
        active: whether the user may log in.
        external_id: given by the identity provider.
        meta: when the server stored it, and where it is.
    """

    id: str | None = None
    user_name: str | None = None
    display_name: str | None = None
    active: bool | None = None
    external_id: str | None = None
    name: ScimUserName | None = None
    emails: list[ScimUserEmail] | None = None
    schemas: list[str] | None = None
    meta: dict[str, Any] | None = None


class ScimListResponse(PyWATSModel):
    """One page of users.

    Attributes:
        total_results: how many users there are, on all pages.
        start_index: the number of the first one here, from 1.
    """

    total_results: int | None = None
    items_per_page: int | None = None
    start_index: int | None = None
    resources: Items[ScimUser] = no_items("Resources", "resources")
    schemas: list[str] | None = None


class ScimPatchOperation(PyWATSModel):
    """One change of a user.

    Attributes:
        op: ``replace`` is the only one that the server carries out.
        path: what is replaced: ``fullName``, ``familyName``, ``givenName``, ``roles``, ``email``, ``active``,
            ``levels`` or ``productGroups``.
        value: a text, or for ``active`` a boolean. Several levels or product groups are separated by ``;`` and come to
            those that the user is restricted to already.
    """

    op: str = "replace"
    path: str | None = None
    value: Any = None


class ScimPatchRequest(PyWATSModel):
    """Changes of a user that are made together."""

    schemas: list[str] = Field(default_factory=lambda: [PATCH_SCHEMA])
    operations: Items[ScimPatchOperation] = no_items("Operations", "operations")
