"""Building the reports of a converter: what the file says and nothing else, in the lengths that the server stores."""

from datetime import datetime
from math import isfinite
from typing import Any, Final, Literal, Unpack

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.interface import Explain
from pywats.reports.builder import Status, StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall, Step
from pywats.reports.units import MiscInfo

LONGEST: Final = 100
"""Characters of a name, and of most other texts of a report."""
LONGEST_UNIT: Final = 20
_HEADER: Final = {
    "serial_number": "sn",
    "part_number": "pn",
    "revision": "rev",
    "process": "processCode",
    "station": "machineName",
    "location": "location",
    "purpose": "purpose",
    "operator": "user",
    "batch": "batchSN",
    "fixture": "fixtureId",
    "socket": "testSocketIndex",
    "start": "start",
    "seconds": "execTime",
    "comment": "comment",
    "result": "result",
}
"""Fields of a report by their names in a configuration."""


def new_test(
    *,
    serial_number: str = "",
    part_number: str = "",
    revision: str = "",
    process: int | None = None,
    station: str = "",
    location: str = "",
    purpose: str = "",
    operator: str = "",
    comment: str = "",
    batch: str = "",
    fixture: str = "",
    socket: int | None = None,
    start: datetime | str | None = None,
    seconds: float | None = None,
    result: str = "P",
    sequence: str = "",
    path: str = "",
    version: str = "",
    mode: Literal["active", "import"] = "import",
) -> UUTReport:
    """Return a test report without steps; what is empty is left out, for the source to fill in or to miss.

    It has no id: the same file gives the same report. A start without a zone stays without.

    Args:
        serial_number: of the unit.
        part_number: of the unit.
        revision: of the unit.
        process: code of the test operation.
        station: that made it.
        location: of the station.
        purpose: of the station.
        operator: who tested.
        comment: on the test.
        batch: serial number of the batch.
        fixture: that held the unit.
        socket: index of the test socket.
        start: of the test.
        seconds: that it took.
        result: ``P``, ``F``, ``E`` or ``T``.
        sequence: name of the test program.
        path: of its file.
        version: of its file.
        mode: ``import``: statuses stand as given; ``active``: those of sequences and report follow from their steps.
    """
    info: JsonObject = {"user": operator, "comment": comment, "execTime": seconds, "testSocketIndex": socket}
    info |= {"batchSN": batch, "fixtureId": fixture}
    call = {"path": path, "name": sequence, "version": version[:30]}
    root = {"group": "M", "name": shortened(sequence or "Main"), "stepType": "SequenceCall", "status": result}
    wire: JsonObject = {
        "type": "T",
        "sn": serial_number,
        "pn": part_number,
        "rev": revision,
        "processCode": process,
        "machineName": station,
        "location": location,
        "purpose": purpose,
        "start": start.isoformat() if isinstance(start, datetime) else start,
        "result": result,
    }
    report = UUTReport.over({**_given(wire), "rev": revision})  # the server takes an empty one, but wants one
    report.mode = mode
    report.wire["uut"] = _given(info)
    report.wire["root"] = {**root, "seqCall": _given(call), "steps": []}
    return report


def tell_header(explain: Explain | None, report: UUTReport, place: str) -> None:
    """Say what a report was understood to say of its unit and its run."""
    if explain is None:
        return
    info: JsonObject = report.wire["uut"]
    for name, key in _HEADER.items():
        explain(name, report.wire.get(key, info.get(key)), place)
    for each in report.wire.get("miscInfos", ()):
        explain(f"misc info {each.get('description')}", each.get("text"), place)


def add_number(
    into: SequenceCall,
    name: str,
    value: float | None,
    unit: str = "",
    *,
    low: float | None = None,
    high: float | None = None,
    comp_op: str | None = None,
    status: Status | None = None,
    **options: Unpack[StepOptions],
) -> Step:
    """Add a measured number. One that is missing or not finite stands in the text of the step.

    A limit that is not finite is none. A measurement that is but done has passed.
    """
    status = "P" if status == "D" else status
    name = told_whole(name, options)
    lowest, highest = (None if each is None or not isfinite(each) else each for each in (low, high))
    if (low, high) != (lowest, highest):
        comp_op = None
    if value is None or not isfinite(value):
        limits = [f"{word} limit {limit}" for word, limit in (("low", low), ("high", high)) if limit is not None]
        said = "" if value is None else f"value {value} {unit}".strip()
        add_report_text(options, ", ".join(filter(None, (said, *limits))))
        return into.action(name, status=status or "F", **options)
    if len(unit) > LONGEST_UNIT:
        add_report_text(options, f"unit {unit}")
        unit = unit[:LONGEST_UNIT]
    return into.numeric(name, value, unit, low=lowest, high=highest, comp_op=comp_op, status=status, **options)


def add_text(
    into: SequenceCall,
    name: str,
    value: str,
    *,
    limit: str | None = None,
    comp_op: str | None = None,
    status: Status | None = None,
    **options: Unpack[StepOptions],
) -> Step:
    """Add a text that was read. What is too long for it stands whole in the text of the step."""
    status = "P" if status == "D" else status
    name = told_whole(name, options)
    if len(value) > LONGEST:
        add_report_text(options, value)
    if limit is not None and len(limit) > LONGEST:
        add_report_text(options, f"limit {limit}")
    short = None if limit is None else shortened(limit)
    return into.string(name, shortened(value), limit=short, comp_op=comp_op, status=status, **options)


def add_misc(report: UUTReport, name: str, value: str) -> None:
    """Add a text that has no field of its own; none if it is empty."""
    if value:
        report.misc_infos.append(MiscInfo.over({"description": name, "text": shortened(value)}))


def told_whole(name: str, options: StepOptions) -> str:
    """Return a name that is short enough; the whole one stands in the text of the step then. No name is ``step``."""
    if len(name) > LONGEST:
        add_report_text(options, name)
    return shortened(name) or "step"


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return a text that is not longer; where it was cut there is an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def settle(sequence: SequenceCall) -> str:
    """Give a sequence, and those in it, the gravest status of its steps; return it."""
    return _settled(sequence.wire)


def _settled(sequence: JsonObject) -> str:
    steps: list[JsonObject] = sequence.get("steps", [])
    statuses = [_settled(step) if "seqCall" in step else str(step["status"]) for step in steps]
    gravest = max(statuses, key="PDSFET".index, default="P")
    status = gravest if gravest in "FET" else "P"
    sequence["status"] = status
    return status


def lines(*texts: str | None) -> str:
    """Return texts, each on a line of its own, without those that are empty."""
    return "\n".join(filter(None, texts))


def add_report_text(options: StepOptions, *texts: str) -> None:
    """Add lines to the text of a step that is to be added."""
    if text := lines(options.get("report_text"), *texts):
        options["report_text"] = text


def add_note(step: Step, *texts: str) -> None:
    """Add lines to the text of a step."""
    if text := lines(step.report_text, *texts):
        step.report_text = text


def _given(wire: JsonObject) -> Any:
    return {name: value for name, value in wire.items() if value is not None and value != ""}
