"""Watches one folder: finds files, waits until they are complete, and hands them on, the oldest first."""

import asyncio
import os
import stat
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, TypeVar, cast

import watchfiles

from pywats.ingest.files.candidates import Candidates, Sight
from pywats.ingest.files.reading import Stamp
from pywats.ingest.journal import Event, Journal, Kind
from pywats.ingest.schema import SourceBlock
from pywats.ingest.spool.entry import shown
from pywats.text import reason_of
from workers.log import get_logger

log = get_logger(__name__)

T = TypeVar("T")

BATCH: Final = 32
ROOM: Final = 32 * 1024 * 1024
"""Files, and bytes of files, that are handed on together at the most."""

AGAIN: Final = 1.0
"""Seconds until files are offered again whose taker failed."""

Files = Sequence[tuple[Path, Stamp]]
Taker = Callable[[SourceBlock, Files], Awaitable[Sequence[float | None]]]
"""Takes files; answers for each ``None`` when it is done with, or the seconds after which to offer it again."""


class Watcher:
    """Offers every complete file of a folder to ``take``.

    What the system reports is only a hint that something changed; the folder itself is read at the start and every
    ``rescan`` seconds, so a lost event costs time and no file.

    Args:
        source: the folder and how to watch it.
        take: whom to hand files to.
        waits: tells in how many seconds it is worth handing on files, 0 for now.
        journal: told what was found, and when the folder cannot be read.
        once: hand on what is there at the start, then end.
        patience: with ``once``: seconds after which a file that is still not complete is left where it is.
    """

    def __init__(
        self,
        source: SourceBlock,
        take: Taker,
        waits: Callable[[], Awaitable[float]],
        journal: Journal,
        *,
        once: bool = False,
        patience: float = 60.0,
    ) -> None:
        self._source = source
        self._take = take
        self._waits = waits
        self._journal = journal
        self._once = once
        self._patience = patience
        self._files = Candidates(source.settle, trust_ctime=sys.platform != "win32")
        self._hints: set[str] = set()
        self._hinted = asyncio.Event()
        self._failed = False
        self._paused = False
        self._wait = 0.0
        self._thread: ThreadPoolExecutor | None = None

    def pause(self) -> None:
        """Take no more files until `resume`; they stay where they are."""
        self._paused = True

    def resume(self) -> None:
        """Take files again."""
        self._paused = False
        self._hinted.set()

    @property
    def state(self) -> str:
        """Return ``watching``, ``paused`` or ``failed``: the folder cannot be read."""
        return "paused" if self._paused else "failed" if self._failed else "watching"

    @property
    def waiting(self) -> int:
        """Return how many files were seen and not taken."""
        return len(self._files)

    async def run(self) -> None:
        """Watch until cancelled or, with ``once``, until all that was there at the start is taken or left."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"watch {self._source.name}")
        try:
            await (self._work_through() if self._once else self._watch_and_listen())
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _watch_and_listen(self) -> None:
        listening = asyncio.create_task(self._listen(), name=f"events of {self._source.name}")
        try:
            await self._watch()
        finally:
            listening.cancel()
            await asyncio.wait([listening])

    async def _watch(self) -> None:
        now = asyncio.get_running_loop().time
        rescan = now()
        while True:
            if now() >= rescan:
                await self._rescan()
                rescan = now() + self._source.rescan
            elif self._hints:
                await self._look_at_hints()
            if not await self._hand_on():
                waits = (rescan - now(), None if self._paused else self._next_due())
                await self._hint(min(wait for wait in waits if wait is not None))

    async def _work_through(self) -> None:
        now = asyncio.get_running_loop().time
        end = now() + self._patience
        await self._rescan()
        self._journal.tell(Event(kind=Kind.FILES_FOUND, source=self._source.name, count=len(self._files)))
        while True:
            while await self._hand_on():
                end = now() + self._patience
            if not len(self._files) or now() >= end:
                break
            await asyncio.sleep(min(self._next_due() or 0.0, max(0.0, end - now())))
            await self._rescan(only_known=True)
        for name in self._files.names():
            file = shown(self._source.watch / name)
            detail = "it did not become complete, or could not be taken"
            self._journal.tell(Event(kind=Kind.FILE_LEFT, source=self._source.name, file=file, detail=detail))

    async def _hand_on(self) -> bool:
        """Hand on the oldest of what is complete; return whether a file was done with."""
        now = asyncio.get_running_loop().time
        may = await self._may_go_on()
        batch = await self._in_thread(lambda: self._files.take(now(), limit=BATCH, room=ROOM)) if may else []
        if not batch:
            return False
        answers: Sequence[float | None] = [AGAIN] * len(batch)
        try:
            answers = await self._take(self._source, [(self._source.watch / name, stamp) for name, stamp in batch])
        finally:  # who takes them may fail; then they are offered again
            for (name, _), again in zip(batch, answers, strict=True):
                if again is None:
                    self._files.forget(name)
                else:
                    self._files.delay(name, again, now())
                    self._hints.add(name)  # it may have changed
        return None in answers

    async def _may_go_on(self) -> bool:
        """Whether a file is complete, and would be taken."""
        due = self._files.next_due(asyncio.get_running_loop().time()) == 0.0
        self._wait = await self._waits() if due and not self._paused else 0.0
        return due and not self._paused and not self._wait

    def _next_due(self) -> float | None:
        """Return in how many seconds there may be something to hand on, or ``None`` when nothing is waiting."""
        due = self._files.next_due(asyncio.get_running_loop().time())
        return None if due is None else max(due, self._wait)

    async def _rescan(self, *, only_known: bool = False) -> None:
        # A folder may hold a hundred thousand files: all that is done with all of them is done in a thread.
        now = asyncio.get_running_loop().time()
        try:
            await self._in_thread(lambda: self._look_over(now, only_known=only_known))
        except OSError as error:
            self._fail(error)
        else:
            self._failed = False

    def _look_over(self, now: float, *, only_known: bool) -> None:
        found = dict(scan(self._source.watch, self._source.pattern))
        self._files.retain(found)
        for name, sight in found.items():
            if not only_known or name in self._files:
                self._files.see(name, sight, now)

    async def _look_at_hints(self) -> None:
        hints, self._hints = self._hints, set()
        folder = self._source.watch
        seen = await self._in_thread(lambda: [(name, look(folder / name)) for name in hints])
        now = asyncio.get_running_loop().time()
        for name, sight in seen:
            if sight is None:
                self._files.forget(name)
            else:
                self._files.see(name, sight, now)

    async def _listen(self) -> None:
        """Take hints from the system; where there are none, or no more, rescans go on alone."""
        said = ""
        while True:
            try:
                await self._in_thread(self._source.watch.stat)  # where this hangs, the next would stop the event loop
                changes = watchfiles.awatch(  # pyright: ignore[reportUnknownMemberType]
                    self._source.watch, watch_filter=None, recursive=False, step=20, debounce=200, rust_timeout=1000
                )
                async with aclosing(changes):
                    async for batch in changes:
                        said = ""
                        names = (Path(name).name for _, name in batch)
                        self._hints.update(name for name in names if wanted(name, self._source.pattern))
                        self._hinted.set()
            except Exception as error:  # noqa: BLE001
                # A missing folder, a name that is no text, too many watches: each ends the events, none the watch.
                if (causes := _causes(error)) != said:
                    log.warning("watch_events_lost", source=self._source.name, error=causes)
                said = causes
            await asyncio.sleep(self._source.rescan)

    async def _hint(self, seconds: float) -> None:
        """Wait for an event, but not longer than this."""
        self._hinted.clear()
        if self._hints:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._hinted.wait()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Look at the folder in a thread of its own: a share that hangs keeps no other source waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _fail(self, error: OSError) -> None:
        if not self._failed:
            detail = f"the folder {self._source.watch} cannot be read: {reason_of(error)}"
            self._journal.tell(Event(kind=Kind.SOURCE_FAILED, source=self._source.name, detail=detail))
        self._failed = True


def wanted(name: str, pattern: str) -> bool:
    """Return whether a file name fits a pattern; case does not count, and a dot at the front must be asked for."""
    hidden = name.startswith(".") and not pattern.startswith(".")
    return not hidden and fnmatchcase(name.lower(), pattern.lower())


def scan(folder: Path, pattern: str) -> Iterator[tuple[str, Sight]]:
    """Yield the names of the files of a folder that fit a pattern, and what they look like; it blocks.

    Names are read as bytes, so that one that is no text is found like any other.

    Raises:
        OSError: the folder cannot be read.
    """
    with os.scandir(os.fsencode(folder)) as entries:
        for entry in entries:
            name = os.fsdecode(entry.name)
            if wanted(name, pattern) and entry.is_file(follow_symlinks=False):
                sight = look(entry.path)
                if sight is not None:
                    yield name, sight


def look(path: Path | bytes) -> Sight | None:
    """Return what a file looks like, or ``None`` where there is none: no link and no device is a file here."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return Sight(Stamp.of(status), status.st_ctime_ns) if stat.S_ISREG(status.st_mode) else None


def _causes(error: Exception) -> str:
    """What an error says, or what those say that it groups."""
    causes = cast("Sequence[Exception]", getattr(error, "exceptions", (error,)))
    return "; ".join(map(str, causes))
