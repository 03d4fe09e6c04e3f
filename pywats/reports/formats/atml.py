"""ATML test results (IEEE 1636.1) as TestStand writes them: 2.02, 5.00 and 6.01."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from lxml import etree

from pywats.errors import FormatError
from pywats.reports.formats.atml_node import Node
from pywats.reports.formats.atml_rest import rest_of
from pywats.reports.formats.atml_steps import Steps
from pywats.reports.formats.content_id import content_id
from pywats.reports.formats.local_time import Zone, seconds_between
from pywats.reports.formats.safe_xml import Element, line_of, local, subtrees, text_of
from pywats.reports.formats.source import Source
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall, SequenceCallInfo
from pywats.reports.units import UUTInfo

__all__ = ["read"]

_YEARS: Final = ("2006", "2007", "2011", "2011:01", "2013", "2018")
_SPACES: Final = (
    *(f"http://www.ieee.org/ATML/{year}/TestResults" for year in ("2006", "2007")),
    *(f"urn:IEEE-1636.1:{year}:TestResults" for year in _YEARS),
)
"""The standard and its trial use; drafts and later editions only differ in what a report has no field for."""
_WANTED: Final = frozenset(f"{{{space}{end}}}TestResults" for space in _SPACES for end in ("", "Collection"))
_ROOTS: Final = _WANTED.union(f"{{{space}Collection}}TestResultsCollection" for space in _SPACES)


def read(source: Source, *, timezone: Zone = None) -> Iterator[UUTReport]:
    """Yield a report for each ``TestResults`` of a document, as they come.

    What a step holds follows from its data and limits, not from the name of its type.

    Args:
        source: the document.
        timezone: of its times, which have none; that of this computer unless given. ``"kept"`` leaves them without.

    Raises:
        FormatError: it is no such document; ``position`` says where.
        OSError: the file cannot be read.
    """
    for element, file in subtrees(source, _ROOTS, _WANTED, "ATML"):
        try:
            reports = list(_Reader(file, timezone).reports(element))
        except RecursionError as error:
            raise FormatError("elements stand too deep in each other", file=file, position=line_of(element)) from error
        yield from reports


class _Reader:
    """Reads the elements of one report."""

    def __init__(self, file: str, timezone: Zone) -> None:
        self._steps = Steps(file, timezone)

    def reports(self, element: Element) -> Iterator[UUTReport]:
        """The reports of an element ``TestResults``: one, unless it holds several sets of results."""
        sets = element.findall("{*}ResultSet")
        unit = element.find("{*}UUT")
        serial = None if unit is None else unit.find("{*}SerialNumber")
        if not sets or unit is None or serial is None:
            missing = "UUT with a SerialNumber" if sets else "ResultSet"
            raise self._steps.error(element, f"it has no {missing}")
        for index, results in enumerate(sets):
            yield self._report(element, unit, serial, results, _content_id(results) if index else _id(element))

    def _report(self, element: Element, unit: Element, serial: Element, results: Element, own: UUID) -> UUTReport:
        number = _part_number(unit)
        report = UUTReport(
            pn="" if number is None else number.get("number"), sn=text_of(serial).strip(), rev="", info=UUTInfo()
        )
        report.mode = "import"
        report.id = own
        taken = [(serial, "")]
        taken += [] if number is None else [(number, "number"), (number, "type")]
        self._surroundings(element, report, taken)
        start, end = (self._steps.time(results, name) for name in ("startDateTime", "endDateTime"))
        if start is not None:
            report.wire["start"] = start[0]
            if start[1] is not None:
                report.wire["startUTC"] = start[1]
        if start is not None and end is not None:
            report.wire["uut"]["execTime"] = seconds_between(start[0], end[0])
        self._root(results, report.root)
        report.wire["result"] = report.root.wire["status"]
        if extra := _rest(element, taken):
            report.wire["additionalData"] = extra
        return report

    def _surroundings(self, element: Element, report: UUTReport, taken: list[tuple[Element, str]]) -> None:
        """Who tested, where, and in which socket."""
        info = report.wire["uut"]
        operator = element.find("{*}Personnel/{*}SystemOperator")
        if operator is not None and (name := operator.get("ID") or operator.get("name")):
            info["user"] = name
            taken += [(operator, key) for key in ("ID", "name") if operator.get(key) == name]
        station = element.find("{*}TestStation/{*}SerialNumber")
        if station is not None and (name := text_of(station).strip()):
            report.wire["machineName"] = name
            taken.append((station, ""))
        properties = element.find("{*}Extension/{*}TSResultSetProperties")
        if properties is None:
            return
        socket = properties.find("{*}TestSocketIndex")
        if socket is not None and (number := self._steps.number(socket)) is not None:
            info["testSocketIndex"] = int(number)
            taken += [(socket, "value"), (socket, "")]
        batch = properties.find("{*}BatchSerialNumber")
        if batch is not None and (name := (batch.get("value") or text_of(batch)).strip()):
            info["batchSN"] = name
            taken += [(batch, "value"), (batch, "")]

    def _root(self, results: Element, root: SequenceCall) -> None:
        path, _, name = (results.get("name") or "").rpartition("#")
        root.name = name or path or "MainSequence"
        root.called = SequenceCallInfo(path=path or None, file_name=name or None)
        node = Node(results)
        for option, value in self._steps.options(node).items():
            setattr(root, option, value)
        self._steps.fill(node, root)
        self._steps.complete(node, root)
        letter = self._steps.outcome(node)
        if letter is None:  # it is not told, but its steps are
            ended = {str(step.wire.get("status")) for step in root.steps}
            letter = next((grave for grave in "TEF" if grave in ended), "P")
        root.wire["status"] = {"D": "P", "S": "T"}.get(letter, letter)
        root.wire.pop("start", None)


def _rest(element: Element, taken: list[tuple[Element, str]]) -> list[Any]:
    """What stands beside the results and has no field, but for the options that TestStand made the report with."""
    found: list[Any] = []
    for child in element:
        name = local(child)
        if name not in {"", "ResultSet"}:
            options = child.find(_REPORT_OPTIONS) is not None
            props = rest_of(child, taken, ("Configuration",) if options else ())
            found += [{"name": name, "props": props}] if props else []
    return found


_REPORT_OPTIONS: Final = "{*}Configuration/{*}Collection/{*}Item[@name='IncludeTSExtensionElements']"


def _part_number(unit: Element) -> Element | None:
    """What has the number of the part, or of what else there is; none if there is none."""
    numbers = unit.findall("{*}Definition//{*}IdentificationNumber")
    parts = [each for each in numbers if (each.get("type") or "").lower() == "part"]
    return next((each for each in (*parts, *numbers) if (each.get("number") or "").strip()), None)


def _id(element: Element) -> UUID:
    """The id of the results, or one that follows from their content."""
    try:
        return UUID(element.get("uuid") or "")
    except ValueError:
        return _content_id(element)


def _content_id(element: Element) -> UUID:
    return content_id(etree.tostring(element, with_tail=False))
