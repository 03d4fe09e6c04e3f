"""ATML, the test results of IEEE 1636.1: one report or several."""

from collections.abc import Iterator
from typing import Final

from pywats.ingest.converters.format_errors import told
from pywats.ingest.converters.interface import Context, Options, Source
from pywats.reports.formats import atml, recognised
from pywats.reports.models import UUTReport

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]

SUFFIXES: Final = ()


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is ATML, by the name of the first element."""
    del name
    return 0.9 if recognised(head) == "atml" else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield each report of the file; times without an offset stay without.

    Raises:
        ConversionError: it is no such document; the text says where.
    """
    del options
    context.tell("format", "atml", "every value stands under its own name")
    with told():
        yield from atml.read(source.file, timezone="kept")
