"""Converters: one module per format, each with ``sniff`` and ``convert``."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final, Protocol

from pywats.ingest.converters import wsjf


class Converter(Protocol):
    """What a module of this package offers."""

    SUFFIXES: tuple[str, ...]
    """Endings of file names (lower case) for which this converter is tried when no content is recognised."""

    def sniff(self, head: bytes) -> float:
        """Return how sure it is, from 0 to 1, that a file which begins with ``head`` is of its format."""
        ...

    def convert(self, file: BinaryIO) -> Iterator[bytes]:
        """Yield the reports of a file as WSJF.

        Raises:
            ConversionError: the file does not hold what its format promises; the text says where.
        """
        ...


CONVERTERS: Final[Mapping[str, Converter]] = {"wsjf": wsjf}
"""The converters by the names they have in a configuration."""
