"""Instants as whole numbers of 100 ns since 1970, the resolution of the server's own clock type."""

import calendar
import re
from datetime import UTC, datetime, timedelta

TICKS = 10_000_000
"""Ticks of one second."""

_ISO = re.compile(
    r"(?a:(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:?\d\d)?)",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoOffsetError(ValueError):
    """The date and time has no offset, so that it names no instant."""


def ticks(text: str) -> int:
    """Return the instant that an ISO 8601 date and time with offset names.

    Raises:
        NoOffsetError: it has no offset.
        ValueError: it is no date and time.
    """
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a date and time")
    day, minutes, seconds, fraction, offset = found.groups()
    if offset is None:
        raise NoOffsetError(f"{text!r} has no time zone offset")
    zone = "+00:00" if offset in "Zz" else offset
    try:
        whole = calendar.timegm(datetime.fromisoformat(f"{day}T{minutes}:{seconds or '00'}{zone}").utctimetuple())
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error
    return whole * TICKS + (int(fraction[:7].ljust(7, "0")) if fraction else 0)


def is_date_time(text: str) -> bool:
    """Tell whether the text is a date and time, with or without an offset."""
    try:
        ticks(text)
    except NoOffsetError:
        return _is_local(text)
    except ValueError:
        return False
    return True


def iso(instant: int) -> str:
    """Return an instant in UTC as the server writes it: the fraction without trailing zeros, and ``Z``."""
    seconds, rest = divmod(instant, TICKS)
    text = (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]
    return f"{text}.{rest:07d}".rstrip("0") + "Z" if rest else text + "Z"


def moment(instant: int) -> datetime:
    """Return an instant as an aware datetime in UTC, to the microsecond."""
    return _EPOCH + timedelta(microseconds=instant // 10)


def instant(when: datetime) -> int:
    """Return the instant of an aware datetime."""
    return (when - _EPOCH) // timedelta(microseconds=1) * 10


def _is_local(text: str) -> bool:
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True
