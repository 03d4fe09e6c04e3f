"""The server's validation of a report in WSJF, before it is accepted.

The rules are the vendor's (support articles 360014879119 and 360015705199) and what users report of a real server.
Where exports of the server break a documented rule, the export is right.
"""

from collections.abc import Mapping
from typing import Any

from pywats.sandbox.fields import is_object
from pywats.sandbox.process.store import Processes
from pywats.sandbox.report.validation.data import additional_data
from pywats.sandbox.report.validation.fields import Check, Problems, a_guid, number, text, whole, words
from pywats.sandbox.report.validation.repair import check_repair
from pywats.sandbox.report.validation.steps import Steps
from pywats.sandbox.times import TICKS, NoOffsetError, ticks

_NAME = text(100, empty=False)
_REPORT: Mapping[str, Check] = {
    "type": words("T", "R"),
    "id": a_guid,
    "pn": _NAME,
    "sn": _NAME,
    "rev": text(100),
    "machineName": _NAME,
    "location": _NAME,
    "purpose": _NAME,
    "result": words("P", "F", "E", "T"),
    "processCode": whole(16),
    "processName": text(),
    "processCodeFormat": text(),
    "start": text(),
    "startUTC": text(),
}
_REPORT_NEEDED = (
    "type",
    "id",
    "pn",
    "sn",
    "rev",
    "machineName",
    "location",
    "purpose",
    "result",
    "start",
    "processCode",
)
_UUT: Mapping[str, Check] = {
    "user": text(100, empty=False),
    "comment": text(5000),
    "execTime": number,
    "testSocketIndex": whole(16),
    "batchSN": text(100),
    "fixtureId": text(100),
    "errorCode": whole(),
    "errorMessage": text(500),
    "batchFailCount": whole(),
    "batchLoopIndex": whole(),
}
_MISC: Mapping[str, Check] = {
    "description": text(),
    "text": text(100),
    "numeric": whole(16),
    "numericFormat": text(),
    "typedef": text(30),
    "id": a_guid,
}
_SUB_UNIT: Mapping[str, Check] = {
    "partType": text(50, empty=False),
    "pn": _NAME,
    "sn": _NAME,
    "rev": text(100),
    "position": whole(16),
    "idx": whole(),
    "parentIdx": whole(),
    "replacedIdx": whole(),
}
_ASSET: Mapping[str, Check] = {"assetSN": _NAME, "usageCount": whole()}
_KINDS = {"T": "test", "R": "repair"}
_MILLISECOND = TICKS // 1000


def problems_of(report: Any, processes: Processes) -> list[str]:
    """Return what the server would refuse a report for, a line each; empty when it is accepted."""
    problems = Problems()
    if not is_object(report):
        problems.add("report", "is required to be a JSON object.")
        return problems.report()
    problems.check("report", report, _REPORT, _REPORT_NEEDED)
    if report.get("origin") is not None:
        problems.add("report", "origin is required to be absent or null; the server fills it in.")
    _times(problems, report)
    _process(problems, report, processes)
    _lists(problems, report)
    if report.get("type") == "R":
        check_repair(problems, report, processes)
    else:
        _test(problems, report)
    return problems.report()


def _test(problems: Problems, report: dict[str, Any]) -> None:
    uut, root = report.get("uut"), report.get("root")
    if is_object(uut):
        problems.check("uut", uut, _UUT, ("user",))
    else:
        problems.add("report", "uut is required in a test report.")
    if is_object(root):
        if root.get("status") != report.get("result"):
            problems.add("root", "status is required to be the same as the result of the report.")
        Steps(problems).check(root)
    else:
        problems.add("report", "root is required in a test report.")
    if report.get("binaryData"):
        problems.add("report", "binaryData is only allowed in a repair report.")


def _times(problems: Problems, report: dict[str, Any]) -> None:
    instants: dict[str, int] = {}
    for name in ("start", "startUTC"):
        value = report.get(name)
        if not isinstance(value, str):
            continue
        try:
            instants[name] = ticks(value)
        except NoOffsetError:
            problems.add("report", f"{name} is required to have a time zone offset.")
        except ValueError:
            problems.add("report", f"{name} is required to be a date and time (ISO 8601).")
    if len(instants) > 1 and abs(instants["start"] - instants["startUTC"]) >= _MILLISECOND:
        problems.add("report", "startUTC is required to be the same instant as start.")


def _process(problems: Problems, report: dict[str, Any], processes: Processes) -> None:
    code, name = report.get("processCode"), report.get("processName")
    wanted = _KINDS.get(str(report.get("type")))
    process = processes.get(code)
    if isinstance(code, int) and wanted and (process is None or process.kind != wanted):
        problems.add("report", f"processCode {code} is not a {wanted} operation of this server.")
    elif process and isinstance(name, str) and name != process.name:
        problems.add("report", f"processName {name!r} is not the name of processCode {code}.")


def _lists(problems: Problems, report: dict[str, Any]) -> None:
    for path, info in problems.objects("miscInfos", report.get("miscInfos")):
        problems.check(path, info, _MISC, ("description",))
        if info.get("text") is None and info.get("numeric") is None:
            problems.add(path, "text or numeric is required.")
    for path, unit in problems.objects("subUnits", report.get("subUnits")):
        problems.check(path, unit, _SUB_UNIT, ("partType", "pn", "sn"))
    for path, asset in problems.objects("assets", report.get("assets")):
        problems.check(path, asset, _ASSET, ("assetSN",))
    if report.get("additionalData") is not None:
        additional_data(problems, "additionalData", report["additionalData"])
