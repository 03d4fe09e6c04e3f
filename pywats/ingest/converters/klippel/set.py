"""The files of a unit of Klippel QC: the main one, and those in the folder of its name, which come one by one."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.text import malformed, read_text
from pywats.ingest.faults import ConversionError, NotReadyError
from pywats.ingest.files.reading import Stamp, opened

_LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a file in the folder."""
_MOST_FILES: Final = 1000
"""Files in the folder."""


class FileSet:
    """What belongs to a main file.

    Args:
        main: the main file.
        settle: seconds for which the files must have stood still.
        patience: seconds after the last file came, after which a set that is not complete is refused.
    """

    def __init__(self, main: Path, settle: float, patience: float) -> None:
        self._main = main
        self._folder = main.with_suffix("")
        self._settle = settle
        self._patience = patience

    def files(self) -> dict[Path, Stamp]:
        """Return the files in the folder, by name.

        Raises:
            NotReadyError: the folder is not there, is empty, or was written to a moment ago.
            ConversionError: it has been so for too long, or there are too many files.
        """
        if not self._folder.is_dir() or self._folder.is_symlink():
            raise self.incomplete(f"the folder {self._folder.name} with its curves and values is not there")
        try:
            found = {path: path.lstat() for path in self._inner()}
        except OSError as error:
            raise self.incomplete(f"{self._folder.name} cannot be read: {error.strerror}") from error
        if not found:
            raise self.incomplete(f"there is no file in the folder {self._folder.name}")
        if len(found) > _MOST_FILES:
            raise malformed(f"the folder has {len(found)} files, and {_MOST_FILES} are the most", self._folder.name)
        last = max(status.st_mtime for status in found.values())
        if 0 <= time.time() - last < self._settle:  # a clock that is ahead tells nothing
            raise NotReadyError(f"the folder {self._folder.name} was written to a moment ago")
        return {path: Stamp.of(status) for path, status in found.items()}

    def check(self, files: dict[Path, Stamp]) -> None:
        """Make sure that no file has come, changed or gone since.

        Raises:
            NotReadyError: one has.
        """
        with suppress(OSError):
            if files == {path: Stamp.of(path.lstat()) for path in self._inner()}:
                return
        raise NotReadyError("the folder with its curves and values changed while it was read")

    def rows(self, file: Path, stamp: Stamp, context: Context) -> list[list[str]]:
        """Return the cells of a file in the folder, which has tabs.

        Raises:
            NotReadyError: the file is not complete yet.
            ConversionError: it has been so for too long, or its rows are not of the same length.
        """
        if stamp.size > _LARGEST:
            raise malformed(f"it has {stamp.size} bytes, and {_LARGEST} are the most", file.name)
        with opened(file, stamp) as (content, _):
            text = read_text(Source(content, file), context)
        rows = [line.split("\t") for line in text.splitlines() if line.strip()]
        if not rows:
            raise self.incomplete(f"{file.name} is empty")
        if not text.endswith("\n"):
            raise self.incomplete(f"the last line of {file.name} has no end")
        for at, cells in enumerate(rows, 1):
            if len(cells) != len(rows[0]):
                raise malformed(f"{len(rows[0])} columns are expected, not {len(cells)}", f"{file.name}, row {at}")
        return rows

    def incomplete(self, detail: str) -> NotReadyError | ConversionError:
        """Return the error of a set that is not complete: it is to be waited for, but not for ever."""
        last = 0.0
        for path in (self._main, self._folder, *self._inner()):
            with suppress(OSError):  # what is gone by now came at no time
                last = max(last, path.lstat().st_ctime)
        waited = time.time() - last if last else 0.0
        if waited > self._patience:
            return malformed(f"{detail}, and nothing has come for {waited:.0f} s (option patience)", self._main.name)
        return NotReadyError(detail)

    def _inner(self) -> list[Path]:
        return sorted(self._folder.glob("*.txt"))
