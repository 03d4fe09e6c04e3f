"""What the status page shows is looked up again and again, whatever the spool holds."""

import contextlib
import sqlite3

import structlog.testing

from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.store import Spool
from pywats.ingest.status.board import Board


async def test_a_spool_that_cannot_be_read_is_said_once_and_shown_again_when_it_can(tmp_path, make_draft, make_file):
    path = tmp_path / "spool.db"
    async with Spool(path) as spool:
        await spool.submit(make_file(1), [make_draft(1)])
        (claim,) = await spool.claim()
        await spool.term(claim, State.HELD, Reason.OTHER_ID)
    board = Board(path, dict, list)
    with structlog.testing.capture_logs() as lines:
        for reason in ("rotten", "rotten", Reason.OTHER_ID):
            with contextlib.closing(sqlite3.connect(path)) as sql, sql:
                sql.execute("UPDATE entry SET reason = ?", (reason,))
            await board.refresh()
    assert [line["event"] for line in lines] == ["spool_not_looked_at"]
    assert board.overview.count(State.HELD) == 1
