"""What a service manager must know of a daemon."""

import getpass
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from pywats.config.document import decode, read_bytes
from pywats.ingest.health import folders_of
from pywats.ingest.schema import IngestConfig
from pywats.jobs import JobFile

_LARGEST: Final = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One daemon.

    Attributes:
        name: of the service.
        user: as whom it runs.
        command: the program and its arguments.
        folder: where it begins; relative paths of the configuration start here.
        written: folders that it writes into.
        environment: the file with the variables of the configuration, ``NAME=value`` a line; it need not be there.
    """

    name: str
    user: str
    command: tuple[str, ...]
    folder: Path
    written: tuple[Path, ...]
    environment: Path

    @classmethod
    def of(
        cls,
        file: Path,
        overlays: Sequence[Path],
        config: IngestConfig,
        jobs: Sequence[JobFile] = (),
        *,
        name: str | None,
        user: str | None,
    ) -> Self:
        """Return the definition of the daemon of a configuration."""
        more = [word for overlay in overlays for word in ("--overlay", str(overlay.absolute()))]
        written = [*folders_of(config), *(source.watch for source in config.sources)]
        if config.log.file is not None:
            written.append(config.log.file.parent)
        written += [folder for job in jobs for folder in _written_by(job)]
        return cls(
            name=name or "pywats-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", file.stem),
            user=user or getpass.getuser(),
            command=(sys.executable, "-m", "pywats", "ingest", str(file.absolute()), *more),
            folder=Path.cwd(),
            written=tuple(dict.fromkeys(each.absolute() for each in written)),
            environment=environment_of(file),
        )

    def not_there(self) -> list[Path]:
        """Return the folders that are not there, and in no folder that the service may write into."""
        there = {folder for folder in self.written if folder.is_dir()}
        return [folder for folder in self.written if folder not in there and there.isdisjoint(folder.parents)]


def _written_by(job: JobFile) -> Iterator[Path]:
    """Yield the folders that a job writes into, as far as they are known before it runs."""
    yield job.state.parent
    for step in job.steps:
        for path in step.into.paths.values() if step.into else ():
            known, template, _ = path.partition("{{")
            if known:
                yield Path(f"{known}_" if template else known).parent


def environment_of(file: Path) -> Path:
    """Return where the variables of a configuration are for its service: beside it, ``line.env`` for ``line.yaml``."""
    return file.absolute().with_suffix(".env")


def variables_in(environment: Path) -> dict[str, str]:
    """Return the variables of such a file; none if it is not there."""
    if not environment.is_file():
        return {}
    lines = decode(read_bytes(environment, _LARGEST), str(environment)).splitlines()
    pairs = (line.strip().partition("=") for line in lines if not line.lstrip().startswith(("#", ";")))
    return {name.strip(): value.strip().strip("\"'") for name, equals, value in pairs if equals}
