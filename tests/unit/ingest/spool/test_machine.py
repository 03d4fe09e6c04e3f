"""Whatever is done to a spool, with crashes in between: nothing is lost and nothing is claimed twice."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pywats.ingest.errors import LeaseLostError
from pywats.ingest.reasons import ACTIVE, Reason, State
from pywats.ingest.spool.entry import Verdict
from pywats.ingest.spool.queue import FRESH
from pywats.ingest.spool.store import Spool
from workers.testing import VirtualClockLoop

LEASE = 120.0


@dataclass
class Expected:
    """What the model knows of a report that was accepted."""

    number: int
    draft: object
    backlog: bool
    fresh_until: float
    state: State = State.QUEUED
    until: float = 0.0


class SpoolMachine(RuleBasedStateMachine):
    """A spool beside a model of it that holds everything in a list."""

    claims = Bundle("claims")

    make_draft = None
    make_file = None

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=lambda: VirtualClockLoop(limit=None))
        self.root = Path(tempfile.mkdtemp())
        self.generation = 0
        self.reports = []
        self.files = 0
        self.open(self.root / "0" / "spool.db")

    def run(self, work):
        return self.runner.run(work)

    def open(self, path):
        async def opened():
            spool = Spool(path, lease=LEASE, reserve=1024)
            await spool.open()
            return spool

        self.spool = self.run(opened())

    def now(self):
        return self.runner.get_loop().time()

    def submit(self, draft, backlog):
        self.files += 1
        file = self.make_file(self.files, backlog=backlog)
        submitted = self.run(self.spool.submit(file, [draft]))
        self.run(self.spool.placed(submitted.file))
        return submitted.receipts[0]

    @rule(unit=st.sampled_from("ABC"), backlog=st.booleans(), about=st.none() | st.integers(0, 5))
    def submit_new(self, unit, backlog, about):
        kind, refers_to = "T", None
        if about is not None:  # a repair of a report that is there, of one that comes later, or of none
            kind, refers_to = "R", self.make_draft(about).report_id
        draft = self.make_draft(len(self.reports), sn=unit, type=kind, refers_to=refers_to)
        receipt = self.submit(draft, backlog)
        assert receipt.verdict is Verdict.ACCEPTED
        self.reports.append(Expected(receipt.number, draft, backlog, self.now() + FRESH))

    @precondition(lambda self: self.reports)
    @rule(data=st.data(), backlog=st.booleans())
    def submit_known(self, data, backlog):
        known = data.draw(st.sampled_from(self.reports))
        receipt = self.submit(known.draft, backlog)
        if known.state is State.QUARANTINED:
            assert (receipt.verdict, receipt.reason) == (Verdict.ACCEPTED, Reason.GIVEN_AGAIN)
            known.state = State.QUEUED
        else:
            assert receipt.verdict is Verdict.DUPLICATE

    @rule(target=claims, limit=st.integers(1, 4))
    def claim(self, limit):
        self.wake()
        expected = self.next_in_order()[:limit]
        found = self.run(self.spool.claim(limit))
        assert [claim.number for claim in found] == [report.number for report in expected]
        for claim, report in zip(found, expected, strict=True):
            assert claim.body == report.draft.body
            report.state, report.until = State.SENDING, self.now() + LEASE
        return multiple(*found)

    @rule(claim=consumes(claims))
    def ack(self, claim):
        report = self.report(claim)
        if report.state not in {*ACTIVE, State.DONE}:
            self.refused(self.spool.ack(claim, "u"))
            return
        self.run(self.spool.ack(claim, "u"))
        report.state = State.DONE

    @rule(claim=consumes(claims), delay=st.sampled_from([0.0, 30.0]), unknown=st.booleans())
    def nak(self, claim, delay, unknown):
        report = self.report(claim)
        if not self.leased(claim, report):
            self.refused(self.spool.nak(claim, Reason.NO_ANSWER, delay=delay, unknown=unknown))
            return
        self.run(self.spool.nak(claim, Reason.NO_ANSWER, delay=delay, unknown=unknown))
        report.state = State.RESTING if delay else State.QUEUED
        report.until = self.now() + delay

    @rule(claim=consumes(claims), state=st.sampled_from([State.HELD, State.QUARANTINED]))
    def term(self, claim, state):
        report = self.report(claim)
        if not self.leased(claim, report):
            self.refused(self.spool.term(claim, state, Reason.REFUSED))
            return
        self.run(self.spool.term(claim, state, Reason.REFUSED))
        report.state = state

    @rule(claim=claims)
    def extend(self, claim):
        self.run(self.spool.extend([claim]))
        report = self.report(claim)
        if report.state is State.SENDING:
            report.until = self.now() + LEASE

    @rule(seconds=st.sampled_from([1.0, 31.0, 61.0, 121.0]))
    def time_passes(self, seconds):
        self.run(asyncio.sleep(seconds))

    @rule(killed=st.booleans())
    def reopen(self, killed):
        """Close and open again, or open what a crash would have left: the files as they are, lock and memory gone."""
        self.generation += 1
        folder = self.root / str(self.generation)
        if killed:
            shutil.copytree(self.spool.path.parent, folder)
        self.run(self.spool.close())
        if not killed:
            shutil.copytree(self.spool.path.parent, folder)
        self.open(folder / "spool.db")
        for report in self.reports:
            report.fresh_until = self.now()
            if report.state in ACTIVE:
                report.state = State.QUEUED

    @invariant()
    def nothing_is_lost_and_nothing_is_made_up(self):
        entries = self.run(self.spool.entries())
        assert [entry.report_id for entry in entries] == [report.draft.report_id for report in self.reports]
        for entry, report in zip(entries, self.reports, strict=True):
            assert entry.state is report.state

    @invariant()
    def the_history_leads_to_the_state(self):
        for report in self.reports:
            history = self.run(self.spool.history(report.number))
            state = None
            for change in history:
                assert change.before == state
                state = change.after
            assert state == report.state

    def teardown(self):
        self.run(self.spool.close())
        self.runner.close()
        shutil.rmtree(self.root)

    def report(self, claim):
        return next(report for report in self.reports if report.number == claim.number)

    def leased(self, claim, report):
        """Whether the claim is the last one of its report and still stands."""
        (entry,) = [e for e in self.run(self.spool.entries(claim.report_id)) if e.number == claim.number]
        return report.state is State.SENDING and entry.attempts == claim.lease

    def refused(self, work):
        try:
            self.run(work)
        except LeaseLostError:
            return
        raise AssertionError("a lease that was lost was taken for good")

    def wake(self):
        """Let the model's rests and leases end that the spool will find ended."""
        for report in self.reports:
            if report.state in {State.SENDING, State.RESTING} and report.until <= self.now():
                report.state = State.QUEUED

    def waits(self, report):
        about = report.draft.refers_to
        return any(
            other.draft.report_id == about and other.draft.identity.type == "T" and other.state in ACTIVE
            for other in self.reports
        )

    def next_in_order(self):
        """The reports that may be sent: one of each unit, fresh ones first."""
        heads = {}
        for report in self.reports:
            if report.state in ACTIVE and not self.waits(report):
                heads.setdefault(report.draft.identity.sn, report)
        ready = [report for report in heads.values() if report.state is State.QUEUED]
        return sorted(ready, key=lambda report: (report.backlog or report.fresh_until <= self.now(), report.number))


def test_a_spool_against_its_model(make_draft, make_file):
    SpoolMachine.make_draft, SpoolMachine.make_file = staticmethod(make_draft), staticmethod(make_file)
    run_state_machine_as_test(
        SpoolMachine, settings=settings(max_examples=60, stateful_step_count=25, deadline=None, derandomize=True)
    )
