"""Saving a download: into a file that is whole or not there, or into a file object, going on where it broke off."""

import asyncio
import contextlib
import glob
import io
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
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
"""So often a download is taken up again without a single byte in between before it fails."""
_BUFFER: Final = 1024 * 1024
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")


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
        ValidationError: ``to`` is a folder, lies in none, or is a file object for text.
        ConnectionError, TimeoutError: it broke off again and again.
        OSError: the file cannot be written.
    """
    sink = _file_sink(Path(to)) if isinstance(to, str | Path) else _ObjectSink(to)
    try:
        saved = await _Transfer(line, call, sink).run(progress)
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

    def __init__(self, line: Sends, call: Call[Download | None], sink: _Sink) -> None:
        self._line = line
        self._call = call
        self._sink = sink
        self._written = 0
        self._validator: str | None = None  # with it the server says whether it is still the same file
        self._resumed = 0
        self._kind = ""

    async def run(self, progress: Progress) -> Saved | None:
        meter: Meter | None = None
        fruitless = 0
        try:
            while True:
                body = await self._line.send(self._asking())
                if body is None:
                    return None
                before = self._written
                try:
                    await self._line_up(body)
                    meter = meter or meter_of(progress, "download", body.size, in_bytes=True)
                    await self._drain(body, meter)
                except (BrokenError, SilentError):
                    fruitless = 0 if self._written > before else fruitless + 1
                    if fruitless >= RESUMES or not (self._validator or await self._begin_anew()):
                        raise
                    self._resumed += 1
                else:
                    return Saved(self._written, self._kind, self._resumed)
                finally:
                    await body.aclose()
        finally:
            if meter is not None:
                meter.close()

    def _asking(self) -> Call[Download | None]:
        # Packed bytes could not be counted, so nothing is to be packed.
        headers = [("Accept-Encoding", "identity")]
        if self._written and self._validator:
            headers += [("Range", f"bytes={self._written}-"), ("If-Range", self._validator)]
        return replace(self._call, headers=(*self._call.headers, *headers))

    async def _line_up(self, body: Download) -> None:
        """See to it that what comes follows what is written."""
        if body.status == 206:  # noqa: PLR2004
            found = _RANGE.match(body.headers.get("Content-Range", ""))
            if found is None or int(found[1]) != self._written:
                raise InvalidResponseError(
                    f"the server sent {body.headers.get('Content-Range', 'no Content-Range')!r} when asked for the "
                    f"bytes from {self._written} on",
                    status=body.status,
                    method=self._call.verb,
                    path=self._call.path,
                )
            return
        if self._written and not await self._begin_anew():
            raise BrokenError(
                "the file changed in the server while it was downloaded, and what was written cannot be taken back",
                method=self._call.verb,
                path=self._call.path,
            )
        ranges = body.headers.get("Accept-Ranges", "").lower() == "bytes"
        etag = body.headers.get("ETag", "")
        strong = etag if etag and not etag.startswith("W/") else body.headers.get("Last-Modified")
        self._validator = strong if ranges else None
        self._kind = body.headers.get("Content-Type", "")

    async def _begin_anew(self) -> bool:
        if self._written and not await self._sink.begin_anew():
            return False
        self._written = 0
        return True

    async def _drain(self, body: Download, meter: Meter) -> None:
        async for chunk in body:
            await self._sink.write(chunk)
            self._written += len(chunk)
            meter.advance(len(chunk))


class _FileSink:
    """A file beside the one that it will be."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part, self._file = _part_of(path)

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


def _part_of(path: Path) -> tuple[Path, BinaryIO]:
    """Open a file beside another, locked as long as it is written; those that a killed program left are removed."""
    begin = f".{path.name[:100]}."
    for leftover in path.parent.glob(f"{glob.escape(begin)}{'[0-9a-f]' * 8}.part"):
        with contextlib.suppress(OSError):
            _remove_leftover(leftover)
    while True:
        part = path.with_name(f"{begin}{secrets.token_hex(4)}.part")
        file = part.open("xb", buffering=_BUFFER)
        with contextlib.suppress(OSError):  # where there are no locks, nothing is removed either
            lock(file.fileno())
        if os.fstat(file.fileno()).st_nlink:  # nobody took it for a leftover in the moment before it was locked
            return part, file
        file.close()


def _remove_leftover(part: Path) -> None:
    """Remove a part, unless somebody writes it: an error then."""
    if sys.platform == "win32":  # which removes no open file
        part.unlink()
    else:
        with part.open("r+b") as held:
            lock(held.fileno())
            part.unlink()


def _file_sink(path: Path) -> _FileSink:
    if path.is_dir():
        raise ValidationError(f"{path} is a folder; name the file")
    if not path.parent.is_dir():
        raise ValidationError(f"there is no folder {path.parent} for {path.name}")
    return _FileSink(path)


def _write_all(write: Callable[[bytes], int | None], chunk: bytes) -> None:
    while chunk:  # an unbuffered file may take a part only
        taken = write(chunk)
        chunk = b"" if taken is None else chunk[taken:]
