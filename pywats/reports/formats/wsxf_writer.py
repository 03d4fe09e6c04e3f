"""A report as an element ``Report`` of WSXF."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from lxml import etree

from pywats.errors import FormatError
from pywats.reports.formats import wsxf_names as names
from pywats.reports.formats.noted import Json, Note, note_of
from pywats.reports.formats.safe_xml import Element
from pywats.reports.formats.wsxf_names import NAMESPACE, Names
from pywats.reports.formats.wsxf_reader import EXACT, length_of
from pywats.reports.formats.xml_values import ID
from pywats.reports.models import UURReport, UUTReport

__all__ = ["written"]

DEEPEST: Final = 240
"""Elements in each other, which every reader takes."""
LONGEST_FILE_NAME: Final = 200
NSMAP: Final = {None: NAMESPACE}
_KEYS_OF_PROCESS: Final = tuple(key for key, _ in names.PROCESS.values())
_LISTS_OF_REPORT: Final = ("miscInfos", "subUnits", "assets", "additionalData", "binaryData")
_IN_REPORT: Final = ("uut", "uur", "root", *_LISTS_OF_REPORT, *_KEYS_OF_PROCESS)
_IN_STEP: Final = (
    *("steps", "chart", "attachment", "reportText", "additionalResults"),
    *(key for key, _ in (*names.MEASUREMENTS.values(), *names.PARTS_OF_STEP.values())),
)


def written(report: UUTReport | UURReport) -> tuple[Element, list[str]]:
    """The element of a report, and the places of what it cannot hold.

    Raises:
        FormatError: a text has a character that XML cannot hold, or steps are nested too deeply.
    """
    writer = _Writer(exact=False)
    element = writer.report(report.wire)
    if writer.needs_exact:
        writer = _Writer(exact=True)
        element = writer.report(report.wire)
    return element, writer.left_out


class _Writer:
    """Writes the elements of one report.

    Attributes:
        needs_exact: whether an empty text or the case of an id would be read otherwise than they are.
        left_out: the places of members that have no counterpart in XML.
    """

    def __init__(self, *, exact: bool) -> None:
        self._exact = exact
        self._place: list[str] = []
        self._depth = 0
        self.needs_exact = False
        self.left_out: list[str] = []

    def report(self, wire: Json) -> Element:
        """The element of a report."""
        element = etree.Element(f"{{{NAMESPACE}}}Report", nsmap=NSMAP)
        if self._exact:
            element.append(etree.ProcessingInstruction("pywats", EXACT))
        try:
            self._attributes(element, names.REPORT, wire)
            self._report(element, wire)
        except (ValueError, TypeError) as error:
            raise FormatError(f"XML cannot hold it: {error}", position=self._where()) from error
        self._unknown(wire, names.REPORT, _IN_REPORT)
        self._noted(element, note_of(wire))
        return element

    def _report(self, element: Element, wire: Json) -> None:
        if (uut := wire.get("uut")) is not None:
            self._part(element, "UUT", names.UUT, uut, texts={"comment": "Comment"})
        if (uur := wire.get("uur")) is not None:
            self._uur(element, uur)
        self._process(element, wire)
        for index, info in enumerate(_parts(wire, "miscInfos")):
            position = {"idx": str(index), "order_no": str(index)}
            text = info.get("text")
            self._part(element, "MiscInfo", names.MISC_INFO, info, position, handled=("text",)).text = text
            self.needs_exact |= text == ""
        failures: list[tuple[int, Json]] = []
        for unit in _parts(wire, "subUnits"):
            name = note_of(unit).name or "ReportUnitHierarchy"
            self._part(element, name, names.SUB_UNIT, unit, handled=("failures",))
            failures += [(unit.get("idx") or 0, failure) for failure in _parts(unit, "failures")]
        for asset in _parts(wire, "assets"):
            self._part(element, "Asset", names.ASSET, asset)
        for index, data in enumerate(_parts(wire, "additionalData")):
            self._tree(element, "AdditionalData", data, {"Idx": str(index)})
        for index, (part, failure) in enumerate(failures):
            position = {"Idx": str(index), "PartIdx": str(part)}
            texts = {"comment": "Comment"}
            self._part(element, "Failures", names.FAILURE, failure, position, texts=texts, handled=("attachments",))
        self._files(element, {}, wire, "binaryData")
        for index, (_, failure) in enumerate(failures):
            self._files(element, {"FailIdx": str(index)}, failure, "attachments")
        if (root := wire.get("root")) is not None:
            self._step(element, root, 0)

    def _process(self, element: Element, wire: Json) -> None:
        if any(wire.get(key) is not None for key in _KEYS_OF_PROCESS) or "Process" in note_of(wire).attributes:
            process = _added(element, "Process")
            self._attributes(process, names.PROCESS, wire, key="Process")

    def _uur(self, element: Element, wire: Json) -> None:
        uur = self._part(
            element, "UUR", names.UUR, wire, texts={"comment": "Comment"}, handled=(*_KEYS_OF_PROCESS, "children")
        )
        self._process(uur, wire)
        children: list[Any] | None = wire.get("children")
        if children is not None:
            group = _added(uur, "Children")
            for child in map(str, children):
                _added(group, "Child").text = child

    def _files(self, element: Element, owner: Mapping[str, str], wire: Json, key: str) -> None:
        for index, file in enumerate(_parts(wire, key)):
            binary = _added(element, "Binary", {**owner, "BinaryDataIndex": str(index)})
            content = str(file.get("data") or "")
            size = {"size": length_of(content)}
            self._part(binary, "Data", names.BINARY, file, size, handled=("data",)).text = content

    def _step(self, above: Element, wire: Json, index: int) -> None:
        self._place.append(str(wire.get("name")))
        self._go_down(1)
        element = _added(above, "Step")
        self._attributes(element, names.STEP, wire, {"StepIndex": str(index)})
        self._content(element, wire)
        for results in _parts(wire, "additionalResults"):
            self._tree(element, "AdditionalResults", results, {})
        self._unknown(wire, names.STEP, _IN_STEP)
        for number, step in enumerate(_parts(wire, "steps")):
            self._step(element, step, number)
        self._noted(element, note_of(wire))
        self._depth -= 1
        self._place.pop()

    def _content(self, element: Element, wire: Json) -> None:
        """What a step holds besides other steps."""
        self._text(element, "ReportText", wire, "reportText")
        for name, (key, known) in names.PARTS_OF_STEP.items():
            if (part := wire.get(key)) is not None:
                self._part(element, name, known, part, _derived(key, part))
        for name, (key, known) in names.MEASUREMENTS.items():
            for number, measure in enumerate(_parts(wire, key)):
                self._part(element, name, known, measure, {"MeasIndex": str(number)})
        if (chart := wire.get("chart")) is not None:
            self._chart(element, chart)
        if (file := wire.get("attachment")) is not None:
            content = str(file.get("data") or "")
            size = {"Size": length_of(content)}
            self.needs_exact |= file.get("data") == ""
            self._part(element, "Attachment", names.ATTACHMENT, file, size, handled=("data",)).text = content

    def _chart(self, element: Element, wire: Json) -> None:
        chart = self._part(element, "Chart", names.CHART, wire, {"idx": "0"}, handled=("series",))
        for series in _parts(wire, "series"):
            self._part(chart, "Series", names.SERIES, series, texts={"ydata": "ydata", "xdata": "xdata"})

    def _tree(self, element: Element, name: str, wire: Json, derived: Mapping[str, str]) -> None:
        tree = self._part(element, name, names.ADDITIONAL, wire, derived, handled=("props",))
        for prop in _parts(wire, "props"):
            self._prop(tree, prop)

    def _prop(self, above: Element, wire: Json) -> None:
        self._go_down(1)
        prop = self._part(above, "Prop", names.PROPERTY, wire, handled=("props", "array"))
        for inner in _parts(wire, "props"):
            self._prop(prop, inner)
        if (array := wire.get("array")) is not None:
            self._go_down(2)
            element = self._part(prop, "Array", names.ARRAY, array, handled=("indexes",))
            for item in _parts(array, "indexes"):
                indexes: Any = item.get("indexes")
                said = {} if indexes is None else {"Indexes": ";".join(map(str, indexes))}
                each = self._part(element, "Index", names.INDEX, item, said, handled=("indexes", "value"))
                if (value := item.get("value")) is not None:
                    self._prop(each, value)
            self._depth -= 2
        self._depth -= 1

    def _go_down(self, levels: int) -> None:
        self._depth += levels
        if self._depth > DEEPEST:
            detail = f"more than {DEEPEST} elements would stand in each other"
            raise FormatError(detail, position=" / ".join(self._place[-5:]))

    def _part(
        self,
        above: Element,
        name: str,
        known: Names,
        wire: Json,
        derived: Mapping[str, str] | None = None,
        *,
        texts: Mapping[str, str] | None = None,
        handled: Iterable[str] = (),
    ) -> Element:
        """Add an element for a JSON object: its attributes, and children that hold nothing but a text."""
        element = _added(above, name)
        self._attributes(element, known, wire, derived)
        for key, child in (texts or {}).items():
            self._text(element, child, wire, key)
        self._unknown(wire, known, (*handled, *(texts or ())))
        self._noted(element, note_of(wire))
        return element

    def _text(self, element: Element, name: str, wire: Json, key: str) -> None:
        if (text := wire.get(key)) is not None:
            _added(element, name).text = text

    def _attributes(
        self, element: Element, known: Names, wire: Json, derived: Mapping[str, str] | None = None, key: str = ""
    ) -> None:
        """Write attributes: what was read as it stood, unless it has changed."""
        noted = note_of(wire).attributes.get(key, {})
        for name, (member, kind) in known.items():
            value = wire.get(member)
            stood = noted.get(name)
            if value is None:
                if stood is not None and not (stood == "" and self._exact):
                    element.set(name, stood)
                continue
            text = kind.write(value)
            if (text == "" and not kind.empty) or (kind is ID and text != text.lower()):
                self.needs_exact = True
            element.set(name, stood if stood and not self._exact and kind.read(stood) == value else text)
        for name, text in noted.items():
            if name not in known:
                element.set(name, text)
        for name, text in (derived or {}).items():
            if name not in noted:
                element.set(name, text)

    def _unknown(self, wire: Json, known: Names, handled: Iterable[str]) -> None:
        if len(wire) == 0:
            return
        members = {member for member, _ in known.values()}.union(handled)
        for key, value in wire.items():
            if key not in members and value not in (None, [], {}):
                self.left_out.append(f"{self._where()}: {key}")

    def _noted(self, element: Element, note: Note) -> None:
        for xml in note.elements:
            element.append(etree.fromstring(xml))

    def _where(self) -> str:
        return " / ".join(self._place) or "report"


def _added(above: Element, name: str, attributes: dict[str, str] | None = None) -> Element:
    """A new element of the format at the end of another."""
    return etree.SubElement(above, f"{{{NAMESPACE}}}{name}", attributes)


def _parts(wire: Json, key: str) -> list[Json]:
    """The objects of a list; a null among them is an empty one."""
    return [each or {} for each in wire.get(key) or ()]


def _derived(key: str, wire: Json) -> Mapping[str, str]:
    """Attributes that follow from others."""
    path = wire.get("path")
    if key == "loop":
        return {}
    return {"MeasIndex": "0", "Filename": path} if path and len(path) <= LONGEST_FILE_NAME else {"MeasIndex": "0"}
