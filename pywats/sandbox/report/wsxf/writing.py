"""From WSJF to WSXF."""

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import PureWindowsPath
from typing import Any
from xml.etree import ElementTree as ET

from pywats.sandbox.fields import is_object
from pywats.sandbox.report.header import objects
from pywats.sandbox.report.wsxf.attributes import MEASUREMENTS, NAMESPACE, OBJECTS, element, xml_text


def written_wsxf(report: Mapping[str, Any], *, indexes: bool = True) -> bytes:
    """Return a report that passed validation as a WSXF document, with or without the places of what is in lists."""
    return _Writer(indexes=indexes).document(report)


class _Writer:
    def __init__(self, *, indexes: bool) -> None:
        self._indexes = indexes
        self._order = count()

    def document(self, report: Mapping[str, Any]) -> bytes:
        root = ET.Element("Reports", {"xmlns": NAMESPACE})
        made = element(root, "Report", report)
        uut, uur = report.get("uut"), report.get("uur")
        if is_object(uut):
            _commented(element(made, "UUT", uut), uut)
        if is_object(uur):
            repair = element(made, "UUR", uur)
            _commented(repair, uur)
            element(repair, "Process", uur)
        element(made, "Process", report)
        for number, info in enumerate(objects(report, "miscInfos")):
            places = {"idx": number, "order_no": number} if self._indexes else {}
            _filled(element(made, "MiscInfo", info, **places), info.get("text"))
        for unit in objects(report, "subUnits"):
            element(made, "ReportUnitHierarchy", unit)
        for asset in objects(report, "assets"):
            element(made, "Asset", asset)
        for data in objects(report, "additionalData"):
            _additional(element(made, "AdditionalData", data), data)
        self._failures(made, report)
        if is_object(report.get("root")):
            self._step(made, report["root"], 0)
        document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return document

    def _failures(self, made: ET.Element, report: Mapping[str, Any]) -> None:
        files: list[tuple[str | None, dict[str, Any]]] = [(None, each) for each in objects(report, "binaryData")]
        number = 0
        for unit in objects(report, "subUnits"):
            for failure in objects(unit, "failures"):
                _commented(element(made, "Failures", failure, Idx=number, PartIdx=unit.get("idx")), failure)
                files += [(str(number), each) for each in objects(failure, "attachments")]
                number += 1
        for index, (owner, file) in enumerate(files):
            binary = element(made, "Binary", {}, FailIdx=owner, BinaryDataIndex=index)
            _filled(element(binary, "Data", file), file.get("data"))

    def _step(self, parent: ET.Element, step: dict[str, Any], place: int) -> None:
        made = element(parent, "Step", step, **({"StepIndex": place} if self._indexes else {}))
        for name, member in OBJECTS.items():
            if is_object(step.get(member)):
                element(made, name, step[member], **_filename(name, step[member]))
        _filled(made, step.get("reportText"), "ReportText")
        for name, member in MEASUREMENTS.items():
            for index, each in enumerate(objects(step, member)):
                places = {"MeasIndex": index, "MeasOrderNumber": next(self._order)} if self._indexes else {}
                element(made, name, each, **places)
        chart, attachment = step.get("chart"), step.get("attachment")
        if is_object(chart):
            self._chart(made, chart)
        if is_object(attachment):
            _filled(element(made, "Attachment", attachment), attachment.get("data"))
        for each in objects(step, "additionalResults"):
            _additional(element(made, "AdditionalResults", {}, Name=_plain(each.get("name"))), each)
        for index, each in enumerate(objects(step, "steps")):
            self._step(made, each, index)

    def _chart(self, parent: ET.Element, chart: Mapping[str, Any]) -> None:
        made = element(parent, "Chart", chart, **({"idx": 0} if self._indexes else {}))
        for each in objects(chart, "series"):
            series = element(made, "Series", each)
            for name in ("xdata", "ydata"):
                _filled(series, each.get(name), name)


def _filename(name: str, values: Mapping[str, Any]) -> dict[str, str]:
    path = values.get("path") if name == "SequenceCall" else None
    return {"Filename": xml_text(PureWindowsPath(path).name)} if isinstance(path, str) else {}


def _commented(made: ET.Element, values: Mapping[str, Any]) -> None:
    _filled(made, values.get("comment"), "Comment")


def _filled(made: ET.Element, content: Any, child: str | None = None) -> None:
    """Give an element, or a new child of it, its content; nothing if there is none."""
    if content is not None:
        (made if child is None else ET.SubElement(made, child)).text = xml_text(str(content))


def _plain(value: Any) -> str | None:
    return None if value is None else xml_text(str(value))


def _additional(made: ET.Element, data: Mapping[str, Any]) -> None:
    for each in objects(data, "props"):
        _property(made, each)


def _property(parent: ET.Element, values: Mapping[str, Any]) -> None:
    made = element(parent, "Prop", values)
    _additional(made, values)
    array = values.get("array")
    if is_object(array):
        inner = element(made, "Array", array)
        for index in objects(array, "indexes"):
            numbers: Sequence[Any] = index.get("indexes") or ()
            place = element(inner, "Index", {}, Text=_plain(index.get("text")), Indexes=";".join(map(str, numbers)))
            if is_object(index.get("value")):
                _property(place, index["value"])
