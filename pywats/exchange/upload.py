"""A body that is read from a file while it is sent."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final, Self

from pywats.errors import ValidationError
from pywats.text import reason_of

_PIECE: Final = 256 * 1024


class FileBody:
    """The bytes of a file, as they are when they are sent, and what goes around them.

    Args:
        path: of the file.
        before: sent before it.
        after: sent behind it.

    Attributes:
        trouble: why the latest attempt to send it could not read it to its end, if so.

    Raises:
        ValidationError: there is no such file, or it cannot be read.
    """

    __slots__ = ("_after", "_before", "_path", "_size", "trouble")

    def __init__(self, path: Path, before: bytes = b"", after: bytes = b"") -> None:
        self._path, self._before, self._after = path, before, after
        self.trouble: str | None = None
        try:
            with path.open("rb"):
                self._size = path.stat().st_size
        except OSError as error:
            raise ValidationError(f"{path} cannot be sent: {reason_of(error)}") from error

    def __len__(self) -> int:
        """All bytes of the body."""
        return len(self._before) + self._size + len(self._after)

    def __repr__(self) -> str:
        return f"<FileBody {self._path}>"

    def wrapped(self, before: bytes, after: bytes) -> Self:
        """The same with something before and behind it, as in a form."""
        return type(self)(self._path, before + self._before, self._after + after)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body piece by piece; each time from the beginning.

        Raises:
            OSError: the file cannot be read any more, or has become shorter.
        """
        self.trouble = None
        if self._before:
            yield self._before
        left = self._size
        try:
            file = await asyncio.to_thread(self._path.open, "rb")
            try:
                while left:
                    piece = await asyncio.to_thread(file.read, min(_PIECE, left))
                    if not piece:
                        raise OSError("it became shorter while it was sent")
                    left -= len(piece)
                    yield piece
            finally:
                file.close()
        except OSError as error:
            self.trouble = f"{self._path} cannot be sent: {reason_of(error)}"
            raise
        if self._after:
            yield self._after


def content_of(given: bytes | Path) -> bytes | FileBody:
    """What is sent of bytes, or of a path: the file there, read while it is sent.

    Raises:
        ValidationError: there is no such file, or it is neither.
    """
    if isinstance(given, Path):
        return FileBody(given)
    if not isinstance(given, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValidationError(f"the content is a {type(given).__name__}; give its bytes, or a Path to read them from")
    return given
