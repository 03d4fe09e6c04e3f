"""What a service manager must know of a daemon."""

import getpass
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pywats.ingest.health import folders_of
from pywats.ingest.schema import IngestConfig


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One daemon.

    Attributes:
        name: of the service.
        user: as whom it runs.
        command: the program and its arguments.
        folder: where it begins; relative paths of the configuration start here.
        written: folders that it writes into.
    """

    name: str
    user: str
    command: tuple[str, ...]
    folder: Path
    written: tuple[Path, ...]

    @classmethod
    def of(
        cls, file: Path, overlays: Sequence[Path], config: IngestConfig, *, name: str | None, user: str | None
    ) -> Self:
        """Return the definition of the daemon of a configuration."""
        more = [word for overlay in overlays for word in ("--overlay", str(overlay.absolute()))]
        written = [*folders_of(config), *(source.watch for source in config.sources)]
        if config.log.file is not None:
            written.append(config.log.file.parent)
        return cls(
            name=name or "pywats-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", file.stem),
            user=user or getpass.getuser(),
            command=(sys.executable, "-m", "pywats", "ingest", str(file.absolute()), *more),
            folder=Path.cwd(),
            written=tuple(dict.fromkeys(each.absolute() for each in written)),
        )
