"""What the calls of a batch have in common: they go in the bulk lane, and equal items share answers to their GETs."""

from collections.abc import Hashable
from contextvars import ContextVar
from typing import Final

from pywats.errors import PyWATSError
from pywats.exchange.answer import Answer


class Memo:
    """Answers to GETs, those with an error status too, for the next calls of the same scope until this client writes.

    Args:
        keeps: whether answers are kept at all.
    """

    __slots__ = ("_answers", "_keeps")

    def __init__(self, *, keeps: bool) -> None:
        self._keeps = keeps
        self._answers: dict[Hashable, tuple[int, Answer | PyWATSError]] = {}

    def get(self, key: Hashable, written: int) -> Answer | PyWATSError | None:
        """The answer to a request, if nothing was written since it was asked."""
        kept = self._answers.get(key)
        return kept[1] if kept is not None and kept[0] == written else None

    def put(self, key: Hashable, written: int, answer: Answer | PyWATSError) -> None:
        """Keep an answer; ``written`` counts the writes before it was asked."""
        if self._keeps:
            self._answers[key] = (written, answer)


MEMO: Final[ContextVar[Memo | None]] = ContextVar("pywats_memo", default=None)
"""The memo of the item of a batch that the running code works on; ``None`` outside of batches."""
