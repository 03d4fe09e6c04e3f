"""A line that records what a service sends, and answers with bytes of the test's choice."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from pywats.exchange.answer import Answer, error_of
from pywats.exchange.call import Call
from pywats.station import Station

R = TypeVar("R")


@dataclass
class RecordingLine:
    """Stands where the client's line does; what was ordered is answered in turn, and then nothing with status 200."""

    calls: list[Call[Any]] = field(default_factory=list)
    answers: list[Callable[[Call[Any]], Answer]] = field(default_factory=list)
    station: Station | None = None

    def answer(self, said: Any = b"", status: int = 200, *, kind: str = "application/json", attempts: int = 1) -> None:
        """Order an answer: bytes as they are, all else as JSON."""
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.answers.append(
            lambda call: Answer(status, {"content-type": kind}, content, call.verb, call.path, attempts)
        )

    ahead: int = 0

    async def send(self, call: Call[R]) -> R:
        self.calls.append(call)
        answer = self.answers.pop(0)(call) if self.answers else Answer(200, {}, b"", call.verb, call.path)
        if answer.status >= 400 and not (call.absent and answer.is_absence):
            raise error_of(answer)
        return call.read(answer)

    @property
    def sent(self) -> list[str]:
        """Verb, path and query of what was sent, as one reads them."""
        return [f"{call.verb} {call.path}" + query_of(call) for call in self.calls]

    def json(self, number: int = -1) -> Any:
        """Return the body of a request."""
        body = self.calls[number].body
        assert body is not None
        return json.loads(body)


def query_of(call: Call[Any]) -> str:
    return "".join(f"{'&' if number else '?'}{name}={value}" for number, (name, value) in enumerate(call.query))


@pytest.fixture
def line() -> RecordingLine:
    return RecordingLine()
