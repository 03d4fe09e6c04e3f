"""The filter of the analytics operations as a choice of reports."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.times import NoOffsetError, instant, iso, moment, ticks
from pywats.sandbox.world import World

NONE, YEAR, QUARTER, MONTH, WEEK, DAY, HOUR = range(-1, 6)
"""Ways to group dates."""

_TEXTS = {
    "serialNumber": "r.serial_number",
    "partNumber": "r.part_number",
    "revision": "r.revision",
    "batchNumber": "r.batch_number",
    "stationName": "r.station_name",
    "testOperation": "r.process_name",
    "status": "r.result",
    "swFilename": "r.sw_filename",
    "swVersion": "r.sw_version",
    "socket": "CAST(r.test_socket_index AS TEXT)",
}
_LONGEST_TEXT = 2000
_MOST_VALUES = 200

RUNS = {1: "r.run = 1", 2: "r.run = 2", 3: "r.run = 3", -2: "1"}
"""Conditions for runs of a unit in an operation; -1 is the last."""
_LAST_RUN = (
    "r.run = (SELECT max(x.run) FROM report AS x WHERE x.type = 'T' AND x.serial_number = r.serial_number"
    " AND x.part_number = r.part_number AND x.process_code = r.process_code)"
)
_USED = "EXISTS (SELECT 1 FROM report_asset AS a {join} WHERE a.time_stamp = r.time_stamp AND {column} {{}})"
_ASSETS = {
    "assetSerialNumber": _USED.format(join="", column="a.serial_number"),
    "assetName": _USED.format(join="JOIN asset AS x USING (serial_number)", column="x.name"),
}
_ON_LEVEL = (
    "r.station_name IN (WITH RECURSIVE below (level_id) AS (SELECT level_id FROM level WHERE name = ?"
    " UNION SELECT l.level_id FROM level AS l JOIN below AS b ON l.parent_id = b.level_id)"
    " SELECT c.name FROM client AS c JOIN below USING (level_id))"
)
LAST_DAYS = {"periodCount": 30, "dateGrouping": 4, "includeCurrentPeriod": True}
"""What an empty filter means: the last thirty days."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a filter chooses: a condition on ``report AS r``, its values, and how to group and limit the result."""

    where: str
    values: tuple[Any, ...]
    grouping: int
    max_count: int | None
    min_count: int | None
    top_count: int | None


def chosen(world: World, values: Mapping[str, Any], kind: Literal["T", "R"] = "T") -> Chosen:
    """Return which test or repair reports a filter chooses, or refuse with 400."""
    fields = Fields(values)
    terms, bound = [f"r.type = '{kind}'"], list[Any]()
    for name, column in _TEXTS.items():
        _add_text(terms, bound, fields.text(name), column + " {}")
    _add_places(world, fields, terms, bound)
    misc = (fields.text("miscDescription", "miscInfoDescription"), fields.text("miscValue", "miscInfoString"))
    for text, column in zip(misc, ("description", "value"), strict=True):
        _add_text(
            terms,
            bound,
            text,
            f"EXISTS (SELECT 1 FROM report_misc AS m WHERE m.time_stamp = r.time_stamp AND m.{column} {{}})",  # noqa: S608
        )
    for name, term in _ASSETS.items():
        _add_text(terms, bound, fields.text(name), term)
    if (run := fields.whole("run")) is not None:
        if run not in {*RUNS, -1}:
            raise refusal(400, "run is required to be 1, 2, 3, -1 (the last) or -2 (all).")
        terms.append(RUNS.get(run, _LAST_RUN))
    grouping = fields.whole("dateGrouping")
    grouping = NONE if grouping is None else grouping
    if not NONE <= grouping <= HOUR:
        raise refusal(400, f"dateGrouping is required to be between {NONE} and {HOUR}.")
    first, last = _window(fields, grouping, world.clock())
    for limit, sign in ((first, ">="), (last, "<")):
        if limit is not None:
            terms.append(f"r.start {sign} ?")
            bound.append(limit)
    counts = (fields.whole("maxCount"), fields.whole("minCount"), fields.whole("topCount"))
    return Chosen(" AND ".join(terms), tuple(bound), grouping, *counts)


def chosen_alarms(world: World, values: Mapping[str, Any]) -> Chosen:
    """Return which alarm logs a filter chooses: by product group, level and dates."""
    fields = Fields(values)
    terms, bound = ["1"], list[Any]()
    _add_places(world, fields, terms, bound)
    for limit, sign in zip(_window(fields, NONE, world.clock()), (">=", "<"), strict=True):
        if limit is not None:
            terms.append(f"r.log_date {sign} ?")
            bound.append(limit)
    return Chosen(" AND ".join(terms), tuple(bound), NONE, None, None, fields.whole("topCount"))


def _add_places(world: World, fields: Fields, terms: list[str], bound: list[Any]) -> None:
    """Add conditions on the product group and the level."""
    if level := fields.text("level"):
        terms.append(_ON_LEVEL)
        bound.append(level)
    if group := fields.text("productGroup"):
        terms.append("r.part_number IN (SELECT value FROM json_each(?))")
        bound.append(orjson.dumps(world.groups.part_numbers(group)).decode())


def period_of(start: int, grouping: int) -> str | None:  # noqa: PLR0911 - one for each grouping
    """Return the name of the period that an instant falls into, ``None`` without grouping."""
    when = moment(start)
    match grouping:
        case 0:
            return f"{when:%Y}"
        case 1:
            return f"{when:%Y}-Q{(when.month + 2) // 3}"
        case 2:
            return f"{when:%Y-%m}"
        case 3:
            return f"{when:%G-W%V}"
        case 4:
            return f"{when:%Y-%m-%d}"
        case 5:
            return f"{when:%Y-%m-%dT%H}:00Z"
        case _:
            return None


def _add_text(terms: list[str], bound: list[Any], text: str | None, term: str) -> None:
    """Add a condition on a text: several values stand between semicolons, ``%`` and ``*`` stand for any text."""
    wanted = [each for each in (text or "").split(";") if each]
    if len(text or "") > _LONGEST_TEXT or len(wanted) > _MOST_VALUES:
        raise refusal(400, f"A text of the filter is longer than {_LONGEST_TEXT} characters or {_MOST_VALUES} values.")
    if not wanted:
        return
    parts: list[str] = []
    for each in wanted:
        if re.search(r"[%*]", each):
            parts.append(term.format("LIKE ? ESCAPE '\\'"))
            bound.append(re.sub(r"([\\_])", r"\\\1", each).replace("*", "%"))
        else:
            parts.append(term.format("= ?"))
            bound.append(each)
    terms.append(f"({' OR '.join(parts)})")


def _window(fields: Fields, grouping: int, now: float) -> tuple[int | None, int | None]:
    first, last = _date(fields, "dateFrom"), _date(fields, "dateTo")
    count = fields.whole("periodCount")
    if count is None or first is not None:
        return first, last
    if count < 1:
        raise refusal(400, "periodCount is required to be at least 1.")
    current = _floor(datetime.fromtimestamp(now, UTC), DAY if grouping == NONE else grouping)
    whole = fields.flag("includeCurrentPeriod") is False
    begin = current
    for _ in range(min(count, 10_000) - (0 if whole else 1)):
        if begin.year <= 1970:  # noqa: PLR2004 - nothing is older
            break
        begin = _floor(begin - timedelta(microseconds=1), DAY if grouping == NONE else grouping)
    return instant(begin), instant(current) if whole and last is None else last


def _floor(when: datetime, grouping: int) -> datetime:
    hour = when.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    match grouping:
        case 0:
            return day.replace(month=1, day=1)
        case 1:
            return day.replace(month=(when.month - 1) // 3 * 3 + 1, day=1)
        case 2:
            return day.replace(day=1)
        case 3:
            return day - timedelta(days=day.weekday())
        case 4:
            return day
        case _:
            return hour


def _date(fields: Fields, name: str) -> int | None:
    text = fields.text(name)
    if text is None:
        return None
    try:
        return ticks(text)
    except NoOffsetError:
        return ticks(f"{text}Z")
    except ValueError:
        pass
    try:
        return ticks(f"{text}T00:00:00Z")
    except ValueError:
        raise refusal(400, f"{name} is required to be a date and time, such as {iso(0)}.") from None
