"""How much a server bears, found by trying: a share of a rate, and a number of requests at once."""

from typing import Final


class Slowdown:
    """A share of a rate: halved whenever the rate proves too high, and then climbing back evenly.

    Additive increase and multiplicative decrease, which lets many clients of one server come to fair shares without
    knowing of each other (D.-M. Chiu and R. Jain, *Analysis of the increase and decrease algorithms for congestion
    avoidance in computer networks*, Computer Networks and ISDN Systems 17, 1989).
    """

    LEAST: Final = 1 / 16
    CLIMB: Final = 1 / 60
    """Share that comes back in a second: from a half to the whole takes 30."""
    STEPS: Final = 32
    ONE_SIGN: Final = 1.0
    """Seconds within which several refusals are one sign: the requests were under way together."""

    __slots__ = ("_since", "_slowest")

    def __init__(self) -> None:
        self._since: float | None = None
        self._slowest = 1.0

    def share(self, now: float) -> float:
        """The share of the rate that is allowed now, at most 1; it changes in steps."""
        if self._since is None:
            return 1.0
        share = self._slowest + int((now - self._since) * self.CLIMB * self.STEPS) / self.STEPS
        if share >= 1.0:
            self._since = None
            return 1.0
        return share

    def halve(self, now: float) -> None:
        """Allow half of what is allowed now."""
        if self._since is None or now - self._since >= self.ONE_SIGN:
            self._slowest = max(self.LEAST, self.share(now) / 2)
            self._since = now


class AimdLimit:
    """How many requests may be under way, learned from how they end.

    One more with each round that goes well while the limit is in use, a tenth less with each sign of overload. The rule
    of ``AIMDLimit`` in Netflix' concurrency-limits (2018), with the increase spread over a whole round of
    requests as TCP's congestion avoidance does (RFC 5681, section 3.1).

    Args:
        most: it never allows more.
        initial: what it begins with.
    """

    DECREASE: Final = 0.9

    __slots__ = ("_limit", "_most")

    def __init__(self, most: int, initial: int = 20) -> None:
        self._most = most
        self._limit = float(min(most, initial))

    @property
    def limit(self) -> int:
        """What is allowed now, at least 1."""
        return int(self._limit)

    def went_well(self, under_way: int) -> None:
        """A request was answered while so many were under way."""
        if under_way * 2 >= self._limit:
            self._limit = min(float(self._most), self._limit + 1 / self._limit)

    def overloaded(self) -> None:
        """A request was refused, or failed in a way that says the server has too much."""
        self._limit = max(1.0, self._limit * self.DECREASE)
