"""Putting what was written into its place, once or, after a crash, once more: the effect is the same."""

import contextlib
import hashlib
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from pywats.jobs import tables
from pywats.jobs.output import remove, to_disk


@dataclass(frozen=True)
class Placement:
    """What is written, and where it belongs.

    Attributes:
        how: ``file`` replaces a file, ``folder`` replaces a folder, ``files`` adds the files of a folder to another;
            ``sqlite`` and ``duckdb`` take the rows of the part into a table.
        part: the file or folder that was written.
        path: its destination.
        table: what is to be known of the table, where it is one.
    """

    how: str
    part: str
    path: str
    table: dict[str, Any] = field(default_factory=dict[str, Any])

    def as_json(self) -> dict[str, Any]:
        """Return it as a file can keep it."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> Self:
        """Return what ``as_json`` gave."""
        return cls(**kept)

    def place(self, run: str) -> None:
        """Put it in its place; nothing happens where that was done before.

        Args:
            run: names the run, so that rows of one run are added to a table once.

        Raises:
            OSError, RowError: it cannot be done; what was there before is untouched.
        """
        part, path = Path(self.part), Path(self.path)
        if not part.exists():
            return
        if self.how == "file":
            part.replace(path)
            to_disk(path.parent)
        elif self.how == "folder":
            _swap(part, path)
        elif self.how == "files":
            _add(part, path)
        else:
            tables.load(self.how, part, path, tables.Target(**self.table), run)
            remove(part)

    def check(self) -> None:
        """Refuse what could not be put in its place.

        Raises:
            RowError: the columns are not those that are there.
        """
        if self.table:
            tables.check(self.how, Path(self.path), tables.Target(**self.table))


def _swap(part: Path, path: Path) -> None:
    former = path.with_name(f".{path.name}.former.part")
    if path.exists():
        remove(former)
        path.rename(former)
    part.rename(path)
    to_disk(path.parent)
    remove(former)


def _add(part: Path, path: Path) -> None:
    """Files are named after their content, so that the same rows are the same file."""
    for file in sorted(part.rglob("*.parquet")):
        folder = path / file.relative_to(part).parent
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as stream:
            name = hashlib.file_digest(stream, "sha256").hexdigest()[:16]
        file.replace(folder / f"{name}.parquet")
        with contextlib.suppress(OSError):
            to_disk(folder)
    if os.name == "posix" and path.is_dir():
        to_disk(path)
    remove(part)
