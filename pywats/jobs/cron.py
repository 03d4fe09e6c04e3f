"""When a job is due: cron expressions in a time zone, with a rule for the days on which clocks are set.

A time of day that the clocks skip comes as much later as they were set forward; one that they repeat comes once, the
first time. Where the hour begins with ``*``, the times follow the hours as they pass: skipped ones do not come, and
repeated ones come twice.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

from pywats.config import Block, TimeZone
from pywats.config.problems import nearest

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final[tuple[tuple[str, int, int, tuple[str, ...]], ...]] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)
_WORDS: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
_YEARS: Final = 8
"""So many years hold a 29 February."""


class Cron:
    """The times that a cron expression names: minute, hour, day of month, month and day of week.

    Raises:
        ValueError: it is none, or names no day that there is.
    """

    def __init__(self, text: str) -> None:
        fields = _WORDS.get(text.strip().lower(), text).split()
        if len(fields) != len(_FIELDS):
            words = f", or one of {', '.join(_WORDS)}{nearest(text, _WORDS)}"
            raise ValueError(
                f"must have five fields (minute, hour, day of month, month, day of week), not {len(fields)}{words}"
            )
        sets = [_values(field, *about) for field, about in zip(fields, _FIELDS, strict=True)]
        self._minutes, self._hours, self._days, self._months, weekdays = sets
        self._weekdays = {day % 7 for day in weekdays}
        self._either = not fields[2].startswith("*") and not fields[4].startswith("*")
        self._passing = fields[1].startswith("*")
        if not any(True for _ in self._dates(date(2000, 1, 1))):
            raise ValueError(f'"{text}" names a day that no month has')

    def after(self, moment: datetime, zone: ZoneInfo | None) -> datetime:
        """Return the first time after a moment, in UTC.

        Args:
            moment: with its time zone.
            zone: where the clock hangs; where this computer is, if not given.
        """
        today = moment.astimezone(zone).date()
        for day in self._dates(today - timedelta(days=1)):
            later = [found for found in self._on(day, zone) if found > moment]
            if later:
                return min(later)
        raise AssertionError(f"no time after {moment}")  # pragma: no cover - the expression was tried

    def _dates(self, first: date) -> Iterator[date]:
        for number in range(_YEARS * 366):
            day = first + timedelta(days=number)
            of_month, of_week = day.day in self._days, day.isoweekday() % 7 in self._weekdays
            fits = (of_month or of_week) if self._either else (of_month and of_week)
            if fits and day.month in self._months:
                yield day

    def _on(self, day: date, zone: ZoneInfo | None) -> Iterator[datetime]:
        for hour in self._hours:
            for minute in self._minutes:
                shown = datetime.combine(day, time(hour, minute))
                first, second = (_instant(shown.replace(fold=fold), zone) for fold in (0, 1))
                skipped = first.astimezone(zone).replace(tzinfo=None, fold=0) != shown
                if not (skipped and self._passing):
                    yield first
                if first < second and self._passing and not skipped:
                    yield second


def _instant(shown: datetime, zone: ZoneInfo | None) -> datetime:
    return (shown if zone is None else shown.replace(tzinfo=zone)).astimezone(UTC)


def _values(field: str, name: str, low: int, high: int, words: tuple[str, ...]) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = low, high
        else:
            start = _number(first, name, low, high, words)
            end = _number(last, name, low, high, words) if dash else high if slash else start
        if words is _DAYS and end == 0 < start:
            end = 7  # a range may end with the Sunday
        if slash and (not step.isdecimal() or not int(step)):
            raise ValueError(f'{name} "{field}": after / stands how many to go on by, from 1 on')
        if start > end:
            raise ValueError(f'{name} "{field}": {start} is after {end}')
        found.update(range(start, end + 1, int(step) if slash else 1))
    return found


def _number(text: str, name: str, low: int, high: int, words: tuple[str, ...]) -> int:
    if text.lower() in words:
        return words.index(text.lower()) + (1 if words is _MONTHS else 0)
    if not (text.isascii() and text.isdecimal()) or not low <= int(text) <= high:
        named = f", or {words[0]} to {words[-1]}{nearest(text, words)}" if words else ""
        raise ValueError(f'{name} "{text}": must be a number from {low} to {high}{named}')
    return int(text)


def _cron(text: str) -> str:
    Cron(text)
    return text


class ScheduleBlock(Block):
    """``schedule``: when the daemon runs a job.

    Attributes:
        cron: minute, hour, day of month, month and day of week, or a word such as ``@daily``.
        timezone: name of the time zone that they are of; that of the computer, if not given.
    """

    cron: Annotated[str, AfterValidator(_cron)]
    timezone: TimeZone | None = None

    @cached_property
    def _times(self) -> Cron:
        return Cron(self.cron)

    def after(self, moment: datetime) -> datetime:
        """Return when the job is due next, in UTC."""
        return self._times.after(moment, None if self.timezone is None else ZoneInfo(self.timezone))


def _block(value: Any) -> Any:
    return {"cron": value} if isinstance(value, str) else value


Schedule = Annotated[ScheduleBlock, BeforeValidator(_block, json_schema_input_type=str | ScheduleBlock)]
"""``schedule``: a cron expression, or a mapping of it and its time zone."""
