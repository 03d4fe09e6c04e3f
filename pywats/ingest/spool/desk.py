"""What a person decides about reports that the daemon cannot decide: send again, let go, give up."""

from collections.abc import Collection
from typing import Final, Literal

from pywats.ingest.errors import NotPossibleError
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.database import Database
from pywats.ingest.spool.queue import Queue

Decision = Literal["retry", "release", "drop"]

TOGETHER: Final = 1000
"""Reports that are decided in one transaction."""

_RETRIED: Final = (State.QUARANTINED, State.RESTING)
_RELEASED: Final = (State.HELD,)
_DROPPED: Final = (State.QUARANTINED, State.HELD, State.QUEUED, State.RESTING)


class Desk:
    """Decisions about single reports; each is an event of the report's history.

    What is being sent at this moment is nobody's to decide: its answer decides.
    """

    def __init__(self, database: Database, queue: Queue) -> None:
        self._sql = database.sql
        self._queue = queue

    def retry(self, number: int, by: str) -> None:
        """Send a report again that the server refused, or that rests after a failure.

        Raises:
            NotPossibleError: it stands in another state.
        """
        self._check(number, _RETRIED, "retried")
        self._queue.put_back(number, Reason.RETRIED, by)

    def release(self, number: int, by: str) -> None:
        """Send a report that was held for a person.

        Raises:
            NotPossibleError: it is not held.
        """
        self._check(number, _RELEASED, "released")
        if self._sql.execute("SELECT 1 FROM body WHERE entry = ?", (number,)).fetchone() is None:
            raise NotPossibleError(f"the content of report number {number} is lost; put its file back instead")
        self._queue.put_back(number, Reason.RELEASED, by)

    def drop(self, number: int, by: str) -> None:
        """Give a report up: it is never sent, and its body is deleted; what is known of it stays.

        Raises:
            NotPossibleError: it is being sent, or is done.
        """
        self._check(number, _DROPPED, "dropped")
        self._queue.drop(number, by)

    def decide_all(self, decision: Decision, state: State, reason: Reason, by: str, after: int = 0) -> list[int]:
        """Do the same with the reports that stand somewhere for one reason, a thousand at the most.

        Returns:
            Their numbers, in order; those behind them are decided by another call ``after`` the last.

        Raises:
            NotPossibleError: this cannot be done with what stands there; nothing was changed.
        """
        numbers = self._sql.execute(
            """SELECT number FROM entry WHERE state IN ('quarantined', 'held') AND state = ? AND reason = ?
            AND number > ? ORDER BY number LIMIT ?""",
            (state, reason, after, TOGETHER),
        ).fetchall()
        for (number,) in numbers:
            getattr(self, decision)(number, by)
        return [number for (number,) in numbers]

    def _check(self, number: int, allowed: Collection[State], what: str) -> None:
        row = self._sql.execute("SELECT state FROM entry WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise NotPossibleError(f"there is no report number {number} in this spool")
        if row[0] not in allowed:
            states = " or ".join(allowed)
            raise NotPossibleError(f"report number {number} is {row[0]}; only what is {states} can be {what}")
