"""The time of a test program."""

import time
from datetime import datetime, timedelta


class Clock:
    """The time of day where this computer is; between two readings it goes as fast as time does, whatever sets it."""

    def __init__(self) -> None:
        self._began = datetime.now().astimezone()
        self._ticks = time.perf_counter()

    def __call__(self) -> datetime:
        """The time with its zone."""
        return self._began + timedelta(seconds=time.perf_counter() - self._ticks)
