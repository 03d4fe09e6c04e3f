"""What templates of a job can refer to: ``vars``, ``run``, ``steps`` for what earlier steps did, and ``item``."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pywats.config.problems import nearest
from pywats.jobs.calls import Target
from pywats.jobs.templates import Path

ITEM = "item"
"""What stands for one of the items of ``for_each``."""

RESULTS = ("count", "seconds", "files", "failed", "rows", "result")
"""What there is of an earlier step: ``steps.ID.NAME``."""


def of_run(job: str, started: datetime) -> dict[str, str]:
    """Return what ``run`` stands for; date and time are those of the time zone that ``started`` is given in."""
    return {
        "job": job,
        "date": started.strftime("%Y-%m-%d"),
        "time": started.strftime("%H%M%S"),
        "started": started.isoformat(timespec="seconds"),
    }


def mistake(
    name: Path, context: Mapping[str, Any], steps: Mapping[str, Target | None], item: Collection[str] | None = None
) -> str | None:
    """Return what is wrong with a name that a template refers to, or ``None``.

    Args:
        name: as written, taken apart at the dots.
        context: the values of ``vars`` and ``run``.
        steps: the earlier steps, with the method of each as far as it is known.
        item: the fields of an item of ``for_each``, as far as they are known; ``None`` where there is no item.
    """
    root, *rest = name
    if root == ITEM:
        return _item_mistake(rest, item)
    known: Mapping[str, Mapping[str, Any]] = {"vars": context["vars"], "run": context["run"], "steps": steps}
    if root not in known:
        return f"{root} is undefined; templates know vars, run and steps{nearest(root, known)}"
    if not rest:
        return None
    if rest[0] not in known[root]:
        there = ", ".join(f"{root}.{each}" for each in known[root])
        there = there or ("no step before this one" if root == "steps" else "nothing")
        return f"{root}.{rest[0]} is undefined; there is {there}{nearest(rest[0], known[root], f'{root}.')}"
    return _step_mistake(rest, steps[rest[0]]) if root == "steps" else None


def _item_mistake(rest: list[str], fields: Collection[str] | None) -> str | None:
    if fields is None:
        return "item is undefined; only what a step with for_each does for each item knows it"
    if not rest or not fields or rest[0] in fields:
        return None
    near = nearest(rest[0], fields, "item.")
    return f"item.{rest[0]} is undefined{near}" if near else None  # other fields may come with a newer server


def _step_mistake(path: list[str], target: Target | None) -> str | None:
    step, *rest = path
    if not rest:
        return f"steps.{step} is no value; there is {_results(step)}"
    if rest[0] not in RESULTS:
        near = nearest(rest[0], RESULTS, f"steps.{step}.")
        return f"steps.{step}.{rest[0]} is undefined; there is {_results(step)}{near}"
    if rest[0] == "result" and target and target.streams:
        return f"steps.{step}.result is undefined; {target.name} gives rows one by one, and none is kept"
    return None


def _results(step: str) -> str:
    return ", ".join(f"steps.{step}.{name}" for name in RESULTS)
