"""STDF V4, the datalog format of semiconductor testers: one report for each test of a part."""

from collections.abc import Iterator

from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.stdf.lot import Lot
from pywats.ingest.converters.stdf.options import Options
from pywats.ingest.converters.stdf.records import Records, is_stdf
from pywats.ingest.converters.stdf.survey import Survey
from pywats.ingest.converters.unpacking import unpacked
from pywats.reports.models import UUTReport

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]

SUFFIXES: tuple[str, ...] = tuple(
    f"{name}{packed}" for name in (".stdf", ".std") for packed in ("", ".gz", ".bz2", ".zip")
)


def sniff(head: bytes, name: str) -> float:
    """A file begins with a record that tells the order of its bytes; it may be compressed."""
    del name
    return 1.0 if is_stdf(head) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of each test of a part. The file is read twice: names of tests and bins stand at its end.

    Raises:
        ConversionError: the file is damaged or not complete, or a result belongs to no part.
    """
    survey = Survey(Records(unpacked(source.file), context.encoding))
    lot = Lot(Records(unpacked(source.file), context.encoding), survey, options, context)
    yield from lot.reports()
