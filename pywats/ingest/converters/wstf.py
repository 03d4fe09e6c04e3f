"""WSTF, the text form of WATS reports: one or several of them."""

from collections.abc import Iterator
from typing import Final, Literal

from pywats.ingest.converters.format_errors import told
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.reports.formats import recognised, wstf
from pywats.reports.models import UUTReport

SUFFIXES: Final = ()


class Options(Base):
    """How numbers are written.

    Attributes:
        decimal: what stands before the fraction.
    """

    decimal: Literal[".", ","] = "."


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is WSTF, by its first line."""
    del name
    return 0.9 if recognised(head) == "wstf" else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield each report of the file; times without an offset stay without.

    Raises:
        ConversionError: it is no such file, or a report in it does not end; the text says where.
    """
    context.tell("format", "wstf", "every value stands under its own name")
    with told():
        yield from wstf.read(source.file, timezone="kept", encoding=context.encoding, decimal=options.decimal)
