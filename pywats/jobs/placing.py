"""Putting what was written into its place, once or, after a crash, once more: the effect is the same."""

import contextlib
import hashlib
import os
from dataclasses import asdict, dataclass, field, replace
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

    def place(self) -> None:
        """Put it in its place; nothing happens where that was done before.

        Raises:
            OSError, RowError: it cannot be done; what was there before is untouched.
        """
        part, path = Path(self.part), Path(self.path)
        if not part.exists():
            remove(_former(path))
        elif self.how == "file":
            part.replace(path)
            to_disk(path.parent)
        elif self.how == "folder":
            _swap(part, path)
        elif self.how == "files":
            _add(part, path)
        else:
            tables.load(self.how, part, path, tables.Target(**self.table))
            remove(part)

    def checked(self, job: str) -> Self:
        """Return it ready to be put in its place for a job.

        Raises:
            RowError: the columns are not those that are there.
        """
        if not self.table:
            return self
        target = tables.checked(self.how, Path(self.part), Path(self.path), tables.Target(**self.table), job)
        return replace(self, table=asdict(target))


def _swap(part: Path, path: Path) -> None:
    former = _former(path)
    if path.exists():
        remove(former)
        path.rename(former)
    part.rename(path)
    to_disk(path.parent)
    remove(former)


def _former(path: Path) -> Path:
    """Where a folder waits, for the moment in which another takes its place."""
    return path.with_name(f".{path.name}.former.part")


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
