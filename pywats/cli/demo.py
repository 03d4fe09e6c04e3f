"""``demo``: the whole way of a report on this machine, from a tester's folder to a yield figure."""

import asyncio
import csv
import os
import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from importlib import resources
from pathlib import Path, PurePath
from typing import Any

from pywats import config
from pywats.cli import ingest, jobs
from pywats.cli.aside import note
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_closing, write_json, write_line
from pywats.ingest.journal import Event, Kind, Summary
from pywats.ingest.schema import IngestConfig
from pywats.jobs import JobFile, RunSummary, StepSummary
from pywats.sandbox import Sandbox

FOLDER = Path("out", "demo")
"""Where the copies of the sample files go; made anew by each run."""

_MARK = "made-by-pywats-demo"
_BROKEN = frozenset({Kind.FILE_QUARANTINED, Kind.REPORT_REFUSED, Kind.REPORT_DUPLICATE})


def demo(*, json: bool) -> ExitCode:
    """Take the sample files through the ingest daemon into a sandbox, run a job on it, and print what came of it.

    Raises:
        CommandError: there is something of the user's where the demo would work.
    """
    _clear(FOLDER)
    odd: list[Event] = []

    def listen(event: Event) -> None:
        if event.kind in _BROKEN:
            odd.append(event)

    with _shipped() as files, Sandbox() as server:
        shutil.copytree(files / "demo" / "inbox", FOLDER / "inbox")
        environ = {**os.environ, "WATS_BASE_URL": server.url, "WATS_AUTH_TOKEN": server.token}
        overlays = [files / "demo" / "sandbox.yaml"]
        note(f"demo: a sandbox at {server.url}, sample files in {FOLDER / 'inbox'}")
        line = config.load(files / "demo" / "ingest.yaml", IngestConfig, overlays=overlays, environ=environ)
        summary = asyncio.run(ingest.carry_out(line, once=True, progress=listen, quiet=json))
        if summary.interrupted:
            return ExitCode.INTERRUPTED
        job = config.load(files / "demo.yaml", JobFile, overlays=overlays, environ=environ)
        run = asyncio.run(jobs.carry_out(job, json=json))
    well = run.ok and summary.uploaded > 0 and not (summary.waiting or summary.held or summary.left)
    if json:
        write_json({"ok": well, "ingest": asdict(summary), "job": asdict(run)})
    else:
        _print(summary, odd, run)
        write_line(f"the job that did this: {job.path}")
    return ExitCode.OK if well else ExitCode.FAILED


@contextmanager
def _shipped() -> Generator[Path]:
    """Give the folder with the files of the demo: that of an installation, or of a checkout."""
    with ExitStack() as stack:
        installed = resources.files("pywats") / "configs"
        checkout = Path(__file__).resolve().parents[2] / "configs"
        if installed.is_dir():
            yield stack.enter_context(resources.as_file(installed))
        elif (checkout / "demo.yaml").is_file():
            yield checkout
        else:
            raise CommandError("the files of the demo are not installed; install pywats-workers again")


def _clear(folder: Path) -> None:
    """Make the folder, without what the last demo left in it; what is not the demo's own is not touched."""
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / _MARK).is_file():
            raise CommandError(f"{folder}: holds files that are not the demo's; run it in another folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text("Everything here is made anew by each run of `pywats demo`.\n", encoding="utf-8")


def _print(summary: Summary, odd: Sequence[Event], run: RunSummary) -> None:
    """Print the closing table: files, outputs, yields."""
    rows = [
        _row("files", summary.found, str(FOLDER / "inbox")),
        _row("uploaded", summary.uploaded, str(FOLDER / "archive")),
        _row("duplicates", summary.duplicates, *_files(odd, Kind.REPORT_DUPLICATE)),
        _row("quarantined", summary.quarantined, str(FOLDER / "quarantine")),
        *(_row("", "", text) for text in _reasons(odd)),
    ]
    for step in run.steps:
        rows += [_row(f"output {step.id}", f"{step.rows:,} rows", file) for file in step.files]
        rows += [_row("", "", step.error)] if step.error else []
    rows += [row for step in run.steps if step.id == "yield" for row in _yields(step)]
    write_closing("demo", rows)


def _row(what: str, count: object, where: str = "", *more: str) -> dict[str, Any]:
    return {"what": what, "count": str(count), "where": ", ".join((where, *more))}


def _files(events: Sequence[Event], kind: Kind) -> list[str]:
    return [PurePath(event.file).name for event in events if event.kind is kind]


def _reasons(events: Sequence[Event]) -> Iterator[str]:
    for event in events:
        if event.kind is not Kind.REPORT_DUPLICATE:
            yield f"{PurePath(event.file).name}: {event.detail or event.reason}"


def _yields(step: StepSummary) -> Iterator[dict[str, Any]]:
    """Yield a row for each row of the output: the yield that the server computed for a product."""
    for file in step.files[:1]:
        with Path(file).open(encoding="utf-8", newline="") as stream:
            for found in csv.DictReader(stream):
                name = " ".join(filter(None, (found.get("part_number"), found.get("test_operation"))))
                figure = f"{float(found['fpy']):.1f} %" if found.get("fpy") else "-"
                yield _row("first pass yield", figure, f"{name}, {found.get('unit_count')} units")
