"""Instants of reports: testers write more digits than a ``datetime`` holds, so each keeps the text it was read from."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import PlainSerializer, ValidatorFunctionWrapHandler, WrapValidator


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


def _read(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, str):
        return read_instant(value)
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise ValueError("it has no time zone; give an aware datetime such as datetime.now().astimezone()")
    return handler(value)


def write_instant(value: datetime) -> str:
    """The text of a time: the one that it was read from, if any."""
    return value.text if isinstance(value, Instant) and value.text else value.isoformat()


ReportTime = Annotated[
    datetime, WrapValidator(_read), PlainSerializer(write_instant, return_type=str, when_used="json-unless-none")
]
"""A time in a report: what was read is written with the same digits and offset."""
