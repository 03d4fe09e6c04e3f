"""WSXF, the XML form of WATS reports: one or several of them."""

from collections.abc import Iterator
from typing import Final

from pywats.ingest.converters.format_errors import told
from pywats.ingest.converters.interface import Context, Options, Source
from pywats.reports.formats import recognised, wsxf
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
        yield from wsxf.read(source.file)
