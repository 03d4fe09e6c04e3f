"""The server's rules for the steps of a test report."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pywats.reports.chart import MOST_POINTS, MOST_SERIES
from pywats.reports.evaluation import ONE_LIMIT, TEXT_OPERATORS, TWO_LIMITS, CompOp
from pywats.reports.member import Json
from pywats.reports.problem import Problem
from pywats.reports.step import MEASURING, kind_of
from pywats.reports.values import check_part, is_list, is_object, objects

DEEPEST = 100
"""Sequences in each other; deeper documents are no JSON that every reader takes."""
_LOOP = ("idx", "num", "endingIndex", "passed", "failed")
_OUTSIDE = frozenset(name for name, (_, _, inside) in TWO_LIMITS.items() if not inside)


@dataclass(slots=True)
class _Row:
    """A loop: its summary and the iterations that follow."""

    place: str
    summary: Json
    iterations: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])


class StepRules:
    """Looks at the tree of steps below one root; their members need no look where they are known to be well formed."""

    def __init__(self, *, well_formed: bool = False) -> None:
        self._well_formed = well_formed
        self._ids: dict[Any, str] = {}
        self._without_id = ""

    def check(self, root: Json) -> Iterator[Problem]:
        """What is wrong with a root and with all the steps below it."""
        if not is_object(root.get("seqCall")):
            yield Problem("root", "called is missing: the root is a sequence; SequenceCallInfo() will do")
        waiting: list[tuple[str, Json, int]] = [("root", root, 1)]
        while waiting:
            place, step, depth = waiting.pop()
            yield from self._step(place, step)
            if step.get("status") == "S" or not step.get("steps"):
                continue
            if depth >= DEEPEST:
                yield Problem(place, f"sequences stand more than {DEEPEST} deep in each other")
                continue
            below: list[tuple[str, Json]] = []
            yield from self._children(place, step, below)
            waiting += [(name, child, depth + 1) for name, child in reversed(below)]
        if self._ids and self._without_id:
            yield Problem(self._without_id, "id is missing, and other steps have one; give it to all steps or to none")

    def _step(self, place: str, step: Json) -> Iterator[Problem]:
        if not self._well_formed:
            yield from check_part(kind_of(step), step, place)
        number = step.get("id")
        if number is None:
            self._without_id = self._without_id or place
        elif number in self._ids:
            yield Problem(place, f"id {number} is that of {self._ids[number]}, too")
        else:
            self._ids[number] = place
        if step.get("status") == "S":  # what a skipped step holds is ignored
            return
        measured = [key for key in MEASURING if step.get(key)]
        if len(measured) > 1:
            yield Problem(place, f"it has measurements of {len(measured)} kinds; a step has one kind")
        for key in measured:
            yield from _measurements(place, key, step)
        chart = step.get("chart")
        if is_object(chart):
            if step.get("attachment") is not None:
                yield Problem(place, "it has a chart and a file; a step has one of them")
            yield from _chart(place, chart)

    def _children(self, place: str, step: Json, below: list[tuple[str, Json]]) -> Iterator[Problem]:
        steps: Any = step["steps"]
        if not is_list(steps):
            yield Problem(place, f"steps is {steps!r}; a list is needed")
            return
        if not is_object(step.get("seqCall")):
            yield Problem(place, "it has steps, but is no sequence: called is missing")
        siblings = _Siblings(place)
        for index, child in enumerate(steps):
            if is_object(child):
                below.append((siblings.place_of(child), child))
            else:
                yield Problem(f"{place} / steps[{index}]", f"it is {child!r}; an object is needed")
        yield from siblings.problems
        for row in siblings.rows:
            yield from _row(row)


class _Siblings:
    """The steps of one sequence: which of them are loops, and what each is called."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._names: dict[str, int] = {}
        self._open: dict[str, _Row] = {}
        self.rows: list[_Row] = []
        self.problems: list[Problem] = []

    def place_of(self, step: Json) -> str:
        """Where a step is; the steps of a sequence are asked for in their order."""
        name = str(step.get("name"))
        place = f"{self._place} / {name}"
        loop = step.get("loop")
        if not is_object(loop) or all(loop.get(key) is None for key in _LOOP):
            count = self._names[name] = self._names.get(name, 0) + 1
            place = place if count == 1 else f"{place}[{count - 1}]"
            if count == 2:  # noqa: PLR2004 - once for all that follow
                self.problems.append(Problem(place, "a step before it has the same name: analyses mix them", True))
        elif loop.get("idx") is None:
            self._open[name] = _Row(place, step)
            self.rows.append(self._open[name])
        else:
            place = f"{place}[{loop['idx']}]"
            if name in self._open:
                self._open[name].iterations.append((place, step))
            else:
                self.problems.append(Problem(place, "it is an iteration, and no summary of its name stands before it"))
        return place


def _measurements(place: str, key: str, step: Json) -> Iterator[Problem]:
    measured = [each for _, each in objects(step, key)]
    single = len(measured) == 1
    names = [each.get("name") for each in measured]
    for index, each in enumerate(measured):
        at = place if single else f"{place}[{each.get('name') or index}]"
        if key == "numericMeas":
            yield from _numeric(at, each)
        elif key == "stringMeas":
            yield from _string(at, each)
        if each.get("status") not in ("P", "F", "S", None):
            yield Problem(at, f"status of the measurement is {each['status']}; it can only be P, F or S")
    status = step.get("status")
    if single:
        yield from _one(place, key, measured[0].get("status"), status)
        return
    if not all(names):
        yield Problem(place, "a measurement has no name; each of several needs one")
    elif len(set(names)) < len(names):
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        yield Problem(place, f"several measurements are called {', '.join(twice)}; each needs a name of its own")
    if any(each.get("status") == "F" for each in measured) != (status == "F"):
        yield Problem(place, f"status is {status}; it is F if, and only if, a measurement is F")


def _one(place: str, key: str, measured: Any, status: Any) -> Iterator[Problem]:
    """One measurement has the status of its step; exports hold done and failed steps with a measurement that passed."""
    let_through = measured == "P" and (status == "D" or (status == "F" and key == "booleanMeas"))
    if measured != status and not let_through:
        advice = "" if status in ("P", "F", "S") else "; a step that ended otherwise has none: tell it in report_text"
        yield Problem(place, f"status is {status}, and that of its measurement {measured}{advice}")


def _numeric(place: str, measure: Json) -> Iterator[Problem]:
    said = measure.get("compOp")
    if not isinstance(said, str):
        return
    operator = CompOp(said).value
    low, high = measure.get("lowLimit"), measure.get("highLimit")
    if operator == "LOG":
        if low is not None or high is not None:
            yield Problem(place, "comp_op is LOG, which compares with nothing, and there is a limit")
    elif operator in ONE_LIMIT:
        if low is None or high is not None:
            yield Problem(place, f"comp_op is {operator}, which compares with low_limit alone")
    elif operator in TWO_LIMITS:
        if low is None or high is None:
            yield Problem(place, f"comp_op is {operator}, which compares with low_limit and high_limit")
        elif isinstance(low, int | float) and isinstance(high, int | float) and low > high and operator not in _OUTSIDE:
            yield Problem(place, f"low_limit {low} is above high_limit {high}; nothing can pass", True)
    else:
        yield Problem(place, f"comp_op is {said}, which does not compare numbers")


def _string(place: str, measure: Json) -> Iterator[Problem]:
    said = measure.get("compOp")
    if not isinstance(said, str):
        return
    operator = CompOp(said).value
    if operator not in TEXT_OPERATORS:
        yield Problem(place, f"comp_op is {said}, which does not compare texts")
    elif (operator == "LOG") != (measure.get("limit") is None):
        yield Problem(place, f"comp_op is {operator}, and there is {'a' if operator == 'LOG' else 'no'} limit")


def _chart(place: str, chart: Json) -> Iterator[Problem]:
    series = [each for _, each in objects(chart, "series")]
    if len(series) > MOST_SERIES:
        yield Problem(place, f"the chart has {len(series)} series; {MOST_SERIES} are the most")
    for each in series:
        at = f"{place} / series {each.get('name')}"
        if each.get("dataType") not in ("XYG", None):
            yield Problem(at, f"data_type is {each['dataType']!r}; it must be XYG")
        counts: dict[str, int] = {}
        for key in ("xdata", "ydata"):
            joined = each.get(key)
            if not isinstance(joined, str):
                continue
            numbers = joined.split(";") if joined else []
            counts[key] = len(numbers)
            try:
                list(map(float, numbers))
            except ValueError:
                yield Problem(at, f"{key} must be numbers with a decimal point, joined with ;")
        if max(counts.values(), default=0) > MOST_POINTS:
            yield Problem(at, f"it has {max(counts.values())} points; {MOST_POINTS} are the most: chart(max_points=)")
        if len(set(counts.values())) > 1:
            yield Problem(at, f"it has {counts['xdata']} x and {counts['ydata']} y")


def _row(row: _Row) -> Iterator[Problem]:
    loop = row.summary["loop"]
    indexes = [each["loop"]["idx"] for _, each in row.iterations]
    if len(set(indexes)) < len(indexes):
        yield Problem(row.place, "two iterations have the same index")
    numbers = [index for index in indexes if isinstance(index, int)]
    ending, count = loop.get("endingIndex"), loop.get("num")
    if numbers and ending != max(numbers):
        yield Problem(row.place, f"ending_index is {ending}; it must be that of the last iteration, {max(numbers)}")
    elif not isinstance(ending, int) or count != ending + 1:
        yield Problem(row.place, f"count is {count}; it must be one more than ending_index, which is {ending}")
    wanted = _limits(row.summary)
    for place, step in row.iterations:
        for ours, theirs in zip(_limits(step), wanted, strict=False):
            if ours != theirs:
                yield Problem(place, f"its limits {ours} are not those of the summary, {theirs}")


def _limits(step: Json) -> list[tuple[Any, Any]]:
    measured = [each for _, each in objects(step, "numericMeas")]
    return [(each.get("lowLimit"), each.get("highLimit")) for each in measured]
