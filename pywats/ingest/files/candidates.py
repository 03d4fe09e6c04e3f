"""Which files of a folder are complete: pure bookkeeping, no clock and no disk of its own."""

from collections.abc import Collection
from dataclasses import dataclass
from heapq import heappop, heappush

from pywats.ingest.files.reading import Stamp


@dataclass(frozen=True, slots=True)
class Sight:
    """A file as it was seen: its stamp, and when anything about it last changed by the file system's clock."""

    stamp: Stamp
    ctime_ns: int


class Candidates:
    """Files of a folder, by their names, that were seen and not taken yet.

    A file is complete when its size and time have stood still for ``settle`` seconds of the caller's clock, or by the
    file system's own account: a file that is renamed into place was last written some time before the renaming.

    Args:
        settle: seconds.
        trust_ctime: whether the file system tells when a file was renamed; Windows tells its creation instead.
    """

    def __init__(self, settle: float, *, trust_ctime: bool) -> None:
        self._settle = settle
        self._trust_ctime = trust_ctime
        self._seen: dict[str, tuple[Stamp, float]] = {}  # by name; and when it may be taken
        self._waiting: list[tuple[float, str]] = []
        self._ready: list[tuple[int, str]] = []  # oldest first

    def __len__(self) -> int:
        return len(self._seen)

    def __contains__(self, name: str) -> bool:
        return name in self._seen

    def names(self) -> list[str]:
        """Return the files that were seen and not taken."""
        return list(self._seen)

    def see(self, name: str, sight: Sight, now: float) -> None:
        """Take in what a file looks like now."""
        known = self._seen.get(name)
        if known is not None and known[0] == sight.stamp:
            return
        renamed = self._trust_ctime and sight.ctime_ns - sight.stamp.mtime_ns >= self._settle * 1e9
        self._await(name, sight.stamp, now if renamed else now + self._settle)

    def forget(self, name: str) -> None:
        """Strike off a file that is gone, or was taken."""
        self._seen.pop(name, None)

    def retain(self, present: Collection[str]) -> None:
        """Strike off all files that are not among these."""
        for name in [name for name in self._seen if name not in present]:
            del self._seen[name]

    def delay(self, name: str, seconds: float, now: float) -> None:
        """Let a file that could not be taken wait."""
        known = self._seen.get(name)
        if known is not None:
            self._await(name, known[0], now + seconds)

    def take(self, now: float, *, limit: int, room: int) -> list[tuple[str, Stamp]]:
        """Return complete files, the oldest first: at most ``limit``, and none after they exceed ``room`` bytes.

        Each is to be answered with `forget` or `delay`.
        """
        while self._waiting and self._waiting[0][0] <= now:
            due, name = heappop(self._waiting)
            known = self._seen.get(name)
            if known is not None and known[1] == due:
                heappush(self._ready, (known[0].mtime_ns, name))
        taken: list[tuple[str, Stamp]] = []
        while self._ready and len(taken) < limit and room > 0:
            mtime_ns, name = heappop(self._ready)
            known = self._seen.get(name)
            if known is not None and known[1] <= now and known[0].mtime_ns == mtime_ns:
                taken.append((name, known[0]))
                room -= known[0].size
        return taken

    def next_due(self, now: float) -> float | None:
        """Return in how many seconds a file may be complete, or ``None`` when none is waiting."""
        if self._ready:
            return 0.0
        return max(0.0, self._waiting[0][0] - now) if self._waiting else None

    def _await(self, name: str, stamp: Stamp, due: float) -> None:
        self._seen[name] = (stamp, due)
        heappush(self._waiting, (due, name))
