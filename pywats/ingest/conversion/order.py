"""From one file to the WSJF of its reports: all that a worker does, in whatever process it is."""

import errno
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson
from pydantic import ValidationError as ModelError

from pywats.errors import FormatError, PyWATSError
from pywats.ingest.conversion.content import content_of
from pywats.ingest.converters.interface import Context, Explain, Source
from pywats.ingest.converters.registry import AUTO, candidates, find
from pywats.ingest.faults import ConversionError, ForeignFileError, NotReadyError
from pywats.ingest.files.reading import Stamp, opened
from pywats.ingest.reasons import Reason
from pywats.reports.models import Report
from pywats.text import reason_of

HEAD: Final = 4096
"""Bytes of a file that a converter may look at to recognise it."""
LARGEST_REPORT: Final = 64 * 1024**2
"""Bytes of a report, which alone is held in memory as a whole."""
LONGEST: Final = 100
"""Characters of a serial or part number, and of most other texts."""
_LONG: Final = re.compile(rb'(?<!"reportText":)"[^"]{101,}|"[^"]{100001,}')
_PIECE: Final = 64 * 1024
_MOST_SAID: Final = 1000
_ALWAYS_TOLD: Final = (Reason.CONVERTER_FAILED, Reason.CONVERTER_MEMORY)
"""Faults of a converter, which must not hide behind the success of another."""

OF_THE_MACHINE: Final = frozenset(
    getattr(errno, name)
    for name in (
        *("EIO", "ENXIO", "ENODEV", "ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "ENOMEM"),
        *("ESTALE", "ETIMEDOUT", "ENOTCONN", "ENETDOWN", "ENETUNREACH", "EHOSTDOWN", "EHOSTUNREACH", "ECONNRESET"),
    )
    if hasattr(errno, name)
)
"""Errors of a disk, a network share or a full machine: they say nothing against the file, which is read again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A file to convert, and all that its converter may know of the configuration.

    Attributes:
        path: the file.
        stamp: the file as it was found complete.
        converter: a converter's name or place, or ``auto``.
        options: of that converter, as the configuration has them.
        encoding: of text that does not tell its own.
        timezone: of times that have none.
        defaults: fields that will be filled in.
    """

    path: Path
    stamp: Stamp
    converter: str = AUTO
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    encoding: str | None = None
    timezone: str | None = None
    defaults: Mapping[str, str | int] = field(default_factory=dict[str, str | int])


@dataclass(slots=True, kw_only=True)
class Found:
    """What is known of a file besides its reports, as far as it has been read."""

    converter: str
    digest: bytes = b""
    said: str = ""


def convert(order: Order, found: Found, explain: Explain | None = None) -> Generator[bytes]:
    """Yield the reports of a file as WSJF, and note in ``found`` what comes to light.

    Raises:
        NotReadyError: the file cannot be read now.
        ConversionError: it gives no report; those that were yielded before must not be used either.
    """
    with opened(order.path, order.stamp) as (file, found.digest), _told():
        source = content_of(file, order.path)
        head = _head(source.file)
        if order.converter == AUTO:
            yield from _recognised(source, head, order, found, explain)
        else:
            yield from _converted(source, order, found, explain)


@contextmanager
def _told() -> Generator[None]:
    """In a ``with``: whatever goes wrong has its reason."""
    try:
        yield
    except (ConversionError, NotReadyError):
        raise
    except MemoryError as error:
        raise ConversionError(Reason.CONVERTER_MEMORY, "the converter needs more memory than it may have") from error
    except RecursionError as error:
        raise ConversionError(Reason.TOO_DEEP, "the file is nested too deeply") from error
    except FormatError as error:
        raise ConversionError(Reason.MALFORMED, error.args[0], error.position) from error
    except PyWATSError as error:
        raise ConversionError(Reason.WRONG_VALUE, str(error)) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
            raise NotReadyError(f"it cannot be read: {reason_of(error)}") from error
        raise ConversionError(Reason.CONVERTER_FAILED, f"{type(error).__name__}: {error}") from error


def _recognised(source: Source, head: bytes, order: Order, found: Found, explain: Explain | None) -> Iterator[bytes]:
    """Yield the reports that the likeliest converter makes; one that gets no report out of it leaves it to the next."""
    possible = candidates(head, source.name)
    found.said = possible.said
    refusals: list[tuple[str, ConversionError]] = []
    for name in possible.names:
        found.converter = name
        source.file.seek(0)
        made = _converted(source, order, found, explain)
        try:
            with _told():
                first = next(made, None)
        except ConversionError as error:
            if error.reason in _ALWAYS_TOLD:
                raise
            refusals.append((name, error))
            continue
        if first is not None:
            yield first
            yield from made
        return
    for name, refusal in refusals:
        if possible.claimed or not isinstance(refusal, ForeignFileError):
            found.converter = name
            raise refusal
    found.converter = AUTO
    guessed = "".join(f"; as {name}: {refusal}" for name, refusal in refusals)
    raise ConversionError(Reason.UNRECOGNISED, f"no converter recognises this file{guessed}")


def _head(file: BinaryIO) -> bytes:
    head = file.read(HEAD)
    if not head:
        raise ConversionError(Reason.EMPTY, "the file is empty")
    file.seek(0)
    return head


def _converted(source: Source, order: Order, found: Found, explain: Explain | None) -> Iterator[bytes]:
    try:
        converter = find(found.converter)
        options = converter.Options.model_validate(dict(order.options))
    except (LookupError, ModelError) as error:
        raise ConversionError(Reason.CONVERTER_FAILED, str(error)) from error
    context = Context(
        encoding=order.encoding,
        timezone=order.timezone,
        defaults=order.defaults,
        explain=None if explain is None else partial(_explained, explain),
    )
    for report in converter.convert(source, options, context):
        if isinstance(report, Report):
            body = _fitting(report, found)
        else:
            body = report if isinstance(report, bytes) else orjson.dumps(report)
        if len(body) > LARGEST_REPORT:
            detail = f"one of its reports has {len(body)} bytes; {LARGEST_REPORT} are the most that are taken"
            raise ConversionError(Reason.TOO_LARGE, detail)
        yield body


def _explained(explain: Explain, what: str, value: object, place: str) -> None:
    """Say how a value was understood, unless there is none."""
    if value is not None and value != "":
        explain(what, value, place)


def _fitting(report: Report, found: Found) -> bytes:
    """Return a report as WSJF whose texts are not longer than the server stores; a serial or part number is not cut."""
    for name, what in (("sn", "serial_number"), ("pn", "part_number")):
        text = report.wire.get(name)
        if isinstance(text, str) and (len(text) > LONGEST or not text.isprintable()):
            detail = f"{what} is {text!r:.60}; it has {LONGEST} characters at the most, all of them printable"
            raise ConversionError(Reason.WRONG_VALUE, detail, name)
    body = report.to_json()
    if _all_short(body):
        return body
    cut = report.cut_texts()
    if cut:
        more = f", and {len(cut) - 1} more texts were cut" if len(cut) > 1 else ""
        found.said = "; ".join(filter(None, (found.said, f"{cut[0]}{more}")))[:_MOST_SAID]
        body = report.to_json()
    return body


def _all_short(body: bytes) -> bool:
    """Return whether no text in JSON is too long: looking at each of them would take as long as converting."""
    return b'\\"' not in body and (not _any_long(body) or _LONG.search(body) is None)


def _any_long(body: bytes) -> bool:
    """Return whether much stands between two quotes: in pieces, as what is split takes several times as much memory."""
    at = 0
    while at < len(body):
        end = len(body) if len(body) - at <= _PIECE else body.rfind(b'"', at, at + _PIECE)
        if end < 0 or max(map(len, body[at:end].split(b'"'))) > LONGEST:
            return True
        at = end + 1
    return False
