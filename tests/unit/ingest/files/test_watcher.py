"""A folder is watched: what is complete is handed on once, the oldest first, whatever events there are."""

import asyncio
import os
import sys
import threading
from pathlib import Path

import pytest
import watchfiles
from structlog.testing import capture_logs

from pywats.ingest.files.candidates import Candidates
from pywats.ingest.files.watcher import BATCH, Watcher, scan, wanted
from pywats.ingest.journal import Journal, Kind
from pywats.ingest.schema import SourceBlock
from workers.testing import virtual_time


class Folder:
    """A watched folder, and whom its files are handed to: they are moved away, or answered as ``answers`` says."""

    def __init__(self, path):
        self.path = path
        self.batches = []
        self.answers = {}
        self.full = 0.0
        self.asked = 0
        self.news = asyncio.Event()
        self.events = []
        self.journal = Journal(self.events.append)

    @property
    def taken(self):
        return [name for batch in self.batches for name in batch]

    async def take(self, _, files):
        self.batches.append([path.name for path, _ in files])
        answers = []
        for path, _ in files:
            answer = self.answers.get(path.name)
            again = answer.pop(0) if answer else None
            if again is None:
                path.unlink()
            answers.append(again)
        self.news.set()
        return answers

    async def waits(self):
        """As long as the spool is full: a while."""
        self.asked += 1
        return self.full

    def write(self, *names, age=0.0):
        for number, name in enumerate(names):
            path = self.path / name
            path.write_bytes(b"content")
            stamp = 1_700_000_000 - age + number
            os.utime(path, (stamp, stamp))

    def watcher(self, **fields):
        once = fields.pop("once", False)
        patience = fields.pop("patience", 60.0)
        source = SourceBlock(name="ict", watch=self.path, **fields)
        return Watcher(source, self.take, self.waits, self.journal, once=once, patience=patience)

    async def until(self, count):
        while len(self.taken) < count:
            self.news.clear()
            async with asyncio.timeout(3600.0):
                await self.news.wait()


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "in"
    path.mkdir()
    return Folder(path)


@pytest.fixture
def no_events(monkeypatch):
    """As on a network share."""

    def none(*_, **__):
        raise OSError("there are no events here")

    monkeypatch.setattr(watchfiles, "awatch", none)


@virtual_time
async def test_once_hands_on_what_is_there_the_oldest_first_and_ends(folder):
    folder.write("c.json", age=10)
    folder.write("a.json", age=300)
    folder.write("b.json", age=200)
    await folder.watcher(once=True).run()
    assert folder.batches == [["a.json", "b.json", "c.json"]]
    assert asyncio.get_running_loop().time() <= 2.0
    assert folder.journal.summary.found == 3


@virtual_time
async def test_once_leaves_what_comes_later(folder):
    folder.write("a.json")
    running = asyncio.create_task(folder.watcher(once=True).run())
    await asyncio.sleep(1.0)
    folder.write("b.json")
    await running
    assert folder.taken == ["a.json"]
    assert (folder.path / "b.json").exists()


@pytest.mark.usefixtures("no_events")
@pytest.mark.parametrize("once", [True, False])
@virtual_time
async def test_thousands_that_wait_at_the_start_go_oldest_first_and_the_loop_looks_at_none_of_them(
    folder, monkeypatch, once
):
    names = [f"{number * 37 % 1000}.json" for number in range(1000)]
    folder.write(*names)
    threads = set()

    def noted(plain):
        def method(self, *args, **kwargs):
            threads.add(threading.current_thread())
            return plain(self, *args, **kwargs)

        return method

    for name in ("see", "retain", "take"):
        monkeypatch.setattr(Candidates, name, noted(getattr(Candidates, name)))
    running = asyncio.create_task(folder.watcher(once=once).run())
    await folder.until(len(names))
    assert folder.taken == names
    assert max(map(len, folder.batches)) == BATCH
    assert threading.current_thread() not in threads
    running.cancel()
    await asyncio.wait([running])


@pytest.mark.usefixtures("no_events")
@virtual_time
async def test_what_comes_while_thousands_wait_is_found_before_they_are_through(folder):
    folder.write(*(f"{number}.json" for number in range(1000)))
    plain = folder.take

    async def slowly(source, files):
        await asyncio.sleep(5.0)
        return await plain(source, files)

    folder.take = slowly
    running = asyncio.create_task(folder.watcher(rescan=10.0).run())
    await asyncio.sleep(12.0)
    folder.write("older.json", age=1000)
    await asyncio.sleep(30.0)
    assert "older.json" in folder.taken
    assert len(folder.taken) < 500
    running.cancel()
    await asyncio.wait([running])


@pytest.mark.usefixtures("no_events")
@virtual_time
async def test_files_whose_taker_failed_are_offered_again(folder):
    folder.write("a.json", "b.json")
    plain = folder.take

    async def failing(*_):
        folder.take = plain
        raise RuntimeError("a fault of its own")

    folder.take = failing
    watcher = folder.watcher()
    with pytest.raises(RuntimeError):
        await watcher.run()
    watcher._take = plain
    running = asyncio.create_task(watcher.run())  # as its supervisor does
    await folder.until(2)
    assert folder.taken == ["a.json", "b.json"]
    running.cancel()
    await asyncio.wait([running])


@virtual_time
async def test_once_gives_up_on_a_file_that_does_not_become_complete(folder):
    folder.write("locked.json", "good.json")
    folder.answers["locked.json"] = [1.0] * 1000
    await folder.watcher(once=True, patience=30.0).run()
    assert asyncio.get_running_loop().time() < 100.0
    assert (folder.path / "locked.json").exists()
    (event,) = [event for event in folder.events if event.kind is Kind.FILE_LEFT]
    assert event.file.endswith("locked.json")
    assert folder.journal.summary.left == 1


@virtual_time
async def test_once_says_when_the_folder_is_not_there(folder):
    folder.path.rmdir()
    await folder.watcher(once=True).run()
    (event,) = [event for event in folder.events if event.kind is Kind.SOURCE_FAILED]
    assert "No such file" in event.detail
    assert folder.journal.summary.exit_code == 1


@pytest.mark.usefixtures("no_events")
def test_without_events_the_rescan_finds_everything(folder):
    @virtual_time
    async def check():
        running = asyncio.create_task(folder.watcher(rescan=10.0).run())
        for number in range(5):
            await asyncio.sleep(20.0)
            folder.write(f"{number}.json")
        await folder.until(5)
        assert asyncio.get_running_loop().time() < 115.0
        running.cancel()
        await asyncio.wait([running])

    check()


@pytest.mark.usefixtures("no_events")
def test_a_file_that_grows_is_taken_when_it_has_stopped(folder):
    @virtual_time
    async def check():
        now = asyncio.get_running_loop().time
        running = asyncio.create_task(folder.watcher(settle=5.0, rescan=1.0).run())
        with (folder.path / "slow.json").open("wb", buffering=0) as file:
            for _ in range(10):
                file.write(b"more ")
                os.utime(file.fileno(), (5e9, 5e9 + now()))  # its time goes forward with ours
                await asyncio.sleep(3.0)
        stopped = now() - 3.0
        await folder.until(1)
        assert 5.0 <= now() - stopped <= 6.1
        running.cancel()
        await asyncio.wait([running])

    check()


@pytest.mark.usefixtures("no_events")
def test_a_folder_that_goes_away_and_comes_back_is_watched_on_and_reported_once(folder):
    @virtual_time
    async def check():
        running = asyncio.create_task(folder.watcher(rescan=10.0).run())
        away = folder.path.rename(folder.path.with_name("away"))
        await asyncio.sleep(100.0)
        assert [event.kind for event in folder.events] == [Kind.SOURCE_FAILED]
        away.rename(folder.path)
        folder.write("back.json")
        await folder.until(1)
        running.cancel()
        await asyncio.wait([running])

    check()


@pytest.mark.usefixtures("no_events")
def test_that_there_are_no_events_is_said_once(folder):
    @virtual_time
    async def check():
        running = asyncio.create_task(folder.watcher(rescan=10.0).run())
        await asyncio.sleep(100.0)
        running.cancel()
        await asyncio.wait([running])

    with capture_logs() as said:
        check()
    assert [line["error"] for line in said if line["event"] == "watch_events_lost"] == ["there are no events here"]


@pytest.mark.usefixtures("no_events")
def test_a_file_that_is_offered_again_waits_as_long_as_it_was_told(folder):
    @virtual_time
    async def check():
        folder.write("a.json")
        folder.answers["a.json"] = [100.0, 100.0]
        running = asyncio.create_task(folder.watcher(settle=0.0).run())
        await folder.until(3)
        assert asyncio.get_running_loop().time() == pytest.approx(200.0, abs=1.0)
        running.cancel()
        await asyncio.wait([running])

    check()


async def test_events_bring_a_file_long_before_the_rescan(folder):
    running = asyncio.create_task(folder.watcher(settle=0.05, rescan=3600.0).run())
    folder.write("first.json")
    await folder.until(1)
    for number in range(3):
        folder.write(f"{number}.json")
        await folder.until(number + 2)
    running.cancel()
    await asyncio.wait([running])
    assert folder.taken == ["first.json", "0.json", "1.json", "2.json"]


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names are text there")
async def test_a_name_that_is_no_text_ends_neither_the_watch_nor_the_events(folder):
    name = os.fsdecode(b"r\xe9sum\xe9.json")
    running = asyncio.create_task(folder.watcher(settle=0.02, rescan=0.5).run())
    folder.write("first.json")
    await folder.until(1)
    folder.write(name)
    await folder.until(2)
    folder.write("last.json")
    await folder.until(3)
    running.cancel()
    await asyncio.wait([running])
    assert folder.taken == ["first.json", name, "last.json"]


@virtual_time
async def test_a_hundred_batches_follow_one_another_without_reading_the_folder_again(folder, monkeypatch):
    folder.write(*(f"{number:04}.json" for number in range(3200)))
    plain, scans = os.scandir, []

    def counted(path):
        scans.append(path)
        return plain(path)

    monkeypatch.setattr(os, "scandir", counted)
    await folder.watcher(once=True).run()
    assert folder.taken == [f"{number:04}.json" for number in range(3200)]
    assert len(scans) <= 2
    assert max(map(len, folder.batches)) == 32


@pytest.mark.usefixtures("no_events")
def test_while_the_spool_is_full_no_file_is_handed_on_and_nobody_is_in_a_hurry(folder):
    @virtual_time
    async def check():
        folder.write(*(f"{number}.json" for number in range(100)))
        folder.full = 5.0
        running = asyncio.create_task(folder.watcher(rescan=60.0).run())
        await asyncio.sleep(600.0)
        assert (folder.taken, folder.asked) == ([], pytest.approx(120, abs=15))
        folder.full = 0.0
        await folder.until(100)
        assert asyncio.get_running_loop().time() <= 606.0
        running.cancel()
        await asyncio.wait([running])

    check()


@virtual_time
async def test_once_gives_up_on_a_spool_that_stays_full(folder):
    folder.write("a.json")
    folder.full = 5.0
    await folder.watcher(once=True, patience=30.0).run()
    assert (folder.taken, folder.journal.summary.left) == ([], 1)
    assert asyncio.get_running_loop().time() < 40.0


def test_only_plain_files_that_fit_are_found(tmp_path):
    for name in ("a.json", "B.JSON", "c.txt", ".hidden.json"):
        (tmp_path / name).touch()
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "c.txt")
    (tmp_path / "broken.json").symlink_to(tmp_path / "nowhere")
    assert sorted(name for name, _ in scan(tmp_path, "*.json")) == ["B.JSON", "a.json"]


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("a.xml", "*.xml", True),
        ("A.XML", "*.xml", True),
        ("a.xml.tmp", "*.xml", False),
        ("a.xml", "*", True),
        (".a.xml", "*", False),
        (".a.xml", ".*", True),
        ("r1.xml", "r[0-9].xml", True),
    ],
)
def test_patterns_ignore_case_and_leave_hidden_files_alone(name, pattern, fits):
    assert wanted(name, pattern) is fits


def test_a_source_folder_may_have_any_name(tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    folder.mkdir()
    (folder / "a.json").touch()
    assert [name for name, _ in scan(folder, "*")] == ["a.json"]


@virtual_time
@pytest.mark.usefixtures("no_events")
async def test_a_cancellation_that_meets_an_event_ends_the_watch(folder):
    watcher = folder.watcher()
    running = asyncio.create_task(watcher.run())
    await asyncio.sleep(1.0)
    watcher._hinted.set()
    await asyncio.sleep(0)
    running.cancel()
    async with asyncio.timeout(60.0):
        await asyncio.wait([running])
    assert running.cancelled()
