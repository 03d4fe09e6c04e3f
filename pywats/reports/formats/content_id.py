"""Ids of reports that have none in their file: the same content has the same id, so that it stays one report."""

import hashlib
from uuid import UUID, uuid5

__all__ = ["content_id"]

_SPACE = UUID("0b7a5c4e-5d0f-4c0a-9b52-6a3f6f1f0d11")


def content_id(*parts: bytes) -> UUID:
    """The id of a content."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return uuid5(_SPACE, digest.hexdigest())
