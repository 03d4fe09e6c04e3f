"""The uploader against a server made of answers, under a virtual clock: hours of outage pass at once."""

import asyncio
import contextlib
import functools
import json
import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from pywats import errors
from pywats.ingest.errors import SpoolFullError
from pywats.ingest.journal import Journal, Kind
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.store import Spool
from pywats.ingest.upload.line import LONGEST_WAIT, Line
from pywats.ingest.upload.uploader import LONGEST_REST, Uploader
from workers.testing import run_virtual

DAY = 86_400.0


def virtual_time(test):
    """Run a test under a virtual clock without an end."""

    @functools.wraps(test)
    def run(**fixtures):
        return run_virtual(test(**fixtures), limit=None)

    return run


@dataclass
class Answer:
    uuid: str = "in-the-server"


@dataclass
class Server:
    """Answers by a rule: the error that it raises for a body, now, or ``None``."""

    rule: object = lambda *_: None
    probe_rule: object = None
    seconds: float = 0.0
    sent: Counter = field(default_factory=Counter)
    sends: list = field(default_factory=list)
    probes: list = field(default_factory=list)
    under_way: int = 0
    most: int = 0

    async def send(self, body):
        number = json.loads(body)["report"]
        self.sent[number] += 1
        self.sends.append((now(), number))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(self.seconds)
            error = self.rule(self, number)
            if error is not None:
                raise error
            return Answer()
        finally:
            self.under_way -= 1

    async def probe(self):
        self.probes.append(now())
        error = (self.probe_rule or self.rule)(self, None)
        if error is not None:
            raise error


def now():
    return asyncio.get_running_loop().time()


def error(kind, status=None, *, unsent=False):
    made = kind("words", status=status, method="POST", path="/api/Report/WSJF", attempts=1)
    made.unsent = unsent
    return made


def busy_until(end, *, retry_after=500.0):
    """A rule of a server that asks to be left alone."""

    def rule(*_):
        if now() >= end:
            return None
        made = error(errors.RateLimitError, 429)
        made.retry_after = retry_after
        return made

    return rule


class Bench:
    """A spool, a server and an uploader between them."""

    def __init__(self, spool, server, make_draft, make_file):
        self.spool, self.server = spool, server
        self.make_draft, self.make_file = make_draft, make_file
        self.events = []
        self.journal = Journal(self.events.append)
        self.line = Line(server.probe, self.journal)
        self.uploader = Uploader(spool, server.send, self.line, self.journal, concurrency=5, drain=30.0)

    async def fill(self, *numbers, sn=None):
        for number in numbers:
            await self.spool.submit(self.make_file(number), [self.make_draft(number, sn=sn)])

    async def states(self):
        return Counter(entry.state for entry in await self.spool.entries())

    def told(self, kind):
        return [event for event in self.events if event.kind is kind]

    async def until(self, condition, limit=30 * DAY):
        end = now() + limit
        self.journal.news.clear()
        while not await condition():
            assert now() < end, "it never came about"
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(60.0):
                    await self.journal.news.wait()
            self.journal.news.clear()  # what comes while the condition is looked at is news

    async def all_done(self):
        return not await self.spool.active()


@pytest.fixture
def bench(tmp_path, make_draft, make_file):
    @asynccontextmanager
    async def made(server, *, run=True):
        async with Spool(tmp_path / "spool.db") as spool:
            bench = Bench(spool, server, make_draft, make_file)
            running = asyncio.create_task(bench.uploader.run()) if run else None
            try:
                yield bench
            finally:
                if running is not None:
                    running.cancel()
                    await asyncio.wait([running])

    return made


@virtual_time
async def test_what_is_in_the_spool_is_sent_at_most_so_many_at_once(bench):
    server = Server(seconds=1.0)
    async with bench(server) as made:
        await made.fill(*range(30))
        await made.until(made.all_done)
        assert server.sent == dict.fromkeys(range(30), 1)
        assert server.most == 5
        assert len(made.told(Kind.REPORT_UPLOADED)) == 30
        assert {entry.server_id for entry in await made.spool.entries()} == {"in-the-server"}


@virtual_time
async def test_what_comes_later_is_sent_when_it_comes(bench):
    async with bench(Server()) as made:
        await asyncio.sleep(1000.0)
        came = now()
        await made.fill(1)
        await made.until(made.all_done)
        assert now() == pytest.approx(came, abs=0.01)


@virtual_time
async def test_a_refused_report_is_quarantined_with_the_servers_words_and_never_sent_again(bench):
    server = Server(lambda _, number: error(errors.ValidationError, 400) if number == 2 else None)
    async with bench(server) as made:
        await made.fill(1, 2, 3)
        await made.until(made.all_done)
        await asyncio.sleep(10 * DAY)
        assert server.sent == {1: 1, 2: 1, 3: 1}
        refused = (await made.spool.entries())[1]
        assert (refused.state, refused.reason, refused.detail) == (State.QUARANTINED, Reason.REFUSED, "words")
        (event,) = made.told(Kind.REPORT_REFUSED)
        assert event.as_json()["what_to_do"]
        assert made.told(Kind.LINE_DOWN) == []


@virtual_time
async def test_an_answer_about_another_report_holds_the_report(bench):
    server = Server(lambda _, number: error(errors.OtherReportError, 200) if number == 1 else None)
    async with bench(server) as made:
        await made.fill(1, 2)
        await made.until(made.all_done)
        assert await made.states() == {State.HELD: 1, State.DONE: 1}
        assert (made.told(Kind.REPORT_HELD)[0].reason, server.sent[1]) == (Reason.OTHER_ID, 1)


@pytest.mark.parametrize(("kind", "status"), [(errors.AuthenticationError, 401), (errors.AuthorizationError, 403)])
@virtual_time
async def test_a_refused_token_stops_the_line_says_so_once_and_loses_nothing(bench, kind, status):
    server = Server(lambda *_: error(kind, status) if now() < DAY else None)
    async with bench(server) as made:
        await made.fill(*range(10))
        await asyncio.sleep(DAY / 2)
        assert made.line.stopped
        assert sum(server.sent.values()) <= 5  # those that were under way at once, and none later
        assert 600 < len(server.probes) < 800  # once a minute
        (event,) = made.told(Kind.LINE_STOPPED)
        assert event.reason is Reason.CREDENTIALS_REFUSED
        assert event.as_json()["what_to_do"]
        await made.until(made.all_done)
        assert now() < DAY + 120.0
        assert await made.states() == {State.DONE: 10}
        assert len(made.told(Kind.LINE_UP)) == 1


@pytest.mark.parametrize(
    ("kind", "status", "unsent"),
    [
        (errors.ServerError, 503, False),
        (errors.ConnectionError, None, True),
        (errors.RateLimitError, 429, False),
        (errors.CircuitOpenError, None, True),
        (errors.NotFoundError, 404, False),
    ],
)
@virtual_time
async def test_an_outage_of_days_is_sat_out_with_probes_and_no_report_is_risked(bench, kind, status, unsent):
    server = Server(lambda *_: error(kind, status, unsent=unsent) if now() < 3 * DAY else None)
    async with bench(server) as made:
        await made.fill(*range(20))
        await made.until(made.all_done)
        assert now() < 3 * DAY + LONGEST_WAIT + LONGEST_REST
        assert await made.states() == {State.DONE: 20}
        assert max(server.sent.values()) <= 2
        assert all(entry.unknown == 0 for entry in await made.spool.entries())
        assert 3 * DAY / LONGEST_WAIT < len(server.probes) < 3 * DAY / 50
        assert len(made.told(Kind.LINE_DOWN) + made.told(Kind.LINE_STOPPED)) == 1


@virtual_time
async def test_waits_grow_and_are_jittered(bench):
    server = Server(lambda *_: error(errors.ConnectionError, unsent=True))
    async with bench(server) as made:
        await made.fill(1)
        await asyncio.sleep(1800.0)
        gaps = [later - earlier for earlier, later in zip(server.probes, server.probes[1:], strict=False)]
        for failures, gap in enumerate(gaps, start=2):
            ceiling = min(LONGEST_WAIT, 2.0 ** (failures - 1))
            assert ceiling / 2 <= gap <= ceiling + 0.1
        assert len({round(gap % 1.0, 6) for gap in gaps}) > len(gaps) / 2


@virtual_time
async def test_the_server_says_how_long_it_is_busy(bench):
    server = Server(busy_until(500.0))
    async with bench(server) as made:
        await made.fill(1)
        await made.until(made.all_done)
        assert len(server.probes) == 1
        assert 500.0 <= now() < 510.0


@virtual_time
async def test_what_is_claimed_while_the_line_goes_down_is_not_sent(bench, monkeypatch):
    server = Server(busy_until(500.0), seconds=0.7)
    async with bench(server, run=False) as made:
        plain = made.spool.claim

        async def slow(*args, **more):
            await asyncio.sleep(0.5)
            return await plain(*args, **more)

        monkeypatch.setattr(made.spool, "claim", slow)
        await made.fill(1)
        running = asyncio.create_task(made.uploader.run())
        await asyncio.sleep(1.1)
        await made.fill(2)  # its claim is under way when the answer to the first comes
        await made.until(made.all_done)
        running.cancel()
        await asyncio.wait([running])
    assert [number for at, number in server.sends if at < 500.0] == [1]
    assert server.sent == {1: 2, 2: 1}


@virtual_time
async def test_a_report_that_the_server_fails_on_keeps_nobody_else_waiting_for_long(bench):
    server = Server(lambda _, number: error(errors.ServerError, 500) if number == 0 else None)
    async with bench(server) as made:
        await made.fill(*range(200))

        async def others_done():
            return (await made.states())[State.DONE] == 199

        await made.until(others_done)
        assert now() < 60.0
        await asyncio.sleep(DAY)
        assert 90 < server.sent[0] < 250  # it is tried on, about every ten minutes
        assert (await made.spool.entries())[0].unknown == 0


@pytest.mark.parametrize("seed", range(12))
@virtual_time
async def test_what_the_server_fails_on_is_not_what_it_is_tried_with_again(bench, seed):
    random.seed(seed)  # by lot, the oldest may be due before the line is
    server = Server(lambda _, number: error(errors.ServerError, 500) if number == 0 else None)
    async with bench(server) as made:
        await made.fill(*range(20))

        async def others_done():
            return (await made.states())[State.DONE] == 19

        await made.until(others_done)
        assert now() < 2.0


@virtual_time
async def test_a_server_that_answers_probes_and_fails_on_reports_is_not_overrun(bench):
    server = Server(lambda *_: error(errors.ServerError, 500) if now() < 3600.0 else None, lambda *_: None)
    async with bench(server) as made:
        await made.fill(*range(100))
        await made.until(made.all_done)
        assert await made.states() == {State.DONE: 100}
        assert sum(server.sent.values()) < 150
        assert now() < 3600.0 + LONGEST_WAIT + LONGEST_REST


@virtual_time
async def test_sends_without_an_answer_repeat_the_same_bytes_and_end_at_fifty(bench):
    bodies = set()

    class Silent(Server):
        async def send(self, body):
            bodies.add(body)
            return await super().send(body)

    server = Silent(lambda _, number: error(errors.TimeoutError) if number == 0 else None, lambda *_: None)
    async with bench(server) as made:
        await made.fill(0)
        await made.until(made.all_done)
        assert server.sent[0] == 50
        assert len(bodies) == 1
        (event,) = made.told(Kind.REPORT_HELD)
        assert event.reason is Reason.OUTCOME_UNKNOWN


@virtual_time
async def test_a_slow_send_keeps_its_lease(bench):
    server = Server(seconds=1000.0)
    async with bench(server) as made:
        await made.fill(1)
        await made.until(made.all_done)
        assert server.sent == {1: 1}


@virtual_time
async def test_what_is_under_way_while_the_computer_sleeps_is_not_sent_again(bench):
    server = Server(seconds=50_000.0)
    async with bench(server) as made:
        await made.fill(1)
        await asyncio.sleep(5.0)
        asyncio.get_running_loop()._now += 8 * 3600.0  # on systems whose clock counts the sleep
        await made.fill(2)
        await made.until(made.all_done)
        assert server.sent == {1: 1, 2: 1}
        assert {entry.unknown for entry in await made.spool.entries()} == {0}


@virtual_time
async def test_stopping_finishes_what_is_under_way_and_leaves_the_rest(bench):
    server = Server(seconds=10.0)
    async with bench(server, run=False) as made:
        await made.fill(*range(8))
        running = asyncio.create_task(made.uploader.run())
        await asyncio.sleep(5.0)
        running.cancel()
        await asyncio.wait([running])
        assert now() == pytest.approx(10.0)
        assert await made.states() == {State.DONE: 5, State.QUEUED: 3}


@virtual_time
async def test_stopping_does_not_wait_for_ever_and_not_at_all_when_asked_twice(bench):
    for drain, twice in [(30.0, False), (2.0, True)]:
        server = Server(seconds=1000.0)
        async with bench(server, run=False) as made:
            await made.fill(int(drain))
            running = asyncio.create_task(made.uploader.run())
            await asyncio.sleep(1.0)
            begun = now()
            running.cancel()
            if twice:
                await asyncio.sleep(2.0)
                made.uploader.abandon()
            await asyncio.wait([running])
            assert now() - begun == pytest.approx(drain, abs=0.1)


@virtual_time
async def test_an_answer_that_cannot_be_recorded_is_kept_until_it_can(bench, monkeypatch):
    server = Server()
    async with bench(server) as made:
        plain, tries = made.spool.ack, []

        async def full_for_a_while(claim, server_id):
            tries.append(now())
            if len(tries) < 5:
                raise SpoolFullError("full")
            await plain(claim, server_id)

        monkeypatch.setattr(made.spool, "ack", full_for_a_while)
        await made.fill(1)
        await made.until(made.all_done)
        assert (server.sent, len(tries)) == ({1: 1}, 5)


@virtual_time
async def test_a_claim_that_the_stop_overtakes_is_given_back(bench):
    async with bench(Server(), run=False) as made:
        await made.fill(1)
        running = asyncio.create_task(made.uploader.run())
        while not made.spool._commits._waiting:  # noqa: ASYNC110 - until the claim is on its way to the disk
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])
        (entry,) = await made.spool.entries()
        assert (entry.state, entry.reason, entry.unknown) == (State.QUEUED, Reason.NOT_SENT, 0)


@virtual_time
async def test_a_claim_that_the_stop_overtakes_is_given_back_though_the_disk_is_full_for_a_moment(bench, monkeypatch):
    async with bench(Server(), run=False) as made:
        await made.fill(1)
        plain, failures = made.spool.nak, [SpoolFullError("full"), SpoolFullError("full")]

        async def nak(*args, **more):
            if failures:
                raise failures.pop()
            return await plain(*args, **more)

        monkeypatch.setattr(made.spool, "nak", nak)
        claiming = asyncio.create_task(made.uploader._claim(1, None))
        await asyncio.sleep(0)
        claiming.cancel()
        await asyncio.wait([claiming])
        assert await made.states() == {State.QUEUED: 1}


@virtual_time
async def test_what_is_given_back_as_the_line_went_down_is_given_back_whole_though_the_stop_comes(bench, monkeypatch):
    server = Server(lambda _, number: error(errors.ServerError, 500) if number == 1 else None)
    async with bench(server, run=False) as made:
        plain_claim, plain_nak, stopped = made.spool.claim, made.spool.nak, []

        async def slow(*args, **more):
            await asyncio.sleep(1.0)
            return await plain_claim(*args, **more)

        async def stopping(claim, reason, *args, **more):
            if reason is Reason.NOT_SENT and not stopped:
                stopped.append(running.cancel())
            return await plain_nak(claim, reason, *args, **more)

        monkeypatch.setattr(made.spool, "claim", slow)
        monkeypatch.setattr(made.spool, "nak", stopping)
        await made.fill(1)
        running = asyncio.create_task(made.uploader.run())
        await asyncio.sleep(1.01)
        await made.fill(2, 3, 4)  # their claim is under way when the server fails on the first
        await asyncio.wait([running])
        assert stopped
        assert server.sent == {1: 1}
        _, *given_back = await made.spool.entries()
        assert {(entry.state, entry.unknown) for entry in given_back} == {(State.QUEUED, 0)}


@virtual_time
async def test_a_stop_that_waits_for_nothing_does_not_wait_for_what_is_begun_after_it(bench):
    server = Server(seconds=1000.0)
    async with bench(server, run=False) as made:
        await made.fill(*range(8))
        running = asyncio.create_task(made.uploader.run())
        await asyncio.sleep(1.0)
        made.uploader.abandon()  # its other neighbours are stopped before it
        await asyncio.sleep(1.0)
        begun = now()
        running.cancel()
        await asyncio.wait([running])
        assert now() - begun < 1.0


@virtual_time
async def test_nothing_is_claimed_before_the_leases_of_what_is_under_way_are_renewed(bench, monkeypatch):
    server = Server(seconds=1000.0)
    async with bench(server) as made:
        plain, failures = made.spool.extend, []

        async def fails_when_they_end(claims):
            if len(failures) < 3 and now() >= 100.0:
                failures.append(now())
                raise SpoolFullError("full")
            await plain(claims)

        monkeypatch.setattr(made.spool, "extend", fails_when_they_end)
        await made.fill(1)
        await made.until(made.all_done)
        assert len(failures) == 3
        assert server.sent == {1: 1}


@virtual_time
async def test_an_answer_to_a_lease_that_was_lost_is_dropped(bench):
    server = Server(lambda *_: error(errors.ServerError, 500), seconds=10.0)
    async with bench(server) as made:
        await made.fill(1)
        await asyncio.sleep(1.0)
        (claim,) = made.uploader._in_hand.values()
        await made.spool.ack(claim, "another way")
        await asyncio.sleep(100.0)
        assert await made.states() == {State.DONE: 1}
        assert server.sent == {1: 1}


@virtual_time
async def test_a_spool_that_cannot_be_written_for_a_day_is_waited_for(bench, monkeypatch):
    server = Server()
    async with bench(server) as made:
        plain = made.spool.claim

        async def full_for_a_day(*args, **kwargs):
            if now() < DAY:
                raise SpoolFullError("full")
            return await plain(*args, **kwargs)

        monkeypatch.setattr(made.spool, "claim", full_for_a_day)
        await made.fill(1)
        await made.until(made.all_done)
        assert server.sent == {1: 1}
        assert DAY <= now() < DAY + 5.0


@virtual_time
async def test_a_server_that_wants_to_be_left_alone_for_years_is_asked_again_within_the_hour(bench):
    async with bench(Server(busy_until(1.0, retry_after=1e9))) as made:
        await made.fill(1)
        await made.until(made.all_done)
        assert now() < 3700.0
