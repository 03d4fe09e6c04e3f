"""A stored report as the server gives it back: what it fills in, rewrites and leaves out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pywats.sandbox.fields import is_object
from pywats.sandbox.report.header import caused_failure, objects, steps
from pywats.sandbox.times import iso, ticks

FULL = 7
"""The highest level of detail."""
ORIGIN = "PYWATS-SANDBOX"
"""What the sandbox says where a server names the client that sent a report."""

_SINCE = {
    "uut": 1,
    "uur": 1,
    "miscInfos": 2,
    "subUnits": 2,
    "assets": 2,
    "assetStats": 2,
    "additionalData": 2,
    "root": 3,
    "binaryData": 4,
}
"""Parts of a report and the level of detail from which on they are shown."""
_STEP_SINCE = {
    "attachment": 4,
    "numericMeas": 5,
    "stringMeas": 5,
    "booleanMeas": 5,
    "callExe": 5,
    "messagePopup": 5,
    "chart": 6,
    "additionalResults": 7,
}
"""Parts of a step and the level of detail from which on they are shown."""
_IGNORED_IN_SKIPPED = ("numericMeas", "stringMeas", "booleanMeas", "chart", "attachment", "steps")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the server knows beside the report as it was sent."""

    uuid: str
    product_name: str | None
    process_name: str | None
    repairs: tuple[tuple[str, int], ...] = ()
    assets: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of a report is asked for."""

    level: int = FULL
    charts: bool = True
    attachments: bool = True


def exported(report: dict[str, Any], facts: Facts, detail: Detail) -> dict[str, Any]:
    """Return a report for the client; ``report`` is a fresh copy of what was sent, and is changed.

    The server fills in names, ``origin``, ``startUTC``, figures of its assets, step ids, the repairs of a test and the
    step that caused its failure; it writes the number of iterations as ``endingIndex`` of loops; it leaves out what a
    skipped step holds. All else comes back as it was sent, members that it does not know included.
    """
    report["id"] = facts.uuid
    report["productName"] = facts.product_name
    report["processName"] = facts.process_name
    report["origin"] = ORIGIN
    if facts.assets:
        report["assetStats"] = list(facts.assets)
    if report.get("startUTC") is None:
        report["startUTC"] = iso(ticks(report["start"]))
    if report["type"] == "T":
        _fill_test(report["root"], report["uut"], facts)
    return _reduced(report, detail)


def _fill_test(root: dict[str, Any], uut: dict[str, Any], facts: Facts) -> None:
    _number(root)
    for step, _ in steps(root):
        _rewrite(step)
    failed = caused_failure(root)
    uut.pop("stepIdCausedUUTFailure", None)
    if failed is not None:
        uut["stepIdCausedUUTFailure"] = failed[0]["id"]
    uut.pop("refUURs", None)
    if facts.repairs:
        uut["refUURs"] = [{"id": uuid, "start": iso(start)} for uuid, start in facts.repairs]


def _number(root: dict[str, Any]) -> None:
    if root.get("id") is None:
        for index, (step, _) in enumerate(steps(root), start=1):
            step["id"] = index


def _rewrite(step: dict[str, Any]) -> None:
    loop = step.get("loop")
    if is_object(loop) and loop.get("idx") is None and loop.get("num") is not None:
        loop["endingIndex"] = loop["num"]
    if step.get("status") == "S":
        for name in _IGNORED_IN_SKIPPED:
            step.pop(name, None)


def _reduced(report: dict[str, Any], detail: Detail) -> dict[str, Any]:
    if detail.level < FULL:
        report = _without(report, _SINCE, detail.level)
    if "root" in report and report["type"] == "T" and detail != Detail():
        hidden = [name for name, since in _STEP_SINCE.items() if since > detail.level]
        for step, _ in steps(report["root"]):
            for name in hidden:
                step.pop(name, None)
            _without_bulk(step, detail)
    if not detail.attachments:
        loose = objects(report, "binaryData")
        for unit in objects(report, "subUnits"):
            for failure in objects(unit, "failures"):
                loose += objects(failure, "attachments")
        for attachment in loose:
            attachment.pop("data", None)
    return report


def _without_bulk(step: dict[str, Any], detail: Detail) -> None:
    attachment, chart = step.get("attachment"), step.get("chart")
    if not detail.attachments and is_object(attachment):
        attachment.pop("data", None)
    if not detail.charts and is_object(chart):
        for series in objects(chart, "series"):
            series.pop("xdata", None)
            series.pop("ydata", None)


def _without(value: dict[str, Any], since: Mapping[str, int], level: int) -> dict[str, Any]:
    return {name: member for name, member in value.items() if since.get(name, 0) <= level}
