"""From one file to the WSJF of its reports: all that a worker does, in whatever process it is."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson
from pydantic import ValidationError as ModelError

from pywats.errors import FormatError, PyWATSError
from pywats.ingest.converters.interface import Context, Explain, Source
from pywats.ingest.converters.registry import AUTO, choose, find
from pywats.ingest.faults import ConversionError, NotReadyError
from pywats.ingest.files.reading import Stamp, opened
from pywats.ingest.reasons import Reason
from pywats.reports.record import Record

HEAD: Final = 4096
"""Bytes of a file that a converter may look at to recognise it."""


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
    with opened(order.path, order.stamp) as (file, found.digest):
        source = Source(file, order.path)
        try:
            head = _head(file)
            if order.converter == AUTO:
                found.converter, found.said = choose(head, source.name)
            yield from _converted(source, order, found.converter, explain)
        except (ConversionError, NotReadyError):
            raise
        except MemoryError as error:
            raise ConversionError(
                Reason.CONVERTER_MEMORY, "the converter needs more memory than it may have"
            ) from error
        except RecursionError as error:
            raise ConversionError(Reason.TOO_DEEP, "the file is nested too deeply") from error
        except FormatError as error:
            raise ConversionError(Reason.MALFORMED, error.args[0], error.position) from error
        except PyWATSError as error:
            raise ConversionError(Reason.WRONG_VALUE, str(error)) from error
        except Exception as error:
            raise ConversionError(Reason.CONVERTER_FAILED, f"{type(error).__name__}: {error}") from error


def _head(file: BinaryIO) -> bytes:
    head = file.read(HEAD)
    if not head:
        raise ConversionError(Reason.EMPTY, "the file is empty")
    file.seek(0)
    return head


def _converted(source: Source, order: Order, name: str, explain: Explain | None) -> Iterator[bytes]:
    try:
        converter = find(name)
        options = converter.Options.model_validate(dict(order.options))
    except (LookupError, ModelError) as error:
        raise ConversionError(Reason.CONVERTER_FAILED, str(error)) from error
    context = Context(encoding=order.encoding, timezone=order.timezone, defaults=order.defaults, explain=explain)
    for report in converter.convert(source, options, context):
        yield report if isinstance(report, bytes) else _written(report)


def _written(report: Record | Mapping[str, Any]) -> bytes:
    return report.to_json() if isinstance(report, Record) else orjson.dumps(report)
