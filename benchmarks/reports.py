"""Reading and building test reports, against plain pydantic models of the same shape."""

from collections.abc import Callable
from datetime import UTC, datetime

from benchmarks import plain_report
from benchmarks.handwritten import HandWritten
from benchmarks.plain_report import PlainReport
from benchmarks.rounds import Figures, Work, measure
from pywats import AsyncPyWATS
from pywats.reports import check, read_report
from pywats.reports.making import new_uut
from pywats.reports.models import UUTReport

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
STATION = ("FCT-1", "Oslo", "Production")
STEPS = 100
MANY = 10_000


def build(steps: int) -> UUTReport:
    """The report that ``plain_report.build`` builds."""
    report = new_uut("anna", "WIDGET-001", "A", "SN1", 60, STATION, START)
    for first in range(0, steps, 10):
        sequence = report.root.sequence(f"Sequence {first}")
        for index in range(first, first + 7):
            sequence.numeric(f"Step {index}", 3.3 + index / 1e6, "V", low=3.2, high=3.4)
        sequence.string(f"Step {first + 7}", "1.2.0", limit="1.2.0")
        sequence.passed(f"Step {first + 8}", True)
        sequence.action(f"Step {first + 9}")
    return report


async def reading(rounds: int, count: int = 100) -> Figures:
    """Parse the JSON of a report of 100 steps."""
    content = plain_report.write(plain_report.build(STEPS, START))
    ours, theirs = _times(count, lambda: read_report(content)), _times(count, lambda: _parse(content))
    return await measure(f"read {STEPS} steps", "CPU 1.0", ours, theirs, operations=count, rounds=rounds)


async def building(rounds: int, count: int = 50) -> Figures:
    """Build, compare and write a report of 100 steps."""
    ours = _times(count, lambda: build(STEPS).to_json())
    theirs = _times(count, lambda: plain_report.write(plain_report.build(STEPS, START)))
    title = f"build, compare and write {STEPS} steps"
    return await measure(title, "CPU 1.0", ours, theirs, operations=count, rounds=rounds)


async def building_checked(rounds: int, count: int = 50) -> Figures:
    """The same, and our side checks the report as it does before it is sent."""

    def checked() -> bytes:
        report = build(STEPS)
        check(report)
        return report.to_json()

    theirs = _times(count, lambda: plain_report.write(plain_report.build(STEPS, START)))
    title = f"build, compare, check (ours only) and write {STEPS} steps"
    return await measure(title, "CPU 1.0", _times(count, checked), theirs, operations=count, rounds=rounds)


async def submitting(api: AsyncPyWATS, by_hand: HandWritten, rounds: int, count: int = 30) -> Figures:
    """Build, write and send reports of 100 steps; our side checks them, too."""

    async def ours() -> None:
        for _ in range(count):
            await api.report.submit_report(build(STEPS))

    async def theirs() -> None:
        for _ in range(count):
            await by_hand.send_report(plain_report.write(plain_report.build(STEPS, START)))

    return await measure(f"submit {STEPS} steps", "CPU 1.0", ours, theirs, operations=count, rounds=rounds)


async def growing(rounds: int) -> Figures:
    """The cost of a step in a report of 10,000 against that in one of 100: ours both times, so it should be one."""
    many, few = _times(1, lambda: build(MANY).to_json()), _times(MANY // STEPS, lambda: build(STEPS).to_json())
    return await measure(
        f"a step of {MANY:,} against one of {STEPS}", "CPU 1.0", many, few, operations=MANY, rounds=rounds
    )


def _parse(content: bytes) -> PlainReport:
    return PlainReport.model_validate_json(content)


def _times(count: int, work: Callable[[], object]) -> Work:
    async def repeated() -> None:
        for _ in range(count):
            work()

    return repeated
