"""What a report that came from the server needs before it can be sent."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from pywats.reports.evaluation import CompOp
from pywats.reports.member import Json
from pywats.reports.models import UURReport, UUTReport
from pywats.reports.values import is_object, objects

OUTPUT: Final = ("origin", "assetStats", "productName")
"""Members that only the server writes."""
OUTPUT_OF_TEST: Final = ("refUURs", "stepIdCausedUUTFailure")
_COMPARED: Final = ("numericMeas", "stringMeas")
_OPERATORS: Final = frozenset(CompOp.__members__)
Change = Callable[[], object]


def for_posting(report: UUTReport | UURReport) -> UUTReport | UURReport:
    """The report as the server takes it: itself, or a corrected copy.

    An export counts the iterations of a loop in ``endingIndex``, where the server wants the highest index; it has
    members that only the server writes, and old ones have operators in mixed case. Nothing else is touched.
    """
    if next(_changes(report), None) is None:
        return report
    copy = type(report).over(report.to_wire())
    for change in list(_changes(copy)):
        change()
    return copy


def _changes(report: UUTReport | UURReport) -> Iterator[Change]:
    """What is to be done."""
    wire = report.wire
    yield from (_without(wire, key) for key in OUTPUT if wire.get(key) not in (None, []))
    info = wire.get("uut")
    if is_object(info):
        yield from (_without(info, key) for key in OUTPUT_OF_TEST if info.get(key) not in (None, []))
    root = wire.get("root")
    waiting: list[Json] = [root] if is_object(root) else []
    while waiting:
        step = waiting.pop()
        if is_object(loop := step.get("loop")):
            yield from _changes_of_loop(loop)
        for key in _COMPARED:
            if key in step:
                yield from _changes_of_measurements(step, key)
        if "steps" in step:
            waiting += [child for _, child in objects(step, "steps")]


def _changes_of_loop(loop: Json) -> Iterator[Change]:
    count: Any = loop.get("num")
    if count and loop.get("idx") is None and loop.get("endingIndex") == count:
        yield _with(loop, "endingIndex", count - 1)


def _changes_of_measurements(step: Json, key: str) -> Iterator[Change]:
    for _, measure in objects(step, key):
        said = measure.get("compOp")
        if isinstance(said, str) and said not in _OPERATORS and CompOp(said).name in _OPERATORS:
            yield _with(measure, "compOp", CompOp(said).value)


def _without(wire: Json, key: str) -> Change:
    return lambda: wire.pop(key)


def _with(wire: Json, key: str, value: object) -> Change:
    return lambda: wire.__setitem__(key, value)
