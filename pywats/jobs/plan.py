"""From a job file to calls: what can be checked without a server is checked before the first request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pywats.config.problems import Key, failure
from pywats.jobs import names
from pywats.jobs.planner import Job, PlannedStep, Planner
from pywats.jobs.schema import Into, Plot
from pywats.tables.columns import Kinds


@dataclass(frozen=True)
class Plan:
    """All steps of a job.

    Attributes:
        job: the file.
        steps: the steps in their order.
        context: the names that templates see before the first step.
        wanted: the steps whose results later templates refer to.
        wanted_rows: the steps whose rows later steps read.
    """

    job: Job
    steps: tuple[PlannedStep, ...]
    context: Mapping[str, Any] = field(repr=False)
    wanted: frozenset[str]
    wanted_rows: frozenset[str]

    def __str__(self) -> str:
        """Say what would be called, step by step."""
        return "\n".join(map(str, self.steps))

    def settle(self, planned: PlannedStep, results: Mapping[str, Any]) -> tuple[dict[str, Any], Into | None]:
        """Return the arguments and outputs of a step, given what the earlier steps did.

        Raises:
            ConfigurationError: a template failed, or gave what the method does not take.
        """
        planner = self._planner(results)
        late = _arguments(planner, planned, planned.deferred)
        into = planner.into(planned.keys) if planned.into_deferred else planned.into
        if planner.problems:
            raise failure(planner.problems)
        return {**planned.arguments, **late}, into

    def settle_item(self, planned: PlannedStep, results: Mapping[str, Any], item: Any) -> dict[str, Any]:
        """Return the arguments of a step that one item gives it.

        Raises:
            ConfigurationError: a template failed, or gave what the method does not take.
        """
        planner = self._planner(results, item=item)
        late = _arguments(planner, planned, planned.each)
        if planner.problems:
            raise failure(planner.problems)
        return late

    def value(self, planned: PlannedStep, key: Key, results: Mapping[str, Any], **more: Any) -> Any:
        """Return the value of a key of a step, its templates rendered; ``more`` names are known to them, too.

        Raises:
            ConfigurationError: a template failed.
        """
        planner = self._planner(results, **more)
        value = planner.rendered((*planned.keys, key))
        if planner.problems:
            raise failure(planner.problems)
        return value

    def plot(self, planned: PlannedStep, results: Mapping[str, Any]) -> Plot:
        """Return the chart of a step, given what the earlier steps did.

        Raises:
            ConfigurationError: a template failed, or gave what a chart does not take.
        """
        planner = self._planner(results)
        plot = planner.plot(planned.keys)
        if plot is None:
            raise failure(planner.problems)
        return plot

    def check_columns(self, planned: PlannedStep, into: Into, kinds: Kinds) -> None:
        """Check the columns that the outputs of a step name, once those of its rows are known.

        Raises:
            ConfigurationError: the rows have no such column.
        """
        planner = self._planner({})
        planner.check_columns(into, kinds, planned.keys)
        if planner.problems:
            raise failure(planner.problems)

    def _planner(self, results: Mapping[str, Any], **more: Any) -> Planner:
        return Planner(self.job, {**self.context, "steps": results, **more})


def _arguments(planner: Planner, planned: PlannedStep, wanted: frozenset[str]) -> dict[str, Any]:
    target = planned.target
    return {} if target is None else {name: planner.argument(target, name, planned.keys) for name in sorted(wanted)}


def prepare(job: Job, api: object, *, started: datetime | None = None) -> Plan:
    """Return the steps of a job, checked as far as that is possible without a server.

    Args:
        job: the file.
        api: the client whose methods are called; nothing is sent.
        started: the time of the run, for ``run.date`` and its like; now, if not given.

    Raises:
        ConfigurationError: all that is wrong, as lines ``FILE:LINE:COL: key: what is wrong``.
    """
    run = names.of_run(job.value.name, started or datetime.now().astimezone())
    planner = Planner(job, {"vars": job.value.vars, "run": run})
    planner.check_plain()
    steps = [planner.step(index, step, api) for index, step in enumerate(job.value.steps)]
    planned = tuple(step for step in steps if step is not None)
    planner.check_outputs(planned)
    if planner.problems:
        raise failure(planner.problems)
    return Plan(job, planned, planner.context, frozenset(planner.wanted), frozenset(planner.wanted_rows))
