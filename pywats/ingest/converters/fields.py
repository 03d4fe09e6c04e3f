"""Fields of a report that need more than the text that a tester wrote."""

from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason


def process_code(text: str, place: str) -> int | None:
    """Return the code of a test operation, or ``None`` if nothing is said.

    Raises:
        ConversionError: it is no code.
    """
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:  # noqa: PLR2004 - no code is longer
        raise ConversionError(Reason.WRONG_VALUE, f"the code of a process is a whole number, not {text!r:.40}", place)
    return int(text)
