"""The errors a caller of pywats can meet: one tree, each with what happened and where."""

import builtins
from collections.abc import Mapping, Sequence

from workers.errors import (
    ActorCrashed,
    ActorStopped,
    BlockingInLoop,
    DeadlineExceeded,
    MailboxFull,
    RuntimeClosed,
    WorkersError,
    WrongLoop,
)

__all__ = [
    "AuthenticationError",
    "AuthorizationError",
    "CircuitOpenError",
    "ClientClosedError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionError",
    "FormatError",
    "InstallError",
    "InvalidResponseError",
    "NotFoundError",
    "OtherReportError",
    "ProxyError",
    "PyWATSError",
    "QueueFullError",
    "RateLimitError",
    "RedirectError",
    "RuntimeFailedError",
    "ServerError",
    "TimeoutError",
    "UsageError",
    "ValidationError",
    "WatsApiError",
]


class PyWATSError(Exception):
    """Something went wrong between the caller and WATS.

    Attributes (``None`` or 0 where they do not apply):
        status: HTTP status of the server's answer.
        method: HTTP verb of the request.
        path: path of the request, without the base URL.
        detail: the server's own words, or what else is known.
        attempts: how often the request was sent.
        unsent: no attempt came as far as the server, so it cannot have acted on the request.
    """

    unsent: bool = False

    def __init__(
        self,
        detail: str = "",
        *,
        status: int | None = None,
        method: str | None = None,
        path: str | None = None,
        attempts: int = 0,
    ) -> None:
        self.detail = detail
        self.status = status
        self.method = method
        self.path = path
        self.attempts = attempts
        super().__init__(detail)

    def __str__(self) -> str:
        """Say the request, the status, the words and the attempts, as far as they are known."""
        where = f"{self.method} {self.path}: " if self.method else ""
        status = f"{self.status} " if self.status else ""
        words = self.detail or (type(self).__doc__ or type(self).__name__).strip().splitlines()[0]
        tries = f" (after {self.attempts} attempts)" if self.attempts > 1 else ""
        return f"{where}{status}{words}{tries}"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by attributes, so that errors cross process borders whole."""
        return (_rebuild, (type(self), self.args, self.__dict__.copy()))


def _rebuild(kind: type[PyWATSError], args: tuple[object, ...], state: dict[str, object]) -> PyWATSError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class WatsApiError(PyWATSError):
    """The server answered with an error status."""


class ValidationError(WatsApiError):
    """The server refused the content (400)."""


class AuthenticationError(WatsApiError):
    """The server refused the token (401)."""


class AuthorizationError(WatsApiError):
    """The token may not do this (403)."""


class NotFoundError(WatsApiError):
    """The server knows no such thing or path (404)."""


class ConflictError(WatsApiError):
    """The request contradicts what the server has (409)."""


class RateLimitError(WatsApiError):
    """The server asked for fewer requests (429).

    ``retry_after`` is the wait the server asked for, in seconds, or ``None``.
    """

    retry_after: float | None = None


class ServerError(WatsApiError):
    """The server failed (5xx).

    ``retry_after`` is the wait the server asked for, in seconds, or ``None``.
    """

    retry_after: float | None = None


class RedirectError(WatsApiError):
    """The server sent the request elsewhere (3xx); it was not followed."""


class ConnectionError(PyWATSError, builtins.ConnectionError):  # noqa: A001 - it is Python's own, too
    """The server could not be reached, or the connection broke."""


class TimeoutError(PyWATSError, builtins.TimeoutError):  # noqa: A001 - it is Python's own, too
    """The answer did not come in time."""


class ProxyError(PyWATSError):
    """The proxy refused the request.

    ``schemes`` lists the authentication schemes that the proxy offered.
    """

    schemes: Sequence[str] = ()


class CircuitOpenError(PyWATSError):
    """The server failed repeatedly; requests are held back until a probe succeeds.

    ``retry_after`` is the time until the next probe, in seconds.
    """

    retry_after: float = 0.0


class InvalidResponseError(PyWATSError):
    """The server's answer is not what its API promises.

    ``body`` holds the first 200 bytes of the answer.
    """

    body: bytes = b""


class OtherReportError(InvalidResponseError):
    """The server confirmed another report than the one that was sent."""


class ClientClosedError(PyWATSError):
    """The client is closed."""


class QueueFullError(PyWATSError):
    """The queue of this domain is full."""


class RuntimeFailedError(PyWATSError):
    """The worker of this domain failed before the request was answered."""


class ConfigurationError(PyWATSError):
    """A setting or a configuration file is wrong; the text says where and what is allowed."""


class InstallError(PyWATSError):
    """A software package could not be installed or removed; what was there before is still there."""


class FormatError(PyWATSError):
    """A file is not what its format promises, or a format cannot hold a report.

    Attributes:
        file: the file, or empty if it was read from memory.
        position: where in it, such as ``line 3, column 8`` or the names of the steps down to the place.
    """

    def __init__(self, detail: str = "", *, file: str = "", position: str = "") -> None:
        super().__init__(detail)
        self.file = file
        self.position = position

    def __str__(self) -> str:
        """Say the file, the place and what is wrong there."""
        return ": ".join(filter(None, (self.file, self.position, super().__str__())))


class UsageError(PyWATSError):
    """The client was used from a place where the call could never end."""


_TRANSLATIONS: Mapping[type[WorkersError], type[PyWATSError]] = {
    DeadlineExceeded: TimeoutError,
    RuntimeClosed: ClientClosedError,
    MailboxFull: QueueFullError,
    ActorStopped: RuntimeFailedError,
    ActorCrashed: RuntimeFailedError,
    WrongLoop: UsageError,
    BlockingInLoop: UsageError,
}


def translated(
    error: WorkersError, *, method: str | None = None, path: str | None = None, attempts: int = 0
) -> PyWATSError:
    """The error of this tree that says what an error of the runtime means for a caller."""
    kind = next((kind for source, kind in _TRANSLATIONS.items() if isinstance(error, source)), RuntimeFailedError)
    return kind(str(error), method=method, path=path, attempts=attempts)
