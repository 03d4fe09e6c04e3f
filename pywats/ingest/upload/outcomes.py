"""What an answer of the server, or the lack of one, means for the report that was sent and for those that wait."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from pywats.errors import (
    AuthenticationError,
    AuthorizationError,
    CircuitOpenError,
    ClientClosedError,
    ConfigurationError,
    ConnectionError,  # noqa: A004 - it is Python's own, too
    OtherReportError,
    ProxyError,
    PyWATSError,
    QueueFullError,
    RateLimitError,
    RedirectError,
    ServerError,
    TimeoutError,  # noqa: A004 - it is Python's own, too
    WatsApiError,
)
from pywats.ingest.reasons import Reason

REPORTS_FAULT: Final = frozenset({400, 409, 413, 414, 415, 422})
"""Statuses that are about the content of a report: the same bytes would be refused again."""


class Line(Enum):
    """What an outcome says about the way to the server."""

    GOOD = auto()
    """it answered as it should"""
    DOWN = auto()
    """it cannot be reached, is busy or fails: wait, and ask whether it is back"""
    STOPPED = auto()
    """it does not let us in, or this is not it: a person has to set something right"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One send, judged.

    Attributes:
        line: what it says about the server.
        reason: the code.
        detail: the server's words, or what else is known.
        refused: the report itself is at fault, and is not sent again by itself.
        unknown: the server may have the report, though no answer says so.
        rest: the report may be at fault too, so it waits a while by itself.
        retry_after: seconds that the server asked to wait.
    """

    line: Line
    reason: Reason
    detail: str
    refused: bool = False
    unknown: bool = False
    rest: bool = False
    retry_after: float = 0.0


def judge(error: PyWATSError) -> Outcome:  # noqa: PLR0911 - one return for each kind of outcome
    """Return what an error of a send means."""
    detail = str(error)
    if error.status in REPORTS_FAULT:
        return Outcome(line=Line.GOOD, reason=Reason.REFUSED, detail=error.detail or detail, refused=True)
    if isinstance(error, OtherReportError):
        return Outcome(line=Line.GOOD, reason=Reason.OTHER_ID, detail=detail)
    if isinstance(error, (AuthenticationError, AuthorizationError)):
        return Outcome(line=Line.STOPPED, reason=Reason.CREDENTIALS_REFUSED, detail=detail)
    if isinstance(error, RateLimitError):
        after = error.retry_after or 0.0
        return Outcome(line=Line.DOWN, reason=Reason.SERVER_BUSY, detail=detail, retry_after=after)
    if isinstance(error, ServerError):
        after = error.retry_after or 0.0
        return Outcome(line=Line.DOWN, reason=Reason.SERVER_FAILED, detail=detail, rest=True, retry_after=after)
    if isinstance(error, (WatsApiError, RedirectError, ProxyError, ConfigurationError)):
        return Outcome(line=Line.STOPPED, reason=Reason.MISDIRECTED, detail=detail)
    if isinstance(error, CircuitOpenError):
        return Outcome(line=Line.DOWN, reason=Reason.NOT_SENT, detail=detail, retry_after=error.retry_after)
    if _never_sent(error):
        return Outcome(line=Line.DOWN, reason=Reason.NOT_SENT, detail=detail)
    return Outcome(line=Line.DOWN, reason=Reason.NO_ANSWER, detail=detail, unknown=True, rest=True)


def _never_sent(error: PyWATSError) -> bool:
    if isinstance(error, (ConnectionError, TimeoutError)):
        return error.unsent
    return isinstance(error, (ClientClosedError, QueueFullError)) and not error.attempts
