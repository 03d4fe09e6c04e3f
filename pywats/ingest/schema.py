"""The configuration of the ingest daemon: what a file with ``kind: ingest`` may say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pywats.config import Block, Duration, LimitsBlock, ServerBlock, Size, StationBlock
from pywats.ingest.convert import AUTO
from pywats.ingest.converters import CONVERTERS


def _converter(name: str) -> str:
    if name not in (AUTO, *CONVERTERS):
        message = f'there is no converter "{name}"; it is {AUTO} or one of: {", ".join(CONVERTERS)}'
        raise ValueError(message)
    return name


class SpoolBlock(Block):
    """``spool``: where accepted reports wait for the server.

    The file must lie on a local disk. Above ``max_size`` no file is taken until reports have been uploaded.
    """

    path: Path = Path("var/spool.db")
    max_size: Annotated[Size, Field(ge=1024 * 1024)] = 2 * 1024**3


class SourceBlock(Block):
    """One of ``sources``: a folder that a tester writes into.

    Attributes:
        name: in logs, in the spool and in explanations.
        watch: the folder; its sub-folders are not read.
        pattern: of file names; case does not count, and names that begin with a dot are left alone.
        converter: a converter's name, or ``auto``: the one that is surest of the content.
        settle: how long a file's size and time must stand still before it is taken.
        rescan: how often the whole folder is read, besides what the system reports; network shares report nothing.
        max_file_size: larger files go into quarantine unread.
        on_collision: what becomes of a report that would replace another one in the server, because type, serial
            number, part number, process and start are the same: ``hold`` keeps it for a person, ``send`` replaces.
        archive: where files go whose reports are in the spool; ``done`` in the watched folder unless set.
        quarantine: where files go that give no report, and those the server refuses; ``bad`` unless set.
    """

    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9._ -]+$")
    watch: Path
    pattern: str = Field(default="*", min_length=1)
    converter: Annotated[str, AfterValidator(_converter)] = AUTO
    settle: Duration = 2.0
    rescan: Annotated[Duration, Field(gt=0)] = 10.0
    max_file_size: Annotated[Size, Field(ge=1)] = 64 * 1024**2
    on_collision: Literal["hold", "send"] = "hold"
    archive: Path | None = None
    quarantine: Path | None = None

    @property
    def archive_folder(self) -> Path:
        """Return where files go whose reports are in the spool."""
        return self.archive or self.watch / "done"

    @property
    def quarantine_folder(self) -> Path:
        """Return where files go that give no report, and those the server refuses."""
        return self.quarantine or self.watch / "bad"

    @model_validator(mode="after")
    def _folders_differ(self) -> Self:
        folders = [folder.resolve() for folder in (self.watch, self.archive_folder, self.quarantine_folder)]
        if len(set(folders)) < len(folders):
            message = "watch, archive and quarantine must be three different folders"
            raise ValueError(message)
        return self


def _consistent(sources: Sequence[SourceBlock]) -> Sequence[SourceBlock]:
    names = [source.name for source in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        message = f'two sources are called "{twice}"; give each a name of its own'
        raise ValueError(message)
    watched = {source.watch.resolve(): source.name for source in sources}
    for source in sources:
        for folder in (source.archive_folder, source.quarantine_folder):
            reader = watched.get(folder.resolve())
            if reader is not None:
                message = f'"{source.name}" moves files into {folder}, which "{reader}" watches'
                raise ValueError(message)
    return sources


class IngestConfig(Block):
    """A configuration file of ``kind: ingest``."""

    kind: Literal["ingest"]
    server: ServerBlock
    station: StationBlock | None = None
    limits: LimitsBlock = LimitsBlock()
    spool: SpoolBlock = SpoolBlock()
    sources: Annotated[tuple[SourceBlock, ...], Field(min_length=1), AfterValidator(_consistent)]

    @property
    def station_fields(self) -> dict[str, str]:
        """Return what is filled in where a report does not say which station it is from."""
        if self.station is None:
            return {}
        return {
            "machineName": self.station.name,
            "location": self.station.location,
            "purpose": self.station.purpose,
        }
