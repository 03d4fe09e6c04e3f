"""An element ``Report`` of WSXF as a report."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from lxml import etree

from pywats.errors import FormatError
from pywats.reports.formats import wsxf_names as names
from pywats.reports.formats.noted import Json, Noted
from pywats.reports.formats.safe_xml import Element, line_of, local, text_of
from pywats.reports.formats.wsxf_names import NAMESPACE, Names
from pywats.reports.formats.xml_values import ID, TEXT
from pywats.reports.models import UURReport, UUTReport

__all__ = ["EXACT", "length_of", "read_report"]

EXACT: Final = "exact"
"""A processing instruction with this text begins a report in which an empty attribute is an empty text, and an id is
written as it is; in others an empty attribute is none."""
_PREFIX: Final = f"{{{NAMESPACE}}}"

Handler = Callable[["_Reader", Element, Noted], None]


def read_report(element: Element, file: str) -> UUTReport | UURReport:
    """The report of an element.

    Raises:
        FormatError: a value is none of its kind, or the report has no part or serial number.
    """
    first = next(iter(element), None)
    exact = first is not None and not isinstance(first.tag, str) and text_of(first) == EXACT
    reader = _Reader(file, exact=exact)
    try:
        wire = reader.report(element)
    except RecursionError as error:
        raise FormatError("elements stand too deep in each other", file=file, position=line_of(element)) from error
    return UURReport.over(wire) if wire["type"] == "R" else UUTReport.over(wire)


def length_of(data: str) -> str:
    """How many bytes a text in base64 stands for."""
    said = "".join(data.split())
    return str(len(said) * 3 // 4 - said[-2:].count("="))


class _Reader:
    """Reads the elements of one report."""

    def __init__(self, file: str, *, exact: bool) -> None:
        self._file = file
        self._exact = exact
        self._failures: dict[str, Noted] = {}
        self._failures_of: list[Element] = []
        self._files_of: list[Element] = []
        """Elements that name units and failures, which may stand before them or behind them."""

    def report(self, element: Element) -> Noted:
        """The JSON object of a report."""
        wire = Noted()
        self._attributes(element, names.REPORT, wire)
        self._children(element, wire, _OF_REPORT)
        for child in self._failures_of:
            self.failure(child, wire)
        for child in self._files_of:
            self.binary(child, wire)
        if "type" not in wire:
            wire["type"] = "R" if "uur" in wire else "T"
        for key, attribute in (("pn", "PN"), ("sn", "SN")):
            if key not in wire:
                raise self._error(element, f"the report has no {attribute}")
        return wire

    def step(self, element: Element, index: int) -> Noted:
        """The JSON object of a step."""
        wire = Noted()
        self._attributes(element, names.STEP, wire, {"StepIndex": str(index)})
        self._children(element, wire, _OF_STEP)
        return wire

    def _children(self, element: Element, wire: Noted, handlers: Mapping[str, Handler]) -> None:
        """Read what is in an element; what nobody knows is noted as it is."""
        met: set[str] = set()
        for child in element:
            tag: object = child.tag
            if not isinstance(tag, str):
                continue
            name = tag[len(_PREFIX) :] if tag.startswith(_PREFIX) else ""
            handler = None if name in met else handlers.get(name)
            if name in _ONCE:
                met.add(name)
            if handler is None:
                wire.note.elements.append(etree.tostring(child, with_tail=False))
            else:
                handler(self, child, wire)

    def _part(
        self, element: Element, known: Names, derived: Mapping[str, str] | None = None, texts: tuple[str, ...] = ()
    ) -> Noted:
        """The JSON object of an element; children of these names hold nothing but a text."""
        wire = Noted()
        self._attributes(element, known, wire, derived or {})
        self._children(element, wire, {name: _text(name[:1].lower() + name[1:]) for name in texts})
        return wire

    def _attributes(
        self, element: Element, known: Names, wire: Noted, derived: Mapping[str, str] | None = None, key: str = ""
    ) -> None:
        """Read attributes; noted are those that nobody knows, or that would be written otherwise."""
        for name, text in element.items():
            entry = known.get(str(name))
            if entry is None:
                if derived is None or derived.get(str(name)) != text:
                    wire.note.texts(key)[str(name)] = str(text)
                continue
            member, kind = entry
            if not text and not kind.empty and not (self._exact and (kind is TEXT or kind is ID)):
                wire.note.texts(key)[str(name)] = ""
                continue
            try:
                value: Any = text if self._exact and kind is ID else kind.read(str(text))
            except ValueError as error:
                raise self._error(element, f"{name} {error}") from error
            if value is not None:
                wire[member] = value
            if value is None or kind.write(value) != text:
                wire.note.texts(key)[str(name)] = str(text)

    def _error(self, element: Element, detail: str) -> FormatError:
        return FormatError(detail, file=self._file, position=f"{line_of(element)}, {local(element)}")

    # What is in a report

    def process(self, element: Element, wire: Noted) -> None:
        """The operation."""
        self._attributes(element, names.PROCESS, wire, key="Process")

    def uut(self, element: Element, wire: Noted) -> None:
        """How a test was run."""
        wire["uut"] = self._part(element, names.UUT, texts=("Comment",))

    def uur(self, element: Element, wire: Noted) -> None:
        """What was repaired."""
        info = wire["uur"] = Noted()
        self._attributes(element, names.UUR, info)
        self._children(element, info, _OF_UUR)

    def children(self, element: Element, wire: Noted) -> None:
        """The reports of the repairs of sub units."""
        wire["children"] = [text_of(child).strip() for child in element]

    def misc_info(self, element: Element, wire: Noted) -> None:
        """A named text or number."""
        infos: list[Json] = wire.setdefault("miscInfos", [])
        index = str(len(infos))
        info = self._part(element, names.MISC_INFO, {"idx": index, "order_no": index})
        text = text_of(element)
        if text or (self._exact and "numeric" not in info):
            info["text"] = text
        infos.append(info)

    def sub_unit(self, element: Element, wire: Noted) -> None:
        """A part of the unit."""
        unit = self._part(element, names.SUB_UNIT)
        unit.note.name = local(element)
        wire.setdefault("subUnits", []).append(unit)

    def asset(self, element: Element, wire: Noted) -> None:
        """An asset."""
        wire.setdefault("assets", []).append(self._part(element, names.ASSET))

    def failure_of(self, element: Element, wire: Noted) -> None:
        """A failure, which is read behind all units."""
        del wire
        self._failures_of.append(element)

    def file_of(self, element: Element, wire: Noted) -> None:
        """A file, which is read behind all failures."""
        del wire
        self._files_of.append(element)

    def failure(self, element: Element, wire: Noted) -> None:
        """What was wrong with a unit."""
        index = str(len(self._failures))
        part = element.get("PartIdx", "0")
        derived = {"Idx": element.get("Idx", index), "PartIdx": part}
        failure = self._part(element, names.FAILURE, derived, ("Comment",))
        for unit in wire.get("subUnits", ()):
            if str(unit.get("idx") or 0) == part.strip():
                unit.setdefault("failures", []).append(failure)
                break
        else:
            raise self._error(element, f"PartIdx is {part!r:.50}, and no ReportUnitHierarchy has this Idx")
        self._failures[derived["Idx"]] = failure

    def binary(self, element: Element, wire: Noted) -> None:
        """A file, of a failure or of the report."""
        owner: Noted = wire
        key = "binaryData"
        failed = element.get("FailIdx", "")
        if failed:
            if failed not in self._failures:
                raise self._error(element, f"FailIdx is {failed!r:.50}, and no failure has this Idx")
            owner, key = self._failures[failed], "attachments"
        files: list[Json] = owner.setdefault(key, [])
        for data in element.findall(f"{_PREFIX}Data"):
            content = text_of(data)
            file = self._part(data, names.BINARY, {"size": length_of(content)})
            file["data"] = content
            files.append(file)

    def additional_data(self, element: Element, wire: Noted) -> None:
        """A named tree of values."""
        found: list[Json] = wire.setdefault("additionalData", [])
        found.append(self._tree(element, {"Idx": str(len(found))}))

    def root(self, element: Element, wire: Noted) -> None:
        """The root of the steps; any other is noted."""
        if "root" in wire:
            wire.note.elements.append(etree.tostring(element, with_tail=False))
        else:
            wire["root"] = self.step(element, 0)

    # What is in a step

    def below(self, element: Element, wire: Noted) -> None:
        """A step of a sequence."""
        steps: list[Json] = wire.setdefault("steps", [])
        steps.append(self.step(element, len(steps)))

    def measurement(self, element: Element, wire: Noted) -> None:
        """A measurement."""
        key, known = names.MEASUREMENTS[local(element)]
        measured: list[Json] = wire.setdefault(key, [])
        measured.append(self._part(element, known, {"MeasIndex": str(len(measured))}))

    def part_of_step(self, element: Element, wire: Noted) -> None:
        """Loop, sequence, message or program."""
        key, known = names.PARTS_OF_STEP[local(element)]
        derived = {"MeasIndex": "0"}
        if key == "seqCall":
            derived["Filename"] = element.get("Filepath", "")
        wire[key] = self._part(element, known, derived)

    def chart(self, element: Element, wire: Noted) -> None:
        """A chart."""
        chart = wire["chart"] = Noted()
        self._attributes(element, names.CHART, chart, {"idx": "0"})
        self._children(element, chart, {"Series": _Reader.series})

    def series(self, element: Element, wire: Noted) -> None:
        """A curve."""
        series = self._part(element, names.SERIES, texts=("xdata", "ydata"))
        wire.setdefault("series", []).append(series)

    def attachment(self, element: Element, wire: Noted) -> None:
        """A file."""
        content = element.text or ""
        file = wire["attachment"] = self._part(element, names.ATTACHMENT, {"Size": length_of(content)})
        if content or self._exact:
            file["data"] = content

    def additional_results(self, element: Element, wire: Noted) -> None:
        """A named tree of values."""
        wire.setdefault("additionalResults", []).append(self._tree(element, {}))

    # Trees of values

    def _tree(self, element: Element, derived: Mapping[str, str]) -> Noted:
        tree = Noted()
        self._attributes(element, names.ADDITIONAL, tree, derived)
        tree.setdefault("name", "")
        tree["props"] = []
        self._children(element, tree, {"Prop": _Reader.prop})
        return tree

    def prop(self, element: Element, wire: Noted) -> None:
        """A named value."""
        value = Noted()
        self._attributes(element, names.PROPERTY, value)
        if value.get("type") == "Obj":
            value["props"] = []
        self._children(element, value, {"Prop": _Reader.prop, "Array": _Reader.array})
        wire.setdefault("props", []).append(value)

    def array(self, element: Element, wire: Noted) -> None:
        """Values by index."""
        array = wire["array"] = Noted()
        self._attributes(element, names.ARRAY, array)
        array["indexes"] = []
        self._children(element, array, {"Index": _Reader.index})

    def index(self, element: Element, wire: Noted) -> None:
        """A place in an array and what is there."""
        item = Noted()
        self._attributes(element, names.INDEX, item, {"Indexes": element.get("Indexes", "")})
        if (said := element.get("Indexes")) is not None:
            try:
                item["indexes"] = [int(each) for each in said.split(";")] if said else []
            except ValueError as error:
                raise self._error(element, f"Indexes is {said!r:.50}; numbers joined with ; are needed") from error
        inside = Noted()
        self._children(element, inside, {"Prop": _Reader.prop})
        if inside.get("props"):
            item["value"] = inside["props"][0]
        item.note.elements += inside.note.elements
        wire["indexes"].append(item)


def _text(key: str) -> Handler:
    """Reads the text of an element into a member."""

    def read(_: _Reader, element: Element, wire: Noted) -> None:
        wire[key] = text_of(element)

    return read


_OF_REPORT: Final[Mapping[str, Handler]] = {
    "Process": _Reader.process,
    "UUT": _Reader.uut,
    "UUR": _Reader.uur,
    "MiscInfo": _Reader.misc_info,
    "ReportUnitHierarchy": _Reader.sub_unit,
    "PartInfo": _Reader.sub_unit,
    "Asset": _Reader.asset,
    "Failures": _Reader.failure_of,
    "Failure": _Reader.failure_of,
    "Binary": _Reader.file_of,
    "AdditionalData": _Reader.additional_data,
    "Step": _Reader.root,
}
_ONCE: Final = frozenset(
    (
        *("Process", "UUT", "UUR", "Comment", "Children", "Array"),
        *("ReportText", "Chart", "Attachment", "xdata", "ydata", *names.PARTS_OF_STEP),
    )
)
"""Elements that stand once in theirs; any other is noted."""
_OF_UUR: Final[Mapping[str, Handler]] = {
    "Comment": _text("comment"),
    "Process": _Reader.process,
    "Children": _Reader.children,
}
_OF_STEP: Final[Mapping[str, Handler]] = {
    "Step": _Reader.below,
    **dict.fromkeys(names.MEASUREMENTS, _Reader.measurement),
    **dict.fromkeys(names.PARTS_OF_STEP, _Reader.part_of_step),
    "ReportText": _text("reportText"),
    "Chart": _Reader.chart,
    "Attachment": _Reader.attachment,
    "AdditionalResults": _Reader.additional_results,
}
