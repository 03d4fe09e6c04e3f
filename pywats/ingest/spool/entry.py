"""What goes into the spool and comes out of it: files, reports, receipts, claims."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import orjson

from pywats.ingest.reasons import Reason, State

NAMESPACE = UUID("6f0f7d0e-5a5b-5c1e-9d51-0d3c5b8f2a77")
"""Under it the ids of reports are made whose files bring none."""

SAME_START = 500_000
"""Microseconds within which the server takes two starts for the same."""


def shown(path: Path) -> str:
    """Return a path for people and for JSON: bytes of a file name that are no text are shown as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def made_id(digest: bytes, position: int) -> str:
    """Return the report id that stands for the report at ``position`` in the source bytes with this SHA-256."""
    return str(uuid5(NAMESPACE, f"{digest.hex()}:{position}"))


def content_digest(report: Mapping[str, Any]) -> bytes:
    """Return what is the same for equal content, whatever its id and the order in which it is written."""
    content = {name: value for name, value in report.items() if name != "id"}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


@dataclass(frozen=True, slots=True)
class Identity:
    """What the server takes for one and the same report, besides the id; ``start`` is in microseconds UTC."""

    type: str
    sn: str
    pn: str
    process: int | None
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One report, ready to be accepted.

    Attributes:
        report_id: lower-case dashed GUID, as in ``body``.
        body: the WSJF that is to be sent.
        digest: of the content, see `content_digest`.
        position: index of the report in its file.
        identity: the server's second key.
        refers_to: id of the test report that this repair report is about.
        said: what a person may want to know about how it was read.
        result: ``P`` for passed, ``F`` for failed, or what else the report says of its outcome.
    """

    report_id: str
    body: bytes
    digest: bytes
    position: int
    identity: Identity
    refers_to: str | None = None
    said: str = ""
    result: str = ""


class Fate(StrEnum):
    """Where a file goes."""

    ARCHIVE = "archive"
    QUARANTINE = "quarantine"
    REMOVED = "removed"
    """it was in the archive for as long as it was to be kept"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that was read.

    Attributes:
        source: name of the source in the configuration.
        path: where it was found.
        digest: SHA-256 of its bytes.
        size: in bytes.
        converter: name of the converter that read it, or that failed to.
        target: where it is to go.
        backlog: it had been lying there for a while when it was taken.
    """

    source: str
    path: Path
    digest: bytes
    size: int
    converter: str
    target: Path
    backlog: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFile:
    """A file as the spool knows it.

    ``target`` is ``None`` when it is where it belongs. ``so_far`` is how many of its reports were taken while there are
    more to come, and ``None`` once all are in the spool.
    """

    number: int
    source: str
    path: Path
    digest: bytes
    converter: str
    fate: Fate
    here: Path
    target: Path | None
    reason: Reason | None = None
    detail: str = ""
    position: str = ""
    so_far: int | None = None

    @property
    def name(self) -> str:
        """The file's own name, for people."""
        return shown(Path(self.path.name))


class Verdict(StrEnum):
    """What became of a report that was submitted."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the spool made of one report.

    ``other`` names the file of the report that it is a duplicate of, or contradicts.
    """

    verdict: Verdict
    number: int
    report_id: str
    reason: Reason
    other: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A file in the spool's books, and its reports; ``resumed`` when it was there from before a crash."""

    file: PlacedFile
    receipts: tuple[Receipt, ...]
    resumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A report leased to be sent; ``lease`` proves it when the outcome is recorded, ``backlog`` that it waited long."""

    number: int
    lease: int
    report_id: str
    body: bytes
    source: str
    file: str
    unknown: int = 0
    backlog: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A report that the server refused: its place in the file, the server's words, and the bytes that were sent."""

    number: int
    report_id: str
    position: int
    detail: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A report as the spool's books show it; times are wall-clock, in milliseconds.

    ``file`` is where its file was found, ``place`` where that was put.
    """

    number: int
    report_id: str
    state: State
    reason: Reason
    detail: str
    source: str
    file: str
    identity: Identity
    attempts: int
    unknown: int
    server_id: str | None
    place: str
    accepted_at: int
    changed_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One time that a file was taken, as the spool's books show it.

    Attributes:
        file: the file.
        size: in bytes.
        taken_at: wall-clock time in milliseconds.
        reports: how many of its reports came with it for the first time.
        duplicates: how many had come before.
        duplicate_of: the files that these had come in, a few of them.
    """

    file: PlacedFile
    size: int
    taken_at: int
    reports: int
    duplicates: int
    duplicate_of: tuple[str, ...]

    @property
    def state(self) -> str:
        """Return where it stands: being taken, on its way, where it was to go, removed, or left where it was."""
        file = self.file
        if file.target is not None:
            return "moving" if file.so_far is None else "taking"
        if file.here == file.path:
            return "left"
        return {Fate.ARCHIVE: "archived", Fate.QUARANTINE: "quarantined", Fate.REMOVED: "removed"}[file.fate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the history of a report or a file; ``at`` is wall-clock time in milliseconds."""

    number: int
    at: int
    entry: int | None
    file: int | None
    before: str | None
    after: str | None
    cause: Reason
    detail: str
