"""What the calls of a batch have in common: they go in the bulk lane, and equal items share answers to their GETs."""

from collections.abc import Hashable
from contextvars import ContextVar
from typing import Final

from pywats.errors import PyWATSError
from pywats.exchange.answer import Answer

Answers = dict[Hashable, tuple[int, Answer | PyWATSError]]
"""What became of requests, each with the number of writes before it was asked."""


class Memo:
    """What one item of a batch is given of the answers to its equals, those with an error status too.

    Each is given once, until this client writes something: an item that asks again, wants to know whether it changed.

    Args:
        answers: those of all equal items; ``None`` for an item that has no equal.
    """

    __slots__ = ("_answers", "_asked")

    def __init__(self, answers: Answers | None) -> None:
        self._answers = answers
        self._asked: set[Hashable] = set()

    def get(self, key: Hashable, written: int) -> Answer | PyWATSError | None:
        """The answer to a request, if this item did not ask for it yet and nothing was written since it was asked."""
        if self._answers is None or key in self._asked:
            return None
        self._asked.add(key)
        kept = self._answers.get(key)
        return kept[1] if kept is not None and kept[0] == written else None

    def put(self, key: Hashable, written: int, answer: Answer | PyWATSError) -> None:
        """Keep an answer; ``written`` counts the writes before it was asked."""
        if self._answers is not None:
            self._answers[key] = (written, answer)


MEMO: Final[ContextVar[Memo | None]] = ContextVar("pywats_memo", default=None)
"""The memo of the item of a batch that the running code works on; ``None`` outside of batches."""
