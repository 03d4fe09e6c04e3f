"""Times that a file writes as the clock of its station shows them."""

from datetime import UTC, datetime, tzinfo
from typing import Literal

__all__ = ["Zone", "instant", "seconds_between"]

Zone = tzinfo | Literal["kept"] | None
"""The zone of times without one: a zone, ``None`` for that of this computer, or ``"kept"`` to leave them without."""


def instant(text: str, zone: Zone) -> tuple[str, str | None]:
    """A time with its offset and the same time in UTC, as reports have them; all digits of the fraction are kept.

    Args:
        text: ISO 8601, with or without an offset.
        zone: of times without one; with ``"kept"`` they stay as they are, and have no time in UTC.

    Raises:
        ValueError: the text is no date and time.
    """
    said = text.strip()
    read = datetime.fromisoformat(said)
    try:
        if read.utcoffset() is None:
            if zone == "kept":
                return said, None
            read = read.astimezone() if zone is None else read.replace(tzinfo=zone)
            said = f"{said}{read.isoformat()[-6:]}" if "T" in said else read.isoformat()
        return said, read.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, OSError) as error:
        raise ValueError(f"{said} is a time that no clock shows") from error


def seconds_between(start: str, end: str) -> float:
    """From one time to another; nothing if one of them has an offset and the other has not."""
    begin, until = datetime.fromisoformat(start), datetime.fromisoformat(end)
    if (begin.utcoffset() is None) != (until.utcoffset() is None):
        return 0.0
    return max(0.0, (until - begin).total_seconds())
