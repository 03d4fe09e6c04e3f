"""WSXF, the XML form of WATS reports: one or several of them."""

from collections.abc import Iterator
from typing import Final

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.format_errors import told
from pywats.ingest.converters.interface import Context, Options, Source
from pywats.reports.formats import recognised, wsxf
from pywats.reports.formats.noted import note_of
from pywats.reports.models import Report

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]

SUFFIXES: Final = (".wsxf",)


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is WSXF, by the name of the first element."""
    del name
    return 0.9 if recognised(head) == "wsxf" else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[Report]:
    """Yield each report of the file.

    Raises:
        ConversionError: it is no such document; the text says where.
    """
    del options
    context.tell("format", "wsxf", "every value stands under its own name")
    with told():
        for report in wsxf.read(source.file):
            _tell_missing(report.wire.get("root"))
            yield report


def _tell_missing(root: JsonObject | None) -> None:
    """Tell in the text of a step what it measured if a number of it is not finite, which a report cannot have."""
    waiting = [] if root is None else [root]
    while waiting:
        step = waiting.pop()
        waiting += step.get("steps", ())
        measured: list[JsonObject] = step.get("numericMeas", [])
        if all("value" in each for each in measured):
            continue
        lines = [str(step.get("reportText") or ""), *map(_line, step.pop("numericMeas"))]
        step["reportText"] = "\n".join(filter(None, lines))


def _line(measured: JsonObject) -> str:
    """Return what a measurement says, with its number as the file writes it."""
    said = {"name": "", "value": note_of(measured).attributes.get("", {}).get("NumericValue", ""), **measured}
    words = [str(said[key]) for key in ("value", "unit", "compOp", "lowLimit", "highLimit", "status") if key in said]
    return f"{said['name'] or 'value'}: {' '.join(words)}"
