"""Converters: one module per format, each with ``SUFFIXES``, ``Options``, ``sniff`` and ``convert``.

What a converter of one's own needs is here: see `Converter` for what it has to offer.
"""

from pywats.ingest.converters.interface import Context, Converter, Explain, Options, Source
from pywats.ingest.faults import ConversionError, ForeignFileError, NotReadyError
from pywats.ingest.reasons import Reason

__all__ = [
    "Context",
    "ConversionError",
    "Converter",
    "Explain",
    "ForeignFileError",
    "NotReadyError",
    "Options",
    "Reason",
    "Source",
]
