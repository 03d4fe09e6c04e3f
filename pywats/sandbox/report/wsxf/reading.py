"""From WSXF to WSJF."""

from typing import Any
from xml.etree import ElementTree as ET

from pywats.sandbox.answers import Refusal, invalid
from pywats.sandbox.product.tags import parsed
from pywats.sandbox.report.wsxf.attributes import MEASUREMENTS, NAMESPACE, OBJECTS, members


def read_wsxf(body: bytes) -> dict[str, Any]:
    """Return the one report of a WSXF document in WSJF, not yet validated; refuse with 400 what is no such document."""
    try:
        root = parsed(body)
    except Refusal as error:
        raise invalid([f"report: {error.words}"]) from error
    reports = _all(root, "Report") if _is(root, "Reports") else []
    if len(reports) != 1:
        raise invalid([f"report: the document is required to be Reports of {NAMESPACE} with exactly one Report."])
    try:
        return _report(reports[0])
    except RecursionError as error:
        raise invalid(["report: is nested too deeply."]) from error


def _report(element: ET.Element) -> dict[str, Any]:
    report = members(element, "Report")
    for process in _all(element, "Process"):
        report |= members(process, "Process")
    for name, member in (("UUT", "uut"), ("UUR", "uur")):
        for each in _all(element, name):
            report[member] = members(each, name) | _comment(each)
            for process in _all(each, "Process"):
                report[member] |= members(process, "Process")
    infos = [members(each, "MiscInfo") | _content(each, "text") for each in _all(element, "MiscInfo")]
    units = [
        members(each, "ReportUnitHierarchy")
        for name in ("ReportUnitHierarchy", "PartInfo")
        for each in _all(element, name)
    ]
    data = [_additional(each) for each in _all(element, "AdditionalData")]
    lists = {
        "miscInfos": infos,
        "subUnits": units,
        "assets": [members(each, "Asset") for each in _all(element, "Asset")],
        "additionalData": data,
    }
    report |= {name: value for name, value in lists.items() if value}
    _add_failures(element, report, units)
    for step in _all(element, "Step"):
        report["root"] = _step(step)
    return report


def _add_failures(element: ET.Element, report: dict[str, Any], units: list[dict[str, Any]]) -> None:
    failures: dict[str | None, dict[str, Any]] = {}
    for name in ("Failures", "Failure"):
        for each in _all(element, name):
            failure = members(each, "Failures") | _comment(each)
            failures[each.get("Idx")] = failure
            part = each.get("PartIdx", "0")
            unit = next((unit for unit in units if str(unit.get("idx")) == part), None)
            if unit is None:
                raise invalid([f"report: a failure refers to the part {part}, which is not there."])
            unit.setdefault("failures", []).append(failure)
    for binary in _all(element, "Binary"):
        owner = report if binary.get("FailIdx") is None else failures.get(binary.get("FailIdx"))
        if owner is None:
            raise invalid([f"report: a file refers to the failure {binary.get('FailIdx')}, which is not there."])
        for data in _all(binary, "Data"):
            file = members(data, "Data") | _content(data, "data")
            owner.setdefault("binaryData" if owner is report else "attachments", []).append(file)


def _step(element: ET.Element) -> dict[str, Any]:
    step = members(element, "Step")
    for name, member in MEASUREMENTS.items():
        found = [members(each, name) for each in _all(element, name)]
        if found:
            step[member] = found
    for name, member in OBJECTS.items():
        for each in _all(element, name):
            step[member] = members(each, name)
    for each in _all(element, "ReportText"):
        step |= _content(each, "reportText")
    for each in _all(element, "Chart"):
        step["chart"] = members(each, "Chart") | {"series": [_series(series) for series in _all(each, "Series")]}
    for each in _all(element, "Attachment"):
        step["attachment"] = members(each, "Attachment") | _content(each, "data")
    results = [_additional(each) for each in _all(element, "AdditionalResults")]
    if results:
        step["additionalResults"] = results
    steps = [_step(each) for each in _all(element, "Step")]
    if steps or "seqCall" in step:
        step["steps"] = steps
    return step


def _series(element: ET.Element) -> dict[str, Any]:
    series = members(element, "Series")
    for name in ("xdata", "ydata"):
        for each in _all(element, name):
            series |= _content(each, name)
    return series


def _additional(element: ET.Element) -> dict[str, Any]:
    return members(element, "AdditionalData") | {"props": [_property(each) for each in _all(element, "Prop")]}


def _property(element: ET.Element) -> dict[str, Any]:
    found = members(element, "Prop")
    inner = [_property(each) for each in _all(element, "Prop")]
    if inner or found.get("type") == "Obj":
        found["props"] = inner
    for array in _all(element, "Array"):
        indexes: list[dict[str, Any]] = []
        for index in _all(array, "Index"):
            numbers = [int(each) for each in (index.get("Indexes") or "").split(";") if each.isdecimal()]
            values = [_property(each) for each in _all(index, "Prop")]
            indexes.append({"text": index.get("Text"), "indexes": numbers} | ({"value": values[0]} if values else {}))
        found["array"] = members(array, "Array") | {"indexes": indexes}
    return found


def _comment(element: ET.Element) -> dict[str, Any]:
    comments = _all(element, "Comment")
    return _content(comments[0], "comment") if comments else {}


def _content(element: ET.Element, member: str) -> dict[str, Any]:
    return {member: element.text} if element.text else {}


def _all(element: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in element if _is(each, name)]


def _is(element: ET.Element, name: str) -> bool:
    """Tell whether this is the element of a name, of the format's namespace."""
    return element.tag == f"{{{NAMESPACE}}}{name}"
