"""What to look for: `WATSFilter` for analytics and header queries, and the texts that header queries take."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final, Self, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    ConfigDict,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from pywats.errors import ValidationError
from pywats.exchange.call import checked
from pywats.exchange.wire import OpenIntEnum, OpenStrEnum, PyWATSModel, named
from pywats.query import odata
from pywats.query.paths import normalize_paths


class StatusFilter(OpenStrEnum):
    """Result of a report."""

    PASSED = "Passed"
    FAILED = "Failed"
    ERROR = "Error"
    TERMINATED = "Terminated"
    DONE = "Done"
    SKIPPED = "Skipped"


class RunFilter(OpenIntEnum):
    """Which test run of a unit in one test operation."""

    FIRST = 1
    SECOND = 2
    THIRD = 3
    LAST = -1
    ALL = -2


class DateGrouping(OpenIntEnum):
    """Length of a period."""

    NONE = -1
    YEAR = 0
    QUARTER = 1
    MONTH = 2
    WEEK = 3
    DAY = 4
    HOUR = 5


_LETTERS: Final = {"P": "Passed", "F": "Failed", "E": "Error", "T": "Terminated", "D": "Done", "S": "Skipped"}
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION: Final = re.compile(r"\s*(\d{1,5})\s*([smhdw])\s*", re.IGNORECASE | re.ASCII)
_PERIODS: Final = {
    DateGrouping.YEAR: timedelta(days=365),
    DateGrouping.QUARTER: timedelta(days=91),
    DateGrouping.MONTH: timedelta(days=30),
    DateGrouping.WEEK: timedelta(weeks=1),
    DateGrouping.DAY: timedelta(days=1),
    DateGrouping.HOUR: timedelta(hours=1),
}

# How header queries say a field: by equality with a field of the header, or by an item of one of its lists.
_EQUAL: Final = {
    "serial_number": "serialNumber",
    "part_number": "partNumber",
    "revision": "revision",
    "batch_number": "batchNumber",
    "station_name": "stationName",
    "test_operation": "processName",
    "status": "result",
    "sw_filename": "swFilename",
    "sw_version": "swVersion",
    "run": "run",
}
_MISC_INFO: Final = {
    "misc_description": "x/description",
    "misc_info_description": "x/description",
    "misc_value": "x/value",
    "misc_info_string": "x/value",
}
_OTHERS: Final = {
    "socket",
    "asset_serial_number",
    "date_from",
    "date_to",
    "last",
    "timezone",
    "period_count",
    "date_grouping",
    "include_current_period",
}


class WATSFilter(PyWATSModel):
    """Which reports to count or to list; what is not given does not restrict.

    In analytics ``%`` and ``*`` in a text are wildcards of the server; a header query compares texts exactly.

    Attributes:
        status: ``Passed``, ``Failed``, ``Error`` or ``Terminated``; a letter is understood, too.
        date_from: from this instant on: an aware datetime, or a day or a naive datetime together with ``timezone``.
        date_to: up to this instant, itself not included; a day is included whole.
        last: the time up to now instead of dates, such as ``"7d"``, ``"12h"``, ``"2w"`` or a ``timedelta``.
        timezone: IANA name such as ``Europe/Oslo``, for days and naive datetimes.
        period_count: so many periods up to now, each as long as ``date_grouping`` says.
        dimensions: names to sum up by, joined with ``;`` or as a list; ``desc`` after a name orders by it.
        run: 1, 2, 3, or -1 for the last and -2 for all runs of a unit.
        measurement_paths: ``Group/Step`` or ``Group/Step::Measurement``, joined with ``;`` or as a list.
    """

    model_config = ConfigDict(extra="forbid")

    serial_number: str | None = None
    part_number: str | None = None
    revision: str | None = None
    batch_number: str | None = None
    station_name: str | None = None
    test_operation: str | None = None
    status: StatusFilter | str | None = None
    yield_value: int | None = named("yield", "yield_value")
    misc_description: str | None = None
    misc_value: str | None = None
    misc_info_description: str | None = None
    misc_info_string: str | None = None
    asset_serial_number: str | None = named("assetSerialNumber", "assetSerialNum", "asset_serial_number")
    asset_name: str | None = None
    product_group: str | None = None
    level: str | None = None
    sw_filename: str | None = None
    sw_version: str | None = None
    socket: str | None = None
    date_from: datetime | date | str | None = None
    date_to: datetime | date | str | None = None
    last: timedelta | str | None = Field(default=None, exclude=True)
    timezone: str | None = Field(default=None, exclude=True)
    date_grouping: DateGrouping | None = None
    period_count: int | None = Field(default=None, ge=1, le=1_000_000)
    include_current_period: bool | None = None
    max_count: int | None = None
    min_count: int | None = None
    top_count: int | None = None
    dimensions: str | Sequence[str] | None = None
    run: RunFilter | int | None = None
    measurement_paths: str | Sequence[str] | None = None

    @field_validator("status", mode="before")
    @classmethod
    def _read_status(cls, value: object) -> object:
        return StatusFilter(_LETTERS.get(value.upper(), value)) if isinstance(value, str) else value

    @field_validator("run", mode="before")
    @classmethod
    def _read_run(cls, value: object) -> object:
        return RunFilter(cast("int", value)) if isinstance(value, (int, str)) else value

    @field_validator("last", mode="before")
    @classmethod
    def _read_duration(cls, value: object) -> object:
        if isinstance(value, str):
            match = _DURATION.fullmatch(value)
            if match is None:
                raise ValueError("a time such as 7d, 12h, 30m or 2w is needed")
            value = timedelta(seconds=int(match[1]) * _UNITS[match[2].lower()])
        if isinstance(value, timedelta) and value <= timedelta(0):
            raise ValueError("it must be more than nothing")
        return value

    @field_validator("dimensions", mode="before")
    @classmethod
    def _join_names(cls, value: object) -> object:
        return ";".join(value) if isinstance(value, (list, tuple)) else value  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]

    @field_validator("measurement_paths", mode="before")
    @classmethod
    def _join_paths(cls, value: object) -> object:
        return normalize_paths(cast("str | list[str]", value)) if isinstance(value, (str, list, tuple)) else value

    @model_validator(mode="after")
    def _place_dates(self) -> Self:
        self.date_from, self.date_to = self._bounds()
        if self.last is not None and (self.date_from or self.period_count):
            raise ValueError("last says the same as date_from and period_count: give one of them")
        return self

    def _bounds(self) -> tuple[datetime | None, datetime | None]:
        begin = self._instant(self.date_from, "date_from", timedelta(0))
        return begin, self._instant(self.date_to, "date_to", timedelta(days=1))

    def _instant(self, value: date | str | None, name: str, whole_day: timedelta) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value) if len(value) <= len("2026-01-31") else datetime.fromisoformat(value)
            except ValueError:
                raise ValueError(f"{name} is {value!r}; 2026-01-31 or 2026-01-31T12:00:00Z is needed") from None
        if not isinstance(value, datetime):
            value = datetime.combine(value + whole_day, time())
        if value.utcoffset() is None:
            if self.timezone is None:
                raise ValueError(f"{name} has no time zone: give an aware datetime, or timezone='Europe/Oslo'")
            value = value.replace(tzinfo=_zone(self.timezone))
        return value.astimezone(UTC)

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        if isinstance(self.last, timedelta):
            written["dateFrom" if info.by_alias else "date_from"] = odata.instant(_ago(self.last))
        return written

    def to_odata(self, *, uur: bool = False) -> str | None:
        """The same as a condition for header queries, or ``None`` if nothing restricts.

        Args:
            uur: for repair reports; their misc info goes by another name.

        Raises:
            ValidationError: a field that header queries cannot be restricted by; the text names it.
        """
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        unsaid = given - _EQUAL.keys() - _MISC_INFO.keys() - _OTHERS
        if uur:
            unsaid |= given & {"asset_serial_number"}
        if unsaid:
            raise ValidationError(f"a header query cannot be restricted by {', '.join(sorted(unsaid))}")
        equal = [odata.eq(field, getattr(self, name)) for name, field in _EQUAL.items() if name in given - {"run"}]
        misc = [odata.eq(field, getattr(self, name)) for name, field in _MISC_INFO.items() if name in given]
        both = odata.and_(*misc)
        return odata.and_(
            *equal,
            self._run_condition(),
            both and odata.any_("uurMiscInfo" if uur else "miscInfo", both),
            self.asset_serial_number and odata.any_("assets", odata.eq("x/serialNumber", self.asset_serial_number)),
            self._socket_condition(),
            *self._time_conditions(),
        )

    def _run_condition(self) -> str | None:
        if self.run is None or self.run == RunFilter.ALL:
            return None
        if self.run < 0:
            raise ValidationError("run: a header query knows runs by their number, not the last one of a unit")
        return odata.eq("run", int(self.run))

    def _socket_condition(self) -> str | None:
        if self.socket is None:
            return None
        try:
            return odata.eq("testSocketIndex", int(self.socket))
        except ValueError:
            raise ValidationError(f"socket: a header query compares it by its number, not {self.socket!r}") from None

    def _time_conditions(self) -> list[str]:
        back = self.last if isinstance(self.last, timedelta) else None
        if self.period_count is not None:
            period = _PERIODS.get(DateGrouping.DAY if self.date_grouping is None else self.date_grouping)
            if period is None:
                raise ValidationError("date_grouping: period_count needs one that says how long a period is")
            if self.include_current_period is False:
                raise ValidationError("include_current_period: a header query cannot leave out the current period")
            back = self.period_count * period
        begin, end = self._bounds()
        return [
            *([] if back is None else [odata.ge("start", _ago(back))]),
            *([] if begin is None else [odata.ge("start", begin)]),
            *([] if end is None else [odata.lt("start", end)]),
        ]


def filter_body(filter_data: WATSFilter | Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object that the analytics endpoints take, by wire names and without what is ``None``.

    A mapping may use Python or wire names; names that `WATSFilter` does not know are sent as they are. The current
    period counts, as in the server's own default, unless the filter says otherwise.

    Raises:
        ValidationError: a value does not fit its field; the text names the field.
    """
    more: dict[str, Any] = {}
    if not isinstance(filter_data, WATSFilter):
        fields = WATSFilter.model_fields
        names = {*fields, *(field.serialization_alias for field in fields.values())}
        more = {name: value for name, value in filter_data.items() if name not in names and value is not None}
        filter_data = checked(WATSFilter, {name: value for name, value in filter_data.items() if name in names})
    body = {**more, **filter_data.to_wire()}
    if "periodCount" in body or "dateGrouping" in body:
        body.setdefault("includeCurrentPeriod", True)
    return body


def build_serial_filter(serial_number: str) -> str:
    """The condition for one serial number."""
    return odata.eq("serialNumber", serial_number)


def build_part_number_filter(part_number: str) -> str:
    """The condition for one part number."""
    return odata.eq("partNumber", part_number)


def build_date_range_filter(start_date: datetime, end_date: datetime, field_name: str = "start") -> str:
    """The condition for a range of aware datetimes, the second one not included."""
    return f"{odata.ge(field_name, start_date)} and {odata.lt(field_name, end_date)}"


def build_recent_filter(days: int = 7, field_name: str = "start") -> str:
    """The condition for the days up to now, each of 24 hours."""
    return odata.ge(field_name, _ago(timedelta(days=days)))


def build_today_filter(field_name: str = "start", timezone: str | None = None) -> str:
    """The condition for the current day in a time zone; without one, in that of this computer.

    Raises:
        ValidationError: there is no such zone.
    """
    try:
        zone = None if timezone is None else _zone(timezone)
    except ValueError as error:
        raise ValidationError(f"timezone: {error}") from error
    today = _now().astimezone(zone).date()
    begins, ends = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (today, today + timedelta(days=1)))
    return build_date_range_filter(begins, ends, field_name)


def build_subunit_part_filter(subunit_part_number: str, is_uut: bool = True) -> str:
    """The condition for reports on a unit with a sub unit of this part number."""
    return odata.any_("subUnits" if is_uut else "uurSubUnits", odata.eq("x/partNumber", subunit_part_number))


def build_subunit_serial_filter(subunit_serial_number: str, is_uut: bool = True) -> str:
    """The condition for reports on a unit with a sub unit of this serial number."""
    return odata.any_("subUnits" if is_uut else "uurSubUnits", odata.eq("x/serialNumber", subunit_serial_number))


def build_header_filter(
    part_number: str | None = None,
    serial_number: str | None = None,
    start_date: datetime | None = None,
    end_date: datetime | None = None,
) -> str | None:
    """The condition that all given ones hold, or ``None`` if none is given."""
    return odata.and_(
        None if part_number is None else build_part_number_filter(part_number),
        None if serial_number is None else build_serial_filter(serial_number),
        None if start_date is None else odata.ge("start", start_date),
        None if end_date is None else odata.lt("start", end_date),
    )


def combine_filters(filters: Sequence[str | None], operator: str = "and") -> str | None:
    """The conditions joined by ``and`` or ``or``, or ``None`` if there are none."""
    if operator not in {"and", "or"}:
        raise ValidationError(f"operator is {operator!r}; it must be 'and' or 'or'")
    return odata.and_(*filters) if operator == "and" else odata.or_(*filters)


def _now() -> datetime:
    return datetime.now(UTC)


def _ago(span: timedelta) -> datetime:
    try:
        return _now() - span
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone; an IANA name such as Europe/Oslo is needed") from error
