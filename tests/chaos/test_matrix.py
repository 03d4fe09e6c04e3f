"""At every step of a report the process dies, the power goes, the disk fails or is full: nothing is lost or doubled."""

import os
import random
import signal
import sys
from collections import Counter
from dataclasses import dataclass

import pytest
from chaos.ordeal import Ordeal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork, SIGKILL and LD_PRELOAD")

FILES = 8
SEEDS = 2
CHOSEN = 40
"""So many cases run always; ``CHAOS=all``, which ``make chaos`` sets, runs all."""

TIMES = {
    "seen": 10, "settled": 1, "read": 10, "parsed": 10, "laid": 3, "before insert": 11, "after insert": 11,
    "part taken": 11, "committed": 30, "refused file": 1, "before move": 10, "name reserved": 10, "renamed": 10,
    "moved": 10, "before placed": 10, "after placed": 10, "explained": 2, "redirected": 1, "before lease": 4,
    "after lease": 4, "leased": 10, "request written": 10, "answer read": 10, "before ack": 8, "after ack": 8,
    "acked": 8, "refusal recorded": 1, "reload asked": 1, "reloaded": 1, "written": 60, "synced": 25,
    "checkpointed": 20,
}  # fmt: skip
"""Points of the daemon, and how often each is reached at least in a run."""

PUTS = {"put": 12, "put committed": 12, "put placed": 12, "committed": 20, "written": 40, "synced": 20, "acked": 8}
"""The same for a program with an outbox."""

SOON = 30.0
"""Seconds within which a restarted daemon has its first report in the server: on a machine with nothing else to do it
takes one, on a crowded one ten."""

ONLY_DEATH = {"written", "synced", "checkpointed"}
FAULTS = ("kill", "power", "ENOSPC", "EIO")


@dataclass(frozen=True)
class Case:
    """A point, a fault, and what is drawn by lot."""

    program: str
    point: str
    fault: str
    seed: int

    def __str__(self):
        return f"{self.program}-{self.point.replace(' ', '_')}-{self.fault}-{self.seed}"

    def order(self, chance):
        most = (PUTS if self.program == "outbox" else TIMES)[self.point]
        kind = "kill" if self.fault in {"kill", "power"} else self.fault
        return {"point": self.point, "nth": chance.randint(1, most), "kind": kind, "times": chance.randint(1, 12)}


def every():
    for program, points in (("daemon", TIMES), ("outbox", PUTS)):
        for point in points:
            for fault in FAULTS:
                if point not in ONLY_DEATH or fault in {"kill", "power"}:
                    for seed in range(SEEDS):
                        yield Case(program, point, fault, seed)


def chosen(cases):
    """Cases that cover every point once, and every fault as often as any other."""
    if os.environ.get("CHAOS") == "all":
        return cases
    of_points = {}
    for case in cases:
        of_points.setdefault((case.program, case.point), []).append(case)
    picked = [each[number * SEEDS % len(each)] for number, each in enumerate(of_points.values())]
    rest = [case for case in cases if case not in picked]
    return picked + random.Random(CHOSEN).sample(rest, CHOSEN - len(picked))


CASES = list(every())


@pytest.fixture
def ordeal(tmp_path, wats, victim, request):
    case = request.param
    if not victim.disk and (case.fault != "kill" or case.point in ONLY_DEATH):
        pytest.skip("needs gcc and glibc, for a disk that fails")
    made = Ordeal(tmp_path, wats, victim, str(case))
    made.case = case
    return made


def test_there_are_enough_cases_and_every_point_is_among_the_chosen():
    assert len(CASES) >= 150
    picked = chosen(CASES)
    assert {(case.program, case.point) for case in picked} == {(case.program, case.point) for case in CASES}
    assert {case.fault for case in picked} == set(FAULTS)


def died(ordeal, code):
    """Whether the process has met its fault; a death must be the one that was ordered."""
    fault = ordeal.case.fault
    if fault in {"kill", "power"}:
        assert code == -signal.SIGKILL, ordeal.errors
        if fault == "power":
            ordeal.lose_power(torn=ordeal.case.seed > 0)
        return True
    assert code == 0, ordeal.errors
    return False


@pytest.mark.parametrize("ordeal", [case for case in chosen(CASES) if case.program == "daemon"], indirect=True, ids=str)
def test_the_daemon_loses_nothing_and_doubles_nothing(ordeal, make_report):
    ordeal.write(make_report, FILES)
    reloads = ordeal.case.point.startswith("reload")
    process = ordeal.start(fault=ordeal.case.order(ordeal.chance), reloads=reloads)
    if died(ordeal, ordeal.survive(process)):
        ordeal.check_what_was_recorded()
        before = set(ordeal.acked)
        assert ordeal.once() in {0, 1}, ordeal.errors
        first = min((seconds for each, seconds in ordeal.acked.items() if each not in before), default=0.0)
        assert first < SOON, "the first upload came late"
    ordeal.check()


@pytest.mark.parametrize("ordeal", [case for case in chosen(CASES) if case.program == "outbox"], indirect=True, ids=str)
def test_a_program_with_an_outbox_loses_nothing_and_doubles_nothing(ordeal, make_report):
    reports = [make_report(number) for number in range(12)]
    ordeal.expected = [report["id"] for report in reports]
    puts = [ordeal.wats.url, ordeal.wats.token, str(ordeal.spool), reports]
    ordeal.start(fault=ordeal.case.order(ordeal.chance), puts=puts)
    if died(ordeal, ordeal.victim.end()):
        said = set((ordeal.base / "out").read_text().split())
        ordeal.check_what_was_recorded()
        ordeal.start(puts=[*puts[:3], [report for report in reports if report["id"] not in said]])
        assert ordeal.victim.end() == 0, ordeal.errors
    assert Counter(report["id"] for report in ordeal.wats.reports()) == dict.fromkeys(ordeal.expected, 1)
    ordeal.check_books()
