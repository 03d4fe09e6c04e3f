"""What happened, told once to everyone who listens: the log, the summary, a progress display."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from pywats.ingest.reasons import WHAT_TO_DO, Reason
from workers.log import get_logger

log = get_logger(__name__)


class Kind(StrEnum):
    """What an event is about."""

    STARTED = "started"
    FILES_FOUND = "files_found"
    FILE_TAKEN = "file_taken"
    FILE_QUARANTINED = "file_quarantined"
    FILE_STUCK = "file_stuck"
    FILE_LEFT = "file_left"
    SOURCE_FAILED = "source_failed"
    INTAKE_PAUSED = "intake_paused"
    REPORT_ACCEPTED = "report_accepted"
    REPORT_DUPLICATE = "report_duplicate"
    REPORT_HELD = "report_held"
    REPORT_UPLOADED = "report_uploaded"
    REPORT_REFUSED = "report_refused"
    REPORT_DELAYED = "report_delayed"
    LINE_STOPPED = "line_stopped"
    LINE_DOWN = "line_down"
    LINE_UP = "line_up"
    RELOADED = "reloaded"
    RELOAD_REFUSED = "reload_refused"
    SOURCE_PAUSED = "source_paused"
    SOURCE_RESUMED = "source_resumed"


_FOR_A_PERSON: Final = frozenset(
    {
        Kind.FILE_QUARANTINED,
        Kind.FILE_STUCK,
        Kind.FILE_LEFT,
        Kind.SOURCE_FAILED,
        Kind.REPORT_HELD,
        Kind.REPORT_REFUSED,
        Kind.LINE_STOPPED,
        Kind.RELOAD_REFUSED,
    }
)
_WHAT_TO_DO: Final[Mapping[Kind, str]] = {
    Kind.FILE_STUCK: "Let the daemon's user write into this folder and the watched one; it is tried again each minute.",
    Kind.FILE_LEFT: "See what still writes or locks the file, or why it cannot be moved; the next run takes it.",
    Kind.SOURCE_FAILED: "Make the folder, or let the daemon's user read it; it is tried again by itself.",
    Kind.RELOAD_REFUSED: "Correct the configuration as it says, and reload again.",
}
"""The same for what has no reason of `WHAT_TO_DO`."""

_UNUSUAL: Final = frozenset({Kind.INTAKE_PAUSED, Kind.REPORT_DUPLICATE, Kind.REPORT_DELAYED, Kind.LINE_DOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; fields that do not apply are empty.

    Attributes:
        kind: what it is about.
        source: name of the source.
        file: the file's path, or that of the file the report came from.
        report_id: the report.
        reason: the code why.
        detail: the same in words; the server's where it refused.
        count: how many, for ``files_found``.
        result: what an accepted report says of its outcome: ``P`` for passed, ``F`` for failed.
    """

    kind: Kind
    source: str = ""
    file: str = ""
    report_id: str = ""
    reason: Reason | None = None
    detail: str = ""
    count: int = 1
    result: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the fields that apply, and what to do where a person has to do something."""
        found: dict[str, Any] = {"event": self.kind.value}
        for name in ("source", "file", "report_id", "reason", "detail", "result"):
            value = getattr(self, name)
            if value:
                found[name] = str(value)
        if self.kind == Kind.FILES_FOUND:
            found["count"] = self.count
        advice = _WHAT_TO_DO.get(self.kind) if self.reason is None else WHAT_TO_DO.get(self.reason)
        if self.kind in _FOR_A_PERSON and advice is not None:
            found["what_to_do"] = advice
        return found


Progress = Callable[[Event], None]


@dataclass(slots=True)
class Summary:
    """What came of a run.

    Attributes:
        found: files that were there.
        taken: files whose reports are in the spool.
        uploaded: reports that the server has.
        duplicates: reports that were known already.
        quarantined: files that gave no report, and reports that the server refused.
        held: reports for which a person has to decide.
        left: files that could not be taken, and folders that could not be read.
        waiting: reports that are still in the spool.
        stopped: why uploading stopped before everything was sent.
        interrupted: it was asked to stop, by a signal.
    """

    found: int = 0
    taken: int = 0
    uploaded: int = 0
    duplicates: int = 0
    quarantined: int = 0
    held: int = 0
    left: int = 0
    waiting: int = 0
    stopped: str = ""
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """Return 0 if everything that was found is in the server, else 1."""
        return 1 if self.quarantined or self.held or self.left or self.waiting else 0


_COUNTED: Final = {
    Kind.FILE_TAKEN: "taken",
    Kind.REPORT_UPLOADED: "uploaded",
    Kind.REPORT_DUPLICATE: "duplicates",
    Kind.FILE_QUARANTINED: "quarantined",
    Kind.REPORT_REFUSED: "quarantined",
    Kind.REPORT_HELD: "held",
    Kind.FILE_LEFT: "left",
    Kind.SOURCE_FAILED: "left",
}


@dataclass(slots=True)
class Journal:
    """Tells an event to the log, to ``progress`` and to all ``listeners``, and counts it."""

    progress: Progress | None = None
    listeners: list[Progress] = field(default_factory=list[Progress])
    """As ``progress``: they must not block."""
    summary: Summary = field(default_factory=Summary)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with every event; whoever waits for one clears it."""

    def tell(self, event: Event) -> None:
        """Tell everyone."""
        if event.kind == Kind.FILES_FOUND:
            self.summary.found += event.count
        elif event.kind in _COUNTED:
            name = _COUNTED[event.kind]
            setattr(self.summary, name, getattr(self.summary, name) + 1)
        fields = event.as_json()
        level = log.error if event.kind in _FOR_A_PERSON else log.warning if event.kind in _UNUSUAL else log.info
        level(fields.pop("event"), **fields)
        if self.progress is not None:
            self.progress(event)
        for listener in self.listeners:
            listener(event)
        self.news.set()
