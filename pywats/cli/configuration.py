"""Reading the configuration file that a command is given, whatever its kind."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pywats import config
from pywats.cli.connection import Connection
from pywats.config import Block, Loaded
from pywats.ingest.schema import IngestConfig
from pywats.jobs import Job, JobFile, prepare

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
    else:
        check_jobs(loaded)
    return loaded


def check_jobs(loaded: Loaded[Any]) -> None:
    """Check the job files that an ingest file names.

    Raises:
        ConfigurationError: one of them is wrong, or has no schedule.
    """
    for index, path in enumerate(job_files(loaded)):
        if not path.is_file():
            raise loaded.error(("jobs", index), f"there is no file {path}")
        job = load_scheduled(path)
        prepare(job, Connection.of_file(job).client())


def job_files(loaded: Loaded[Any]) -> list[Path]:
    """Return the job files that an ingest file names; their paths are relative to its folder."""
    return [loaded.path.parent / path for path in loaded.value.jobs]


def load_scheduled(path: Path) -> Job:
    """Return a job file that has a schedule.

    Raises:
        ConfigurationError: it is wrong, or has none.
    """
    job = config.load(path, JobFile)
    if job.value.schedule is None:
        raise job.error(("schedule",), "is missing; the daemon runs jobs on their schedules")
    return job
