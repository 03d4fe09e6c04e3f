"""The server's rules for the steps of a test report."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pywats.reports.chart import MOST_POINTS, MOST_SERIES
from pywats.reports.evaluation import ONE_LIMIT, TEXT_OPERATORS, TWO_LIMITS, CompOp
from pywats.reports.member import Json
from pywats.reports.problem import Problem
from pywats.reports.step import MEASURING, kind_of
from pywats.reports.values import check_part, is_list, is_object, objects

DEEPEST = 100
"""Sequences in each other; deeper documents are no JSON that every reader takes."""
_LOOP = ("idx", "num", "endingIndex", "passed", "failed")
_STATUSES = ("P", "F", "S", None)
_OPERATORS = frozenset(operator.value for operator in CompOp)
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
        self._problems: list[Problem] = []

    def check(self, root: Json) -> list[Problem]:
        """What is wrong with a root and with all the steps below it."""
        problems = self._problems
        if not is_object(root.get("seqCall")):
            problems.append(Problem("root", "called is missing: the root is a sequence; SequenceCallInfo() will do"))
        waiting: list[tuple[str, Json, int]] = [("root", root, 1)]
        while waiting:
            place, step, depth = waiting.pop()
            self._step(place, step)
            if not step.get("steps") or step.get("status") == "S":
                continue
            if depth >= DEEPEST:
                problems.append(Problem(place, f"sequences stand more than {DEEPEST} deep in each other"))
                continue
            waiting += [(name, child, depth + 1) for name, child in reversed(self._children(place, step))]
        if self._ids and self._without_id:
            said = "id is missing, and other steps have one; give it to all steps or to none"
            problems.append(Problem(self._without_id, said))
        return problems

    def _step(self, place: str, step: Json) -> None:
        problems = self._problems
        if not self._well_formed:
            problems += check_part(kind_of(step), step, place)
        number = step.get("id")
        if number is None:
            self._without_id = self._without_id or place
        elif number in self._ids:
            problems.append(Problem(place, f"id {number} is that of {self._ids[number]}, too"))
        else:
            self._ids[number] = place
        if step.get("status") == "S":  # what a skipped step holds is ignored
            return
        measured = [key for key in MEASURING if step.get(key)]
        if len(measured) > 1:
            problems.append(Problem(place, f"it has measurements of {len(measured)} kinds; a step has one kind"))
        for key in measured:
            problems += _measurements(place, key, step)
        chart = step.get("chart")
        if is_object(chart):
            if step.get("attachment") is not None:
                problems.append(Problem(place, "it has a chart and a file; a step has one of them"))
            problems += _chart(place, chart)

    def _children(self, place: str, step: Json) -> list[tuple[str, Json]]:
        """The steps below one, each with its place."""
        problems = self._problems
        steps: Any = step["steps"]
        if not is_list(steps):
            problems.append(Problem(place, f"steps is {steps!r}; a list is needed"))
            return []
        if not is_object(step.get("seqCall")):
            problems.append(Problem(place, "it has steps, but is no sequence: called is missing"))
        siblings, below = _Siblings(place), list[tuple[str, Json]]()
        for index, child in enumerate(steps):
            if is_object(child):
                below.append((siblings.place_of(child), child))
            else:
                problems.append(Problem(f"{place} / steps[{index}]", f"it is {child!r}; an object is needed"))
        problems += siblings.problems
        for row in siblings.rows:
            problems += _row(row)
        return below


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
        if loop is None or not is_object(loop) or all(loop.get(key) is None for key in _LOOP):
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


def _measurements(place: str, key: str, step: Json) -> list[Problem]:
    problems: list[Problem] = []
    items: Any = step[key]
    measured = [each for each in items if is_object(each)] if is_list(items) else []
    single = len(measured) == 1
    compared = _COMPARED.get(key)
    for index, each in enumerate(measured):
        status = each.get("status")
        wrong = None if compared is None else compared(each)
        if wrong is None and status in _STATUSES:
            continue
        at = place if single else f"{place}[{each.get('name') or index}]"
        if wrong is not None:
            problems.append(Problem(at, *wrong))
        if status not in _STATUSES:
            problems.append(Problem(at, f"status of the measurement is {status}; it can only be P, F or S"))
    if not single:
        problems += _several(place, measured, step)
    elif (said := _one(key, measured[0].get("status"), step.get("status"))) is not None:
        problems.append(Problem(place, said))
    return problems


def _one(key: str, measured: Any, status: Any) -> str | None:
    """One measurement has the status of its step; exports hold done and failed steps with a measurement that passed."""
    if measured == status or (measured == "P" and (status == "D" or (status == "F" and key == "booleanMeas"))):
        return None
    advice = "" if status in ("P", "F", "S") else "; a step that ended otherwise has none: tell it in report_text"
    return f"status is {status}, and that of its measurement {measured}{advice}"


def _several(place: str, measured: list[Json], step: Json) -> Iterator[Problem]:
    names = [each.get("name") for each in measured]
    if not all(names):
        yield Problem(place, "a measurement has no name; each of several needs one")
    elif len(set(names)) < len(names):
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        yield Problem(place, f"several measurements are called {', '.join(twice)}; each needs a name of its own")
    status = step.get("status")
    if any(each.get("status") == "F" for each in measured) != (status == "F"):
        yield Problem(place, f"status is {status}; it is F if, and only if, a measurement is F")


Wrong = tuple[str, bool] | None
"""What is wrong with a measurement, and whether the server takes it nevertheless."""


def _numeric(measure: Json) -> Wrong:
    said = measure.get("compOp")
    if not isinstance(said, str):
        return None
    operator = _operator(said)
    low, high = measure.get("lowLimit"), measure.get("highLimit")
    wrong: Wrong = None
    if operator in TWO_LIMITS:
        if low is None or high is None:
            wrong = (f"comp_op is {operator}, which compares with low_limit and high_limit", False)
        elif isinstance(low, int | float) and isinstance(high, int | float) and low > high and operator not in _OUTSIDE:
            wrong = (f"low_limit {low} is above high_limit {high}; nothing can pass", True)
    elif operator in ONE_LIMIT:
        if low is None or high is not None:
            wrong = (f"comp_op is {operator}, which compares with low_limit alone", False)
    elif operator != "LOG":
        wrong = (f"comp_op is {said}, which does not compare numbers", False)
    elif low is not None or high is not None:
        wrong = ("comp_op is LOG, which compares with nothing, and there is a limit", False)
    return wrong


def _string(measure: Json) -> Wrong:
    said = measure.get("compOp")
    if not isinstance(said, str):
        return None
    operator = _operator(said)
    if operator not in TEXT_OPERATORS:
        return f"comp_op is {said}, which does not compare texts", False
    if (operator == "LOG") != (measure.get("limit") is None):
        return f"comp_op is {operator}, and there is {'a' if operator == 'LOG' else 'no'} limit", False
    return None


_COMPARED: Final[dict[str, Callable[[Json], Wrong]]] = {"numericMeas": _numeric, "stringMeas": _string}


def _operator(said: str) -> str:
    """The operator that a text means; nearly always that is the text itself."""
    return said if said in _OPERATORS else CompOp(said).value


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
