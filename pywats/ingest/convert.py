"""From a complete file to drafts: read it once, find its converter, convert it, all outside the event loop."""

import asyncio
import hashlib
import io
import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, Self

from pywats.ingest.converters import CONVERTERS, Converter
from pywats.ingest.draft import draft
from pywats.ingest.entry import Draft
from pywats.ingest.faults import ConversionError, NotReadyError
from pywats.ingest.filling import Filling
from pywats.ingest.reasons import Reason

if sys.platform != "win32":
    import fcntl

AUTO: Final = "auto"
HEAD: Final = 4096
"""Bytes of a file that a converter may look at to recognise it."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file is still the one that was seen: device, inode, size, time of its last change."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the stamp of a file's status."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file to convert, and how.

    Attributes:
        path: the file.
        stamp: the file as it was found complete.
        converter: a converter's name, or ``auto``.
        filling: what the source says about its reports.
        max_size: a larger file is not read.
    """

    path: Path
    stamp: Stamp
    converter: str = AUTO
    filling: Filling = field(default_factory=Filling)
    max_size: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What came of a file: its drafts, or the error that says why there are none."""

    digest: bytes
    size: int
    converter: str
    drafts: tuple[Draft, ...] = ()
    error: ConversionError | None = None


class Workshop(Protocol):
    """Where files are converted: threads here, or processes that can be limited and killed."""

    async def convert(self, job: Job) -> Converted:
        """Return what came of a file.

        Raises:
            NotReadyError: it cannot be read now.
        """
        ...

    async def close(self) -> None:
        """Let go of the workers."""
        ...


class Threads:
    """Converts in a few threads of this process."""

    def __init__(self, workers: int = 2) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="convert")

    async def convert(self, job: Job) -> Converted:
        """Return what came of a file; see `Workshop`."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, convert_file, job)

    async def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def convert_file(job: Job) -> Converted:
    """Read and convert one file; it blocks, and it keeps nothing, so any worker can do it.

    Raises:
        NotReadyError: the file is locked, has changed since it was found complete, or is gone.
    """
    if job.stamp.size > job.max_size:
        return _too_large(job)
    data = _read(job)
    digest = hashlib.sha256(data).digest()
    name = job.converter
    try:
        name, converter = _converter(job, data[:HEAD])
        bodies = enumerate(converter.convert(io.BytesIO(data)))
        drafts = tuple(_draft(body, digest, position, job) for position, body in bodies)
    except ConversionError as error:
        return Converted(digest=digest, size=len(data), converter=name, error=error)
    except Exception as error:  # noqa: BLE001 - a converter's fault costs one file, not the daemon
        failed = ConversionError(Reason.CONVERTER_FAILED, f"{type(error).__name__}: {error}")
        return Converted(digest=digest, size=len(data), converter=name, error=failed)
    return Converted(digest=digest, size=len(data), converter=name, drafts=drafts)


def _draft(body: bytes, digest: bytes, position: int, job: Job) -> Draft:
    try:
        return draft(body, source=digest, position=position, filling=job.filling)
    except ConversionError as error:
        if position:
            error.position = f"[{position}] {error.position}".strip()
        raise


def _too_large(job: Job) -> Converted:
    """Refuse a file without reading it; its stamp stands for its bytes."""
    detail = f"the file has {job.stamp.size} bytes, this source reads up to {job.max_size} (max_file_size)"
    digest = hashlib.sha256(repr(job.stamp).encode()).digest()
    error = ConversionError(Reason.TOO_LARGE, detail)
    return Converted(digest=digest, size=job.stamp.size, converter=job.converter, error=error)


def _converter(job: Job, head: bytes) -> tuple[str, Converter]:
    """Return the converter that is named, else the one that is surest of the content, else the one for the name."""
    if not head:
        raise ConversionError(Reason.EMPTY, "the file is empty")
    if job.converter != AUTO:
        return job.converter, CONVERTERS[job.converter]
    sure, name = max((converter.sniff(head), name) for name, converter in CONVERTERS.items())
    if sure > 0:
        return name, CONVERTERS[name]
    suffix = job.path.suffix.lower()
    for name, converter in CONVERTERS.items():
        if suffix in converter.SUFFIXES:
            return name, converter
    raise ConversionError(Reason.UNRECOGNISED, "no converter recognises this file")


def _read(job: Job) -> bytes:
    """Return the bytes of a file, if they are those of the file that was found complete."""
    try:
        # No link is followed: what lies in a watched folder must not choose another file to upload.
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(job.path, flags)
    except OSError as error:
        raise NotReadyError(f"it cannot be opened: {error.strerror or error}") from error
    with os.fdopen(descriptor, "rb") as file:
        _check(job, descriptor)
        if is_locked(descriptor):
            raise NotReadyError("another program holds a lock on it")
        try:
            data = file.read(job.stamp.size + 1)
        except OSError as error:
            raise NotReadyError(f"it cannot be read: {error.strerror or error}") from error
        _check(job, descriptor)
        if len(data) != job.stamp.size:
            raise NotReadyError("it changed while it was read")
    return data


def _check(job: Job, descriptor: int) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or Stamp.of(status) != job.stamp:
        raise NotReadyError("it changed since it was found complete")


def is_locked(descriptor: int) -> bool:
    """Return whether another program holds a lock on an open file; where locks do not exist, nobody does."""
    if sys.platform != "win32":  # there a file that its writer keeps to itself cannot be opened at all
        for lock in (fcntl.flock, fcntl.lockf):
            try:
                lock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                return True
            except OSError:
                continue
    return False
