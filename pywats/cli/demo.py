"""``demo``: the whole way of a report on this machine, from a tester's folder to a picture of the yield."""

import csv
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path, PurePath
from typing import Any

from pywats import config
from pywats.cli import ingest, jobs
from pywats.cli.aside import note
from pywats.cli.demo_page import Period, Yield, page_of
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_closing, write_json, write_line
from pywats.ingest.journal import Event, Kind, Summary
from pywats.ingest.schema import IngestConfig
from pywats.jobs import JobFile, RunSummary
from pywats.sandbox import Sandbox
from workers import loops

FOLDER = Path("out", "demo")
"""Where the copies of the sample files go; made anew by each run."""

PAGE = FOLDER / "result.html"
"""The page that shows what happened."""

QUARTER = timedelta(minutes=15)

_MARK = "made-by-pywats-demo"
_PASSED = frozenset({"P", "Passed"})
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
        summary = loops.run(ingest.carry_out(line, once=True, progress=listen, quiet=json))
        if summary.interrupted:
            return ExitCode.INTERRUPTED
        job = config.load(files / "demo.yaml", JobFile, overlays=overlays, environ=environ)
        run = loops.run(jobs.carry_out(job, json=json))
    well = run.ok and summary.uploaded > 0 and not (summary.waiting or summary.held or summary.left)
    yields, periods = _yields(run), _periods(run)
    rows = _closing(summary, odd, run)
    PAGE.write_text(page_of(rows, yields, periods), encoding="utf-8")
    if json:
        write_json({"ok": well, "ingest": asdict(summary), "job": asdict(run), "page": str(PAGE)})
    else:
        write_closing("demo", [*rows, *map(_of_yield, yields)])
        write_line(f"the job that did this: {job.path}")
        write_line(f"the same with a picture of the yield: {PAGE}")
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


def _closing(summary: Summary, odd: Sequence[Event], run: RunSummary) -> list[dict[str, Any]]:
    """Return the closing table: files and outputs."""
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
    return rows


def _row(what: str, count: object, where: str = "", *more: str) -> dict[str, Any]:
    return {"what": what, "count": str(count), "where": ", ".join((where, *more))}


def _files(events: Sequence[Event], kind: Kind) -> list[str]:
    return [PurePath(event.file).name for event in events if event.kind is kind]


def _reasons(events: Sequence[Event]) -> Iterator[str]:
    for event in events:
        if event.kind is not Kind.REPORT_DUPLICATE:
            yield f"{PurePath(event.file).name}: {event.detail or event.reason}"


def _yields(run: RunSummary) -> list[Yield]:
    """Return the yield that the server computed, of each product and operation."""
    return [
        Yield(
            " ".join(filter(None, (row.get("part_number"), row.get("test_operation")))),
            int(row.get("unit_count") or 0),
            float(row["fpy"]) if row.get("fpy") else None,
        )
        for row in _output(run, "yield")
    ]


def _of_yield(found: Yield) -> dict[str, Any]:
    figure = "-" if found.percent is None else f"{found.percent:.1f} %"
    return _row("first pass yield", figure, f"{found.name}, {found.units} units")


def _periods(run: RunSummary) -> list[Period]:
    """Return the tests of each quarter of an hour, from the first to the last."""
    counts: defaultdict[datetime, Counter[bool]] = defaultdict(Counter)
    for row in _output(run, "headers"):
        if row.get("start_utc"):
            start = datetime.fromisoformat(row["start_utc"]).astimezone(UTC)
            counts[start - (start - datetime.min.replace(tzinfo=UTC)) % QUARTER][row["result"] in _PASSED] += 1
    periods: list[Period] = []
    at, end = min(counts, default=None), max(counts, default=None)
    while at is not None and end is not None and at <= end:
        found = counts.get(at, Counter())
        periods.append(Period(f"{at:%H:%M}", found[True], found[False]))
        at += QUARTER
    return periods


def _output(run: RunSummary, name: str) -> Iterator[dict[str, str]]:
    """Yield the rows that a step has written as CSV."""
    for file in (file for step in run.steps if step.id == name for file in step.files[:1]):
        with Path(file).open(encoding="utf-8", newline="") as stream:
            yield from csv.DictReader(stream)
