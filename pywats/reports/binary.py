"""Files in reports: on steps, on repairs and on failures."""

import mimetypes
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Self

from pywats.reports.member import base64, text
from pywats.reports.record import Record

__all__ = ["Attachment", "BinaryData"]

UNKNOWN_TYPE = "application/octet-stream"


class Attachment(Record):
    """A file.

    Attributes:
        data: its bytes as base64.
    """

    name: str = text(longest=100)
    content_type: str | None = text(longest=100, default=None, needed=True)
    data: str | None = base64(default=None, needed=True)

    @classmethod
    def from_bytes(cls, name: str, content: bytes, content_type: str | None = None) -> Self:
        """The file of this name and content; its type follows from the name unless given."""
        kind = content_type or mimetypes.guess_type(name)[0] or UNKNOWN_TYPE
        return cls(name=name, content_type=kind, data=b64encode(content).decode("ascii"))

    @classmethod
    def from_file(cls, path: str | Path, content_type: str | None = None) -> Self:
        """A file as it is on disk, under its own name."""
        file = Path(path)
        return cls.from_bytes(file.name, file.read_bytes(), content_type)

    def get_bytes(self) -> bytes:
        """The content.

        Raises:
            ValueError: it is not base64.
        """
        return b64decode(self.data or "", validate=True)


class BinaryData(Attachment):
    """A file of a repair or of a failure."""

    id: str | None = text(default=None)
