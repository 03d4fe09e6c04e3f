"""What the texts in cells mean: results, numbers, times, durations."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Final
from zoneinfo import ZoneInfo

from pywats.ingest.converters.interface import Context
from pywats.ingest.converters.table.options import EPOCHS, TableOptions
from pywats.ingest.converters.text import number_or_none, time_in
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.evaluation import CompOp

WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("p", "pass", "passed", "ok", "good", "true", "1"), "P"),
    **dict.fromkeys(("f", "fail", "failed", "nok", "ng", "bad", "false", "0"), "F"),
    **dict.fromkeys(("e", "error"), "E"),
    **dict.fromkeys(("t", "terminated", "aborted", "abort"), "T"),
    **dict.fromkeys(("s", "skip", "skipped"), "S"),
    **dict.fromkeys(("d", "done", "info", "information"), "D"),
}
"""Words for a result, unless ``results`` has them."""
_SIGNS: Final = {
    "=": "EQ",
    "==": "EQ",
    "!=": "NE",
    "<>": "NE",
    "<": "LT",
    "<=": "LE",
    ">": "GT",
    ">=": "GE",
}
_SECONDS: Final[Mapping[str, float]] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "milliseconds"), -1000.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
}
"""Seconds of a unit, or so many of it below zero as a second has."""
_DURATION: Final = re.compile(r"(.*?[\d.,]) ?([a-z]+)", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:[.,]\d+)?)", re.ASCII)
_HEXADECIMAL: Final = re.compile(r"[+-]?0[xX][0-9a-fA-F]{1,13}", re.ASCII)
_OPPOSITES: Final = (("1", "0"), ("true", "false"))
"""Words that mean something else when their opposite does, such as an error code of 1."""
_ANY: Final = "else"
"""What stands for any other word in ``results``."""
_REMEMBERED: Final = 4096
_LONG: Final = 40


class Values:
    """Understands cells as the options of a source say."""

    def __init__(self, options: TableOptions, context: Context) -> None:
        self._options = options
        self._zone = None if context.timezone is None else ZoneInfo(context.timezone)
        given = {word.strip().lower(): letter for word, letter in options.results.items()}
        self._other = given.pop(_ANY, None)
        turned = {word for pair in _OPPOSITES if any(given.get(each, WORDS[each]) != WORDS[each] for each in pair)
                  for word in pair}  # fmt: skip
        self._words = {word: letter for word, letter in WORDS.items() if word not in turned} | given
        self._read = partial(number_or_none, decimal=options.decimal, thousands=options.thousands)
        self._known = lru_cache(_REMEMBERED)(self._read)

    def as_number(self, text: str) -> float | None:
        """Return the number that a text is, if it is one; those that come again, such as limits, are remembered."""
        return self._known(text) if len(text) <= _LONG else self._read(text)

    def letter_or_none(self, text: str) -> str | None:
        """Return the letter of a result, if a text is a word for one."""
        return self._words.get(text) or self._words.get(text.lower())

    def letter(self, text: str, what: str, place: str) -> str:
        """Return the letter of a result.

        Raises:
            ConversionError: the text is no word for one.
        """
        letter = self.letter_or_none(text) or self._other
        if letter is None:
            detail = f"{what} is {text!r:.60}, which is no word for a result; give its letter in results"
            raise ConversionError(Reason.WRONG_VALUE, detail, place)
        return letter

    def number(self, text: str, what: str, place: str) -> float:
        """Return the number that a text has to be.

        Raises:
            ConversionError: it is none.
        """
        number = self.as_any_number(text)
        if number is None:
            detail = f"{what} is {text!r:.60}, not a number{self.hint(text)}"
            raise ConversionError(Reason.WRONG_VALUE, detail, place)
        return number

    def hint(self, text: str) -> str:
        """Return what to say of a text that would be a number if another sign had its meaning."""
        decimal, other = self._options.decimal, "." if self._options.decimal == "," else ","
        known = {
            "decimal": number_or_none(text, decimal=other),
            "thousands": number_or_none(text, decimal=decimal, thousands=other),
        }
        ways = [f'{name}: "{other}"' for name, number in known.items() if number is not None]
        return f"; it is one with {' or '.join(ways)}" if ways else ""

    def as_any_number(self, text: str) -> float | None:
        """Return the number that a text is where it is known to be one: it may be hexadecimal then, too."""
        number = self.as_number(text)
        return float(int(text, 16)) if number is None and _HEXADECIMAL.fullmatch(text) else number

    def whole(self, text: str, what: str, place: str) -> int:
        """Return the whole number that a text has to be.

        Raises:
            ConversionError: it is none.
        """
        number = self.number(text, what, place)
        if not number.is_integer():
            raise ConversionError(Reason.WRONG_VALUE, f"{what} is {text!r:.60}, not a whole number", place)
        return int(number)

    def process(self, text: str, place: str) -> int:
        """Return the code of an operation: of its name, or the number itself.

        Raises:
            ConversionError: it is neither.
        """
        if text in self._options.processes:
            return self._options.processes[text]
        if text.isascii() and text.isdigit() and len(text) <= 5:  # noqa: PLR2004 - a code has 16 bits
            return int(text)
        detail = f"process is {text!r:.60}, which is no code; give its code in processes"
        raise ConversionError(Reason.WRONG_VALUE, detail, place)

    def time(self, text: str, what: str, place: str) -> datetime:
        """Return a time; one that counts from a moment of UTC is in the zone of the source, or else in UTC.

        Raises:
            ConversionError: it is none.
        """
        counting = next((form for form in self._options.dates if form in EPOCHS), None)
        number = None if counting is None else self.as_number(text)
        if counting is not None and number is not None:
            since, seconds, digits = EPOCHS[counting]
            try:
                moment = since + timedelta(seconds=round(number * seconds, digits))
            except (OverflowError, ValueError) as error:
                detail = f"{what} is {text!r:.60}, which is no time of {counting}"
                raise ConversionError(Reason.WRONG_VALUE, detail, place) from error
            return moment if self._zone is None or moment.tzinfo is None else moment.astimezone(self._zone)
        forms: Sequence[str] = [form for form in self._options.dates if form not in EPOCHS]
        if counting is not None and not forms:
            detail = f"{what} is {text!r:.60}, not a number as {counting} counts"
            raise ConversionError(Reason.WRONG_VALUE, detail, place)
        return time_in(text, forms, what, place)

    def between(self, start: datetime, end: datetime, place: str) -> float:
        """Return the seconds from one time to another; clocks that change meanwhile are those of the source's zone.

        Raises:
            ConversionError: the end comes first, or one of the times has a zone and the other has none.
        """
        first, last = (
            each if each.tzinfo is not None or self._zone is None else each.replace(tzinfo=self._zone)
            for each in (start, end)
        )
        if (first.tzinfo is None) != (last.tzinfo is None):
            detail = "start and end: one has a time zone, the other has none; give the timezone of the source"
            raise ConversionError(Reason.WRONG_VALUE, detail, place)
        if first.tzinfo is not None:
            first, last = first.astimezone(UTC), last.astimezone(UTC)
        seconds = (last - first).total_seconds()
        if seconds < 0:
            raise ConversionError(Reason.WRONG_VALUE, f"end {end} is before start {start}", place)
        return seconds

    def seconds(self, text: str, what: str, place: str) -> float:
        """Return a duration: a number, one with its unit, or ``h:mm:ss``.

        Raises:
            ConversionError: it is none.
        """
        unit = self._options.durations
        found = _CLOCK.fullmatch(text)
        if found is not None:
            hours, minutes, seconds = found.groups()
            if hours is None and unit != "m:s":
                detail = f"{what} is {text!r:.60}: minutes and seconds? Say so with durations: m:s"
                raise ConversionError(Reason.WRONG_VALUE, detail, place)
            return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
        with_unit = _DURATION.fullmatch(text)
        if with_unit is not None and with_unit[2].lower() in _SECONDS:
            return _seconds(self.number(with_unit[1], what, place), with_unit[2].lower())
        number = self.number(text, what, place)
        if unit == "m:s":
            raise ConversionError(Reason.WRONG_VALUE, f"{what} is {text!r:.60}, not minutes and seconds", place)
        return _seconds(number, unit)


def _seconds(number: float, unit: str) -> float:
    factor = _SECONDS[unit]
    return number / -factor if factor < 0 else number * factor


def operator_of(text: str, place: str) -> str | None:
    """Return an operator by its name or its sign; none if there is no text.

    Raises:
        ConversionError: it is none.
    """
    if not text:
        return None
    try:
        return CompOp(_SIGNS.get(text, text.upper())).value
    except ValueError as error:
        raise ConversionError(Reason.WRONG_VALUE, f"{text!r:.60} is no operator", place) from error
