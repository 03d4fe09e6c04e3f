"""Tells a webhook what a person should know, whatever else goes on; ingest never waits for it."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from pywats.ingest.journal import Event, Kind
from pywats.ingest.reasons import WHAT_TO_DO, Reason
from pywats.ingest.schema import AlertsBlock
from pywats.ingest.upload.line import backoff
from workers.log import get_logger

log = get_logger(__name__)

LOOK: Final = 5.0
"""Seconds between two looks."""

QUIET: Final = 600.0
"""Seconds in which a reason is told once; what comes of it meanwhile is in the count of the next message."""

TIMEOUT: Final = 10.0
TRIES: Final = 8
"""Tries of one message, over some four minutes; then it is given up, and the log says so."""

_LONGEST_PAUSE: Final = 60.0
_TROUBLES: Final = frozenset({Kind.FILE_QUARANTINED, Kind.REPORT_REFUSED, Kind.REPORT_HELD})

Conditions = Callable[[float], Iterable[tuple[str, str]]]
"""Gives, for the age at which the queue is old, what lasts at this moment: the name of the alert, and the words."""


class Alerts:
    """Posts JSON: when something lasting begins and when it is over, and how many files and reports went wrong.

    Args:
        block: where to, and about what.
        station: who says so.
        conditions: what lasts.
    """

    def __init__(self, block: AlertsBlock, station: str, conditions: Conditions) -> None:
        self.block = block
        self._station = station
        self._conditions = conditions
        self._lasting: dict[str, str] = {}
        self._troubles: Counter[Reason] = Counter()
        self._details: dict[Reason, str] = {}
        self._told: dict[Reason, float] = {}

    def note(self, event: Event) -> None:
        """Take in what happened."""
        if event.kind in _TROUBLES and event.reason is not None:
            self._troubles[event.reason] += 1
            self._details[event.reason] = f"{event.file}: {event.detail}"

    async def run(self) -> None:
        """Look and tell, again and again."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
            while True:
                await asyncio.sleep(LOOK)
                for message in self.due():
                    if not await self._post(session, message) and message["state"] == "begun":
                        self._lasting.pop(message["alert"], None)  # it is told anew while it lasts

    def due(self) -> list[dict[str, Any]]:
        """Return what is to be told now; it is not returned again."""
        wanted: tuple[str, ...] = self.block.on
        now = {name: words for name, words in self._conditions(self.block.older_than) if name in wanted}
        before, self._lasting = self._lasting, now
        found = [self._message(name, "begun", words) for name, words in now.items() if name not in before]
        found += [self._message(name, "over", words) for name, words in before.items() if name not in now]
        if "quarantined" in wanted:
            for reason in [
                each for each in self._troubles if time.monotonic() >= self._told.get(each, -math.inf) + QUIET
            ]:
                self._told[reason] = time.monotonic()
                count = self._troubles.pop(reason)
                advice = {"reason": reason.value, "count": count, "what_to_do": WHAT_TO_DO.get(reason, "")}
                found.append(self._message("quarantined", "happened", self._details.pop(reason), **advice))
        return found

    def _message(self, alert: str, state: str, detail: str, **more: Any) -> dict[str, Any]:
        times = "once" if more.get("count") == 1 else f"{more.get('count')} times"
        count = f" ({more['reason']}, {times})" if more else ""
        return {
            "text": f"{self._station}: {alert.replace('_', ' ')} {state}{count}: {detail}",
            "alert": alert,
            "state": state,
            "station": self._station,
            "detail": detail,
            "time": datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds"),
            **more,
        }

    async def _post(self, session: aiohttp.ClientSession, message: dict[str, Any]) -> bool:
        """Post a message; return whether it was taken."""
        url, said = self.block.webhook.get_secret_value(), ""
        for attempt in range(1, TRIES + 1):
            try:
                async with session.post(url, json=message, allow_redirects=False) as answer:
                    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                        return True
                    said = f"answered {answer.status}"
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:  # a name that is none is the last
                said = type(error).__name__
            if attempt < TRIES:
                await asyncio.sleep(backoff(attempt, _LONGEST_PAUSE))
        log.warning("alert_not_delivered", alert=message["alert"], webhook=masked(url), said=said)
        return False


def masked(url: str) -> str:
    """Return the address of a webhook without what lets anybody use it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}/***"
