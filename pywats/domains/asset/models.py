"""Assets, their types and their log."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pywats.exchange.wire import Items, NullIs, OpenIntEnum, PyWATSModel, Setting, UtcDatetime, named, no_items

__all__ = [
    "Asset",
    "AssetAlarmState",
    "AssetLog",
    "AssetLogType",
    "AssetState",
    "AssetType",
    "IntervalMode",
]


class AssetState(OpenIntEnum):
    """Where an asset is, or what is being done with it."""

    UNKNOWN = 0
    IN_OPERATION = 1
    IN_TRANSIT = 2
    IN_MAINTENANCE = 3
    IN_CALIBRATION = 4
    IN_STORAGE = 5
    SCRAPPED = 6
    OK = 1


class AssetAlarmState(OpenIntEnum):
    """Whether an asset has reached one of the limits of its type, or comes near."""

    OK = 0
    WARNING = 1
    ALARM = 2


class AssetLogType(OpenIntEnum):
    """What an entry of the log is about."""

    MESSAGE = 0
    REGISTER = 1
    UPDATE = 2
    RESET_COUNT = 3
    CALIBRATION = 4
    MAINTENANCE = 5
    STATE_CHANGE = 6
    UNKNOWN = 0
    CREATED = 1
    COUNT_RESET = 3
    COMMENT = 0


class IntervalMode(OpenIntEnum):
    """What stands in place of a number of days where an interval is none."""

    NORMAL = 0
    UNLIMITED = -1
    EXTERNAL = -2


State = Annotated[AssetState, NullIs(AssetState.IN_OPERATION)]
Flag = Annotated[bool, NullIs(False)]


class AssetType(PyWATSModel):
    """A kind of assets, with the limits that hold for each of them.

    A limit, an interval or a threshold that is absent or 0 does not exist.

    Attributes:
        running_count_limit: uses from one calibration to the next.
        total_count_limit: uses in its life.
        maintenance_interval: in days, or an ``IntervalMode``.
        calibration_interval: in days, or an ``IntervalMode``.
        warning_threshold: per cent of a limit from which on there is a warning.
        alarm_threshold: per cent of a limit from which on there is an alarm; 100 if there is none.
    """

    type_name: str
    type_id: UUID | None = None
    running_count_limit: int | None = None
    total_count_limit: int | None = None
    maintenance_interval: float | None = None
    calibration_interval: float | None = None
    warning_threshold: float | None = None
    alarm_threshold: float | None = None
    is_readonly: Flag = False
    icon: str | None = None

    def alarm_state(self, asset: "Asset", at: datetime) -> AssetAlarmState:
        """Whether an asset of this type warns or alarms at a time, by that of its limits that is nearest or passed.

        A date that nobody knows counts for nothing: an asset that was never calibrated does not alarm for that.
        """
        used = max(self._used(asset, at), default=0.0)
        if used >= (self.alarm_threshold or 100):
            return AssetAlarmState.ALARM
        if self.warning_threshold and used >= self.warning_threshold:
            return AssetAlarmState.WARNING
        return AssetAlarmState.OK

    def _used(self, asset: "Asset", at: datetime) -> Iterator[float]:
        """How much of each limit is used up, in per cent."""
        counts = ((asset.running_count, self.running_count_limit), (asset.total_count, self.total_count_limit))
        yield from (100 * (count or 0) / limit for count, limit in counts if limit and limit > 0)
        yield from _elapsed(asset.last_calibration_date, asset.next_calibration_date, self.calibration_interval, at)
        yield from _elapsed(asset.last_maintenance_date, asset.next_maintenance_date, self.maintenance_interval, at)


def _elapsed(last: datetime | None, due: datetime | None, interval: float | None, at: datetime) -> Iterator[float]:
    if interval == IntervalMode.UNLIMITED:
        return
    if due is not None:
        yield 100 * (at - last) / (due - last) if last is not None and last < due else 100 * (at >= due)
    elif last is not None and interval and interval > 0:
        yield 100 * (at - last) / timedelta(days=1) / interval


class AssetLog(PyWATSModel):
    """One entry of the log of an asset.

    Attributes:
        date: when it happened.
        property_name: what was changed, of an update.
        value: what it was changed to.
    """

    log_id: int | None = None
    asset_id: str | None = None
    serial_number: str | None = None
    date: UtcDatetime | None = None
    user: str | None = None
    log_type: AssetLogType | None = named("type", "log_type")
    property_name: str | None = named("property", "property_name")
    value: str | None = None
    comment: str | None = None


class Asset(PyWATSModel):
    """A tool that tests use: a fixture, an instrument, a cable.

    Attributes:
        parent_asset_id: the asset that it is a part of.
        client_id: the client of the server that it belongs to.
        total_count: uses in its life; changed by methods of its own, as are the running count and the dates.
        running_count: uses since its last calibration.
        tags: user-defined values; lists have them as ``xml_data``.
        asset_children: assets that are parts of it.
        asset_type: its type, where the server names it; lists do not.
    """

    serial_number: str
    type_id: UUID | None = None
    asset_id: str | None = None
    parent_asset_id: str | None = None
    parent_serial_number: str | None = None
    asset_name: str | None = None
    part_number: str | None = None
    revision: str | None = None
    client_id: int | None = named("ClientId", "clientId", "client_id")
    state: State = AssetState.IN_OPERATION
    description: str | None = None
    location: str | None = None
    first_seen_date: UtcDatetime | None = None
    last_seen_date: UtcDatetime | None = None
    last_maintenance_date: UtcDatetime | None = None
    next_maintenance_date: UtcDatetime | None = None
    last_calibration_date: UtcDatetime | None = None
    next_calibration_date: UtcDatetime | None = None
    total_count: int | None = None
    running_count: int | None = None
    xml_data: str | None = None
    tags: Items[Setting] = no_items()
    asset_children: Items["Asset"] = no_items()
    asset_type: AssetType | None = None
    asset_log: Items[AssetLog] = no_items()
