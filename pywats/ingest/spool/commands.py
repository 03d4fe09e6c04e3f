"""What the command line asks of a running daemon: rows in the spool, which need no port, no password and no signal."""

import json
from dataclasses import dataclass
from typing import Any

from pywats.ingest.spool.database import Database, now_ms


@dataclass(frozen=True, slots=True)
class Command:
    """Something that was asked and is not answered yet."""

    number: int
    verb: str
    argument: str


class Commands:
    """Questions and their answers. Who may write the spool may ask."""

    def __init__(self, database: Database) -> None:
        self._sql = database.sql

    def ask(self, verb: str, argument: str) -> int:
        """Put a question; return its number."""
        number: int = self._sql.execute(
            "INSERT INTO command(at, verb, argument) VALUES (?, ?, ?) RETURNING number", (now_ms(), verb, argument)
        ).fetchone()[0]
        return number

    def waiting(self) -> list[Command]:
        """Return what is not answered yet, in order."""
        rows = self._sql.execute(
            "SELECT number, verb, argument FROM command WHERE answered_at IS NULL ORDER BY number"
        ).fetchall()
        return [Command(*row) for row in rows]

    def answer(self, number: int, said: dict[str, Any]) -> None:
        """Answer a question; of the questions before it only the last hundred are kept."""
        self._sql.execute(
            "UPDATE command SET answered_at = ?, answer = ? WHERE number = ?", (now_ms(), json.dumps(said), number)
        )
        self._sql.execute("DELETE FROM command WHERE number <= ?", (number - 100,))

    def answered(self, number: int) -> dict[str, Any] | None:
        """Return the answer to a question, or ``None`` while there is none."""
        row = self._sql.execute("SELECT answer FROM command WHERE number = ?", (number,)).fetchone()
        found: dict[str, Any] | None = None if row is None or row[0] is None else json.loads(row[0])
        return found

    def withdraw(self, number: int) -> None:
        """Take a question back that nobody has answered."""
        self._sql.execute("DELETE FROM command WHERE number = ? AND answered_at IS NULL", (number,))
