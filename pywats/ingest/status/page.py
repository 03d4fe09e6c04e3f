"""The page itself: what the board knows, as HTML; the template escapes everything that comes from outside."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import jinja2
from markupsafe import Markup

from pywats.ingest.spool.overview import SHOWN
from pywats.ingest.status import charts
from pywats.ingest.status.board import Board
from pywats.ingest.status.minutes import Minute

MINUTES: Final = 180
"""Minutes of the charts that show every minute."""

HOURS: Final = 12

_FILES: Final = files("pywats.ingest.status")
STYLE: Final = _FILES.joinpath("page.css").read_text("utf-8")
SCRIPT: Final = _FILES.joinpath("page.js").read_text("utf-8")


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def span(seconds: float) -> str:
    """Return a time as people say it: ``40 s``, ``12 min``, ``3 h``, ``5 days``."""
    for size, unit in ((86400 * 2, " days"), (3600 * 2, " h"), (60 * 2, " min")):
        if seconds >= size:
            return f"{seconds / (size / 2):.0f}{unit}"
    return f"{seconds:.0f} s"


def _clock(moment: str) -> Markup:
    """Return a time of day, of another day with its date, and the whole moment for machines and for pointing at it."""
    at = datetime.fromisoformat(moment).astimezone()
    today = at.date() == datetime.now(UTC).astimezone().date()
    shown = at.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment, moment, shown)


def _name(path: str) -> str:
    """Return a file's own name, on whichever system the path was written."""
    return path.replace("\\", "/").rpartition("/")[2]


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pywats.ingest", "status"),
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = environment.filters
    filters |= {"clock": _clock, "span": span, "count": _count, "name": _name}
    return environment


_TEMPLATES: Final = _templates()
_INSIDE: Final = _TEMPLATES.get_template("inside.html")
_WHOLE: Final = _TEMPLATES.get_template("page.html")
"""Read with this module: a new version may be installed beneath a daemon that runs."""


def whole(board: Board, token: str) -> str:
    """Return the page; ``token`` goes into its forms."""
    return _WHOLE.render(_values(board, token))


def inside(board: Board, token: str) -> str:
    """Return what changes of it: the script puts it into the page."""
    return _INSIDE.render(_values(board, token))


def _values(board: Board, token: str) -> Mapping[str, Any]:
    minutes = board.minutes.last(MINUTES)
    hours = list(board.minutes.hours(HOURS))
    return {
        **board.snapshot(),
        "token": token,
        "zone": datetime.now(UTC).astimezone().strftime("%Z"),
        "queue_chart": charts.area([minute.waiting for minute in minutes], "queue"),
        "queue_most": max(minute.waiting for minute in minutes),
        "flow_chart": charts.area([minute.uploaded for minute in minutes], "flow"),
        "flow_most": max(minute.uploaded for minute in minutes),
        "flow_sum": sum(minute.uploaded for minute in minutes),
        "hours_chart": _hours(hours),
        "passed": sum(hour.passed.total() for hour in hours),
        "failed": sum(hour.failed.total() for hour in hours),
        "by_source": _by_source(hours),
        "by_reason": _by_reason(board),
        "shown": SHOWN,
        "minutes": MINUTES,
        "hours": HOURS,
    }


def _hours(hours: list[Minute]) -> Markup:
    now = datetime.now(UTC).astimezone()
    pairs = [(hour.passed.total(), hour.failed.total()) for hour in hours]
    titles = [
        f"to {now - timedelta(hours=len(hours) - 1 - number):%H:%M}: {passed:,} passed, {failed:,} failed"
        for number, (passed, failed) in enumerate(pairs)
    ]
    return charts.columns(pairs, titles)


def _by_source(hours: list[Minute]) -> list[dict[str, Any]]:
    passed: Counter[str] = sum((hour.passed for hour in hours), Counter[str]())
    failed: Counter[str] = sum((hour.failed for hour in hours), Counter[str]())
    most = max((passed + failed).values(), default=0)
    return [
        {
            "name": name,
            "passed": passed[name],
            "failed": failed[name],
            "chart": charts.bar([("pass", passed[name]), ("fail", failed[name])], most),
        }
        for name in sorted(passed | failed)
    ]


def _by_reason(board: Board) -> list[dict[str, Any]]:
    counts: Counter[str] = Counter()
    for (_, reason), count in board.reasons.items():
        counts[reason] += count
    most = max(counts.values(), default=0)
    return [
        {"name": name, "count": count, "chart": charts.bar([("trouble", count)], most)}
        for name, count in counts.most_common()
    ]
