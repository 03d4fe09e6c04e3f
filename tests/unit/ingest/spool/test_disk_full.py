"""On a full disk nothing new is taken, and what was accepted can still be marked as sent."""

import asyncio
import json
import shutil
import subprocess
import sys
import textwrap

import pytest
import structlog.testing

from pywats.ingest.errors import SpoolFullError
from pywats.ingest.reasons import State
from pywats.ingest.spool.database import Reserve
from pywats.ingest.spool.store import Spool

# Run inside a file system of 8 MiB of its own, where "disk full" is the kernel's ENOSPC and no pretence.
FULL_DISK = """
    import asyncio, hashlib, json, os, sys
    from pathlib import Path
    from pywats.ingest.spool.entry import Draft, Identity, SourceFile, made_id
    from pywats.ingest.errors import SpoolFullError
    from pywats.ingest.spool.store import Spool

    folder = Path(sys.argv[1])

    def draft(number):
        body = os.urandom(4096)
        identity = Identity("T", f"SN{number}", "PN", 10, number * 10**7)
        return Draft(report_id=made_id(b"x", number), body=body, digest=hashlib.sha256(body).digest(), position=0,
                     identity=identity)

    def file(number):
        path = Path(f"/in/{number}.json")
        return SourceFile(source="s", path=path, digest=b"%d" % number, size=1, converter="wsjf", target=path)

    async def main():
        async with Spool(folder / "spool.db") as spool:
            accepted = 0
            try:
                while True:
                    await spool.submit(file(accepted), [draft(accepted)])
                    accepted += 1
            except SpoolFullError:
                pass
            # Another program takes every byte that is left, and those that the reserve has just given back.
            filler = (folder / "filler").open("wb", buffering=0)
            try:
                while filler.write(b"x" * 1024):
                    pass
            except OSError:
                pass
            done = 0
            while claims := await spool.claim(20):
                await asyncio.gather(*(spool.ack(claim, "u") for claim in claims))
                done += len(claims)
            filler.close()
            (folder / "filler").unlink()
            await spool.submit(file(accepted), [draft(accepted)])
            print(json.dumps({"accepted": accepted, "done": done}))

    asyncio.run(main())
"""


def test_on_a_really_full_disk_all_that_was_accepted_is_marked_as_sent(tmp_path):
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("needs Linux and unshare, to mount a small file system of its own")
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "fill.py").write_text(textwrap.dedent(FULL_DISK))
    mount = f'mount -t tmpfs -o size=8m none "{disk}"'
    allowed = subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True, check=False)
    if allowed.returncode:
        pytest.skip(f"may not mount a file system here: {allowed.stderr.decode().strip()}")
    command = f'{mount} && exec "{sys.executable}" "{tmp_path / "fill.py"}" "{disk}"'
    result = subprocess.run(
        ["unshare", "-rm", "sh", "-c", command], capture_output=True, check=False, text=True, timeout=100
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["accepted"] > 400
    assert found["done"] == found["accepted"]


async def test_a_spool_that_cannot_grow_gives_back_its_reserve_and_records_answers(tmp_path, make_draft, make_file):
    """The same without a small disk: SQLite is told that its file has no more pages."""
    async with Spool(tmp_path / "spool.db") as spool:
        reserve = tmp_path / "spool.db.reserve"
        assert reserve.stat().st_size == 512 * 1024
        for number in range(20):
            await spool.submit(make_file(number), [make_draft(number, body=bytes(4000))])
        await spool._in_thread(lambda: spool._store.database.sql.execute("PRAGMA max_page_count = 1"))
        claims = await spool.claim(20)
        outcomes = await asyncio.gather(
            *(spool.ack(claim, "u") for claim in claims),
            *(spool.submit(make_file(number), [make_draft(number, body=bytes(90_000))]) for number in range(50, 54)),
            return_exceptions=True,
        )
        assert outcomes[:20] == [None] * 20
        assert all(isinstance(outcome, SpoolFullError) for outcome in outcomes[20:])
        assert not reserve.exists()
        assert (await spool.counts())[State.DONE] == 20


async def test_intake_goes_on_when_there_is_room_again(tmp_path, make_draft, make_file):
    async with Spool(tmp_path / "spool.db") as spool:
        sql = spool._store.database.sql
        await spool._in_thread(lambda: sql.execute("PRAGMA max_page_count = 1"))
        with pytest.raises(SpoolFullError):
            await spool.submit(make_file(1), [make_draft(1, body=bytes(900_000))])
        await spool._in_thread(lambda: sql.execute("PRAGMA max_page_count = 1000000"))
        await spool.submit(make_file(1), [make_draft(1, body=bytes(900_000))])
        assert (tmp_path / "spool.db.reserve").exists()


def test_the_reserve_is_not_taken_from_a_disk_that_is_nearly_full(tmp_path):
    path = tmp_path / "reserve"
    assert not Reserve(path, shutil.disk_usage(tmp_path).free // 2).hold()
    assert not path.exists()


def test_a_reserve_is_held_that_an_earlier_process_has_left_and_half_a_one_made_whole(tmp_path, monkeypatch):
    path = tmp_path / "reserve"
    path.write_bytes(bytes(1000))
    assert Reserve(path, 4096).hold()
    assert path.stat().st_size == 4096
    monkeypatch.setattr(shutil, "disk_usage", None)  # is not asked
    assert Reserve(path, 4096).hold()


def test_a_reserve_that_cannot_be_written_is_said_once(tmp_path):
    reserve = Reserve(tmp_path / "no folder" / "reserve", 4096)
    with structlog.testing.capture_logs() as lines:
        assert not any(reserve.hold() for _ in range(3))
    assert [line["event"] for line in lines] == ["reserve_not_held"]


async def test_there_is_room_only_while_the_reserve_is_held_and_the_limit_is_not_reached(
    tmp_path, make_draft, make_file, monkeypatch
):
    async with Spool(tmp_path / "spool.db", max_size=150_000) as spool:
        await spool.check_room()
        spool._store.database._reserve.release()
        with monkeypatch.context() as patched:
            patched.setattr(Reserve, "_make", lambda _: False)
            with pytest.raises(SpoolFullError, match=r"the disk of the spool .* is full"):
                await spool.check_room()
        await spool.check_room()
        await spool.submit(make_file(1), [make_draft(1, body=bytes(100_000))])
        with pytest.raises(SpoolFullError, match="max_size"):
            await spool.check_room()
