"""The intake and the shelf: reports are in the spool before their file moves, whatever is in the way."""

import asyncio
import json
import os
import sys
import threading
from pathlib import Path

import pytest

from pywats.ingest.conversion.filling import Filling
from pywats.ingest.conversion.workshop import Threads
from pywats.ingest.errors import SpoolFullError
from pywats.ingest.files import shelf
from pywats.ingest.files.moves import COPY
from pywats.ingest.files.reading import Stamp
from pywats.ingest.files.shelf import Folders, Shelf
from pywats.ingest.intake import MOVE_PAUSE, SPOOL_PAUSE, Intake, Take
from pywats.ingest.journal import Journal, Kind
from pywats.ingest.reasons import Reason, State
from pywats.ingest.schema import SourceBlock
from pywats.ingest.spool.entry import Fate
from pywats.ingest.spool.store import Spool


class Bench:
    """A watched folder with everything behind it but the watch and the server."""

    def __init__(self, root, spool):
        self.spool = spool
        self.source = SourceBlock(name="ict", watch=root / "in", settle=0.1)
        self.inbox, self.done, self.bad = root / "in", root / "in" / "done", root / "in" / "bad"
        self.inbox.mkdir(exist_ok=True)
        self.events = []
        self.shelf = Shelf(spool, {"ict": Folders(self.done, self.bad)})
        self.workshop = Threads()
        self.intake = Intake(spool, self.shelf, self.workshop, Journal(self.events.append), lambda _: Filling())

    def put(self, name, content):
        path = self.inbox / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path, Stamp.of(path.lstat())

    async def take(self, *files):
        return list(await self.intake.take(Take(self.source, files)))

    def told(self, kind):
        return [event for event in self.events if event.kind is kind]

    async def refuse(self):
        """Let the server refuse what is queued."""
        for claim in await self.spool.claim(99):
            await self.spool.term(claim, State.QUARANTINED, Reason.REFUSED, "the server's words")


@pytest.fixture
async def bench(tmp_path):
    async with Spool(tmp_path / "spool.db") as spool:
        made = Bench(tmp_path, spool)
        yield made
        await made.workshop.close()


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


async def test_a_batch_keeps_the_order_of_its_files(bench, make_report):
    files = [bench.put(f"{number}.json", make_report(number)) for number in range(20)]
    assert await bench.take(*files) == [None] * 20
    assert [entry.identity.sn for entry in await bench.spool.entries()] == [f"SN{number:05}" for number in range(20)]


async def test_a_file_that_changed_is_offered_again(bench, make_report):
    path, stamp = bench.put("a.json", make_report())
    bench.put("a.json", make_report(2, rev="changed"))
    good = bench.put("b.json", make_report(3))
    assert await bench.take((path, stamp), good) == [1.0, None]
    assert names(bench.inbox) == ["a.json"]


async def test_while_the_spool_is_full_files_stay_where_they_are_and_it_is_said_once(bench, make_report, monkeypatch):
    plain = bench.spool.submit

    async def full(*_, **__):
        raise SpoolFullError("the disk is full")

    files = [bench.put(f"{number}.json", make_report(number)) for number in range(3)]
    monkeypatch.setattr(bench.spool, "submit", full)
    assert await bench.take(*files) == [SPOOL_PAUSE] * 3
    assert await bench.take(files[0]) == [SPOOL_PAUSE]
    assert len(bench.told(Kind.INTAKE_PAUSED)) == 1
    assert names(bench.inbox) == ["0.json", "1.json", "2.json"]
    monkeypatch.setattr(bench.spool, "submit", plain)
    assert await bench.take(*files) == [None] * 3
    assert names(bench.done) == ["0.json", "1.json", "2.json"]


async def test_a_full_spool_is_said_once_and_before_any_file_is_read(bench, monkeypatch):
    async def full():
        raise SpoolFullError("it has reached its max_size")

    with monkeypatch.context() as patched:
        patched.setattr(bench.spool, "check_room", full)
        assert [await bench.intake.waits() for _ in range(3)] == [SPOOL_PAUSE] * 3
    assert [event.detail for event in bench.told(Kind.INTAKE_PAUSED)] == ["it has reached its max_size"]
    assert await bench.intake.waits() == 0.0


async def test_a_name_that_is_taken_at_the_last_moment_gets_a_number(bench, make_report, monkeypatch):
    plain = bench.spool.submit

    async def somebody_is_quicker(*args, **kwargs):
        bench.done.mkdir(exist_ok=True)
        (bench.done / "a.json").write_bytes(b"somebody's")
        return await plain(*args, **kwargs)

    monkeypatch.setattr(bench.spool, "submit", somebody_is_quicker)
    assert await bench.take(bench.put("a.json", make_report())) == [None]
    assert names(bench.done) == ["a.1.json", "a.json"]
    assert (bench.done / "a.json").read_bytes() == b"somebody's"
    assert await bench.spool.on_their_way() == []


async def test_a_file_that_is_replaced_after_it_was_read_is_read_in_its_turn(bench, make_report, monkeypatch):
    plain = bench.spool.submit

    async def the_tester_writes_on(*args, **kwargs):
        submitted = await plain(*args, **kwargs)
        bench.put("a.json", make_report(2))
        return submitted

    monkeypatch.setattr(bench.spool, "submit", the_tester_writes_on)
    assert await bench.take(bench.put("a.json", make_report(1))) == [None]
    monkeypatch.setattr(bench.spool, "submit", plain)
    path = bench.inbox / "a.json"
    assert await bench.take((path, Stamp.of(path.lstat()))) == [None]
    assert [entry.identity.sn for entry in await bench.spool.entries()] == ["SN00001", "SN00002"]


@pytest.mark.parametrize("name", ["done", "bad"])
async def test_a_file_that_cannot_be_moved_is_tried_again_and_gives_its_reports_once(bench, make_report, name):
    (bench.inbox / name).touch()  # there is a file in the place of the folder
    content = make_report() if name == "done" else b"{"
    file = bench.put("a.json", content)
    assert await bench.take(file) == [MOVE_PAUSE]
    assert await bench.take(file) == [MOVE_PAUSE]
    (event,) = bench.told(Kind.FILE_STUCK)
    assert str(bench.inbox / name) in event.detail
    (bench.inbox / name).unlink()
    assert await bench.take(file) == [None]
    assert "a.json" in names(bench.inbox / name)
    assert len(await bench.spool.entries()) == (name == "done")
    assert len(bench.told(Kind.FILE_QUARANTINED)) == (name == "bad")


async def test_after_a_crash_a_file_is_moved_that_was_not_and_left_that_is_another_by_now(
    bench, make_report, monkeypatch
):
    async def crash(*_):
        raise OSError("the process ends here")

    monkeypatch.setattr(bench.shelf, "put", crash)
    files = [bench.put(f"{name}.json", make_report(number)) for number, name in enumerate("abc")]
    await bench.take(*files)
    (bench.inbox / "b.json").write_bytes(b"a new file of the same name")
    (bench.inbox / "c.json").unlink()
    again = Bench(bench.inbox.parent, bench.spool)
    await again.shelf.resume()
    assert names(bench.done) == ["a.json"]
    assert names(bench.inbox) == ["b.json"]
    assert await bench.spool.on_their_way() == []


async def test_what_a_crash_left_of_a_copy_is_cleared_away_though_its_file_is_gone(bench, make_report):
    bench.done.touch()  # there is a file in the place of the folder
    path, stamp = bench.put("a.json", make_report())
    assert await bench.take((path, stamp)) == [MOVE_PAUSE]
    bench.done.unlink()
    bench.done.mkdir()
    (bench.done / f"a.json{COPY}").write_bytes(b"{ hal")
    (bench.done / f"b.json{COPY}").write_bytes(b"nothing that we know of")
    path.unlink()
    await Bench(bench.inbox.parent, bench.spool).shelf.resume()
    assert names(bench.done) == [f"b.json{COPY}"]


async def test_a_refused_report_takes_its_file_out_of_the_archive(bench, make_report):
    await bench.take(bench.put("a.json", make_report()))
    await bench.refuse()
    (moved,) = await bench.shelf.quarantine_refused()
    assert moved.here == bench.done / "a.json"
    assert (names(bench.done), names(bench.bad)) == ([], ["a.json", "a.json.reason.json", "a.json.sent.json"])
    assert await bench.shelf.quarantine_refused() == []


async def test_where_the_archive_was_cleared_what_was_sent_is_explained_all_the_same(bench, make_report):
    await bench.take(bench.put("a.json", make_report()))
    (bench.done / "a.json").unlink()
    await bench.refuse()
    await bench.shelf.quarantine_refused()
    assert names(bench.bad) == ["a.json.reason.json", "a.json.sent.json"]
    assert json.loads((bench.bad / "a.json.sent.json").read_bytes()) == make_report()


async def test_a_quarantine_that_failed_is_made_up_for(bench, make_report, monkeypatch):
    await bench.take(bench.put("a.json", make_report()))
    await bench.refuse()
    plain = Path.replace

    def fail(self, target):
        raise PermissionError(13, "Permission denied", str(self), None, str(target))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(PermissionError):
        await bench.shelf.quarantine_refused()
    monkeypatch.setattr(Path, "replace", plain)
    await bench.shelf.quarantine_refused()
    assert names(bench.done) == []
    assert "a.json" in names(bench.bad)


@pytest.mark.parametrize("decision", ["retry", "drop"])
async def test_a_file_whose_refused_report_a_person_has_let_go_stays_in_the_archive(
    bench, make_report, monkeypatch, decision
):
    await bench.take(bench.put("a.json", make_report()))
    await bench.refuse()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", unreachable)
        with pytest.raises(OSError, match="Input/output"):
            await bench.shelf.quarantine_refused()
    (entry,) = await bench.spool.entries()
    await bench.spool.decide(decision, entry.number, "by hand")
    assert await bench.shelf.quarantine_refused() == []
    assert names(bench.done) == ["a.json"]
    assert await bench.spool.unexplained() == []


async def test_a_file_that_cannot_go_into_quarantine_keeps_no_other_back(bench, make_report, monkeypatch):
    await bench.take(bench.put("a.json", make_report(1)), bench.put("b.json", make_report(2)))
    await bench.refuse()
    plain = Path.replace

    def fail(self, target):
        if self.name == "a.json":
            raise PermissionError(13, "Permission denied", str(self), None, str(target))
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(PermissionError):
        await bench.shelf.quarantine_refused()
    assert (names(bench.done)) == ["a.json"]
    assert "b.json" in names(bench.bad)


async def test_several_refused_reports_of_one_file_are_explained_together(bench, make_report):
    await bench.take(bench.put("list.json", [make_report(number) for number in range(3)]))
    await bench.refuse()
    await bench.shelf.quarantine_refused()
    said = json.loads((bench.bad / "list.json.reason.json").read_bytes())
    assert [report["position"] for report in said["reports"]] == [0, 1, 2]
    for report in said["reports"]:
        assert json.loads((bench.bad / report["sent"]).read_bytes())["id"] == report["id"]


async def test_a_report_that_is_refused_before_its_file_has_moved_is_explained_all_the_same(
    bench, make_report, monkeypatch
):
    plain = bench.shelf.put

    async def put(file, expected):
        await bench.refuse()
        return await plain(file, expected)

    monkeypatch.setattr(bench.shelf, "put", put)
    await bench.take(bench.put("a.json", make_report()))
    assert names(bench.done) == ["a.json"]
    monkeypatch.undo()
    await bench.shelf.quarantine_refused()
    assert names(bench.bad) == ["a.json", "a.json.reason.json", "a.json.sent.json"]


async def test_a_report_that_is_refused_while_its_file_goes_into_quarantine_is_explained_there_too(
    bench, make_report, monkeypatch
):
    await bench.take(bench.put("list.json", [make_report(number) for number in range(2)]))
    first, second = await bench.spool.claim(2)
    await bench.spool.term(first, State.QUARANTINED, Reason.REFUSED, "the server's words")
    plain = bench.spool.placed

    async def placed(file, explained):
        await bench.spool.term(second, State.QUARANTINED, Reason.REFUSED, "its last words")
        monkeypatch.undo()
        await plain(file, explained)

    monkeypatch.setattr(bench.spool, "placed", placed)
    assert len(await bench.shelf.quarantine_refused()) == 1
    await bench.shelf.quarantine_refused()
    assert "list.json" in names(bench.bad)
    assert "list.1.json" not in names(bench.bad)
    said = json.loads((bench.bad / "list.json.reason.json").read_bytes())
    assert [report["server"] for report in said["reports"]] == ["the server's words", "its last words"]
    assert await bench.spool.unexplained() == []


async def test_a_file_whose_arrival_could_not_be_recorded_is_recorded_later_and_put_into_quarantine(
    bench, make_report, monkeypatch
):
    async def full(*_):
        raise SpoolFullError("the disk is full")

    file = bench.put("a.json", make_report())
    with monkeypatch.context() as patched:
        patched.setattr(bench.spool, "placed", full)
        assert await bench.take(file) == [SPOOL_PAUSE]
    assert (names(bench.inbox), names(bench.done)) == ([], ["a.json"])
    await bench.refuse()
    await bench.shelf.catch_up()
    await bench.shelf.quarantine_refused()
    assert (names(bench.done), names(bench.bad)) == ([], ["a.json", "a.json.reason.json", "a.json.sent.json"])


async def test_a_file_that_still_waits_to_be_moved_is_not_recorded_as_moved(bench, make_report):
    bench.done.touch()  # there is a file in the place of the folder
    file = bench.put("a.json", make_report())
    assert await bench.take(file) == [MOVE_PAUSE]
    await bench.shelf.catch_up()
    assert len(await bench.spool.on_their_way()) == 1
    bench.done.unlink()
    assert await bench.take(file) == [None]
    assert (names(bench.inbox), names(bench.done)) == ([], ["a.json"])


async def test_a_name_in_the_archive_is_kept_for_a_file_that_could_not_be_moved_yet(bench, make_report):
    bench.done.touch()
    stuck = bench.put("a.json", make_report(1))
    assert await bench.take(stuck) == [MOVE_PAUSE]
    assert await bench.shelf.choose("ict", "a.json", Fate.ARCHIVE) == bench.done / "a.1.json"


async def test_a_name_is_not_kept_for_a_quarantine_that_failed(bench, make_report, monkeypatch):
    await bench.take(bench.put("a.json", make_report()))
    await bench.refuse()

    async def fail(*_):
        raise SpoolFullError("full")

    with monkeypatch.context() as patched:
        patched.setattr(bench.spool, "redirect", fail)
        with pytest.raises(SpoolFullError):
            await bench.shelf.quarantine_refused()
    await bench.shelf.quarantine_refused()
    assert names(bench.bad) == ["a.json", "a.json.reason.json", "a.json.sent.json"]


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names are text there")
async def test_a_name_that_is_no_text_stays_as_it_is_on_every_way(bench, make_report):
    name = os.fsdecode(b"r\xe9sum\xe9.json")
    await bench.take(bench.put(name, make_report()))
    assert names(bench.done) == [name]
    await bench.refuse()
    await bench.shelf.quarantine_refused()
    assert names(bench.bad) == [name, f"{name}.reason.json", f"{name}.sent.json"]


async def test_a_folder_that_cannot_be_read_at_the_start_does_not_end_the_daemon(bench, make_report, monkeypatch):
    plain = bench.shelf.put

    async def crash(*_):
        raise OSError("killed before the move")

    monkeypatch.setattr(bench.shelf, "put", crash)
    assert await bench.take(bench.put("a.json", make_report())) == [MOVE_PAUSE]
    monkeypatch.setattr(bench.shelf, "put", plain)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "lstat", unreachable)
        await bench.shelf.resume()
    await bench.shelf.resume()
    assert (names(bench.inbox), names(bench.done)) == ([], ["a.json"])


async def test_a_crash_before_a_move_is_made_good_though_the_source_has_another_name_by_now(
    bench, make_report, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", unreachable)
        assert await bench.take(bench.put("a.json", make_report())) == [MOVE_PAUSE]
    (bench.done / "a.json").write_text("another program was quicker")
    renamed = Shelf(bench.spool, {"in-circuit": Folders(bench.done, bench.bad)})
    await renamed.resume()
    assert (names(bench.inbox), names(bench.done)) == ([], ["a.1.json", "a.json"])


async def test_a_move_that_has_begun_is_waited_for_when_its_taker_is_stopped(bench, make_report, monkeypatch):
    begun, go_on, plain = threading.Event(), threading.Event(), shelf.move

    def slow(*args):
        begun.set()
        go_on.wait()
        plain(*args)

    monkeypatch.setattr(shelf, "move", slow)
    taking = asyncio.create_task(bench.take(bench.put("a.json", make_report())))
    await asyncio.to_thread(begun.wait)
    taking.cancel()
    await asyncio.sleep(0.01)
    assert not taking.done()
    go_on.set()
    await asyncio.wait([taking])
    assert (names(bench.inbox), names(bench.done)) == ([], ["a.json"])


def unreachable(path, *_):
    raise OSError(5, "Input/output error", str(path))
