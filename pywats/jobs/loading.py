"""From a file to a job, and from a job to its client."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pywats import config
from pywats.client import AsyncPyWATS
from pywats.jobs.plan import Job
from pywats.jobs.schema import JobFile
from pywats.station import Station


def load(path: Path | str, *, overlays: Iterable[Path | str] = (), environ: Mapping[str, str] = os.environ) -> Job:
    """Return the job that a file describes.

    Args:
        path: the file.
        overlays: files laid over it, the later over the earlier.
        environ: where ``${NAME}`` is looked up.

    Raises:
        ConfigurationError: all that is wrong with the file, a line each.
    """
    return config.load(path, JobFile, overlays=overlays, environ=environ)


def connect(job: Job) -> AsyncPyWATS:
    """Return a client for the server, station and limits of a job; nothing is sent before its first call."""
    server, station, limits = job.value.server, job.value.station, job.value.limits
    return AsyncPyWATS(
        base_url=server.base_url,
        token=server.token.get_secret_value(),
        token_source=job.origin("server", "token"),
        station=Station(**station.model_dump()) if station else None,
        timeout=server.timeout,
        verify_ssl=server.verify_ssl,
        ca_file=str(server.ca_file) if server.ca_file else None,
        proxy=server.proxy,
        trust_env=server.trust_env,
        rate_limit=limits.rate_limit,
        max_connections=limits.concurrency,
        concurrency=limits.concurrency,
    )
