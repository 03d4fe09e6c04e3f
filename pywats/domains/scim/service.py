"""The scim domain: users of the server, as identity providers manage them."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import ClassVar, Final, TypeVar

from pywats.domains.scim.models import (
    ScimListResponse,
    ScimPatchOperation,
    ScimPatchRequest,
    ScimToken,
    ScimUser,
)
from pywats.errors import InvalidResponseError, ValidationError
from pywats.exchange.answer import Answer
from pywats.exchange.arguments import LARGEST, filled, whole
from pywats.exchange.call import Call, adapter, body, maybe, maybe_by, one, query, url
from pywats.exchange.paging import Page, walk
from pywats.progress import Progress
from pywats.service import Async, Face, Service, method, stream

R = TypeVar("R")
OnPage = Callable[[int, int, int | None], None]

PATHS: Final = ("fullName", "familyName", "givenName", "roles", "email", "active", "levels", "productGroups")
"""What the server can replace of a user."""

_USERS: Final = "/api/SCIM/v2/Users"
_MEDIA: Final = "application/scim+json"
_ACCEPT: Final = "application/scim+json, application/json"
_USER_SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:User"


class ScimService(Service[Face]):
    """Users and the token for an identity provider; the client's own token needs the permission to manage users."""

    domain: ClassVar[str] = "scim"

    @method
    async def get_token(self, duration_days: int = 90) -> ScimToken | None:
        """Make a token for an identity provider that expires after so many days; return it. Each call makes another."""
        wanted = query(duration=whole("duration_days", duration_days, least=1))
        return await self._ask("GET", "/api/SCIM/v2/Token", _token, sent=wanted, repeatable=False)

    # Users

    @method
    async def get_users(
        self, start_index: int | None = None, count: int | None = None, *, filter: str | None = None
    ) -> ScimListResponse:
        """Return one page of users, and how many there are.

        Args:
            start_index: the number of the first user, from 1.
            count: users at the most; without it as many as the server gives.
            filter: a SCIM filter such as ``userName sw "a"``; a text stands in double quotes.
        """
        return await self._page(start_index, count, filter)

    @stream
    async def iter_users(
        self,
        page_size: int = 100,
        max_users: int | None = None,
        on_page: OnPage | None = None,
        *,
        filter: str | None = None,
        progress: Progress = False,
    ) -> AsyncGenerator[Sequence[ScimUser], None]:
        """Walk over all users, or those that meet a SCIM filter.

        Args:
            page_size: users to ask for at a time.
            max_users: users to give at the most.
            on_page: called for each page, when it has arrived, with its number from 1, the users so far, and how many
                there are if the server says so. The blocking client calls it on its loop's thread.
            filter: as for ``get_users``.
            progress: a bar, or who is told how many users were read.
        """
        whole("page_size", page_size, least=1)
        whole("max_users", max_users)
        total: int | None = None
        reached = 0

        async def ask(page: Page) -> list[ScimUser]:
            nonlocal total, reached
            answer = await self._page(min(page.skip + 1, LARGEST), page.top, filter, bulk=True)
            if answer.resources:
                total, reached = answer.total_results, page.skip + len(answer.resources)
            return answer.resources

        number = given = 0
        walked = walk(
            ask,
            lambda _: None,
            page_size=page_size,
            max_items=max_users,
            name=lambda user: user.id,
            progress=progress,
        )
        async with aclosing(walked) as pages:
            async for users in pages:
                number, given = number + 1, given + len(users)
                if on_page is not None:
                    on_page(number, given, total)
                yield users
                if total is not None and reached >= total:
                    return

    @method
    async def get_user(self, user_id: str) -> ScimUser | None:
        """Return the user of an id, or ``None``."""
        return await self._ask("GET", url(_USERS + "/{}", user_id), maybe(ScimUser), absent=True)

    @method
    async def get_user_by_username(self, username: str) -> ScimUser | None:
        """Return the user who logs in with this name, or ``None``."""
        return await self._ask("GET", url(_USERS + "/userName={}", username), maybe(ScimUser), absent=True)

    @method
    async def create_user(self, user: ScimUser) -> ScimUser | None:
        """Add a user; return it as stored.

        Raises:
            ConflictError: the server has a user of this name.
        """
        filled("user_name", user.user_name or "")
        schemas = [_USER_SCHEMA] if user.schemas is None else user.schemas
        return await self._ask("POST", _USERS, maybe(ScimUser), user.model_copy(update={"schemas": schemas}))

    @method
    async def update_user(self, user_id: str, patch_request: ScimPatchRequest) -> ScimUser | None:
        """Make changes of a user, all of them or none; return it as stored."""
        if not patch_request.operations:
            raise ValidationError("operations is empty; say what to replace")
        for operation in patch_request.operations:
            _check(operation)
        return await self._ask("PATCH", url(_USERS + "/{}", user_id), maybe(ScimUser), patch_request)

    @method
    async def set_user_active(self: "ScimService[Async]", user_id: str, active: bool) -> ScimUser | None:
        """Let a user log in, or not any more; return it as stored."""
        return await self._replace(user_id, "active", active)

    @method
    async def deactivate_user(self: "ScimService[Async]", user_id: str) -> ScimUser | None:
        """Let a user log in no more; return it as stored."""
        return await self._replace(user_id, "active", False)

    @method
    async def update_display_name(self: "ScimService[Async]", user_id: str, display_name: str) -> ScimUser | None:
        """Change the full name of a user; return it as stored."""
        return await self._replace(user_id, "fullName", display_name)

    @method
    async def delete_user(self, user_id: str) -> bool:
        """Delete a user."""
        return await self._delete(url(_USERS + "/{}", user_id))

    async def _replace(self: "ScimService[Async]", user_id: str, path: str, value: str | bool) -> ScimUser | None:
        return await self.update_user(
            user_id, ScimPatchRequest(operations=[ScimPatchOperation(path=path, value=value)])
        )

    async def _page(
        self, start_index: int | None, count: int | None, filter: str | None, *, bulk: bool = False
    ) -> ScimListResponse:
        start = whole("start_index", start_index, least=1)
        wanted = query(filter=filter, startIndex=start, count=whole("count", count))
        return await self._ask("GET", _USERS, one(ScimListResponse), sent=wanted, bulk=bulk)

    async def _ask(
        self,
        verb: str,
        path: str,
        read: Callable[[Answer], R],
        value: object = None,
        *,
        sent: tuple[tuple[str, str], ...] = (),
        absent: bool = False,
        bulk: bool = False,
        repeatable: bool | None = None,
    ) -> R:
        return await self._line.send(
            Call(
                verb=verb,
                path=path,
                query=sent,
                read=read,
                body=None if value is None else body(value),
                content_type=_MEDIA,
                accept=_ACCEPT,
                absent=absent,
                bulk=bulk,
                repeatable=repeatable,
            )
        )


def _token(answer: Answer) -> ScimToken | None:
    """Reads the token, alone or in an object. What does not parse is not shown: it may hold one."""
    answer.refuse_html()
    try:
        said = maybe_by(adapter(ScimToken | str).validate_json)(answer)
    except InvalidResponseError as error:
        raise InvalidResponseError(
            "the answer holds no token that can be read",
            status=error.status,
            method=error.method,
            path=error.path,
            attempts=error.attempts,
        ) from None
    return ScimToken(token=said) if isinstance(said, str) else said


def _check(operation: ScimPatchOperation) -> None:
    """Refuse what the server is known not to carry out."""
    if operation.op.lower() != "replace":
        raise ValidationError(f"op is {operation.op!r}; the server only knows 'replace'")
    if operation.path not in PATHS:
        raise ValidationError(f"path is {operation.path!r}; the server replaces {', '.join(PATHS)}")
    wanted = bool if operation.path == "active" else str
    if not isinstance(operation.value, wanted):
        raise ValidationError(f"value of {operation.path} is {operation.value!r}; it must be a {wanted.__name__}")
