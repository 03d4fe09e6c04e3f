"""A disk without a single byte: other programs have taken also what the reserve gave back. Every write fails."""

import json
import os
import re
import signal
import sys
from collections import Counter
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from chaos.ordeal import Ordeal
from waiting import until

from pywats.ingest.reasons import Reason
from pywats.ingest.spool.ledger import Ledger

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork and LD_PRELOAD")

FILES = 8
FOR_LONG = 10**9
"""Writes that fail: more than there will be."""

MANY = 200
"""Turns of the daemon, in which it tries many times at the pace that it has here."""


@pytest.fixture
def ordeal(tmp_path, wats, victim, make_report):
    if not victim.disk:
        pytest.skip("needs gcc and glibc, for a disk that is full")
    made = Ordeal(tmp_path, wats, victim, "full")
    made.write(make_report, FILES)
    return made


def full(point, nth=1):
    return {"point": point, "nth": nth, "kind": "ENOSPC", "times": FOR_LONG}


def sent(wats):
    """How often each report has come to the server, by its bytes."""
    posts = [request for request in wats.requests if (request.method, request.path) == ("POST", "/api/Report/WSJF")]
    return Counter(request.body for request in posts)


def fills_up(ordeal, process):
    until(lambda: "disk_full" in ordeal.errors)
    let_work(ordeal, process)


def let_work(ordeal, process):
    """Wait until the daemon has had many turns, and the server has answered all that was sent meanwhile."""
    enough = turns(process) + MANY
    until(lambda: turns(process) >= enough)
    with closing(HTTPConnection("127.0.0.1", ordeal.wats.port)) as connection:
        connection.request("GET", "/")
        connection.getresponse()  # the server has come so far
    until(lambda: all(request.status for request in ordeal.wats.requests))


def turns(process):
    """How often the threads of a process have waited for something."""
    found = 0
    for status in Path(f"/proc/{process}/task").glob("*/status"):
        with suppress(OSError):  # the thread has ended
            found += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(), re.MULTILINE)[1])
    return found


@pytest.mark.parametrize("point", ["before lease", "leased", "answer read"])
def test_nothing_more_is_sent_and_with_room_again_what_was_sent_is_marked_without_a_second_send(ordeal, point):
    process = ordeal.start(fault=full(point, 3))
    fills_up(ordeal, process)
    before = sent(ordeal.wats)
    let_work(ordeal, process)
    assert sent(ordeal.wats) == before, "something was sent that could not be leased"
    assert ordeal.states.get("done", 0) < len(ordeal.expected)
    os.kill(process, signal.SIGUSR1)
    assert ordeal.survive(process) == 0, ordeal.errors
    ordeal.check()
    assert set(sent(ordeal.wats).values()) == {1}


def test_after_a_death_what_was_sent_and_could_not_be_marked_is_sent_again_with_the_same_bytes_and_counted(ordeal):
    process = ordeal.start(fault=full("answer read", 3))
    fills_up(ordeal, process)
    before = sent(ordeal.wats)
    unmarked = sum(before.values()) - sum(ordeal.states.get(state, 0) for state in ("done", "quarantined"))
    assert unmarked > 0
    os.kill(process, signal.SIGKILL)
    assert ordeal.victim.end() == -signal.SIGKILL
    assert ordeal.once() == 1, ordeal.errors  # for the two that are for a person
    ordeal.check()
    after = sent(ordeal.wats)
    again = {body: count for body, count in after.items() if count > 1}
    assert (len(again), set(again.values())) == (unmarked, {2})
    assert set(again) <= set(before)
    with Ledger(ordeal.spool) as ledger:
        entries = ledger.listed(limit=1000)
        assert sum(entry.unknown for entry in entries) >= unmarked
        restarts = [each for entry in entries for each in ledger.history(entry) if each.cause is Reason.RESTARTED]
        assert len(restarts) >= unmarked


def test_a_daemon_that_is_started_on_such_a_disk_ends_with_one_line_and_does_its_work_later(ordeal):
    process = ordeal.start(fault=full("before ack", 3))
    fills_up(ordeal, process)
    os.kill(process, signal.SIGKILL)
    ordeal.victim.end()
    (ordeal.base / "err").unlink()
    ordeal.start(fault=full("start"))
    assert ordeal.victim.end() == 1
    said = [json.loads(line) for line in ordeal.errors.splitlines()]
    assert [each["event"] for each in said] == ["note", "failed"]  # the first is about the token in the configuration
    assert str(ordeal.spool) in said[1]["message"]
    assert ordeal.once() == 1, ordeal.errors
    ordeal.check()
