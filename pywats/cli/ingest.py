"""``ingest``: the daemon, or one pass over what lies in its folders."""

import asyncio
import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from pywats import config
from pywats.cli.aside import note
from pywats.cli.configuration import check_jobs, job_files, load_scheduled
from pywats.cli.connection import Connection
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.logs import LogFile, start_logging
from pywats.cli.options import LogLevel
from pywats.cli.output import let_go, write_json, write_line
from pywats.cli.progress import Meter, metered
from pywats.config import Loaded
from pywats.ingest import daemon
from pywats.ingest.errors import IngestError
from pywats.ingest.journal import Event, Kind, Progress, Summary
from pywats.ingest.schema import IngestConfig, LogBlock
from pywats.jobs import Job, RunSummary, Scheduler
from pywats.jobs import run as run_job
from pywats.text import reason_of
from workers import loops
from workers.log import get_logger

log = get_logger(__name__)


def ingest(
    path: Path, overlays: Sequence[Path], *, once: bool, json: bool, level: LogLevel | None = None, verbose: int = 0
) -> ExitCode:
    """Run the daemon until it is stopped, or ``once`` until everything there is uploaded.

    ``level`` and ``verbose`` go before the configuration's ``log``. With ``json`` every event is a line of JSON on
    standard output, and the summary is the last one.

    Raises:
        ConfigurationError: the file is wrong; nothing was touched.
        PyWATSError: the spool cannot be used, or the daemon failed again and again.
    """

    def write_log(block: LogBlock) -> None:
        start_logging(
            level or (None if block.level is None or verbose else LogLevel(block.level)),
            verbose,
            default=LogLevel.WARNING if once else LogLevel.INFO,
            json=json or block.format == "json",
            file=None if block.file is None else LogFile(block.file, block.rotate.size, block.rotate.keep),
        )

    def reread() -> Loaded[IngestConfig]:
        loaded = config.load(path, IngestConfig, overlays=overlays)
        check_jobs(loaded)
        return loaded

    loaded = reread()
    write_log(loaded.value.log)
    for warning in loaded.warnings:
        note(f"warning: {warning}")
    printed = _Printed() if json else None
    summary = loops.run(carry_out(loaded, once=once, progress=printed, quiet=json, reread=reread, write_log=write_log))
    _conclude(summary, json=json)
    if once and summary.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.FAILED if once and summary.exit_code else ExitCode.OK


def _conclude(summary: Summary, *, json: bool) -> None:
    """Print what came of a run. What cannot be printed is logged: the exit code tells of the work, not of the disk."""
    try:
        if json:
            write_json({"event": "summary", **asdict(summary)})
        else:
            write_line(in_words(summary))
            sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            log.error("summary_not_printed", error=reason_of(error), summary=in_words(summary))
        let_go()


async def carry_out(
    loaded: Loaded[IngestConfig],
    *,
    once: bool,
    progress: Progress | None = None,
    quiet: bool = False,
    reread: daemon.Reread | None = None,
    write_log: Callable[[LogBlock], None] | None = None,
) -> Summary:
    """Run the daemon of a configuration, and show on standard error how it goes on, unless that should be quiet.

    ``progress`` is told every event; ``reread`` reads the configuration again, and ``write_log`` turns to the log that
    it asks for.
    """
    present = loaded
    jobs = Scheduler(lambda job: _run(job, beside=present))

    def follow(renewed: Loaded[IngestConfig]) -> None:
        nonlocal present
        if write_log is not None:
            try:
                write_log(renewed.value.log)
            except CommandError as error:
                raise IngestError(str(error)) from error
        present = renewed
        jobs.follow({path: functools.partial(load_scheduled, path) for path in job_files(renewed)})

    with metered(quiet=quiet or not once) as meter:
        told = _Told(meter, progress)
        source = loaded.origin("server", "token")
        if not once:
            follow(loaded)
        attending = asyncio.create_task(jobs.attend(), name="jobs")
        try:
            summary = await daemon.run(
                loaded.value, once=once, progress=told, token_source=source, reread=reread, follow=follow
            )
        finally:
            attending.cancel()
            await asyncio.wait((attending,))
        told.end(summary)
    return summary


async def _run(job: Job, *, beside: Loaded[IngestConfig]) -> RunSummary:
    """Carry out a job of the daemon; its tables go where no event of the daemon does.

    On the server of the daemon it goes by the daemon's rate, which is for all that this process asks there: a job must
    not keep reports waiting. When a reload changes that rate, the job follows.
    """
    connection, uploads = Connection.of_file(job), Connection.of_file(beside)
    shared = connection.server.base_url == uploads.server.base_url
    rate = {"rate_limit": uploads.server.rate_limit, "rate_rule": "follow"} if shared else {}
    async with connection.client(**rate) as api:
        return await run_job(job, api, out=sys.stderr)


def in_words(summary: Summary) -> str:
    """Return what came of a run, in one line; what is zero and no news is left out."""
    parts = [_counted(summary.found or summary.taken, "file"), f"{_counted(summary.uploaded, 'report')} uploaded"]
    for count, words in (
        (summary.duplicates, "known already"),
        (summary.quarantined, "quarantined"),
        (summary.held, "held for a person"),
        (summary.left, "left where they are"),
        (summary.waiting, "waiting in the spool"),
    ):
        if count:
            parts.append(f"{count} {words}")
    return ", ".join(parts) + (f"; stopped: {summary.stopped}" if summary.stopped else "")


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


class _Printed:
    """Prints each event as a line of JSON; a reader that is gone, or a disk that is full, is no reason to stop."""

    def __init__(self) -> None:
        self._read = True
        self._failed = False

    def __call__(self, event: Event) -> None:
        """Print the event."""
        if self._read:
            try:
                write_json(event.as_json())
            except BrokenPipeError:
                self._read = False
            except OSError as error:
                if not self._failed:
                    log.error("events_not_printed", error=reason_of(error))
                self._failed = True
            else:
                self._failed = False


class _Told:
    """Tells a meter how files and reports go on, and everything to who else listens."""

    _FILES = frozenset({Kind.FILE_TAKEN, Kind.FILE_QUARANTINED, Kind.FILE_LEFT})
    _REPORTS = frozenset({Kind.REPORT_UPLOADED, Kind.REPORT_REFUSED, Kind.REPORT_HELD})

    def __init__(self, meter: Meter, also: Progress | None) -> None:
        self._meter = meter
        self._also = also
        self._found = self._files = self._accepted = self._reports = 0

    def __call__(self, event: Event) -> None:
        """Count the event."""
        if self._also is not None:
            self._also(event)
        if event.kind is Kind.FILES_FOUND:
            self._found += event.count
        elif event.kind is Kind.REPORT_ACCEPTED:
            self._accepted += 1
        self._files += event.kind in self._FILES
        self._reports += event.kind in self._REPORTS
        self._meter.update("files", self._files, self._found)
        self._meter.update("reports", self._reports, max(self._reports, self._accepted))

    def end(self, summary: Summary) -> None:
        """Say what came of the run."""
        self._meter.end("files", f"{summary.found} found, {summary.taken} taken")
        self._meter.end("reports", f"{self._accepted} accepted, {summary.uploaded} uploaded")
