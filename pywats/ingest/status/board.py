"""What the status page shows: counted as it happens, and read from the spool at a fixed pace, never by a request."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pywats import __version__
from pywats.ingest.errors import SpoolError
from pywats.ingest.journal import Event, Kind
from pywats.ingest.once import Once
from pywats.ingest.reasons import WHAT_TO_DO, State
from pywats.ingest.spool.overview import Group, Overview, Trouble, look
from pywats.ingest.status.memory import Memory
from pywats.ingest.status.minutes import Minutes
from workers.log import get_logger

log = get_logger(__name__)

PACE: Final = 1.0
"""Seconds between two looks at the spool while something happens."""

IDLE: Final = 5.0
"""Seconds between two looks while nothing does."""

KEEP: Final = 60.0
"""Seconds between two times that the charts are kept: as much of them is lost when the daemon is killed."""

RECENT: Final = 30
NOTICES: Final = 5
_NOTICE_LIFE: Final = 60.0

_OUTCOMES: Final = {
    Kind.REPORT_UPLOADED: "in WATS",
    Kind.REPORT_REFUSED: "refused",
    Kind.REPORT_HELD: "held",
    Kind.REPORT_DUPLICATE: "known already",
    Kind.REPORT_DELAYED: "delayed",
    Kind.FILE_QUARANTINED: "no report",
    Kind.FILE_STUCK: "cannot be moved",
    Kind.SOURCE_FAILED: "folder cannot be read",
}
_TROUBLES: Final = frozenset({Kind.REPORT_REFUSED, Kind.REPORT_HELD, Kind.FILE_QUARANTINED})


class Board:
    """How the daemon stands.

    Args:
        spool: the spool's file.
        standing: what the daemon says of itself at this moment.
        problems: what is wrong around it, a line each.
        clock: seconds of a clock that nobody sets.
    """

    def __init__(
        self,
        spool: Path,
        standing: Callable[[], dict[str, Any]],
        problems: Callable[[], Iterable[str]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spool = spool
        self._standing = standing
        self._problems_around = problems
        self._clock = clock
        self._looked = -IDLE
        self._stirred = True
        self._turned = asyncio.Event()
        self.turn = 0
        """Grows with every change: what was made of one turn need not be made again."""
        self._notices: deque[tuple[float, str]] = deque(maxlen=NOTICES)
        self._intake_paused = ""
        self._trouble = Once()
        self.minutes = Minutes(clock)
        self._memory = Memory(spool.with_name(f"{spool.name}.charts.json"))
        self._kept = clock()
        self.recent: deque[dict[str, Any]] = deque(maxlen=RECENT)
        self.events: Counter[tuple[Kind, str]] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.overview = Overview()

    def note(self, event: Event) -> None:
        """Take in what happened."""
        self._stirred = True
        self.events[event.kind, event.source] += 1
        minute = self.minutes.current
        minute.uploaded += event.kind is Kind.REPORT_UPLOADED
        minute.troubled += event.kind in _TROUBLES
        if event.result:
            (minute.passed if event.result == "P" else minute.failed)[event.source] += 1
        if event.kind in _OUTCOMES:
            self.recent.appendleft({"at": _now(), "outcome": _OUTCOMES[event.kind], **event.as_json()})
            if event.reason is not None and event.kind is not Kind.REPORT_UPLOADED:
                self.reasons[event.source, event.reason.value] += 1
        if event.kind is Kind.INTAKE_PAUSED:
            self._intake_paused = event.detail
        elif event.kind is Kind.FILE_TAKEN:
            self._intake_paused = ""

    def remark(self, text: str) -> None:
        """Show for a while what a person did here, and what came of it."""
        self._notices.appendleft((self._clock(), text))

    async def begin(self) -> None:
        """Take up the charts of the daemon before this one, and look at the spool."""
        await self._memory.recall(self.minutes)
        await self.refresh()

    async def run(self) -> None:
        """Keep it up to date."""
        while True:
            if self._stirred or self._clock() >= self._looked + IDLE:
                await self.refresh()
            if self._clock() >= self._kept + KEEP:
                await self.keep()
            await asyncio.sleep(PACE)

    async def keep(self) -> None:
        """Keep the charts for the daemon after this one."""
        self._kept = self._clock()
        await self._memory.keep(self.minutes)

    async def refresh(self) -> None:
        """Look at the spool now, and tell those who wait for a change."""
        self._stirred = False
        try:
            self.overview = await asyncio.to_thread(look, self._spool)
        except SpoolError as error:
            if self._trouble.is_news(str(error)):
                log.warning("spool_not_looked_at", error=str(error))
        else:
            self._trouble.is_over()
        self._looked = self._clock()
        minute = self.minutes.current
        minute.waiting = max(minute.waiting, self.overview.waiting)
        self.turn += 1
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()

    async def changed(self) -> None:
        """Wait for the next change."""
        await self._turned.wait()

    @property
    def oldest(self) -> float | None:
        """Return the age of the oldest report on its way, in seconds."""
        oldest = self.overview.oldest
        return None if oldest is None else max(0.0, time.time() - oldest / 1e3)

    def snapshot(self) -> dict[str, Any]:
        """Return everything, as JSON has it."""
        standing, view = self._standing(), self.overview
        standing["sources"] = [
            {
                **source,
                **{
                    name: self.events[kind, source["name"]]
                    for name, kind in (
                        ("files_taken", Kind.FILE_TAKEN),
                        ("files_without_reports", Kind.FILE_QUARANTINED),
                        ("uploaded", Kind.REPORT_UPLOADED),
                        ("refused", Kind.REPORT_REFUSED),
                        ("held", Kind.REPORT_HELD),
                    )
                },
            }
            for source in standing.get("sources", [])
        ]
        oldest = self.oldest
        problems = [*self._problems_around(), *self._problems()]
        return {
            "well": not problems,
            "problems": problems,
            "version": __version__,
            **standing,
            "reports": {
                "waiting": view.waiting,
                "oldest_waiting_seconds": None if oldest is None else round(oldest),
                "held": view.count(State.HELD),
                "quarantined": view.count(State.QUARANTINED),
                "uploaded_in_the_last_minutes": sum(minute.uploaded for minute in self.minutes.last(6)[:-1]),
            },
            "spool_bytes": view.size,
            "failures": [_group(group) for group in view.groups],
            "files_without_reports": [_trouble(file) for file in view.files],
            "recent": list(self.recent),
            "notices": [text for at, text in self._notices if at > self._clock() - _NOTICE_LIFE],
        }

    def _problems(self) -> Iterator[str]:
        if self._intake_paused:
            yield f"no file is taken: {self._intake_paused}"
        if count := self.overview.lately:
            files = "file" if count == 1 else "files"
            yield f"{count:,} {files} gave no report in the last hour; the quarantine says why"
        for state, what in ((State.HELD, "held"), (State.QUARANTINED, "refused by the server")):
            if count := self.overview.count(state):
                yield f"{count:,} {'report is' if count == 1 else 'reports are'} {what}: a person has to decide"


def _group(group: Group) -> dict[str, Any]:
    return {
        "state": group.state.value,
        "reason": group.reason.value,
        "count": group.count,
        "what_to_do": WHAT_TO_DO.get(group.reason, ""),
        "reports": [_trouble(each) for each in group.newest],
    }


def _trouble(trouble: Trouble) -> dict[str, Any]:
    found: dict[str, Any] = {
        "number": trouble.number,
        "at": datetime.fromtimestamp(trouble.at / 1e3, UTC).isoformat(timespec="seconds"),
        "source": trouble.source,
        "file": trouble.file,
        "reason": trouble.reason.value,
        "detail": trouble.detail,
    }
    if trouble.report_id:
        found |= {"report_id": trouble.report_id, "serial_number": trouble.sn, "part_number": trouble.pn}
    else:
        found["what_to_do"] = WHAT_TO_DO.get(trouble.reason, "")
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
