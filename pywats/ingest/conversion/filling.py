"""What a source says about its reports besides what stands in them: fields to fill in, replace or hide, a time zone."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import orjson

JsonObject = dict[str, Any]

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "process": ("processCode",),
    "part_number": ("pn",),
    "revision": ("rev",),
    "station": ("machineName",),
    "location": ("location",),
    "purpose": ("purpose",),
    "operator": ("", "user"),
    "comment": ("", "comment"),
    "batch": ("uut", "batchSN"),
    "fixture": ("uut", "fixtureId"),
}
"""Names in a configuration, and where the field is in WSJF; an empty part: ``uut`` of a test, ``uur`` of a repair."""

_PARTS: Final = ("uut", "uur")

_HIDDEN_LENGTH: Final = 16
"""Hexadecimal digits that stand for a hidden value: 64 bits, enough to tell the operators of a plant apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What a source adds to its reports.

    Attributes:
        defaults: values by the names of ``FIELDS``, for fields that are missing or empty.
        override: the same, whatever the report says.
        keys: names of fields to hide, and the secret that each is hidden with.
        zone: IANA name of the time zone of times that have none, or ``None``.
    """

    defaults: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    override: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    keys: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    zone: str | None = None

    def fill(self, report: JsonObject) -> None:
        """Fill in, replace and hide fields of a report, in place."""
        for values, replaces in ((self.override, True), (self.defaults, False)):
            for name, value in values.items():
                place, key = _place(report, name, make=True)
                if place is not None and (replaces or place.get(key) is None or place.get(key) == ""):
                    place[key] = value
        for name, secret in self.keys.items():
            *path, key = FIELDS[name]
            for part in _PARTS if path == [""] else path:  # a test that says something of a repair is no way around it
                _hide(report.get(part), key, secret)
            if not path:
                _hide(report, key, secret)

    @staticmethod
    def lacks(report: JsonObject, name: str) -> bool:
        """Return whether a report has nothing in a field, by its name in a configuration."""
        place, key = _place(report, name, make=False)
        return place is None or place.get(key) is None or place.get(key) == ""

    def instant(self, moment: datetime) -> tuple[datetime, str]:
        """Return a time without an offset as an instant of the zone, and what there is to say about it.

        A time that a clock shows twice, when summer time ends, is taken for the first of the two; one that it skips,
        when summer time begins, for the one that the clock would have shown without the change (PEP 495, ``fold=0``).

        Raises:
            ValueError: there is no zone.
        """
        if self.zone is None:
            raise ValueError("the source has no timezone")
        zone = ZoneInfo(self.zone)
        first = moment.replace(tzinfo=zone, fold=0)
        before, after = (moment.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
        if before > after:
            return first, f"start {moment} is there twice in {self.zone}; taken for the first"
        if before < after:
            return first, f"start {moment} is skipped by the clocks of {self.zone}; taken for {first.isoformat()}"
        return first, ""


def _hide(place: object, key: str, secret: bytes) -> None:
    """Hide a field of an object, whatever JSON it holds; a number is hidden as the text of the same digits."""
    value = cast("JsonObject", place).get(key) if isinstance(place, dict) else None
    if value is not None and value != "":
        text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        cast("JsonObject", place)[key] = hidden(text, secret)


def hidden(text: str, secret: bytes) -> str:
    """Return what stands for a text: always the same for it, and of no use to who does not know the secret.

    It is the beginning of HMAC-SHA-256 (RFC 2104): a plain hash of a name can be found by trying names.
    """
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:_HIDDEN_LENGTH]


def _place(report: JsonObject, name: str, *, make: bool) -> tuple[JsonObject | None, str]:
    """Return the object that has a field, and the field's name in it; none for a field that this kind does not have."""
    *path, key = FIELDS[name]
    if not path:
        return report, key
    mine = "uur" if report.get("type") == "R" else "uut"
    if path[0] not in {"", mine}:
        return None, key
    place = report.get(mine)
    if place is None and make:
        place = report[mine] = {}
    return cast("JsonObject", place) if isinstance(place, dict) else None, key
