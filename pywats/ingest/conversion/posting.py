"""What a report in WSJF needs before the server takes it: changes of one decoded object.

The server writes some fields into what it exports and does not take them back, and it counts the iterations of a loop
differently in the two directions. Everything else is left as it stands, known or not; ``null`` means the same to the
server as a field that is absent, so it stays too.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, cast

from pywats.ingest.conversion.filling import Filling, JsonObject
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason

OUTPUT_ONLY: Final = ("assetStats", "productName", "origin")
"""Fields of a report that the server alone writes."""

OUTPUT_ONLY_UUT: Final = ("stepIdCausedUUTFailure", "refUURs")
"""The same for the ``uut`` part."""

_TIME: Final = re.compile(
    r"\s*(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(\.\d{1,12})?(?:([Zz])|([+-])(\d\d):?(\d\d))?\s*", re.ASCII
)


def as_object(value: Any) -> JsonObject | None:
    """Return a decoded JSON object, or ``None`` for anything else."""
    return cast("JsonObject", value) if isinstance(value, dict) else None


def as_list(value: Any) -> list[Any] | None:
    """Return a decoded JSON list, or ``None`` for anything else."""
    return value if isinstance(value, list) else None  # pyright: ignore[reportUnknownVariableType]


def prepare(report: JsonObject, filling: Filling) -> tuple[datetime, str]:
    """Make a report fit to be posted, in place; return its start, and what there is to say about that.

    * ``assetStats``, ``productName`` and ``origin``, in ``uut`` also ``stepIdCausedUUTFailure`` and ``refUURs``, are
      left out: only the server writes them.
    * ``endingIndex`` of a loop becomes the index of its last iteration, where an export has their number.
    * ``startUTC`` is added where it is missing.
    * Fields are filled in, replaced and hidden as the source wants it.
    * A start without an offset gets that of the source's time zone; those of steps, too.

    Raises:
        ConversionError: the start is missing or is no instant.
    """
    for name in OUTPUT_ONLY:
        report.pop(name, None)
    for name in OUTPUT_ONLY_UUT:
        (as_object(report.get("uut")) or {}).pop(name, None)
    _correct_loops(report.get("root"))
    filling.fill(report)
    if filling.zone is not None:
        _place_steps(report.get("root"), filling)
    return _complete_start(report, filling)


def _correct_loops(root: Any) -> None:
    """Let the summary of each loop name the index of its last iteration, as the server wants it.

    Exports give the number of iterations twice; only that is changed. Any other number stands, and is for the server
    to judge.
    """
    waiting = [as_object(root) or {}]
    while waiting:
        steps = [step for step in map(as_object, as_list(waiting.pop().get("steps")) or ()) if step is not None]
        waiting += steps
        for index, step in enumerate(steps):
            loop = as_object(step.get("loop"))
            if loop is None or loop.get("idx") is not None:
                continue
            number = loop.get("num")
            last = max(_iterations(steps[index + 1 :], step.get("name")), default=_last(number))
            if last is not None and number == loop.get("endingIndex") == last + 1:
                loop["endingIndex"] = last


def _iterations(following: Sequence[JsonObject], name: object) -> Iterator[int]:
    """Yield the indexes of the iterations that follow a summary, up to the next summary or another step."""
    for step in following:
        index = (as_object(step.get("loop")) or {}).get("idx")
        if step.get("name") != name or not isinstance(index, int):
            return
        yield index


def _last(number: object) -> int | None:
    return number - 1 if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def _place_steps(root: Any, filling: Filling) -> None:
    """Give the starts of steps that have no offset that of the source's time zone."""
    waiting = [as_object(root) or {}]
    while waiting:
        step = waiting.pop()
        waiting += [each for each in map(as_object, as_list(step.get("steps")) or ()) if each is not None]
        start = step.get("start")
        found = _TIME.fullmatch(start) if isinstance(start, str) else None
        if isinstance(start, str) and found is not None and not found[3] and not found[4]:
            try:
                moment, _ = filling.instant(datetime.fromisoformat(found[1]))
            except ValueError:  # no day of the calendar: the server says so
                continue
            step["start"] = f"{start.strip()}{_offset(moment)}"


def _complete_start(report: JsonObject, filling: Filling) -> tuple[datetime, str]:
    """Return the instant of the start, and add ``startUTC``; its text keeps the digits that a datetime would cut."""
    local, utc = report.get("start"), report.get("startUTC")
    if not local:
        raise ConversionError(Reason.MISSING_FIELD, "start is missing: when the test began", "start")
    start, digits = _moment(local, "start")
    said = ""
    if not utc and start.tzinfo is None and filling.zone is not None:
        start, said = filling.instant(start)
        report["start"] = f"{local.strip()}{_offset(start)}"
    if not utc and start.tzinfo is not None:
        whole = start.replace(microsecond=0).astimezone(UTC).replace(tzinfo=None)
        report["startUTC"] = f"{whole.isoformat()}{digits}Z"
    elif utc and start.tzinfo is None:
        start, _ = _moment(utc, "startUTC")
    if start.tzinfo is None:
        detail = f"start {local!r:.60} has no offset from UTC; write it as 2026-01-31T12:00:00+01:00"
        raise ConversionError(Reason.WRONG_VALUE, detail, "start")
    return start, said


def _offset(moment: datetime) -> str:
    """Return the offset of an instant as ISO 8601 has it."""
    return moment.isoformat()[-6:]


def _moment(text: object, field: str) -> tuple[datetime, str]:
    """Return the time that an ISO 8601 text names, aware if it has an offset, and the digits of its fraction."""
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        detail = f"{field} is {text!r:.60}, not a time such as 2026-01-31T12:00:00.123+01:00"
        raise ConversionError(Reason.WRONG_VALUE, detail, field)
    seconds, fraction, utc, sign, hours, minutes = found.groups(default="")
    try:
        moment = datetime.fromisoformat(seconds).replace(microsecond=int(f"{fraction[1:]:0<6.6}"))
        if utc:
            moment = moment.replace(tzinfo=UTC)
        elif sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            moment = moment.replace(tzinfo=timezone(-offset if sign == "-" else offset))
            moment.astimezone(UTC)  # the first and the last day of the calendar have no such instant
    except (ValueError, OverflowError) as error:
        raise ConversionError(Reason.WRONG_VALUE, f"{field} {text!r:.60} is no time: {error}", field) from error
    return moment, fraction
