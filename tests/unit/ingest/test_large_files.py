"""A file of any size passes the intake in bounded memory: all of its reports or none, and nothing left behind."""

import gc
import json
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from pywats.ingest.conversion.filling import Filling
from pywats.ingest.conversion.workshop import Job, Threads, convert_file
from pywats.ingest.converters import Options as Base
from pywats.ingest.errors import SpoolError, SpoolFullError
from pywats.ingest.files.reading import Stamp
from pywats.ingest.files.shelf import EXPLANATION, Folders, Shelf
from pywats.ingest.intake import ROOM_PAUSE, SPOOL_PAUSE, Intake, Take
from pywats.ingest.journal import Journal, Kind
from pywats.ingest.reasons import Reason, State
from pywats.ingest.schema import SourceBlock
from pywats.ingest.spool import parcel
from pywats.ingest.spool.ledger import Ledger
from pywats.ingest.spool.parcel import PART, PART_SIZE, Parcel
from pywats.ingest.spool.store import Spool

REPORT = {
    "type": "T",
    "pn": "P",
    "rev": "A",
    "processCode": 10,
    "result": "P",
    "start": "2026-01-31T12:00:00Z",
    "machineName": "M",
    "location": "L",
    "purpose": "T",
    "uut": {"user": "O"},
}
MANY = 1000
"""Reports that lie in several parts."""


SUFFIXES = ()


class Options(Base):
    pass


def sniff(*_):
    return 0.0


def convert(source, *_):
    """Yield as many reports as the file says, each with a text of so many bytes; after the last, what it says."""
    count, size, *rest = source.file.read().decode().split()
    text = "x" * int(size)
    for number in range(int(count)):
        yield {**REPORT, "sn": f"SN{number}", "comment": f"{text}{number}"}
    if rest:
        yield {**REPORT, "sn": ""}


class Bench:
    """Everything between a watched folder and the uploader."""

    def __init__(self, root):
        self.root = root
        self.inbox = root / "in"
        self.inbox.mkdir(exist_ok=True)
        self.source = SourceBlock(name="ict", watch=self.inbox, settle=0.1, converter=__name__, on_collision="send")
        self.events = []
        self.workshop = Threads()
        self.spool = None

    async def open(self, **options):
        """Open the spool, or open it anew as after the death of the process."""
        if self.spool is not None:
            await self.spool.close()
        self.spool = Spool(self.root / "spool" / "spool.db", **options)
        await self.spool.open()
        self.shelf = Shelf(self.spool, {"ict": Folders(self.inbox / "done", self.inbox / "bad")})
        self.intake = Intake(self.spool, self.shelf, self.workshop, Journal(self.events.append), lambda _: Filling())

    def put(self, name, text):
        path = self.inbox / name
        path.write_text(text)
        return path, Stamp.of(path.lstat())

    async def take(self, *files):
        return list(await self.intake.take(Take(self.source, files)))

    async def cut_short(self, monkeypatch, parts, *files):
        """Take only so many parts of files."""
        plain, left = self.spool.submit, iter(range(parts))

        async def submit(*args, **kwargs):
            if next(left, None) is None:
                raise SpoolFullError("the disk is full")
            return await plain(*args, **kwargs)

        with monkeypatch.context() as patched:
            patched.setattr(self.spool, "submit", submit)
            assert await self.take(*files) == [SPOOL_PAUSE] * len(files)

    def told(self, kind):
        return [event for event in self.events if event.kind is kind]

    def left_behind(self):
        """What lies beside the spool, or has no name and is open still."""
        beside = [path.name for path in (self.root / "spool").iterdir() if not path.name.startswith("spool.db")]
        opened = Path("/proc/self/fd")
        links = [str(each.readlink()) for each in opened.iterdir() if each.is_symlink()] if opened.exists() else []
        return beside + [link for link in links if str(self.root) in link and "(deleted)" in link]


@pytest.fixture
async def bench(tmp_path):
    made = Bench(tmp_path)
    await made.open()
    yield made
    await made.spool.close()
    await made.workshop.close()


async def test_memory_does_not_grow_with_the_number_of_reports(bench):
    await bench.take(bench.put("warm", "300 10000"))
    peaks = []
    for count in (400, 4000):
        bench.events.clear()
        file = bench.put(f"{count}", f"{count} {10_000 + count}")
        gc.collect()
        tracemalloc.start()
        assert await bench.take(file) == [None]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(bench.told(Kind.REPORT_ACCEPTED)) == count
        bench.events.clear()
    assert max(peaks) < 20 * PART_SIZE  # half of the larger file; what orjson writes counts ten times here
    assert peaks[1] < peaks[0] + 2 * PART_SIZE
    assert bench.left_behind() == []


async def test_of_a_file_whose_last_report_is_wrong_none_is_taken(bench):
    file = bench.put("wrong", f"{MANY} 5000 and a wrong one")
    assert await bench.take(file) == [None]
    assert await bench.spool.entries() == []
    (told,) = bench.told(Kind.FILE_QUARANTINED)
    assert (told.reason, told.detail[: len("[1000] sn")]) == (Reason.MISSING_FIELD, "[1000] sn")
    assert (bench.inbox / "bad" / "wrong").read_bytes() == b"1000 5000 and a wrong one"
    assert bench.left_behind() == []


async def test_reports_are_sent_while_the_rest_of_their_file_is_still_taken(bench, monkeypatch):
    claimed = []
    plain = bench.spool.submit

    async def submit(*args, **kwargs):
        submitted = await plain(*args, **kwargs)
        claimed.append(len(await bench.spool.claim(1)))
        return submitted

    monkeypatch.setattr(bench.spool, "submit", submit)
    assert await bench.take(bench.put("large", f"{MANY} 10")) == [None]
    assert claimed == [1] * (MANY // PART)


async def test_events_of_a_large_file_are_those_of_a_small_one(bench):
    await bench.take(bench.put("large", f"{PART + 1} 10"))
    await bench.take(bench.put("small", "1 20"))
    kinds = [event.kind for event in bench.events]
    assert kinds == [
        *[Kind.REPORT_ACCEPTED] * PART,
        *(Kind.FILE_TAKEN, Kind.REPORT_ACCEPTED),
        *(Kind.FILE_TAKEN, Kind.REPORT_ACCEPTED),
    ]


async def test_a_large_file_keeps_its_place_between_others(bench):
    files = [bench.put("a", "1 1"), bench.put("b", f"{MANY} 2"), bench.put("c", "1 3")]
    assert await bench.take(*files) == [None] * 3
    order = [Path(entry.file).name for entry in await bench.spool.entries()]
    assert order == ["a", *["b"] * MANY, "c"]


async def test_a_file_that_was_not_wholly_taken_keeps_those_behind_it_back(bench, monkeypatch):
    files = [bench.put("a", f"{MANY} 1"), bench.put("b", "1 2")]
    await bench.cut_short(monkeypatch, 2, *files)
    assert await bench.take(*files) == [None] * 2
    order = [Path(entry.file).name for entry in await bench.spool.entries()]
    assert order == [*["a"] * MANY, "b"]


async def test_a_file_that_was_cut_short_goes_on_where_it_stopped(bench, monkeypatch):
    file = bench.put("large", f"{MANY} 10")
    await bench.cut_short(monkeypatch, 2, file)
    await bench.open()
    await bench.shelf.resume()
    await bench.shelf.catch_up()
    assert file[0].exists()
    assert await bench.take(file) == [None]
    assert [entry.identity.sn for entry in await bench.spool.entries()] == [f"SN{number}" for number in range(MANY)]
    assert len(bench.told(Kind.REPORT_ACCEPTED)) == MANY
    assert (len(bench.told(Kind.FILE_TAKEN)), bench.told(Kind.REPORT_DUPLICATE)) == (1, [])
    assert (bench.inbox / "done" / "large").exists()
    assert bench.left_behind() == []


async def test_a_file_that_was_begun_is_finished_though_the_spool_has_reached_its_limit(bench):
    await bench.open(max_size=512 * 1024)
    first, second = bench.put("first", "60 8000"), bench.put("second", "1 1")
    assert await bench.take(first) == [None]
    assert await bench.take(second) == [SPOOL_PAUSE]
    assert second[0].exists()


async def test_a_file_whose_reports_are_larger_than_the_spool_may_be_is_refused(bench):
    await bench.open(max_size=1024 * 1024)
    assert await bench.take(bench.put("large", "300 8000")) == [None]
    (told,) = bench.told(Kind.FILE_QUARANTINED)
    assert told.reason is Reason.TOO_LARGE
    assert "max_size of the spool" in told.detail
    assert bench.left_behind() == []


async def test_what_was_cut_short_and_is_gone_is_told_and_finished_once_it_is_back(bench, monkeypatch):
    text = f"{MANY} 10"
    file = bench.put("large", text)
    await bench.cut_short(monkeypatch, 2, file)
    file[0].unlink()
    await bench.open()
    await bench.shelf.resume()
    await bench.shelf.resume()
    assert await bench.take(bench.put("large", text)) == [None]
    assert len(await bench.spool.entries()) == MANY
    assert len(bench.told(Kind.REPORT_DUPLICATE)) == 2 * PART
    causes = [change.cause for change in await bench.spool.history() if change.entry is None]
    assert causes == [Reason.CUT_SHORT]


async def test_what_was_cut_short_is_told_when_another_file_lies_in_its_place(bench, monkeypatch):
    await bench.cut_short(monkeypatch, 2, bench.put("large", f"{MANY} 10"))
    assert await bench.take(bench.put("large", "1 1")) == [None]
    (told,) = [change for change in await bench.spool.history() if change.entry is None]
    assert told.cause is Reason.CUT_SHORT
    assert "400 of its reports were taken" in told.detail
    assert await bench.spool.taken_in_part() == []


async def test_a_file_that_was_cut_short_and_then_gives_nothing_goes_into_quarantine(bench, monkeypatch):
    file = bench.put("large", f"{MANY} 10")
    await bench.cut_short(monkeypatch, 2, file)
    bench.source = bench.source.model_copy(update={"max_file_size": 1, "converter": "wsjf"})
    await bench.open()
    await bench.shelf.resume()
    bench.source = bench.source.model_copy(update={"max_file_size": 10_000})
    assert await bench.take(file) == [None]
    assert len(await bench.spool.entries()) == 2 * PART
    said = json.loads((bench.inbox / "bad" / f"large{EXPLANATION}").read_bytes())
    assert said["reason"] == Reason.MALFORMED
    assert f"; {2 * PART} of its reports were taken before the daemon was interrupted" in said["detail"]
    assert not (bench.inbox / "done" / "large").exists()


async def test_a_disk_without_room_for_the_reports_says_nothing_against_the_file(bench, monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    file = bench.put("large", f"{MANY} 10")
    with monkeypatch.context() as patched:
        patched.setattr(parcel.tempfile, "TemporaryFile", full)
        assert await bench.take(file) == [ROOM_PAUSE]
    (told,) = bench.told(Kind.INTAKE_PAUSED)
    assert "find no room in" in told.detail
    assert "No space left on device" in told.detail
    assert await bench.take(file) == [None]
    assert len(await bench.spool.entries()) == MANY


async def test_a_large_file_is_taken_in_by_hand(bench, make_report):
    path = bench.root / "many.json"
    path.write_text(json.dumps([make_report(number) for number in range(PART + 1)]))
    with Ledger(bench.spool.path) as ledger:
        assert len(ledger.take_in(path)) == PART + 1
        assert ledger.counts()[State.QUEUED] == PART + 1
    await bench.shelf.resume()
    assert bench.left_behind() == []


@pytest.mark.parametrize("size", [1, PART_SIZE // 3, PART_SIZE])
def test_a_parcel_gives_back_what_was_put_in(make_draft, tmp_path, size):
    drafts = [make_draft(number, body=bytes([number % 250]) * size, position=number) for number in range(PART + 3)]
    made = Parcel(tmp_path)
    for draft in drafts[: 10 if size > 1 else None]:
        made.add(draft, len(draft.body))
    kept = list(made)
    assert kept == drafts[: len(made)]
    assert list(made) == kept
    parts = list(made.parts())
    assert len(parts) == made.laid + 1 > 1
    assert all(part for part in parts)
    assert list(tmp_path.iterdir()) == []
    made.close()
    assert (len(made), list(made)) == (0, [])


def test_a_disk_that_cannot_be_read_is_the_fault_of_no_file(make_draft, tmp_path, monkeypatch):
    made = Parcel(tmp_path)
    for number in range(PART + 1):
        made.add(make_draft(number), 10)

    def fail(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(parcel.pickle, "load", fail)
    with pytest.raises(SpoolError, match=r"cannot be read back from .*: Input/output error"):
        list(made)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the open files of a process in a folder")
def test_a_parcel_that_nobody_closes_leaves_nothing(make_draft, tmp_path):
    def open_files():
        names = []
        for entry in Path("/proc/self/fd").iterdir():
            with suppress(OSError):  # closed in the meantime
                names.append(entry.readlink())
        return [name for name in names if name.is_relative_to(tmp_path)]

    made = Parcel(tmp_path)
    for number in range(PART + 1):
        made.add(make_draft(number), 10)
    assert len(open_files()) == 1
    del made
    gc.collect()
    assert open_files() == []


def test_a_conversion_that_fails_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "large"
    path.write_text(f"{MANY} 10")
    folder = tmp_path / "folder"
    folder.mkdir()

    def fail(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(parcel.pickle, "dump", fail)
    job = Job(path=path, stamp=Stamp.of(path.lstat()), converter=__name__, folder=folder)
    with pytest.raises(SpoolError, match="Input/output error"):
        convert_file(job)
    assert list(folder.iterdir()) == []
