"""The daemon as a registered client: the server hears that the station lives, and how much waits there."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from pywats import __version__
from pywats.client import AsyncPyWATS
from pywats.errors import PyWATSError
from pywats.ingest.schema import IngestConfig
from workers.log import get_logger

log = get_logger(__name__)

FAREWELL: Final = 2.0
"""Seconds that telling the server of the end may take."""


class Presence:
    """Pings the server, tells it the number of waiting reports, and says goodbye.

    What comes of it changes nothing for the reports, so a failure is said once and tried again the next time.

    Args:
        api: a client whose token is that of the registration.
        config: names the client, its station, and how often it is heard.
        waiting: how many reports are in the spool.
    """

    def __init__(self, api: AsyncPyWATS, config: IngestConfig, waiting: Callable[[], Awaitable[int]]) -> None:
        self._api = api.with_options(retry=None, timeout=10.0)
        self._config = config
        self._waiting = waiting
        self._heard = True

    async def run(self) -> None:
        """Ping until cancelled; then say goodbye."""
        client = self._config.client
        if client is None:
            return
        now = asyncio.get_running_loop().time
        update = now()
        try:
            while True:
                if now() >= update:
                    await self._say(self._tell)
                    update = now() + client.update
                else:
                    await self._say(self._api.system.ping)
                await asyncio.sleep(client.ping)
        finally:
            with suppress(PyWATSError, TimeoutError):
                async with asyncio.timeout(FAREWELL):
                    await self._tell("Offline")
                    await self._api.system.disconnect_client(client.id)

    async def _tell(self, status: str = "Online") -> None:
        station = self._config.station
        name, location, purpose = ("", "", "") if station is None else (station.name, station.location, station.purpose)
        await self._api.system.update_client_status(
            name, location, purpose, version=__version__, status=status, pending_total=await self._waiting()
        )

    async def _say(self, word: Callable[[], Awaitable[object]]) -> None:
        try:
            await word()
        except PyWATSError as error:
            if self._heard:
                log.warning("presence_not_heard", error=str(error))
            self._heard = False
        else:
            self._heard = True
