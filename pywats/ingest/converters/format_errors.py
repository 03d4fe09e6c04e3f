"""What is wrong with a file in one of the formats of WATS reports, as converters say it."""

from collections.abc import Generator
from contextlib import contextmanager

from pywats.errors import FormatError
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason


@contextmanager
def told() -> Generator[None]:
    """In a ``with``: a file that is not what its format promises gives no report."""
    try:
        yield
    except FormatError as error:
        raise ConversionError(Reason.MALFORMED, error.args[0], error.position) from error
