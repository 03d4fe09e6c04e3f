"""Planning the steps of a job one after the other, and saying all that is wrong with them."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pydantic.errors import PydanticUserError
from pydantic_core import to_json

from pywats.config import Loaded, document
from pywats.config.document import Node, Scalar
from pywats.config.problems import InvalidFileError, Keys, Problem, nearest
from pywats.config.validation import find, plain, validated
from pywats.errors import ConfigurationError
from pywats.jobs import calls, charts, names, templates, transform
from pywats.jobs.calls import Target
from pywats.jobs.schema import FORMATS, PICTURES, Into, JobFile, Plot, Resume, Step
from pywats.reports import Row
from pywats.tables.columns import EXTRA, Kind, Kinds, kinds_of

Job = Loaded[JobFile]

SUBMITTED: Final[Kinds] = {"file": Kind.TEXT, "id": Kind.TEXT}
"""The columns of ``submit``: the file, and the id under which the server has its report."""

_PASSED_ON: Final = {"oldest_first", "resume_from"}
"""Parameters of a walk that can begin behind a position."""


@dataclass(frozen=True)
class PlannedStep:
    """One step, ready to be done.

    Attributes:
        step: the step of the file.
        keys: its path in the file.
        target: the method, where it calls one.
        arguments: its arguments, of the types that the method wants.
        into: where the rows go.
        deferred: the arguments that wait for results of earlier steps.
        each: the arguments that wait for an item of ``for_each``.
        into_deferred: whether ``into`` waits for results, too.
        resume: the fields of the rows by which the step goes on where the last run ended.
        kinds: the columns of its rows, where their type says them.
        shown: arguments, outputs and columns as text for people; secrets are masked.
    """

    step: Step
    keys: Keys
    target: Target | None
    arguments: Mapping[str, Any] = field(repr=False)
    into: Into | None
    deferred: frozenset[str]
    each: frozenset[str]
    into_deferred: bool
    resume: Resume | None
    kinds: Kinds
    shown: tuple[str, ...]

    def __str__(self) -> str:
        """Say what would be called, an argument or output a line."""
        return "\n".join([f"{self.step.id}: {self.step.work}", *(f"  {line}" for line in self.shown)])

    @property
    def passes_on(self) -> bool:
        """Whether the server itself can begin behind the last position."""
        by_time_stamp = self.resume is not None and self.resume.by == "time_stamp"
        return by_time_stamp and self.target is not None and self.target.parameters.keys() >= _PASSED_ON


class Planner:
    """Plans steps one after the other, and collects what is wrong with them.

    Args:
        job: the file.
        context: the names that templates see.
    """

    def __init__(self, job: Job, context: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self.wanted: set[str] = set()
        self.wanted_rows: set[str] = set()
        self.context = context
        self._job = job
        self._targets: dict[str, Target | None] = {}
        self._kinds: dict[str, Kinds] = {}

    def check_plain(self) -> None:
        """Values of ``vars`` and the name of the state file are taken as they are; a template there is a mistake."""
        for key, words in (("vars", "write it where the value is used"), ("state", "the file is the same in each run")):
            for node, keys in templates.templates(self._node((key,)), (key,)):
                if not node.sources:
                    self.say(keys, f"templates are not rendered here; {words}")

    def step(self, index: int, step: Step, api: object) -> PlannedStep | None:
        """Return a step planned; ``None`` if there is no such method."""
        keys: Keys = ("steps", index)
        if twin := next((name for name in self._targets if name.lower() == step.id.lower()), None):
            self.say((*keys, "id"), f"an earlier step is called {twin}, too")
        target = self._target(step, keys, api) if step.call else None
        self._check_keys(step, keys)
        item = self._items(step, keys)
        self._condition(step, keys, item)
        waits = self._arguments(step, target, keys, item)
        into_waits = self._waits((*keys, "into"))
        into = self.into(keys) if step.into and into_waits is False else None
        self._waits((*keys, "submit"))
        self._waits((*keys, "reads"))
        if step.transform and self._waits((*keys, "transform")) is False:
            self._check_query((*keys, "transform"))
        if step.plot:
            self._check_plot(step.plot, (*keys, "plot"))
        kinds = self._kinds_of(step, target)
        resume = None if step.resume is None else self._resume(step.resume, target, (*keys, "resume"))
        self.check_columns(into, kinds, keys)
        if step.transform:
            words = set(re.findall(r"\w+", step.transform.lower()))
            self.wanted_rows |= {name for name in self._targets if name.lower() in words}
        self._targets.setdefault(step.id, target)
        self._kinds.setdefault(step.id, kinds)
        if step.call and target is None:
            return None
        ready = {name: self.argument(target, name, keys) for name, when in waits.items() if target and not when}
        return PlannedStep(
            step,
            keys,
            target,
            ready,
            into,
            frozenset(name for name, when in waits.items() if when == {"steps"}),
            frozenset(name for name, when in waits.items() if names.ITEM in when),
            bool(into_waits),
            resume,
            kinds,
            (*self._shown(keys), *([f"columns: {', '.join(kinds)}"] if kinds else ())),
        )

    def argument(self, target: Target, name: str, keys: Keys) -> Any:
        """Return an argument of a step as the method wants it, or ``None`` with a problem."""
        path = (*keys, "with", name)
        try:
            return self._validated(target.types.get(name, Any), path)
        except PydanticUserError:
            self.say(path, f"{target.name} takes something here that a file cannot hold")
            return None

    def into(self, keys: Keys) -> Into | None:
        """Return the outputs of a step with their templates rendered, or ``None`` with a problem."""
        into: Into | None = self._validated(Into, (*keys, "into"))
        return into

    def plot(self, keys: Keys) -> Plot | None:
        """Return the chart of a step with its templates rendered, or ``None`` with a problem."""
        plot: Plot | None = self._validated(Plot, (*keys, "plot"))
        return plot

    def rendered(self, keys: Keys) -> Any:
        """Return a value of the file with its templates rendered, or ``None`` with a problem.

        A value that is one expression is whatever the expression gives.
        """
        node = self._node(keys)
        try:
            if isinstance(node, Scalar) and templates.is_template(node.value):
                return templates.render(str(node.value), self.context)
        except templates.TemplateError as error:
            self.say(keys, str(error))
            return None
        tree, problems = templates.render_tree(node, keys, self.context)
        self._add(problems)
        return plain(tree)

    def check_columns(self, into: Into | None, kinds: Kinds, keys: Keys) -> None:
        """The columns that outputs name are columns of the rows, as far as these are known."""
        for place, column in into.columns if into and kinds else ():
            if column not in {*kinds, EXTRA}:
                self.say((*keys, "into", *place), f"the rows have no column {column}{nearest(column, kinds)}")

    def check_outputs(self, steps: tuple[PlannedStep, ...]) -> None:
        """Two outputs into one file would lose one of them, and a folder is no file."""
        seen: dict[str, str] = {}
        for planned in steps:
            for name, path in (planned.into.paths if planned.into else {}).items():
                keys = (*planned.keys, "into", name)
                there = Path(path).resolve()
                table = getattr(getattr(planned.into, name), "table", "")
                place = f"{there} {table}"
                if place in seen or (not table and str(there) in {each.rpartition(" ")[0] for each in seen}):
                    self.say(keys, f"{path} is written by step {seen.get(place, planned.step.id)} already")
                elif there.is_dir() and not getattr(getattr(planned.into, name), "is_folder", False):
                    self.say(keys, f"{path} is a folder; name a file in it")
                elif (ending := path.lower().removesuffix(".gz").rpartition(".")[2]) != name and ending in FORMATS:
                    self.say(keys, f"{path} is called as {ending} is, and would hold {name}; the two must agree")
                seen.setdefault(place, planned.step.id)

    def say(self, keys: Keys, words: str) -> None:
        """Note what is wrong with the value at a path."""
        self.problems.append(self._job.problem(keys, words))

    def _target(self, step: Step, keys: Keys, api: object) -> Target | None:
        try:
            return calls.find(api, step.call or "")
        except calls.UnknownCallError as error:
            self.say((*keys, "call"), str(error))
            return None

    def _check_keys(self, step: Step, keys: Keys) -> None:
        """Refuse keys that would do nothing beside what the step does."""
        given = step.model_fields_set
        many = step.for_each is not None or step.submit is not None
        if step.rows and step.for_each is None:
            self.say((*keys, "for_each"), "is missing; rows takes its reports from it")
        refusals = (
            ("arguments", "with", step.call is None, "gives arguments to a call; this step has none"),
            (
                "for_each",
                "for_each",
                bool(step.transform or step.submit or step.plot),
                f"has no meaning beside {step.work}",
            ),
            ("reads", "reads", step.transform is None, "has a meaning only with transform"),
            ("max_concurrent", "max_concurrent", not many, "has a meaning only with for_each or submit"),
            ("on_error", "on_error", not many, "has a meaning only with for_each or submit"),
            ("resume", "resume", step.call is None or many, "goes with a call that is made once"),
        )
        for name, key, refused, words in refusals:
            if refused and name in given:
                self.say((*keys, key), words)
        for name in PICTURES if step.into and not step.plot else ():
            if getattr(step.into, name) is not None:
                self.say((*keys, "into", name), "shows a chart; this step has no plot")

    def _items(self, step: Step, keys: Keys) -> Collection[str] | None:
        """Check ``for_each``; return the fields of an item as far as they are known, ``None`` if there is no item."""
        if step.for_each is None:
            return None
        self._waits((*keys, "for_each"))
        if not isinstance(step.for_each, str):
            return ()
        if not templates.is_template(step.for_each):
            self.say((*keys, "for_each"), 'must be a list, or a template that gives one: "{{ steps.ID.rows }}"')
            return ()
        source = re.fullmatch(r"\{\{\s*steps\.(\w+)\.(?:rows|result)\s*\}\}", step.for_each)
        return list(self._kinds.get(source[1], {})) if source else ()

    def _check_query(self, keys: Keys) -> None:
        sql = self.rendered(keys)
        try:
            words = None if sql is None else transform.mistake(str(sql))
        except ConfigurationError as error:
            words = str(error)
        if words:
            self.say(keys, words)

    def _check_plot(self, plot: Plot, keys: Keys) -> None:
        try:
            problems = list(charts.mistakes(plot))
        except ConfigurationError as error:
            self.say(keys, str(error))
            return
        for key, words in problems:
            self.say((*keys, key), words)
        if plot.source not in self._targets:
            there = ", ".join(self._targets) or "none"
            self.say((*keys, "from"), f"must be an earlier step, there is {there}{nearest(plot.source, self._targets)}")
            return
        self.wanted_rows.add(plot.source)
        ready = self.plot(keys[:-1]) if self._waits(keys) is False else None
        kinds = self._kinds[plot.source]
        for key, column in charts.columns(ready) if ready and kinds else ():
            if column not in {*kinds, EXTRA}:
                self.say((*keys, key), f"the rows of {plot.source} have no column {column}{nearest(column, kinds)}")

    def _condition(self, step: Step, keys: Keys, item: Collection[str] | None) -> None:
        if isinstance(step.when, str) and not templates.is_template(step.when):
            self.say((*keys, "when"), 'must be true, false, or a template that gives one: "{{ steps.ID.count > 0 }}"')
        self._waits((*keys, "when"), item)

    def _arguments(
        self, step: Step, target: Target | None, keys: Keys, item: Collection[str] | None
    ) -> dict[str, set[str]]:
        """Return for each argument what it waits for: ``steps``, ``item``; without those that are wrong."""
        waits: dict[str, set[str]] = {}
        for name in step.arguments:
            path = (*keys, "with", name)
            found = self._roots(path, item)
            if target and name not in target.parameters and not target.open:
                self._unknown_argument(target, path)
            elif target and step.resume and name in _PASSED_ON:
                self.say(path, "is set by resume; leave it out")
            elif found is not None:
                waits[name] = found & {"steps", names.ITEM}
        for name in target.required if target else ():
            if name not in step.arguments:
                self.say((*keys, "with", name), f"is missing; {step.call} needs it")
        return waits

    def _resume(self, resume: Resume, target: Target | None, keys: Keys) -> Resume:
        """Return the fields by their Python names."""
        row = target.row if target else None
        if row is None:
            return resume
        spelled = {spelling: name for name, info in row.model_fields.items() for spelling in (name, info.alias or name)}
        for key, name in resume:
            if name not in spelled:
                near = nearest(str(name), row.model_fields)
                self.say((*keys, key), f"{row.__name__} has no field {name}{near}")
        return Resume(by=spelled.get(resume.by, resume.by), key=spelled.get(resume.key, resume.key))

    def _kinds_of(self, step: Step, target: Target | None) -> Kinds:
        if step.rows:
            return kinds_of(Row)
        if step.plot:
            return charts.kinds(step.plot)
        return SUBMITTED if step.submit else kinds_of(target.row) if target else {}

    def _unknown_argument(self, target: Target, keys: Keys) -> None:
        name, parent = str(keys[-1]), self._node(keys[:-1])
        place = parent.key_places[name] if isinstance(parent, document.Mapping) else parent.place
        takes = f"takes {', '.join(target.parameters)}" if target.parameters else "takes no arguments"
        words = f"unknown argument, {target.name} {takes}{nearest(name, target.parameters)}"
        self.problems.append(Problem(place, keys, words))

    def _waits(self, keys: Keys, item: Collection[str] | None = None) -> bool | None:
        """Return whether a value refers to earlier steps; ``None`` with a problem, if one of its templates is wrong."""
        roots = self._roots(keys, item)
        return None if roots is None else "steps" in roots

    def _roots(self, keys: Keys, item: Collection[str] | None) -> set[str] | None:
        """Return the names that the templates of a value begin with; ``None`` with a problem, if one is wrong."""
        roots, before = set[str](), len(self.problems)
        for node, path in templates.templates(self._node(keys), keys):
            try:
                for name in sorted(templates.names(str(node.value))):
                    self._check_name(name, path, item)
                    roots.add(name[0])
            except templates.TemplateError as error:
                self.say(path, str(error))
        return roots if len(self.problems) == before else None

    def _check_name(self, name: templates.Path, keys: Keys, item: Collection[str] | None) -> None:
        mistake = names.mistake(name, self.context, self._targets, item)
        if mistake:
            self.say(keys, mistake)
        elif name[0] == "steps" and name[2:3] == ("result",):
            self.wanted.add(name[1])
        elif name[0] == "steps" and name[2:3] == ("rows",):
            self.wanted_rows.add(name[1])

    def _validated(self, annotation: Any, keys: Keys) -> Any:
        node, problems = templates.render_tree(self._node(keys), keys, self.context)
        try:
            return None if problems else validated(annotation, node, keys)
        except InvalidFileError as error:
            problems = list(error.problems)
        except ConfigurationError as error:
            self.say(keys, str(error))
        finally:
            self._add(problems)
        return None

    def _add(self, problems: list[Problem]) -> None:
        self.problems += [replace(problem, text=self._job.scrub(problem.text)) for problem in problems]

    def _node(self, keys: Keys) -> Node:
        node, path = find(self._job.tree, keys)
        return node if path == keys else Scalar(None, node.place)

    def _shown(self, keys: Keys) -> Iterator[str]:
        """Yield what the step does as lines; what waits for earlier steps is shown as its template."""
        node = self._node(keys)
        for key in ("for_each", "when", "transform", "reads", "rows", "submit", "plot"):
            if isinstance(node, document.Mapping) and key in node.items:
                yield self._job.scrub(f"{key}: {to_json(plain(_masked(node.items[key]))).decode()}")
        for key, line in (("with", "{} = {}"), ("resume", "resume {}: {}"), ("into", "into {}: {}")):
            part, _ = templates.render_tree(self._node((*keys, key)), keys, self.context)
            for name, item in part.items.items() if isinstance(part, document.Mapping) else ():
                yield self._job.scrub(line.format(name, to_json(plain(_masked(item))).decode()))


def _masked(node: Node) -> Node:
    if isinstance(node, Scalar):
        return Scalar("***", node.place) if node.secret else node
    if isinstance(node, document.Sequence):
        return document.Sequence(tuple(map(_masked, node.items)), node.place)
    return document.Mapping({key: _masked(item) for key, item in node.items.items()}, node.key_places, node.place)
