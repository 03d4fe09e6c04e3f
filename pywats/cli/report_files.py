"""Reports in files: of the formats of this package, or whatever a converter of the daemon reads."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from pywats.cli.exits import CommandError, ExitCode
from pywats.errors import FormatError
from pywats.reports import formats
from pywats.reports.models import UURReport, UUTReport

__all__ = ["chosen", "format_of", "reports_of"]

HEAD: Final = 4096


def format_of(path: Path, wanted: str | None = None) -> str | None:
    """The format that is wanted or, without one, recognised; ``None`` if it is none of this package.

    Raises:
        OSError: the file cannot be read.
    """
    if wanted is not None:
        return wanted if wanted in formats.FORMATS else None
    with path.open("rb") as file:
        return formats.recognised(file.read(HEAD))


def reports_of(path: Path, wanted: str | None = None) -> Iterator[UUTReport | UURReport]:
    """Yield the reports of a file as they come.

    Args:
        path: the file.
        wanted: a format, or the name of a converter; unless given the content tells.

    Raises:
        FormatError: the file is damaged, or nothing reads it.
        CommandError: there is no such format or converter.
        OSError: the file cannot be read.
    """
    name = format_of(path, wanted)
    return _converted(path, wanted) if name is None else formats.read(path, name)


def _converted(path: Path, wanted: str | None) -> Iterator[UUTReport | UURReport]:
    """The reports that a converter makes of a file, each once it is known that all of them could be read."""
    from pywats.ingest.conversion import Found, Order, convert
    from pywats.ingest.converters.registry import AUTO, names
    from pywats.ingest.faults import ConversionError, NotReadyError
    from pywats.ingest.reading import Stamp

    known = [*formats.FORMATS, *(name for name in names() if name not in formats.FORMATS)]
    if wanted is not None and wanted not in known and not {".", ":"} & set(wanted):
        raise CommandError(f"--converter {wanted}: there is no such converter; there are {', '.join(known)}")
    order = Order(path=path, stamp=Stamp.of(path.stat()), converter=wanted or AUTO)
    try:
        with closing(convert(order, Found(converter=order.converter))) as made:
            contents = list(made)
    except (ConversionError, NotReadyError) as error:
        position: str = getattr(error, "position", "")
        detail: str = getattr(error, "detail", str(error))
        raise FormatError(detail, file=str(path), position=position) from error
    for content in contents:
        yield from formats.read(content, "wsjf")


def chosen(path: Path, number: int | None) -> list[UUTReport | UURReport]:
    """The reports of a file, or the one of this number, from 1.

    Raises:
        CommandError: the file does not have so many.
    """
    reports = list(reports_of(path))
    if number is None:
        return reports
    if number > len(reports):
        raise CommandError(f"--number {number}: {path} holds {len(reports)}", ExitCode.FAILED)
    return [reports[number - 1]]
