"""Rows of one long JSON array, parsed while they arrive, against the same answer loaded whole."""

import tracemalloc

from benchmarks.handwritten import HandWritten
from benchmarks.rounds import Figures, Finding, Work, measure
from pywats import AsyncPyWATS

PATH = "/api/Report/Query/Header"


class Reading:
    """Both ways to read so many headers that come in one answer; neither keeps any."""

    def __init__(self, api: AsyncPyWATS, by_hand: HandWritten, count: int) -> None:
        self._api, self._by_hand, self._count = api, by_hand, count
        self._query = {"$top": str(count)}

    async def arriving(self) -> None:
        """Take row by row as it comes."""
        seen = 0
        async for _ in self._api.http.iter_json(PATH, self._query):
            seen += 1
        assert seen == self._count  # noqa: S101

    async def whole(self) -> None:
        """Have all rows at once."""
        assert len(await self._by_hand.get_json(PATH, self._query)) == self._count  # noqa: S101

    async def rate(self, rounds: int) -> Figures:
        """The price of a row."""
        name = f"{self._count:,} rows of one array as they arrive; by hand: whole"
        return await measure(name, "", self.arriving, self.whole, operations=self._count, rounds=rounds)

    async def memory(self) -> Finding:
        """The most that each has in memory at once."""
        arriving, whole = await _most(self.arriving), await _most(self.whole)
        found = f"{arriving / 2**20:.1f} MB; whole: {whole / 2**20:.1f} MB"
        return Finding(f"{self._count:,} rows of one array as they arrive: memory at the most", found, "6 MB")


async def _most(work: Work) -> int:
    tracemalloc.start()
    try:
        await work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
