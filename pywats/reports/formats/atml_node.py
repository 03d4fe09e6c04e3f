"""An element of ATML that has an outcome, and what TestStand adds to it."""

from typing import Final

from pywats.reports.formats.safe_xml import Element, local, text_of
from pywats.reports.formats.teststand_loops import Told

__all__ = ["LETTERS", "PROPERTIES", "STEPS", "Node"]

STEPS: Final = frozenset(("TestGroup", "Test", "SessionAction"))
"""Elements that are steps."""
PROPERTIES: Final = frozenset(
    (
        *("StepType", "StepGroup", "TotalTime", "ModuleTime", "ReportText", "BlockLevel", "Index"),
        *("LoopingProperties", "LoopIndex", "NumLoops", "NumPassed", "NumFailed", "EndingLoopIndex"),
        "StepCausedSequenceFailure",
    )
)
"""What TestStand says of a step that a report has fields for, or that it says of its own working."""
LETTERS: Final = {
    "passed": "P",
    "failed": "F",
    "done": "D",
    "notstarted": "S",
    "skipped": "S",
    "error": "E",
    "aborted": "T",
    "terminated": "T",
    "inconclusive": "E",
}
"""Outcomes, and the statuses that they are."""
_NO_LOOP: Final = Told("")


class Node:
    """An element with an outcome: its parts by their names, and what TestStand says of it.

    Attributes:
        element: it.
        kind: its name.
        parts: the elements in it that are no steps, by their names.
        steps: those that are.
        properties: those that TestStand adds, by their names.
        foreign: whether another tool adds some.
        outcome: how it ended, if it says so.
    """

    __slots__ = ("element", "foreign", "kind", "outcome", "parts", "properties", "steps")

    def __init__(self, element: Element, kind: str = "") -> None:
        self.element = element
        self.kind = kind
        self.parts: dict[str, list[Element]] = {}
        self.steps: list[tuple[Element, str]] = []
        for child in element:
            name = local(child)
            if name in STEPS:
                self.steps.append((child, name))
            else:
                self.parts.setdefault(name, []).append(child)
        self.outcome = self.first("Outcome", "ActionOutcome")
        self.properties: dict[str, Element] = {}
        self.foreign = False
        for extension in self.parts.get("Extension", ()):
            for inside in extension:
                if local(inside) == "TSStepProperties":
                    self._take(inside)
                else:
                    self.foreign = True

    def _take(self, properties: Element) -> None:
        for each in properties:
            name = local(each)
            if name == "LoopingProperties":
                self._take(each)
            self.properties.setdefault(name, each)

    def first(self, *names: str) -> Element | None:
        """The first part with one of these names."""
        return next((self.parts[name][0] for name in names if name in self.parts), None)

    def said(self, name: str) -> str:
        """What TestStand says under a name; nothing if it does not."""
        found = self.properties.get(name)
        return "" if found is None else (found.get("value") or text_of(found)).strip()

    @property
    def qualifier(self) -> str:
        """What its outcome says in words that reports have no letter for."""
        if self.outcome is None:
            return ""
        value, qualifier = (self.outcome.get(name) or "" for name in ("value", "qualifier"))
        if value.lower() == "inconclusive":
            return f"{value} {qualifier}".strip()
        known = not qualifier or qualifier.replace(" ", "").lower() in LETTERS
        return "" if known else f"{value}: {qualifier}"

    @property
    def loop(self) -> Told:
        """What it says of the loop that it is of."""
        if self.properties.keys().isdisjoint(("LoopIndex", "NumLoops")):
            return _NO_LOOP
        key = f"{self.element.get('testReferenceID') or self.said('Index')} "
        key += self.element.get("callerName") or self.element.get("name") or ""
        return Told(key, *map(self.said, ("LoopIndex", "NumLoops", "NumPassed", "NumFailed")))
