"""The uploader: takes reports out of the spool, sends them, and records what came of each."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from pywats.errors import PyWATSError
from pywats.ingest.errors import LeaseLostError, SpoolError
from pywats.ingest.journal import Event, Journal, Kind
from pywats.ingest.once import Once
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.entry import Claim
from pywats.ingest.spool.store import Spool
from pywats.ingest.upload.line import Line, backoff
from pywats.ingest.upload.outcomes import Line as Verdict
from pywats.ingest.upload.outcomes import Outcome, judge
from pywats.ingest.upload.pace import Pace
from workers.log import get_logger

log = get_logger(__name__)

LONGEST_REST: Final = 900.0
"""Seconds that a report which the server fails on rests between two sends, unless the line is down for longer."""

BEHIND: Final = 60.0
"""Seconds that it rests beyond the wait of the line at the most, so that the server is tried with another one first."""

GIVE_BACK_TRIES: Final = 10
GIVE_BACK_PAUSE: Final = 0.2

BOOKING_PAUSE: Final = 1.0
"""Seconds between two tries to record an answer while the spool cannot be written."""


class Answer(Protocol):
    """What the uploader reads in the server's answer."""

    @property
    def uuid(self) -> str | None:
        """The id of the report in the server."""
        ...


class Uploader:
    """Sends what the spool holds, up to ``concurrency`` reports at once.

    Args:
        spool: where the reports are.
        send: posts the bytes of a report; returns when the server has confirmed its id, else raises.
        line: the way to the server.
        journal: told what came of each report.
        concurrency: reports on the way at once.
        drain: seconds that sends under way are given when it is stopped.
        pace: how fast the backlog may go; ``None`` for as fast as the rest.
    """

    def __init__(
        self,
        spool: Spool,
        send: Callable[[bytes], Awaitable[Answer]],
        line: Line,
        journal: Journal,
        *,
        concurrency: int = 20,
        drain: float = 30.0,
        pace: Pace | None = None,
    ) -> None:
        self._spool = spool
        self._pace = pace
        self._send = send
        self._line = line
        self._journal = journal
        self._concurrency = concurrency
        self._drain = drain
        self._in_hand: dict[asyncio.Task[None], Claim] = {}
        self._freed = asyncio.Event()
        self._rests = False
        self._renewed = -math.inf

    @property
    def in_hand(self) -> int:
        """Return how many reports are being sent."""
        return len(self._in_hand)

    async def run(self) -> None:
        """Send until cancelled; then finish what is under way."""
        try:
            while True:
                if self._line.closed:
                    await self._line.recover()
                await self._send_some()
        finally:
            if self._in_hand:
                await asyncio.wait(self._in_hand, timeout=self._drain)
            self._cut_off()

    def abandon(self) -> None:
        """Wait for no send, neither for those under way nor for what is begun until `run` ends; the reports stay."""
        self._drain = 0.0
        self._cut_off()

    def _cut_off(self) -> None:
        for task in self._in_hand:
            task.cancel()

    async def _send_some(self) -> None:
        """Start as many sends as there is room for, or wait until there may be something to send."""
        self._freed.clear()
        room = (1 if self._line.trial else self._concurrency) - len(self._in_hand)
        backlog = None if self._pace is None else self._pace.room()
        try:
            await self._renew_leases()
            claims = await self._claim(room, backlog) if room > 0 else []
        except SpoolError as error:
            await self._rest(error)
            return
        self._rests = False
        if self._line.closed:  # an answer came while they were claimed
            await self._give_back(claims, "the line went down")
            return
        for claim in claims:
            task = asyncio.create_task(self._carry(claim, self._line.phase), name=f"upload {claim.report_id}")
            self._in_hand[task] = claim
            task.add_done_callback(self._done)
        if room <= 0:
            await self._freed.wait()
        elif not claims:
            await self._spool.changed(None if self._pace is None or backlog != 0 else self._pace.wait())
        elif self._pace is not None:
            self._pace.take(sum(claim.backlog for claim in claims))

    async def _renew_leases(self) -> None:
        """Keep the leases of what is under way before others are claimed: sends may be slow, and computers sleep."""
        now = asyncio.get_running_loop().time()
        if self._in_hand and now - self._renewed >= self._spool.lease / 3:
            await self._spool.extend(list(self._in_hand.values()))
            self._renewed = now

    async def _rest(self, error: SpoolError) -> None:
        """Wait for a spool that cannot be written: nothing may be sent that is not leased."""
        if not self._rests:
            log.error("nothing_is_sent", error=str(error), what_to_do="see to the disk of the spool")
        self._rests = True
        await asyncio.sleep(BOOKING_PAUSE)

    async def _claim(self, room: int, backlog: int | None) -> list[Claim]:
        """Lease reports; if the uploader is stopped meanwhile, give them back."""
        claiming = asyncio.ensure_future(self._spool.claim(room, backlog=backlog))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            with suppress(SpoolError):
                await self._give_back(await claiming, "the uploader was stopped")
            raise

    async def _give_back(self, claims: Sequence[Claim], why: str) -> None:
        """Queue reports again that were leased and not sent, whole though the uploader is stopped meanwhile.

        Else their leases would keep them back for a while, and then count as sends without an answer.
        """
        giving = asyncio.gather(*(self._give_one_back(claim, why) for claim in claims))
        try:
            await asyncio.shield(giving)
        except asyncio.CancelledError:
            await giving
            raise

    async def _give_one_back(self, claim: Claim, why: str) -> None:
        for _ in range(GIVE_BACK_TRIES):
            try:
                await self._spool.nak(claim, Reason.NOT_SENT, why)
            except LeaseLostError:
                return
            except SpoolError:  # a full disk, perhaps for a moment
                await asyncio.sleep(GIVE_BACK_PAUSE)
            else:
                return

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._in_hand[task]
        self._freed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            what_to_do = "report this line, a fault of the program; the report is sent again in a while"
            log.error("upload_failed", error=repr(error), what_to_do=what_to_do)

    async def _carry(self, claim: Claim, phase: int) -> None:
        """Send one report and record what came of it."""
        try:
            answer = await self._send(claim.body)
        except PyWATSError as error:
            outcome = judge(error)
        else:
            outcome = Outcome(line=Verdict.GOOD, reason=Reason.STORED, detail=answer.uuid or "")
        self._line.note(outcome, phase)
        await self._book(claim, outcome)

    async def _book(self, claim: Claim, outcome: Outcome) -> None:
        """Record an outcome, and try on while the spool cannot be written: a forgotten answer costs a second send."""
        trouble = Once()
        while True:
            try:
                kind = await self._record(claim, outcome)
            except LeaseLostError as error:
                log.warning("lease_lost", report_id=claim.report_id, detail=str(error))
                return
            except SpoolError as error:
                if trouble.is_news(str(error)):
                    log.warning("answer_not_recorded", report_id=claim.report_id, error=str(error))
                await asyncio.sleep(BOOKING_PAUSE)
                continue
            break
        if kind is not None:
            self._journal.tell(
                Event(
                    kind=kind,
                    source=claim.source,
                    file=claim.file,
                    report_id=claim.report_id,
                    reason=Reason.OUTCOME_UNKNOWN if kind is Kind.REPORT_HELD and outcome.unknown else outcome.reason,
                    detail=outcome.detail,
                )
            )

    async def _record(self, claim: Claim, outcome: Outcome) -> Kind | None:
        """Write an outcome into the spool; return what is to be told about it."""
        if outcome.reason is Reason.STORED:
            await self._spool.ack(claim, outcome.detail)
            return Kind.REPORT_UPLOADED
        if outcome.reason is Reason.OTHER_ID:
            await self._spool.term(claim, State.HELD, outcome.reason, outcome.detail)
            return Kind.REPORT_HELD
        if outcome.refused:
            await self._spool.term(claim, State.QUARANTINED, outcome.reason, outcome.detail)
            return Kind.REPORT_REFUSED
        wait = self._line.wait
        delay = max(backoff(claim.lease, LONGEST_REST), wait + min(wait / 2, BEHIND)) if outcome.rest else 0.0
        state = await self._spool.nak(claim, outcome.reason, outcome.detail, delay=delay, unknown=outcome.unknown)
        if state is State.HELD:
            return Kind.REPORT_HELD
        return Kind.REPORT_DELAYED if outcome.rest else None
