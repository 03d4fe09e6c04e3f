"""The server's rules for repair reports: the units repaired, their failures, and what the repair operation allows."""

from collections.abc import Mapping, Sequence
from typing import Any

from pywats.sandbox.fields import is_array, is_object
from pywats.sandbox.process.store import Process, Processes
from pywats.sandbox.report.validation.fields import (
    BINARY,
    BINARY_NEEDED,
    Check,
    Problems,
    a_guid,
    date_time,
    number,
    text,
    whole,
)

_UUR: Mapping[str, Check] = {
    "user": text(100, empty=False),
    "comment": text(5000),
    "processCode": whole(16),
    "processName": text(),
    "refUUT": a_guid,
    "confirmDate": date_time,
    "finalizeDate": date_time,
    "execTime": number,
}
_UUR_NEEDED = ("user", "processCode", "confirmDate", "finalizeDate")
_FAILURE: Mapping[str, Check] = {
    "category": text(),
    "code": text(),
    "comment": text(),
    "comRef": text(50),
    "funcBlock": text(100),
    "refStepId": whole(),
    "refStepName": text(),
    "artNumber": text(100),
    "artRev": text(100),
    "artVendor": text(500),
    "artDescription": text(500),
}


def check_repair(problems: Problems, report: dict[str, Any], processes: Processes) -> None:
    """Check what only a repair report has."""
    uur = report.get("uur")
    if is_object(uur):
        problems.check("uur", uur, _UUR, _UUR_NEEDED)
        code = uur.get("processCode")
        process = processes.get(code)
        if isinstance(code, int) and (process is None or process.kind != "test"):
            problems.add("uur", f"processCode {code} is not a test operation of this server.")
    else:
        problems.add("report", "uur is required in a repair report.")
    if report.get("result") != "P":
        problems.add("report", "result is required to be P in a repair report.")
    operation = processes.get(report.get("processCode"))
    _misc(problems, report, operation)
    _units(problems, report, operation)
    for path, attachment in problems.objects("binaryData", report.get("binaryData")):
        problems.check(path, attachment, BINARY, BINARY_NEEDED)


def _misc(problems: Problems, report: dict[str, Any], operation: Process | None) -> None:
    allowed = operation.misc if operation else ()
    infos = report.get("miscInfos")
    for info in infos if is_array(infos) and allowed else ():
        description = info.get("description") if is_object(info) else None
        if description is not None and description not in allowed:
            names = ", ".join(allowed)
            problems.add("miscInfos", f"description {description!r} is not one of this repair operation: {names}.")


def _units(problems: Problems, report: dict[str, Any], operation: Process | None) -> None:
    units = problems.objects("subUnits", report.get("subUnits"))
    indexes = [unit.get("idx") for _, unit in units]
    if indexes.count(0) != 1:
        problems.add("subUnits", "exactly one unit with idx 0, the main unit, is required in a repair report.")
    if len({repr(index) for index in indexes}) < len(indexes):
        problems.add("subUnits", "idx is required to be unique.")
    for path, unit in units:
        if unit.get("idx") is None:
            problems.add(path, "idx is required in a repair report.")
        for name in ("parentIdx", "replacedIdx"):
            if unit.get(name) is not None and unit[name] not in indexes:
                problems.add(path, f"{name} is required to be the idx of a unit.")
        for place, failure in problems.objects(f"{path} -> failures", unit.get("failures")):
            _failure(problems, place, failure, operation)


def _failure(problems: Problems, path: str, failure: dict[str, Any], operation: Process | None) -> None:
    problems.check(path, failure, _FAILURE, ("category", "code"))
    for place, attachment in problems.objects(f"{path} -> attachments", failure.get("attachments")):
        problems.check(place, attachment, BINARY, BINARY_NEEDED)
    allowed: Mapping[str, Sequence[str]] = operation.failures if operation else {}
    category, code = failure.get("category"), failure.get("code")
    if not allowed or not isinstance(category, str) or not isinstance(code, str):
        return
    if category not in allowed:
        problems.add(path, f"category {category!r} is not one of this repair operation: {', '.join(allowed)}.")
    elif code not in allowed[category]:
        problems.add(path, f"code {code!r} is not one of category {category}: {', '.join(allowed[category])}.")
