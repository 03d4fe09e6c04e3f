"""Instants of reports: testers write more digits than a ``datetime`` holds, so each keeps the text it was read from."""

from datetime import datetime
from typing import Any


class Instant(datetime):
    """A ``datetime`` that knows the text it was read from."""

    text: str = ""

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle and copy with the text."""
        return (read_instant, (self.text,)) if self.text else super().__reduce_ex__(protocol)


def read_instant(text: str) -> Instant:
    """The instant that an ISO 8601 text names; digits behind the microsecond are kept in its text alone.

    Raises:
        ValueError: the text is no date and time.
    """
    value = Instant.fromisoformat(text)
    value.text = text
    return value


def write_instant(value: datetime) -> str:
    """The text of a time: the one that it was read from, if any.

    Raises:
        ValueError: it has no time zone.
        TypeError: it is no time.
    """
    if isinstance(value, Instant) and value.text:
        return value.text
    if not isinstance(value, datetime):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"is {value!r}, of type {type(value).__name__}; a datetime is needed")
    if value.utcoffset() is None:
        raise ValueError(f"is {value.isoformat()} without a time zone; give such as datetime.now().astimezone()")
    return value.isoformat()
