"""Times as testers write them: the date in the order of a country, a clock of twelve or of twenty-four hours."""

import re
from datetime import datetime
from typing import Final, Literal

from pywats.ingest.converters.text import malformed
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason

Order = Literal["mdy", "dmy"]
"""Whether the month or the day comes first."""

_DATE: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})", re.ASCII)
_CLOCK: Final = re.compile(
    r"(\d{1,2})([:.])(\d\d)\2(\d\d)(?:[:.,](\d{1,6}))?(?:\s*([AP])\.?M\.?)?", re.ASCII | re.IGNORECASE
)
_MONTHS: Final = 12
_NOON: Final = 12


def moment(date: str, clock: str, order: Order | None, what: str, place: str) -> datetime:
    """Return the time that a date and a clock tell.

    Args:
        date: such as ``01/31/2026``, ``31.1.26`` or ``2026-01-31``.
        clock: such as ``16:44:11``, ``16.44.11:250`` or ``4:44:11 PM``.
        order: what comes first in a date that does not begin with its year; ``None`` if nobody says.
        what: it is the time of.
        place: where it stands.

    Raises:
        ConversionError: it is none, or without an order it can be read in two ways.
    """
    year, month, day = _date(date.strip(), order, what, place)
    found = _CLOCK.fullmatch(clock.strip())
    if found is None:
        raise _wrong(f"{what} has the clock {clock!r:.40}, not one such as 16:44:11", place)
    hour, fraction, half = int(found[1]), (found[5] or "").ljust(6, "0"), (found[6] or "").upper()
    if half:
        if not 1 <= hour <= _NOON:
            raise _wrong(f"{what} is {clock!r:.40}, and no clock of twelve hours has the hour {hour}", place)
        hour = hour % _NOON + (_NOON if half == "P" else 0)
    try:
        return datetime(  # noqa: DTZ001 - the tester tells no zone
            year, month, day, hour, int(found[3]), int(found[4]), int(fraction)
        )
    except ValueError as error:
        raise _wrong(f"{what} is {f'{date} {clock}'!r:.60}, which is no time: {error}", place) from error


def full_year(year: str) -> int:
    """Return a year; two digits are read as POSIX reads them."""
    number = int(year)
    return number if len(year) > 2 else number + (2000 if number < 70 else 1900)  # noqa: PLR2004


def _date(date: str, order: Order | None, what: str, place: str) -> tuple[int, int, int]:
    found = _YEAR_FIRST.fullmatch(date)
    if found is not None:
        return int(found[1]), int(found[3]), int(found[4])
    found = _DATE.fullmatch(date)
    if found is None:
        raise _wrong(f"{what} has the date {date!r:.40}, not one such as 01/31/2026", place)
    one, other, year = int(found[1]), int(found[3]), full_year(found[4])
    if order is None and one != other and max(one, other) <= _MONTHS:
        detail = f"{found[1]}/{found[3]} may be either the month or the day first; say which in dates: mdy or dmy"
        raise malformed(detail, place)
    return (year, one, other) if order == "mdy" or (order is None and other > _MONTHS) else (year, other, one)


def _wrong(detail: str, place: str) -> ConversionError:
    return ConversionError(Reason.WRONG_VALUE, detail, place)
