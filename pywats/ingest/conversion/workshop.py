"""From a complete file to drafts: its reports, as some worker reads them, made ready for the spool."""

import asyncio
import hashlib
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pywats.ingest.conversion.draft import draft
from pywats.ingest.conversion.filling import Filling
from pywats.ingest.conversion.order import Found, Order, convert
from pywats.ingest.converters.registry import AUTO
from pywats.ingest.faults import ConversionError
from pywats.ingest.files.reading import LARGEST_FILE, Stamp
from pywats.ingest.reasons import Reason
from pywats.ingest.spool.entry import Draft
from pywats.ingest.spool.parcel import Parcel

NEEDED = ("process", "station", "location", "purpose", "operator")
"""Fields that the server wants of every report and that files of testers often lack; what is in a WSJF file, the server
judges."""

Read = Callable[[Order, Found], Generator[bytes]]
"""Yields the reports of a file, as `convert` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file to convert, and how.

    Attributes:
        path: the file.
        stamp: the file as it was found complete.
        converter: a converter's name or place, or ``auto``.
        options: of that converter.
        encoding: of text that does not tell its own.
        filling: what the source says about its reports.
        max_size: a larger file is not read.
        room: bytes that its reports may have together; ``None`` for no limit.
        folder: where reports lie meanwhile for which memory is too small; see `Parcel`.
    """

    path: Path
    stamp: Stamp
    converter: str = AUTO
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    encoding: str | None = None
    filling: Filling = field(default_factory=Filling)
    max_size: int = LARGEST_FILE
    room: int | None = None
    folder: Path | None = None

    @property
    def order(self) -> Order:
        """Return what a converter may know of it: no secret."""
        return Order(
            path=self.path,
            stamp=self.stamp,
            converter=self.converter,
            options=self.options,
            encoding=self.encoding,
            timezone=self.filling.zone,
            defaults=self.filling.defaults,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What came of a file: its drafts, to be closed in the end, or the error that says why there are none."""

    digest: bytes
    size: int
    converter: str
    drafts: Parcel[Draft] = field(default_factory=Parcel[Draft])
    error: ConversionError | None = None
    said: str = ""


class Workshop(Protocol):
    """Where files are converted: threads here, or processes that can be limited and killed."""

    async def convert(self, job: Job) -> Converted:
        """Return what came of a file.

        Raises:
            NotReadyError: it cannot be read now.
            SpoolError: its reports find no room on the disk.
        """
        ...

    async def close(self) -> None:
        """Let go of the workers."""
        ...


class Threads:
    """Converts in a few threads of this process: for files and converters that are known to behave."""

    def __init__(self, workers: int = 2) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="convert")

    async def convert(self, job: Job) -> Converted:
        """Return what came of a file; see `Workshop`."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, convert_file, job)

    async def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def convert_file(job: Job, read: Read = convert) -> Converted:
    """Read and convert one file; it blocks.

    Args:
        job: the file.
        read: who reads it: this process unless another is given.

    Raises:
        NotReadyError: the file is locked, has changed since it was found complete, or is gone.
        SpoolError: its reports find no room on the disk.
    """
    if job.stamp.size > job.max_size:
        return _too_large(job)
    found = Found(converter=job.converter)
    drafts = Parcel[Draft](job.folder)
    failed: ConversionError | None = None
    try:
        with closing(read(job.order, found)) as bodies:
            for position, body in enumerate(bodies):
                made = _draft(body, position, found, job)
                drafts.add(made, len(made.body))
                _check_room(drafts, job)
        if not drafts:
            failed = ConversionError(Reason.EMPTY, "the file holds no report")
    except ConversionError as error:
        drafts.close()
        failed = error.with_traceback(None)
    except BaseException:
        drafts.close()
        raise
    digest = found.digest or _digest_of(job.stamp)
    return Converted(
        digest=digest, size=job.stamp.size, converter=found.converter, drafts=drafts, error=failed, said=found.said
    )


def _draft(body: bytes, position: int, found: Found, job: Job) -> Draft:
    try:
        needs = () if found.converter == "wsjf" else NEEDED
        return draft(body, source=found.digest, position=position, filling=job.filling, needs=needs)
    except ConversionError as error:
        if position:
            error.position = f"[{position}] {error.position}".strip()
        raise


def _check_room(drafts: Parcel[Draft], job: Job) -> None:
    if job.room is not None and drafts.size > job.room:
        detail = f"its reports have more than {job.room} bytes together, the max_size of the spool"
        raise ConversionError(Reason.TOO_LARGE, detail)


def _too_large(job: Job) -> Converted:
    """Refuse a file without reading it."""
    detail = f"the file has {job.stamp.size} bytes, this source reads up to {job.max_size} (max_file_size)"
    error = ConversionError(Reason.TOO_LARGE, detail)
    return Converted(digest=_digest_of(job.stamp), size=job.stamp.size, converter=job.converter, error=error)


def _digest_of(stamp: Stamp) -> bytes:
    """Return what stands for the bytes of a file that nobody has read."""
    return hashlib.sha256(repr(stamp).encode()).digest()
