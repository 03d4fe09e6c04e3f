"""Ids of reports that have none in their file: the same content has the same id, so that it stays one report."""

import hashlib
from uuid import UUID, uuid5

__all__ = ["Content", "content_id"]

_SPACE = UUID("0b7a5c4e-5d0f-4c0a-9b52-6a3f6f1f0d11")


class Content:
    """A content that comes piece by piece."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        """Take the next piece."""
        self._digest.update(piece)

    @property
    def id(self) -> UUID:
        """The id of what came."""
        return uuid5(_SPACE, self._digest.hexdigest())


def content_id(content: bytes) -> UUID:
    """The id of a content."""
    whole = Content()
    whole.add(content)
    return whole.id
