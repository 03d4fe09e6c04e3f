"""Whatever the builder makes is a report that the server takes, and that comes back as it was."""

import json
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pywats.reports import for_posting, read_report, validate
from pywats.reports.evaluation import ONE_LIMIT, TEXT_OPERATORS, TWO_LIMITS
from pywats.reports.making import new_uur, new_uut
from pywats.reports.models import UURReport, UUTReport
from pywats.reports.step_rules import StepRules
from pywats.reports.steps import SequenceCall
from pywats.reports.values import check_part
from pywats.reports.well_formed import is_well_formed
from pywats.sandbox.process.store import SCHEMA, Processes
from pywats.sandbox.report.validation.report import problems_of
from pywats.sandbox.store import Database

STATION = ("ICT-1", "Oslo", "Production")
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
STATUSES = st.sampled_from([None, "P", "F", "S", "E", "T", "D"])

names = st.text(min_size=1, max_size=20)
texts = st.text(max_size=100)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
codes = st.text(alphabet=string.ascii_letters + string.digits + "-_.", min_size=1, max_size=20)
options = st.fixed_dictionaries(
    {},
    optional={
        "group": st.sampled_from("SMC"),
        "step_type": texts.filter(bool),
        "start": st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC)),  # noqa: DTZ001
        "tot_time": st.floats(0, 1e6),
        "error_code": st.integers(-(2**31), 2**31 - 1),
        "error_message": texts,
        "report_text": texts,
        "caused_uut_failure": st.booleans(),
    },
)


@st.composite
def compared(draw: st.DrawFn) -> dict[str, Any]:
    operator = draw(st.sampled_from([None, "LOG", *ONE_LIMIT, *TWO_LIMITS]))
    if operator is None:
        return {"low": draw(st.none() | numbers), "high": draw(st.none() | numbers)}
    limits = {"low": draw(numbers)} if operator in ONE_LIMIT or operator in TWO_LIMITS else {}
    return {**limits, **({"high": draw(numbers)} if operator in TWO_LIMITS else {}), "comp_op": operator}


@st.composite
def compared_text(draw: st.DrawFn) -> dict[str, Any]:
    operator = draw(st.sampled_from([None, *sorted(TEXT_OPERATORS)]))
    limit = draw(texts) if operator not in (None, "LOG") else draw(st.none() | texts) if operator is None else None
    return {"limit": limit, "comp_op": operator}


def fill(draw: st.DrawFn, sequence: SequenceCall, depth: int) -> None:
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(KINDS[: None if depth < 3 else -2]))
        kind(draw, sequence, draw(names), depth)


def number(draw: st.DrawFn, sequence: SequenceCall, name: str, _: int) -> None:
    limits = draw(compared())
    sequence.numeric(name, draw(numbers), draw(st.text(max_size=20)), **limits, status=draw(STATUSES), **draw(options))


def said(draw: st.DrawFn, sequence: SequenceCall, name: str, _: int) -> None:
    sequence.string(name, draw(texts), **draw(compared_text()), status=draw(STATUSES), **draw(options))


def passed(draw: st.DrawFn, sequence: SequenceCall, name: str, _: int) -> None:
    sequence.passed(name, draw(st.booleans()), status=draw(STATUSES), **draw(options))


def several(draw: st.DrawFn, sequence: SequenceCall, name: str, _: int) -> None:
    step = sequence.multi_numeric(name, **draw(options))
    for each in draw(st.lists(names, unique=True, max_size=3)):
        step.add(each, draw(numbers), **draw(compared()))


def flags(draw: st.DrawFn, sequence: SequenceCall, name: str, _: int) -> None:
    step = sequence.multi_passed(name)
    for each in draw(st.lists(names, unique=True, max_size=3)):
        step.add(each, draw(st.booleans()))


def chart(draw: st.DrawFn, sequence: SequenceCall, name: str, _: int) -> None:
    points = draw(st.integers(0, 30))
    curve = st.lists(numbers, min_size=points, max_size=points)
    curves = draw(st.dictionaries(names, curve, min_size=1, max_size=3))
    x = draw(st.none() | curve)
    sequence.chart(name, curves, x=x, max_points=draw(st.none() | st.integers(2, 20)), status=draw(STATUSES))


def other(draw: st.DrawFn, sequence: SequenceCall, name: str, _: int) -> None:
    status = draw(STATUSES)
    if draw(st.booleans()):
        sequence.action(name, status=status, **draw(options))
    elif draw(st.booleans()):
        sequence.call_exe(name, draw(numbers), status=status)
    else:
        sequence.message(name, draw(st.integers(-(2**15), 2**15 - 1)), draw(st.none() | texts), status=status)


def below(draw: st.DrawFn, sequence: SequenceCall, name: str, depth: int) -> None:
    with sequence.sequence(name, **draw(options)) as inner:
        fill(draw, inner, depth + 1)


def loop(draw: st.DrawFn, sequence: SequenceCall, name: str, depth: int) -> None:
    limits = draw(compared())
    with sequence.loop(name) as row:
        for _ in range(draw(st.integers(0, 3))):
            if draw(st.booleans()):
                row.numeric(draw(numbers), **limits)
            else:
                with row.sequence() as inner:
                    fill(draw, inner, depth + 1)


KINDS = (number, said, passed, several, flags, chart, other, below, loop)


@st.composite
def built(draw: st.DrawFn) -> UUTReport:
    report = new_uut(draw(names), draw(codes), draw(texts), draw(codes), 60, STATION, START)
    report.mode = "active"
    fill(draw, report.root, 0)
    for description in draw(st.lists(names, max_size=2)):
        report.add_misc_info(description, draw(texts | numbers))
    for part in draw(st.lists(codes, max_size=2)):
        report.add_sub_unit("PCBA", draw(codes), part)
    data = st.recursive(texts | numbers | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(names, inner))
    report.add_additional_data("data", draw(st.dictionaries(names, data, max_size=3)))
    return report


@st.composite
def repaired(draw: st.DrawFn) -> UURReport:
    report = new_uur(
        draw(built()) if draw(st.booleans()) else draw(codes),
        (None, 60),
        operator=draw(names),
        part_number=None,
        serial_number=draw(codes),
        revision="A",
        repair_code=500,
        station=STATION,
        comment=draw(texts),
    )
    for part in draw(st.lists(codes, max_size=2)):
        report.add_sub_unit("PCBA", draw(codes), part)
    for unit in report.sub_units:
        report.add_failure("Solder", "Short Circuit", idx=unit.idx or 0, comment=draw(texts))
    return report


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    database = Database(":memory:", [SCHEMA])
    yield Processes(database)
    database.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(built() | repaired())
def test_what_was_built_is_taken_and_comes_back(processes: Processes, report: UUTReport | UURReport):
    assert [problem for problem in validate(report) if not problem.warning] == []
    written = report.to_json()
    back = read_report(written)
    assert back == report
    assert json.loads(back.to_json()) == json.loads(written)
    assert for_posting(back) is back
    assert problems_of(back.wire, processes) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(built() | repaired(), st.data())
def test_the_quick_look_passes_nothing_that_the_thorough_one_does_not(
    report: UUTReport | UURReport, data: st.DataObject
):
    """One member anywhere is changed or taken out."""
    place: Any = report.wire
    while True:
        inner = [
            each
            for each in (place.values() if isinstance(place, dict) else place)
            if each and type(each) in (dict, list)
        ]
        if not inner or data.draw(st.integers(0, 3)) == 0:
            break
        place = data.draw(st.sampled_from(inner))
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    odd = st.none() | st.booleans() | numbers | texts | st.just("x" * 6000) | st.just({}) | st.just([None])
    place[data.draw(st.sampled_from(keys))] = data.draw(odd)
    if is_well_formed(report):
        assert list(check_part(type(report), report.wire, "report")) == []
        if isinstance(report, UUTReport) and (root := report.wire["root"]) is not None:
            assert list(StepRules().check(root)) == list(StepRules(well_formed=True).check(root))
