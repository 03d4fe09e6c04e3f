"""Reading the configuration file that a command is given, whatever its kind."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pywats import config
from pywats.cli.connection import Connection
from pywats.config import Block, Loaded
from pywats.ingest.schema import IngestConfig
from pywats.jobs import JobFile, prepare

_MODELS: dict[str, type[Block]] = {"ingest": IngestConfig, "job": JobFile}


def load(path: Path, overlays: Sequence[Path] = ()) -> Loaded[Any]:
    """Return a configuration file of any kind, its values checked.

    Raises:
        ConfigurationError: all that is wrong with it.
    """
    return config.load(path, _MODELS[config.peek_kind(path)], overlays=overlays)


def check(path: Path, overlays: Sequence[Path] = ()) -> Loaded[Any]:
    """Return a configuration file of any kind, checked as far as that is possible without a server.

    Raises:
        ConfigurationError: all that is wrong with it.
    """
    loaded = load(path, overlays)
    if isinstance(loaded.value, JobFile):
        prepare(loaded, Connection.of_file(loaded).client())
    return loaded
