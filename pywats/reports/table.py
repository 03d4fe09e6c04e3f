"""Reports as flat rows: one per measurement."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, TypedDict

from pywats.reports.member import Json
from pywats.reports.models import UURReport, UUTReport
from pywats.reports.values import objects

__all__ = ["COLUMNS", "Row", "rows"]


class Row(TypedDict):
    """A measurement, and the report that it is of.

    Attributes:
        path: names of the steps from below the root down to its own, joined with `` / ``.
        name: of the measurement, where its step has several.
        kind: ``numeric``, ``string`` or ``boolean``.
        value: that was measured; 1 and 0 for a pass and a fail.
        text: that was read.
        limit: text that it was compared with.
        operator: it was compared by.
        loop_index: of the innermost iteration that it is in.
    """

    report_id: str
    serial_number: str
    part_number: str
    process_code: int | None
    start: datetime | None
    path: str
    name: str | None
    kind: str
    value: float | None
    low: float | None
    high: float | None
    unit: str | None
    text: str | None
    limit: str | None
    operator: str | None
    status: str
    loop_index: int | None


COLUMNS: Final = tuple(Row.__annotations__)


def rows(report: UUTReport | UURReport) -> Iterator[Row]:
    """The measurements of a report in their order, a row each; a repair has none.

    The summary of a loop repeats its last iteration, and gives no row of its own.
    """
    if isinstance(report, UURReport):
        return
    header = (str(report.id), report.sn, report.pn, report.process_code, report.start)
    waiting: list[tuple[Json, str, int | None]] = [(report.root.wire, "", None)]
    while waiting:
        step, path, index = waiting.pop()
        loop: Json = step.get("loop") or {}
        if loop.get("idx") is not None:
            index = loop["idx"]
        elif loop.get("num") is not None:
            continue
        for kind, key in _KINDS.items():
            for _, measure in objects(step, key):
                yield _row(header, path, kind, measure, index)
        prefix = f"{path} / " if path else ""
        waiting += [(child, f"{prefix}{child.get('name')}", index) for _, child in reversed(objects(step, "steps"))]


_KINDS: Final = {"numeric": "numericMeas", "string": "stringMeas", "boolean": "booleanMeas"}
_Header = tuple[str, str, str, int | None, datetime | None]


def _row(header: _Header, path: str, kind: str, measure: Json, index: int | None) -> Row:
    report_id, serial_number, part_number, process_code, start = header
    status = str(measure.get("status"))
    said = measure.get("value")
    return {
        "report_id": report_id,
        "serial_number": serial_number,
        "part_number": part_number,
        "process_code": process_code,
        "start": start,
        "path": path,
        "name": measure.get("name"),
        "kind": kind,
        "value": said if kind == "numeric" else float(status == "P") if kind == "boolean" else None,
        "low": measure.get("lowLimit"),
        "high": measure.get("highLimit"),
        "unit": measure.get("unit"),
        "text": said if kind == "string" else None,
        "limit": measure.get("limit"),
        "operator": measure.get("compOp"),
        "status": status,
        "loop_index": index,
    }
