"""Times, sizes, rates and time zones as people write them, as annotated types for models."""

import math
import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator

from workers.limiter import RateLimit

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DECIMAL_BYTES = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4}
_BYTES = {**_DECIMAL_BYTES, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
_QUANTITY = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([A-Za-z]*)")
_PACE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*/\s*s")


def seconds(value: Any) -> float:
    """Return the seconds of a time such as ``500ms``, ``2s``, ``5m``, ``1h`` or ``7d``; a bare number counts seconds.

    Raises:
        ValueError: it is no time, or negative.
    """
    return _quantity(value, _SECONDS, 1.0, "a time such as 500ms, 2s, 5m, 1h or 7d")


def size(value: Any) -> int:
    """Return the bytes of a size such as ``512KiB``, ``100MB`` or ``2GiB``; a bare number counts bytes.

    Raises:
        ValueError: it is no size, or negative.
    """
    return round(_quantity(value, _BYTES, 1, "a size such as 512KiB, 100MB or 2GiB"))


def rate(value: Any) -> RateLimit | None:
    """Return the limit that ``500/60s`` or the like stands for, or ``None`` for the word ``none``.

    Raises:
        ValueError: it is neither; an empty value is neither, so that no limit is ever lifted by a slip.
    """
    if isinstance(value, RateLimit):
        return value
    if isinstance(value, str):
        if value.strip().lower() == "none":
            return None
        try:
            return RateLimit.parse(value)
        except Exception as error:
            raise ValueError(f"{_WANTED_RATE}, not {value[:40]!r}") from error
    raise ValueError(_WANTED_RATE)


_WANTED_RATE = 'must be requests per time such as "500/60s", or the word none for no limit'


def pace(value: Any) -> float:
    """Return the starts per second that ``50/s`` stands for.

    Raises:
        ValueError: it is no such text, or zero.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf:
        return float(value)
    found = _PACE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or not float(found[1]):
        raise ValueError('must be starts per second, above zero, such as "50/s"')
    return float(found[1])


def _quantity(value: Any, units: dict[str, Any], bare: float, wanted: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
        return value * bare
    found = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or found[2] not in {"", *units}:
        raise ValueError(f"must be {wanted}")
    return float(found[1]) * float(units.get(found[2], bare))


def time_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        ValueError: there is none of this name.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'there is no time zone "{name}"; it is a name such as Europe/Oslo or UTC') from error
    return name


Duration = Annotated[float, BeforeValidator(seconds)]
"""Seconds, written as ``500ms``, ``2s``, ``5m``, ``1h`` or ``7d``."""

Size = Annotated[int, BeforeValidator(size)]
"""Bytes, written as ``512KiB``, ``100MB`` or ``2GiB``."""

Rate = Annotated[RateLimit | None, BeforeValidator(rate, json_schema_input_type=str)]
"""Requests in a period, written as ``500/60s``; ``None`` for the word ``none``."""

Pace = Annotated[float, BeforeValidator(pace)]
TimeZone = Annotated[str, AfterValidator(time_zone)]
"""Starts per second, written as ``50/s``."""
