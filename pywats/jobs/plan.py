"""From a job file to calls: what can be checked without a server is checked before the first request."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic.errors import PydanticUserError
from pydantic_core import to_json

from pywats.config import Loaded, document
from pywats.config.document import Node, Scalar
from pywats.config.problems import InvalidFileError, Keys, Problem, failure, nearest
from pywats.config.validation import find, plain, validated
from pywats.jobs import calls, names, templates
from pywats.jobs.calls import Target
from pywats.jobs.schema import Into, JobFile, Step

Job = Loaded[JobFile]


@dataclass(frozen=True)
class PlannedStep:
    """One call, ready to be made.

    Attributes:
        step: the step of the file.
        keys: its path in the file.
        target: the method.
        arguments: its arguments, of the types that the method wants.
        into: where the rows go.
        deferred: the arguments that wait for results of earlier steps.
        into_deferred: whether ``into`` waits for them, too.
        shown: arguments and outputs as text for people; secrets are masked.
    """

    step: Step
    keys: Keys
    target: Target
    arguments: Mapping[str, Any] = field(repr=False)
    into: Into | None
    deferred: frozenset[str]
    into_deferred: bool
    shown: tuple[str, ...]

    def __str__(self) -> str:
        """Say what would be called, an argument or output a line."""
        return "\n".join([f"{self.step.id}: {self.step.call}", *(f"  {line}" for line in self.shown)])


@dataclass(frozen=True)
class Plan:
    """All calls of a job.

    Attributes:
        job: the file.
        steps: the calls in their order.
        context: the names that templates see before the first step.
        wanted: the steps whose results later templates refer to.
    """

    job: Job
    steps: tuple[PlannedStep, ...]
    context: Mapping[str, Any] = field(repr=False)
    wanted: frozenset[str]

    def __str__(self) -> str:
        """Say what would be called, step by step."""
        return "\n".join(map(str, self.steps))

    def settle(self, planned: PlannedStep, results: Mapping[str, Any]) -> tuple[dict[str, Any], Into | None]:
        """Return the arguments and outputs of a step, given what the earlier steps did.

        Raises:
            ConfigurationError: a template failed, or gave what the method does not take.
        """
        planner = _Planner(self.job, {**self.context, "steps": results})
        late = {name: planner.argument(planned.target, name, planned.keys) for name in sorted(planned.deferred)}
        into = planner.into(planned.keys) if planned.into_deferred else planned.into
        if planner.problems:
            raise failure(planner.problems)
        return {**planned.arguments, **late}, into


def prepare(job: Job, api: object, *, started: datetime | None = None) -> Plan:
    """Return the calls of a job, checked as far as that is possible without a server.

    Args:
        job: the file.
        api: the client whose methods are called; nothing is sent.
        started: the time of the run, for ``run.date`` and its like; now, if not given.

    Raises:
        ConfigurationError: all that is wrong, as lines ``FILE:LINE:COL: key: what is wrong``.
    """
    run = names.of_run(job.value.name, started or datetime.now().astimezone())
    planner = _Planner(job, {"vars": job.value.vars, "run": run})
    planner.check_vars()
    steps = [planner.step(index, step, api) for index, step in enumerate(job.value.steps)]
    planned = tuple(step for step in steps if step is not None)
    planner.check_outputs(planned)
    if planner.problems:
        raise failure(planner.problems)
    return Plan(job, planned, planner.context, frozenset(planner.wanted))


class _Planner:
    """Plans steps one after the other, and collects what is wrong with them."""

    def __init__(self, job: Job, context: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self.wanted: set[str] = set()
        self.context = context
        self._job = job
        self._targets: dict[str, Target | None] = {}

    def check_vars(self) -> None:
        """Values of ``vars`` are taken as they are, so a template among them is a mistake."""
        for node, keys in templates.templates(self._node(("vars",)), ("vars",)):
            if not node.sources:
                self._say(keys, "templates are not rendered here; write it where the value is used")

    def step(self, index: int, step: Step, api: object) -> PlannedStep | None:
        """Return a step planned; ``None`` if there is no such method."""
        keys: Keys = ("steps", index)
        if step.id in self._targets:
            self._say((*keys, "id"), f"an earlier step is called {step.id}, too")
        target = self._target(step, keys, api)
        arguments: dict[str, Any] = {}
        deferred: set[str] = set()
        for name in step.arguments:
            waits = self._waits((*keys, "with", name))
            if target and name not in target.parameters and not target.open:
                self._unknown_argument(target, (*keys, "with", name))
            elif waits:
                deferred.add(name)
            elif target and waits is not None:
                arguments[name] = self.argument(target, name, keys)
        for name in target.required if target else ():
            if name not in step.arguments:
                self._say((*keys, "with", name), f"is missing; {step.call} needs it")
        into_waits = self._waits((*keys, "into"))
        into = self.into(keys) if step.into and into_waits is False else None
        self._targets.setdefault(step.id, target)
        if target is None:
            return None
        shown = tuple(self._shown(keys))
        return PlannedStep(step, keys, target, arguments, into, frozenset(deferred), bool(into_waits), shown)

    def argument(self, target: Target, name: str, keys: Keys) -> Any:
        """Return an argument of a step as the method wants it, or ``None`` with a problem."""
        path = (*keys, "with", name)
        try:
            return self._validated(target.types.get(name, Any), path)
        except PydanticUserError:
            self._say(path, f"{target.name} takes something here that a file cannot hold")
            return None

    def into(self, keys: Keys) -> Into | None:
        """Return the outputs of a step with their templates rendered, or ``None`` with a problem."""
        into: Into | None = self._validated(Into, (*keys, "into"))
        return into

    def check_outputs(self, steps: tuple[PlannedStep, ...]) -> None:
        """Two outputs into one file would lose one of them, and a folder is no file."""
        seen: dict[str, str] = {}
        for planned in steps:
            for name, path in _files(planned.into):
                real = os.path.realpath(path)
                keys = (*planned.keys, "into", name)
                if real in seen:
                    self._say(keys, f"{path} is written by step {seen[real]} already")
                elif Path(real).is_dir():
                    self._say(keys, f"{path} is a folder; name a file in it")
                seen.setdefault(real, planned.step.id)

    def _target(self, step: Step, keys: Keys, api: object) -> Target | None:
        try:
            return calls.find(api, step.call)
        except calls.UnknownCallError as error:
            self._say((*keys, "call"), str(error))
            return None

    def _unknown_argument(self, target: Target, keys: Keys) -> None:
        name, parent = str(keys[-1]), self._node(keys[:-1])
        place = parent.key_places[name] if isinstance(parent, document.Mapping) else parent.place
        takes = f"takes {', '.join(target.parameters)}" if target.parameters else "takes no arguments"
        words = f"unknown argument, {target.name} {takes}{nearest(name, target.parameters)}"
        self.problems.append(Problem(place, keys, words))

    def _waits(self, keys: Keys) -> bool | None:
        """Return whether a value refers to earlier steps; ``None`` with a problem, if one of its templates is wrong."""
        waits, before = False, len(self.problems)
        for node, path in templates.templates(self._node(keys), keys):
            try:
                for name in sorted(templates.names(str(node.value))):
                    self._check_name(name, path)
                    waits = waits or name[0] == "steps"
            except templates.TemplateError as error:
                self._say(path, str(error))
        return waits if len(self.problems) == before else None

    def _check_name(self, name: templates.Path, keys: Keys) -> None:
        mistake = names.mistake(name, self.context, self._targets)
        if mistake:
            self._say(keys, mistake)
        elif name[0] == "steps" and name[2:3] == ("result",):
            self.wanted.add(name[1])

    def _validated(self, annotation: Any, keys: Keys) -> Any:
        node, problems = templates.render_tree(self._node(keys), keys, self.context)
        try:
            return None if problems else validated(annotation, node, keys)
        except InvalidFileError as error:
            problems = list(error.problems)
        finally:
            self.problems += [replace(problem, text=self._job.scrub(problem.text)) for problem in problems]
        return None

    def _node(self, keys: Keys) -> Node:
        node, path = find(self._job.tree, keys)
        return node if path == keys else Scalar(None, node.place)

    def _shown(self, keys: Keys) -> Iterator[str]:
        """Yield the arguments and outputs as lines; what waits for earlier steps is shown as its template."""
        for key, line in (("with", "{} = {}"), ("into", "into {}: {}")):
            node, _ = templates.render_tree(self._node((*keys, key)), keys, self.context)
            for name, item in node.items.items() if isinstance(node, document.Mapping) else ():
                yield self._job.scrub(line.format(name, to_json(plain(_masked(item))).decode()))

    def _say(self, keys: Keys, words: str) -> None:
        self.problems.append(self._job.problem(keys, words))


def _files(into: Into | None) -> Iterator[tuple[str, str]]:
    for name in ("csv", "jsonl"):
        path = getattr(into, name, None)
        if path is not None:
            yield name, path


def _masked(node: Node) -> Node:
    if isinstance(node, Scalar):
        return Scalar("***", node.place) if node.secret else node
    if isinstance(node, document.Sequence):
        return document.Sequence(tuple(map(_masked, node.items)), node.place)
    return document.Mapping({key: _masked(item) for key, item in node.items.items()}, node.key_places, node.place)
