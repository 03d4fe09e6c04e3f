"""What a converting process and the daemon say to each other: orders as lines of JSON, answers as frames."""

import json
import os
import struct
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO, Final

from pywats.ingest.conversion.order import Order
from pywats.ingest.files.reading import Stamp

_HEADER: Final = struct.Struct(">BI")


class Answer(IntEnum):
    """What a frame holds."""

    READY = 1
    """the process has begun and waits for orders"""
    FOUND = 2
    """what is known of the file: JSON"""
    REPORT = 3
    """WSJF"""
    DONE = 4
    """that was all; the file is as it was"""
    REFUSED = 5
    """it gives no report: JSON with reason, detail and position"""
    NOT_READY = 6
    """it cannot be read now: text"""


def write_order(file: BinaryIO, order: Order) -> None:
    """Send an order; a name that is no text travels as the bytes it is made of."""
    stamp = order.stamp
    value = {
        "path": os.fspath(order.path),
        "stamp": [stamp.device, stamp.inode, stamp.size, stamp.mtime_ns],
        "converter": order.converter,
        "options": order.options,
        "encoding": order.encoding,
        "timezone": order.timezone,
        "defaults": dict(order.defaults),
    }
    file.write(json.dumps(value).encode("ascii") + b"\n")
    file.flush()


def read_order(line: bytes) -> Order:
    """Return the order that a line holds."""
    value: dict[str, Any] = json.loads(line)
    path, stamp = Path(value.pop("path")), Stamp(*value.pop("stamp"))
    return Order(path=path, stamp=stamp, **value)


def write_frame(file: BinaryIO, answer: Answer, content: bytes = b"") -> None:
    """Send a frame."""
    file.write(_HEADER.pack(answer, len(content)) + content)
    file.flush()


def read_frame(file: BinaryIO) -> tuple[Answer, bytes] | None:
    """Return the next frame, or ``None`` when the other side is gone."""
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    answer, size = _HEADER.unpack(header)
    content = file.read(size)
    return (Answer(answer), content) if len(content) == size else None
