"""The server's rules for the steps of a test report: shapes, statuses, limits and loops."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pywats.sandbox.fields import is_array, is_object
from pywats.sandbox.report.validation.data import CHART, CHART_NEEDED, additional_data, chart
from pywats.sandbox.report.validation.fields import (
    BINARY,
    BINARY_NEEDED,
    Check,
    Problems,
    an_object,
    date_time,
    flag,
    number,
    text,
    whole,
    words,
)
from pywats.sandbox.report.validation.measures import MEASURES, check_measures

MAX_DEPTH = 100
"""Sequences stand at most so deep in each other; deeper documents cannot be written as JSON again."""

_STEP: Mapping[str, Check] = {
    "id": whole(),
    "group": words("S", "M", "C"),
    "name": text(100, empty=False),
    "status": words("P", "F", "S", "E", "T", "D"),
    "stepType": text(),
    "start": date_time,
    "totTime": number,
    "errorCode": whole(),
    "errorMessage": text(200),
    "reportText": text(100_000),
    "tsGuid": text(30),
    "interactiveExeNum": whole(),
    "causedSeqFailure": flag,
    "causedUUTFailure": flag,
    "loop": an_object,
    "seqCall": an_object,
    "callExe": an_object,
    "messagePopup": an_object,
    "chart": an_object,
    "attachment": an_object,
}
_STEP_NEEDED = ("group", "name", "status", "stepType")
_LOOP: Mapping[str, Check] = dict.fromkeys(("idx", "num", "endingIndex", "passed", "failed"), whole())
_PARTS: Mapping[str, tuple[Mapping[str, Check], tuple[str, ...]]] = {
    "seqCall": ({"path": text(500), "name": text(200), "version": text(30)}, ()),
    "callExe": ({"exitCode": number}, ("exitCode",)),
    "messagePopup": ({"button": whole(16), "response": text(100)}, ("button",)),
    "attachment": (BINARY, BINARY_NEEDED),
    "chart": (CHART, CHART_NEEDED),
}
"""The objects a step may have, each with its members and those that it must have."""
_SPECIAL = frozenset((*MEASURES, *_PARTS, "additionalResults"))


@dataclass(slots=True)
class _Loop:
    """A summary and the iterations that follow it."""

    step: dict[str, Any]
    path: str
    iterations: list[tuple[Any, dict[str, Any], str]] = field(default_factory=list[tuple[Any, dict[str, Any], str]])


class Steps:
    """Checks the tree of steps below one root."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._ids: dict[int, str] = {}
        self._without_id = ""

    def check(self, root: dict[str, Any]) -> None:
        """Check a root step and all below it."""
        if not is_object(root.get("seqCall")):
            self._problems.add("root", "seqCall is required.")
        waiting = [(root, "root", 1)]
        while waiting:
            step, path, depth = waiting.pop()
            children = self._step(step, path)
            if children and depth >= MAX_DEPTH:
                self._problems.add(path, f"steps are nested more than {MAX_DEPTH} deep.")
            else:
                waiting += [(child, child_path, depth + 1) for child, child_path in reversed(children)]
        if self._ids and self._without_id:
            self._problems.add(self._without_id, "id is required, as other steps have one.")

    def _step(self, step: dict[str, Any], path: str) -> list[tuple[dict[str, Any], str]]:
        """Check one step; return its children with their paths."""
        self._problems.check(path, step, _STEP, _STEP_NEEDED)
        self._id(step.get("id"), path)
        if step.get("status") == "S":  # what a skipped step holds is ignored
            return []
        special = [name for name in step if name in _SPECIAL and step[name] is not None and step[name] != []]
        if special:
            self._special(step, path, special)
        return self._children(step, path)

    def _id(self, value: Any, path: str) -> None:
        if not isinstance(value, int):
            self._without_id = self._without_id or path
        elif value in self._ids:
            self._problems.add(path, f"id {value} is required to be unique; {self._ids[value]} has it too.")
        else:
            self._ids[value] = path

    def _special(self, step: dict[str, Any], path: str, names: list[str]) -> None:
        """Check those members of a step that have rules of their own."""
        problems = self._problems
        kinds = [name for name in names if name in MEASURES]
        if len(kinds) > 1:
            problems.add(path, f"only one kind of measurement is allowed, not {' and '.join(kinds)}.")
        for name in names:
            part, place = step[name], f"{path} -> {name}"
            if name in MEASURES:
                check_measures(problems, place, name, step)
            elif name == "additionalResults":
                additional_data(problems, place, part)
            elif is_object(part):
                problems.check(place, part, *_PARTS[name])
                if name == "chart":
                    chart(problems, place, part)
        if is_object(step.get("chart")) and is_object(step.get("attachment")):
            problems.add(path, "only one of chart and attachment is allowed.")

    def _children(self, step: dict[str, Any], path: str) -> list[tuple[dict[str, Any], str]]:
        children = step.get("steps")
        if children is None:
            return []
        if not is_array(children):
            self._problems.add(path, "steps is required to be an array.")
            return []
        if children and not is_object(step.get("seqCall")):
            self._problems.add(path, "steps are only allowed in a sequence, which has a seqCall.")
        found: list[tuple[dict[str, Any], str]] = []
        loops: dict[str, _Loop] = {}
        for index, child in enumerate(children):
            if not is_object(child):
                self._problems.add(f"{path} -> Index {index}", "is required to be an object.")
                continue
            found.append((child, self._place(child, path, loops)))
        for loop in loops.values():
            self._loop(loop)
        return found

    def _place(self, child: dict[str, Any], path: str, loops: dict[str, _Loop]) -> str:
        """Return the path of a child, and note what it is in a loop of its name."""
        name, loop = str(child.get("name")), child.get("loop")
        if not loop or not is_object(loop) or all(loop.get(member) is None for member in _LOOP):
            return f"{path} -> step {name}"
        self._problems.check(f"{path} -> step {name} -> loop", loop, _LOOP)
        index = loop.get("idx")
        if index is None:
            place = f"{path} -> loop {name}"
            if name in loops:
                self._loop(loops[name])
            loops[name] = _Loop(child, place)
            return place
        if name not in loops:
            place = f"{path} -> loop {name} -> Index {index}"
            self._problems.add(place, "idx is only allowed behind a Summary step of the same name.")
            return place
        place = f"{loops[name].path} -> Index {index}"
        loops[name].iterations.append((index, child, place))
        return place

    def _loop(self, loop: _Loop) -> None:
        summary = loop.step["loop"]
        num, ending = summary.get("num"), summary.get("endingIndex")
        indexes = [index for index, _, _ in loop.iterations if isinstance(index, int)]
        if len(set(indexes)) < len(indexes):
            self._problems.add(loop.path, "idx is required to be unique.")
        if indexes and ending != max(indexes):
            self._problems.add(loop.path, "endingIndex is required to be the same as highest index.")
        elif not isinstance(num, int) or not isinstance(ending, int) or num != ending + 1:
            self._problems.add(loop.path, "num is required to be one more than endingIndex.")
        wanted = _limits(loop.step)
        for _, step, path in loop.iterations:
            given = _limits(step)
            if any(ours != theirs for ours, theirs in zip(given, wanted, strict=False)):
                self._problems.add(f"{path} -> numericMeas", "limit is required to match Summary step.")


def _limits(step: dict[str, Any]) -> list[tuple[Any, Any]]:
    measures = step.get("numericMeas")
    if not is_array(measures):
        return []
    return [(each.get("lowLimit"), each.get("highLimit")) for each in measures if is_object(each)]
