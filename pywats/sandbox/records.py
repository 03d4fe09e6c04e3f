"""What came in: the requests, their times, and what was answered."""

from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

import orjson

from pywats.sandbox.limits import MAX_STARTS, most_in_window

MAX_BYTES = 64 * 1024 * 1024
"""The bodies of the requests that are kept take at most so many bytes; the oldest requests go first."""


@dataclass(slots=True)
class Recorded:
    """One request as it came in.

    Attributes:
        time: of its arrival, in seconds since 1970.
        method: the verb.
        raw_path: path and query exactly as they were sent, percent-encoding and case included.
        headers: the token in them is replaced by ``***``.
        body: all of it.
        status: of the answer; ``None`` while there is none, and for requests whose connection was broken instead.
    """

    time: float
    method: str
    raw_path: str
    headers: dict[str, str]
    body: bytes = b""
    status: int | None = None

    @property
    def path(self) -> str:
        """The path as it was sent, without the query."""
        return self.raw_path.partition("?")[0]

    @property
    def query(self) -> str:
        """The query as it was sent, without the question mark."""
        return self.raw_path.partition("?")[2]

    def json(self) -> Any:
        """Return the body as JSON."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts since the start, or since the last ``clear``.

    Attributes:
        requests: all that came in.
        statuses: how many were answered with each status.
        abandoned: how many the client went away from before it had an answer, as far as the sandbox waited for that.
        period: seconds of the window below: that of the rate limit, or a minute.
        most_in_window: the most requests that any window of that length holds, refused ones included.
    """

    requests: int
    statuses: dict[int, int]
    abandoned: int
    period: float
    most_in_window: int


class Records:
    """The latest requests, as many as ``history`` says, and the arrival times of the last million."""

    def __init__(self, history: int) -> None:
        self._history = history
        self._requests: deque[Recorded] = deque()
        self._bytes = 0
        self._starts: deque[float] = deque(maxlen=MAX_STARTS)
        self._statuses: Counter[int] = Counter()
        self._count = self._abandoned = 0

    def arrive(self, request: Recorded, start: float) -> None:
        """Note a request; ``start`` is its time on a clock that never goes back."""
        self._count += 1
        self._starts.append(start)
        if self._history:
            self._requests.append(request)
            self._trim()

    def complete(self, request: Recorded, body: bytes) -> None:
        """Note the body of a request, once all of it is there."""
        request.body = body
        self._bytes += len(body)
        self._trim()

    def answered(self, request: Recorded, status: int) -> None:
        """Note the answer to a request."""
        request.status = status
        self._statuses[status] += 1

    def abandoned(self) -> None:
        """Note that a client went away from a request that hung."""
        self._abandoned += 1

    def all(self) -> list[Recorded]:
        """Return the requests that are kept, oldest first."""
        return list(self._requests)

    def most_starts(self, period: float) -> int:
        """Return the most requests that any window of this many seconds holds."""
        return most_in_window(self._starts, period)

    def stats(self, period: float) -> Stats:
        """Return the counts."""
        return Stats(self._count, dict(self._statuses), self._abandoned, period, self.most_starts(period))

    def clear(self) -> None:
        """Forget the requests and the counts."""
        self._requests.clear()
        self._starts.clear()
        self._statuses.clear()
        self._bytes = self._count = self._abandoned = 0

    def _trim(self) -> None:
        if not self._history:
            self._bytes = 0
        while self._requests and (len(self._requests) > self._history or self._bytes > MAX_BYTES):
            self._bytes -= len(self._requests.popleft().body)
