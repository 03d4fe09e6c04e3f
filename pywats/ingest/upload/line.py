"""Whether reports may be sent now: the way to the server, seen by the one who uploads."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

from pywats.errors import PyWATSError
from pywats.ingest.journal import Event, Journal, Kind
from pywats.ingest.reasons import Reason
from pywats.ingest.upload.outcomes import Line as Verdict
from pywats.ingest.upload.outcomes import Outcome, judge

FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 300.0
LONGEST_ASKED: Final = 3600.0
"""Seconds after which the server is asked again at the latest, however long it wants to be left alone."""

STOPPED_WAIT: Final = 60.0
"""Seconds between two looks at whether a person has set right what stopped the line."""


def backoff(failures: int, longest: float = LONGEST_WAIT) -> float:
    """Return how many seconds to wait after so many failures in a row: doubled each time, half of it drawn by lot."""
    ceiling = min(longest, FIRST_WAIT * 2.0 ** min(failures - 1, 30))
    return random.uniform(ceiling / 2, ceiling)


class Line:
    """Open, down or stopped; while it is not open, ``probe`` asks the server, and no report is risked.

    Once the probe is answered, one report goes alone as a trial; its success opens the line.

    Args:
        probe: a cheap request; it raises what a send would raise.
        journal: told when the line goes down, stops and comes back.
    """

    def __init__(self, probe: Callable[[], Awaitable[object]], journal: Journal) -> None:
        self._probe = probe
        self._journal = journal
        self._failures = 0
        self._wait = 0.0
        self._closed: Outcome | None = None
        self.trial = False
        self.phase = 0
        """Grows when the line goes down: what was sent in an earlier phase says nothing about this one."""

    @property
    def stopped(self) -> str:
        """Return why a person has to act before anything is sent, or nothing."""
        closed = self._closed
        return closed.detail if closed is not None and closed.line is Verdict.STOPPED else ""

    @property
    def refuses_token(self) -> bool:
        """Return whether the server refused the token, and no other has been taken since."""
        return self._closed is not None and self._closed.reason is Reason.CREDENTIALS_REFUSED

    @property
    def state(self) -> str:
        """Return ``open``, ``down`` or ``stopped``."""
        return "open" if self._closed is None else "stopped" if self.stopped else "down"

    @property
    def detail(self) -> str:
        """Return why nothing is sent, or nothing."""
        return "" if self._closed is None else self._closed.detail

    @property
    def wait(self) -> float:
        """Return how many seconds after it went down the server is asked again; 0 while it is open."""
        return 0.0 if self._closed is None else self._wait

    @property
    def closed(self) -> bool:
        """Return whether nothing may be sent."""
        return self._closed is not None and not self.trial

    def note(self, outcome: Outcome, phase: int) -> None:
        """Take in what a send of some phase showed."""
        if phase != self.phase:
            return
        if outcome.line is Verdict.GOOD:
            self._open()
        else:
            self._close(outcome)

    async def recover(self) -> None:
        """Wait, and ask the server, until it is worth sending a report as a trial."""
        while self.closed:
            await asyncio.sleep(self._wait)
            try:
                await self._probe()
            except PyWATSError as error:
                outcome = judge(error)
                if outcome.line is not Verdict.GOOD:
                    self._close(outcome)
                    continue
            self.trial = True

    def _open(self) -> None:
        if self._closed is not None:
            self._journal.tell(Event(kind=Kind.LINE_UP))
        self._closed, self.trial, self._failures = None, False, 0

    def _close(self, outcome: Outcome) -> None:
        """Go down or stop; said once for each new reason."""
        before, self._closed = self._closed, outcome
        self.trial = False
        self.phase += 1
        self._failures += 1
        stopped = outcome.line is Verdict.STOPPED
        asked = min(outcome.retry_after, LONGEST_ASKED)
        self._wait = max(STOPPED_WAIT if stopped else backoff(self._failures), asked)
        if before is None or before.reason != outcome.reason:
            kind = Kind.LINE_STOPPED if stopped else Kind.LINE_DOWN
            self._journal.tell(Event(kind=kind, reason=outcome.reason, detail=outcome.detail))
