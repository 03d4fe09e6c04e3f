"""How near an asset is to the limits of its type."""

from collections.abc import Iterator
from typing import Any

from pywats.sandbox.asset.store import DAY
from pywats.sandbox.times import ticks

OK, WARNING, ALARM = range(3)

UNLIMITED = -1
_FULL = 100.0


def status(asset: dict[str, Any], now: int) -> dict[str, Any]:
    """Return the counts of an asset as it is shown, its days, what is left and passed of its limits, and its alarm."""
    kind = asset["assetType"]
    running = _count(asset, kind, "running")
    total = _count(asset, kind, "total")
    calibration = _days(asset, kind, "Calibration", now)
    maintenance = _days(asset, kind, "Maintenance", now)
    used = dict(_used(asset, kind, now))
    warning, alarm = kind["warningThreshold"] or None, kind["alarmThreshold"] or _FULL
    reached = {what: share for what, share in used.items() if share >= min(warning or alarm, alarm)}
    worst = max(used.values(), default=0.0)
    state = ALARM if worst >= alarm else WARNING if warning is not None and worst >= warning else OK
    return {
        "assetId": asset["assetId"],
        "serialNumber": asset["serialNumber"],
        "state": asset["state"],
        "alarmState": state,
        **running,
        **total,
        **calibration,
        **maintenance,
        "message": " ".join(f"{what} has used up {share:.0f} % of its limit." for what, share in reached.items()),
    }


def _count(asset: dict[str, Any], kind: dict[str, Any], which: str) -> dict[str, Any]:
    count, limit = asset[f"{which}Count"], kind[f"{which}CountLimit"] or None
    return {
        f"{which}Count": count,
        f"{which}CountExceeded": None if limit is None else max(count - limit, 0),
        f"{which}CountRemaining": None if limit is None else max(limit - count, 0),
    }


def _days(asset: dict[str, Any], kind: dict[str, Any], what: str, now: int) -> dict[str, Any]:
    last, due = _dates(asset, kind, what)
    return {
        f"daysSince{what}": None if last is None else (now - last) / DAY,
        f"isDaysSince{what}Unknown": last is None,
        f"{what.lower()}DaysOverdue": None if due is None else max(now - due, 0) / DAY,
    }


def _used(asset: dict[str, Any], kind: dict[str, Any], now: int) -> Iterator[tuple[str, float]]:
    """How much of each limit is used up, in per cent."""
    for which in ("running", "total"):
        if limit := kind[f"{which}CountLimit"]:
            yield f"{which}Count", _FULL * asset[f"{which}Count"] / limit
    for what in ("Calibration", "Maintenance"):
        last, due = _dates(asset, kind, what)
        if due is not None and (last is None or due <= last):
            yield f"next{what}Date", _FULL if now >= due else 0.0
        elif due is not None and last is not None:
            yield f"next{what}Date", _FULL * (now - last) / (due - last)


def _dates(asset: dict[str, Any], kind: dict[str, Any], what: str) -> tuple[int | None, int | None]:
    """When it was done last, and when it is due again, which it never is if that is unlimited."""
    last, due = asset[f"last{what}Date"], asset[f"next{what}Date"]
    if kind[f"{what.lower()}Interval"] == UNLIMITED:
        due = None
    return None if last is None else ticks(last), None if due is None else ticks(due)
