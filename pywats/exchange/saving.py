"""Saving a download: into a file that is whole or not there, or into a file object, going on where it broke off."""

import asyncio
import contextlib
import io
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, Protocol, TypeVar, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from pywats.errors import ConnectionError as BrokenError
from pywats.errors import InvalidResponseError, ValidationError
from pywats.errors import TimeoutError as SilentError
from pywats.exchange.answer import Answer
from pywats.exchange.call import Call, Download
from pywats.filelock import lock
from pywats.progress import Meter, Progress, meter_of

R = TypeVar("R")

RESUMES: Final = 5
"""So often a download is taken up again without coming any further before it fails."""
_BUFFER: Final = 1024 * 1024
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_MARKS: Final = ("ETag", "Last-Modified")
"""Headers that change with the file."""
_CHANGED: Final = "the file changed in the server while it was downloaded"
_NO_CONTENT: Final = 204
_PARTIAL: Final = 206
_PART: Final = re.compile(r"\..+\.[0-9a-f]{8}\.part", re.DOTALL)


class _OpenFile:
    """Annotation: any open file; what the library reads from job files cannot be one."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.is_instance_schema(io.IOBase)


Target = str | Path | Annotated[BinaryIO, _OpenFile()]
"""Where a download goes: the path of a file, or a file object that is open for writing bytes."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A download that is whole.

    Attributes:
        size: its bytes.
        content_type: its media type as the server named it.
        resumed: how often it broke off and went on.
    """

    size: int
    content_type: str = ""
    resumed: int = 0


class Sends(Protocol):
    """Carries out calls."""

    def send(self, call: Call[R]) -> Coroutine[Any, Any, R]:
        """Return the result of a call."""
        ...


def file_download(
    path: str, query: tuple[tuple[str, str], ...] = (), *, accept: str = "*/*", internal: bool = False
) -> Call[Download | None]:
    """The call whose result is a file to be read piece by piece, or ``None`` if there is none."""
    return Call(
        verb="GET",
        path=path,
        query=query,
        read=_no_file,
        accept=accept,
        internal=internal,
        absent=True,
        long=True,
        stream=True,
    )


def _no_file(_: Answer) -> None:
    """Reads the 404 of the API itself."""


async def save(line: Sends, call: Call[Download | None], to: Target, progress: Progress = False) -> Saved | None:
    """Save what a call downloads; ``None`` if there is no such thing.

    A file appears under its name when it is whole: until then its bytes are beside it, and gone after an error. A
    download that breaks off goes on where it was if the server sends ranges, and otherwise begins anew where that is
    possible.

    Raises:
        ValidationError: ``to`` is no place for a file, or a file object for text.
        ConnectionError, TimeoutError: it broke off again and again.
        OSError: the file cannot be written.
    """
    sink: _Sink
    if isinstance(to, str | Path):
        path = _checked(Path(to))
        sink = _FileSink(path, await asyncio.to_thread(_parts_in, path.parent))
    else:
        sink = _ObjectSink(to)
    try:
        saved = await _Transfer(line, call, sink, progress).run()
        if saved is not None:
            await sink.finish()
        return saved
    finally:
        await sink.close()


class _Sink(Protocol):
    async def write(self, chunk: bytes) -> None: ...
    async def begin_anew(self) -> bool:
        """Forget what was written; ``False`` where that is impossible."""
        ...

    async def finish(self) -> None: ...
    async def close(self) -> None: ...


class _Transfer:
    """One download in as many pieces as it takes."""

    def __init__(self, line: Sends, call: Call[Download | None], sink: _Sink, progress: Progress) -> None:
        self._line = line
        self._call = call
        self._sink = sink
        self._progress = progress
        self._meter: Meter | None = None
        self._written = 0
        self._total: int | None = None
        self._marks: dict[str, str] = {}
        self._validator: str | None = None  # with it the server says whether it is still the same file
        self._resumed = 0
        self._kind = ""

    async def run(self) -> Saved | None:
        furthest = fruitless = 0
        try:
            while True:
                body = await self._line.send(self._asking())
                if body is None:
                    return None
                try:
                    if body.status == _NO_CONTENT:
                        return None
                    await self._line_up(body)
                    await self._drain(body)
                except (BrokenError, SilentError):
                    fruitless = 0 if self._written > furthest else fruitless + 1
                    furthest = max(furthest, self._written)
                    if fruitless >= RESUMES or not (self._validator or await self._begin_anew()):
                        raise
                    self._resumed += 1
                else:
                    return Saved(self._written, self._kind, self._resumed)
                finally:
                    await body.aclose()
        finally:
            self._end_meter()

    def _asking(self) -> Call[Download | None]:
        # Packed bytes could not be counted, so nothing is to be packed.
        headers = [("Accept-Encoding", "identity")]
        if self._written and self._validator:
            headers += [("Range", f"bytes={self._written}-"), ("If-Range", self._validator)]
        return replace(self._call, headers=(*self._call.headers, *headers))

    async def _line_up(self, body: Download) -> None:
        """See to it that what comes follows what is written."""
        total = body.size
        if body.status == _PARTIAL:
            found = _RANGE.match(body.headers.get("Content-Range", ""))
            if found is None or int(found[1]) != self._written:
                raise InvalidResponseError(
                    f"the server sent {body.headers.get('Content-Range', 'no Content-Range')!r} when asked for the "
                    f"bytes from {self._written} on",
                    status=body.status,
                    method=self._call.verb,
                    path=self._call.path,
                )
            total = None if found[2] == "*" else int(found[2])
        if self._written and body.status == _PARTIAL:
            if self._is_same(body, total):
                return
            self._validator = None  # not every server heeds If-Range: the rest of another file came
            raise self._broken(_CHANGED)
        if not await self._begin_anew():
            raise self._broken(f"{_CHANGED}, and what was written cannot be taken back")
        self._total = total
        self._marks = {name: body.headers[name] for name in _MARKS if name in body.headers}
        etag = self._marks.get("ETag", "")
        strong = etag if etag and not etag.startswith("W/") else self._marks.get("Last-Modified")
        takes_ranges = body.status == _PARTIAL or body.headers.get("Accept-Ranges", "").lower() == "bytes"
        self._validator = strong if takes_ranges and "Content-Encoding" not in body.headers else None
        self._kind = body.headers.get("Content-Type", "")

    def _is_same(self, body: Download, total: int | None) -> bool:
        """Whether a part is of the file of which the others were, as far as the server says."""
        same_size = self._total is None or total is None or total == self._total
        return same_size and all(body.headers.get(name, mark) == mark for name, mark in self._marks.items())

    async def _begin_anew(self) -> bool:
        if self._written and not await self._sink.begin_anew():
            return False
        self._written = 0
        self._end_meter()
        return True

    async def _drain(self, body: Download) -> None:
        if self._meter is None:
            self._meter = meter_of(self._progress, "download", self._total, in_bytes=True)
        async for chunk in body:
            await self._sink.write(chunk)
            self._written += len(chunk)
            self._meter.advance(len(chunk))
        if self._total is not None and self._written < self._total:
            raise self._broken(f"the server sent {self._written} of {self._total} bytes")

    def _end_meter(self) -> None:
        meter, self._meter = self._meter, None
        if meter is not None:
            meter.close()

    def _broken(self, words: str) -> BrokenError:
        return BrokenError(words, method=self._call.verb, path=self._call.path)


class _FileSink:
    """A file beside the one that it will be."""

    def __init__(self, path: Path, others: Iterable[str]) -> None:
        self._path = path
        self._part, self._file = _part_of(path, others)

    async def write(self, chunk: bytes) -> None:
        await asyncio.to_thread(self._file.write, chunk)

    async def begin_anew(self) -> bool:
        self._file.seek(0)
        self._file.truncate()
        return True

    async def finish(self) -> None:
        await asyncio.to_thread(self._put_in_place)

    async def close(self) -> None:
        with contextlib.suppress(OSError):  # what could not be written is known by then
            self._file.close()
        self._part.unlink(missing_ok=True)

    def _put_in_place(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        if sys.platform == "win32":  # where an open file has to stay where it is
            self._file.close()
        if self._path.exists():
            self._part.chmod(stat.S_IMODE(self._path.stat().st_mode))
        self._part.replace(self._path)


class _ObjectSink:
    """A file object of the caller's; what was written to it stays, also after an error."""

    def __init__(self, file: BinaryIO) -> None:
        if isinstance(cast("object", file), io.TextIOBase):
            raise ValidationError("the file object takes text; open it for bytes, as with open(path, 'wb')")
        self._file = file
        self._begin = file.tell() if file.seekable() else None

    async def write(self, chunk: bytes) -> None:
        await asyncio.to_thread(_write_all, self._file.write, chunk)

    async def begin_anew(self) -> bool:
        if self._begin is None:
            return False
        self._file.seek(self._begin)
        self._file.truncate()
        return True

    async def finish(self) -> None:
        await asyncio.to_thread(self._file.flush)

    async def close(self) -> None:
        """Leave it open: it is the caller's."""


def _part_of(path: Path, others: Iterable[str]) -> tuple[Path, BinaryIO]:
    """Open a file beside another, locked as long as it is written; those that a killed program left are removed."""
    begin = f".{path.name[:60]}."  # of four bytes at the most each: a name has 255
    for name in others:
        if name.startswith(begin) and len(name) == len(begin) + len("01234567.part"):
            with contextlib.suppress(OSError):
                _remove_leftover(path.with_name(name))
    while True:
        part = path.with_name(f"{begin}{secrets.token_hex(4)}.part")
        file = part.open("xb", buffering=_BUFFER)
        with contextlib.suppress(OSError):  # where there are no locks, nothing is removed either
            lock(file.fileno())
        if os.fstat(file.fileno()).st_nlink:  # nobody took it for a leftover in the moment before it was locked
            return part, file
        file.close()


@lru_cache(maxsize=100)
def _parts_in(folder: Path) -> tuple[str, ...]:
    """The parts that lay in a folder when this process first wrote there: a large one takes long to list."""
    try:
        return tuple(path.name for path in folder.iterdir() if _PART.fullmatch(path.name))
    except OSError:
        return ()


def _remove_leftover(part: Path) -> None:
    """Remove a part, unless somebody writes it: an error then."""
    if sys.platform == "win32":  # which removes no open file
        part.unlink()
    else:
        with part.open("r+b") as held:
            lock(held.fileno())
            part.unlink()


def _checked(path: Path) -> Path:
    """Return where a file is that can be written or replaced; a link to one stays a link."""
    if path.is_dir():
        raise ValidationError(f"{path} is a folder; name the file")
    if path.exists() and not path.is_file():
        raise ValidationError(f"{path} is no file that could be replaced; open it, and give the file object")
    if not path.parent.is_dir():
        raise ValidationError(f"there is no folder {path.parent} for {path.name}")
    return Path(os.path.realpath(path))


def _write_all(write: Callable[[bytes], int | None], chunk: bytes) -> None:
    while chunk:  # an unbuffered file may take a part only
        taken = write(chunk)
        chunk = b"" if taken is None else chunk[taken:]
