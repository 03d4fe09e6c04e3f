"""Faults to order: what the sandbox does to chosen requests instead of, or on top of, serving them."""

import re
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from fnmatch import translate
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pywats.config import load
from pywats.sandbox.answers import JSON, Answer, Refusal, page, refusal

Body = Literal["html", "empty", "not-json", "wrong-json", "half"]
Reset = Literal["before", "after", "mid-body"]
Hang = Literal["before", "after"]

Seconds = Annotated[float, Field(ge=0)]


class Fault(BaseModel):
    """What happens to the requests that fit.

    Without ``status``, ``redirect`` or a body of its own the request is served, and the rest happens around it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: Annotated[str, Field(min_length=1)] = "*"
    """The verb and the path, such as ``GET /api/Product/X``, or the path alone.

    ``*`` and ``?`` stand for any text and any one character. The path is compared decoded and as it was sent, with its
    query and without, and without regard to case.
    """
    times: Annotated[int, Field(ge=1)] | None = 1
    """How many requests it happens to; null for all."""
    skip: Annotated[int, Field(ge=0)] = 0
    """How many fitting requests are let through first."""
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    """The status to answer with."""
    message: str | None = None
    """The server's words in an error answer."""
    body: Body | None = None
    """``html`` a web page, ``empty`` nothing, ``not-json`` broken JSON, ``wrong-json`` JSON of another shape, ``half``
    half of the real body although its whole length was announced."""
    content: str | bytes | None = None
    """The body to answer with, as it is."""
    content_type: str | None = None
    """The media type of the answer."""
    headers: dict[str, str] = Field(default_factory=dict)
    """More fields for the head of the answer."""
    retry_after: Seconds | None = None
    """Sends ``Retry-After`` with this many seconds."""
    retry_after_as: Literal["seconds", "date"] = "seconds"
    """The form of ``Retry-After``."""
    redirect: str | None = None
    """Answers with a redirect (302 unless ``status`` says otherwise) to this address."""
    delay: Seconds = 0.0
    """Seconds to wait before the request is served."""
    delay_after: Seconds = 0.0
    """Seconds to wait after the request was served, before the answer."""
    reset: Reset | None = None
    """Breaks the connection (TCP RST): before the request is served, after it, or in the answer's body."""
    hang: Hang | None = None
    """Never answers: before the request is served (also ``true``), or after."""
    handle: bool = False
    """Serves the request although the answer says something else: the server acted, and its client cannot know."""

    @field_validator("hang", mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        if isinstance(value, bool):
            return "before" if value else None
        return value

    @model_validator(mode="after")
    def _one_ending(self) -> Self:
        endings = [name for name in ("reset", "hang") if getattr(self, name)]
        if len(endings) > 1:
            raise ValueError("reset and hang exclude each other")
        if self.content is not None and self.body is not None:
            raise ValueError("body and content exclude each other")
        return self

    def fits(self, method: str, target: str) -> bool:
        """Tell whether it happens to a request for this target: the path as it was sent, and the query."""
        path = target.partition("?")[0]
        forms = {target, path, unquote(target), unquote(path)}
        return any(self._pattern.match(text) for form in forms for text in (form, f"{method} {form}"))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(f"{translate(self.match)}|{re.escape(self.match)}\\Z", re.IGNORECASE | re.DOTALL)

    @property
    def replaces(self) -> bool:
        """Whether the answer is made up, instead of what serving the request gives."""
        own = self.body not in {None, "half"} or self.content is not None
        return self.status is not None or self.redirect is not None or own

    def answer(self, now: datetime) -> Answer:
        """Return the made-up answer."""
        status = self.status or (302 if self.redirect else 200)
        answer = self._made_up(status)
        if self.content_type is not None:
            answer.content_type = self.content_type
        if self.redirect is not None:
            answer.headers["Location"] = self.redirect
        return self.decorate(answer, now)

    def decorate(self, answer: Answer, now: datetime) -> Answer:
        """Add the fields of the head that it orders."""
        answer.headers |= self.headers
        if self.retry_after is not None:
            answer.headers["Retry-After"] = retry_after(self.retry_after, now, as_date=self.retry_after_as == "date")
        return answer

    def _made_up(self, status: int) -> Answer:
        if self.content is not None:
            return Answer(status, self.content.encode() if isinstance(self.content, str) else self.content)
        match self.body:
            case "html":
                answer = page(status, f"{status} - Not the API.", "A proxy or a log-in page answered.")
            case "empty":
                answer = Answer(status)
            case "not-json":
                answer = Answer(status, b'{"partNumber": "X", "revisions": [{"revision": ', JSON)
            case "wrong-json":
                answer = Answer(status, b'{"unexpected": [1, "two", {"three": null}]}', JSON)
            case _:
                answer = _words(status, self.message).answer() if status >= 400 else Answer(status, b"null")  # noqa: PLR2004
        return answer


def _words(status: int, message: str | None) -> Refusal:
    if status == 400 and message is not None:  # noqa: PLR2004
        return Refusal(400, message)
    return refusal(status, message)


def retry_after(seconds: float, now: datetime, *, as_date: bool = False) -> str:
    """Return the value of ``Retry-After``: whole seconds, rounded up, or the instant as an HTTP date."""
    whole = int(-(-seconds // 1))
    if not as_date:
        return str(whole)
    moment = now.astimezone(UTC) + timedelta(seconds=seconds)
    if moment.microsecond:
        moment = moment.replace(microsecond=0) + timedelta(seconds=1)
    return format_datetime(moment, usegmt=True)


class FaultFile(BaseModel):
    """A file of faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    faults: list[Fault]


def read_faults(path: Path | str) -> list[Fault]:
    """Return the faults that a YAML file orders.

    Raises:
        ConfigurationError: with file, line, column and what is allowed there.
    """
    return load(path, FaultFile).value.faults


class Faults:
    """The faults that are on order; the first that fits a request happens to it."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._orders = [_Order(fault) for fault in faults]

    def add(self, fault: Fault) -> None:
        """Order a fault, behind those that are on order already."""
        with self._lock:
            self._orders.append(_Order(fault))

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()

    def take(self, method: str, target: str) -> Fault | None:
        """Return the fault that happens to this request, and count it, or ``None``."""
        if not self._orders:
            return None
        with self._lock:
            for order in self._orders:
                if order.fault.fits(method, target) and order.take():
                    if order.left == 0:
                        self._orders.remove(order)
                    return order.fault
        return None


class _Order:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.left = fault.times
        self._skip = fault.skip

    def take(self) -> bool:
        if self._skip:
            self._skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        return True
