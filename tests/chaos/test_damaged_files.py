"""Files of every format, damaged in every way: reports that the server takes or a reason, soon and in little memory."""

import asyncio
import json
import os
import random
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from corpus_cases import CASES, FILLING
from specimens import SPECIMENS, Specimen

from pywats.errors import ValidationError
from pywats.ingest import daemon
from pywats.ingest.conversion.processes import Processes
from pywats.ingest.conversion.workshop import Job, convert_file
from pywats.ingest.converters.damage import damaged
from pywats.ingest.faults import NotReadyError
from pywats.ingest.files.reading import Stamp
from pywats.ingest.reasons import Reason
from pywats.ingest.schema import IngestConfig
from pywats.reports import formats
from pywats.reports.validation import validate

ALL = os.environ.get("CHAOS") == "all"
COUNT = 5000 if ALL else 500
"""Files; ``CHAOS=all``, which ``make chaos`` sets, tries ten times as many."""
BATCHES = 10
DAEMON_FILES = 20 if ALL else 2
IN_PROCESSES = 5
"""One of so many is read by a worker process, with its limits."""
LARGEST = 400_000 if ALL else 70_000
"""Real files that are larger are left alone."""
SECONDS = 30.0  # far more than any takes, on any machine
MEMORY = 256 * 1024**2
FAULTS = {Reason.CONVERTER_FAILED, Reason.CONVERTER_DIED, Reason.CONVERTER_MEMORY, Reason.CONVERTER_TIMEOUT}


@dataclass(frozen=True)
class Victim:
    """A whole file, and how it is read."""

    specimen: Specimen
    encoding: str | None = None


@pytest.fixture(scope="session")
def victims() -> list[Victim]:
    """The specimens, and real files where they are."""
    found = [Victim(specimen) for specimen in SPECIMENS] * 2
    corpus = Path(__file__).resolve().parents[3] / "shared" / "corpus"
    for case in CASES:
        for path in case.paths(corpus):
            if path.stat().st_size <= LARGEST and case.converter != "klippel":
                given: dict[str, Any] = {"converter": case.converter, "name": path.name, "options": case.options}
                found.append(Victim(Specimen(content=path.read_bytes(), **given), case.encoding))
    return found


def job_of(victim: Victim, folder: Path) -> Job:
    path = victim.specimen.write(folder)
    return Job(
        path=path,
        stamp=Stamp.of(path.stat()),
        converter=victim.specimen.converter,
        options=victim.specimen.options,
        encoding=victim.encoding,
        filling=FILLING,
    )


def damaged_victims(victims: list[Victim], batch: int):
    """Yield the damaged files of a batch, and what was done to each."""
    for number in range(batch, COUNT, BATCHES):
        chance = random.Random(number)
        victim = victims[number % len(victims)]
        kind, content = damaged(victim.specimen.content, chance)
        given = {name: getattr(victim.specimen, name) for name in ("converter", "name", "options", "beside")}
        yield number, kind, Victim(Specimen(content=content, **given), victim.encoding)


@pytest.fixture(scope="module")
def workshop() -> Generator[Processes]:
    """Worker processes with limits."""
    made = Processes(1, timeout=60.0, memory=MEMORY)
    yield made
    asyncio.run(made.close())


@pytest.mark.parametrize("batch", range(BATCHES))
async def test_a_damaged_file_is_reports_or_a_reason(batch, victims, workshop, tmp_path, wats_async_api):
    for number, kind, victim in damaged_victims(victims, batch):
        what = f"{victim.specimen} {number}: {kind}"
        job = job_of(victim, tmp_path)
        in_process = number % (BATCHES * IN_PROCESSES) < BATCHES
        began = time.process_time()
        try:
            made = await workshop.convert(job) if in_process else convert_file(job)
        except NotReadyError:
            made = None
        assert time.process_time() - began < SECONDS, what
        assert job.path.read_bytes() == victim.specimen.content, what
        if made is None:
            assert victim.specimen.beside, what
        elif made.error is not None:
            assert made.error.reason not in FAULTS, (what, str(made.error))
            assert made.error.detail, what
        else:
            assert made.drafts, what
            await check_reports(list(made.drafts), victim, wats_async_api, what)


async def check_reports(drafts, victim, api, what):
    """The reports are right by the rules of this package, and the server takes them."""
    if victim.specimen.converter in {"wsjf", "wsxf"}:  # what stands there is for the server to judge
        return
    for draft in drafts[:10]:
        (report,) = formats.read(draft.body, "wsjf")
        assert [str(each) for each in validate(report) if not each.warning] == [], what
        try:
            assert await api.report.submit_report_json(draft.body), what
        except ValidationError as error:
            if victim.specimen.converter != "wstf" or "processName" not in str(error):  # what the operation is called
                raise


async def test_the_daemon_places_every_damaged_file_as_it_is(tmp_path, wats_sandbox):
    given = {name: FILLING.defaults[name] for name in ("process", "operator")}
    sources, contents = [], {}
    for index, specimen in enumerate(SPECIMENS):
        inbox = tmp_path / str(index)
        inbox.mkdir()
        stem, _, ending = specimen.name.partition(".")
        for number in range(DAEMON_FILES):
            path = inbox / f"{stem}{number}.{ending}"
            contents[path] = damaged(specimen.content, random.Random(f"{specimen}{number}"))[1]
            path.write_bytes(contents[path])
        source = {"name": str(index), "watch": str(inbox), "settle": "1ms", "pattern": f"*.{ending}"}
        source |= {"timezone": "Europe/Oslo", "defaults": given}
        sources.append({**source, "converter": specimen.converter, "options": dict(specimen.options)})
    config = {
        "kind": "ingest",
        "server": {"base_url": wats_sandbox.url, "token": wats_sandbox.token, "trust_env": False},
        "limits": {"rate": "none"},
        "spool": {"path": str(tmp_path / "spool.db")},
        "station": {"name": "S", "location": "L", "purpose": "P"},
        "sources": sources,
    }
    await daemon.run(IngestConfig.model_validate(config), once=True)
    for path, content in contents.items():
        placed = next((each for each in path.parent.glob(f"*/{path.name}")), path)
        assert placed.read_bytes() == content
        if placed.parent.name == "bad":
            assert json.loads(placed.with_name(f"{path.name}.reason.json").read_bytes())["detail"]
        elif placed == path:  # a set that is not complete waits
            assert SPECIMENS[int(path.parent.name)].beside
        else:
            assert placed.parent.name == "done"
