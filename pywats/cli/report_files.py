"""Reports in files: of the formats of this package, or whatever a converter of the daemon reads."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from pywats.cli.exits import CommandError, ExitCode
from pywats.errors import FormatError
from pywats.reports import formats
from pywats.reports.models import UURReport, UUTReport

if TYPE_CHECKING:
    from pywats.ingest.conversion.filling import Filling
    from pywats.ingest.converters import Explain
    from pywats.ingest.schema import SourceBlock

    Setting: TypeAlias = tuple[SourceBlock, Filling]

__all__ = ["chosen", "format_of", "reports_of", "setting_of"]

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


def reports_of(
    path: Path, wanted: str | None = None, *, source: "Setting | None" = None, explain: "Explain | None" = None
) -> Iterator[UUTReport | UURReport]:
    """Yield the reports of a file as they come.

    Args:
        path: the file.
        wanted: a format, or the name of a converter; unless given the content tells.
        source: of an ingest file, whose converter, options and fields are used as the daemon does.
        explain: told how a converter understood each value.

    Raises:
        FormatError: the file is damaged, or nothing reads it.
        CommandError: there is no such format or converter.
        OSError: the file cannot be read.
    """
    if source is not None:
        return _as_the_daemon(path, source, explain)
    name = format_of(path, wanted)
    if name is None:
        return _converted(path, wanted, explain)
    if explain is not None:
        explain("format", name, "every value stands under its own name")
    return formats.read(path, name)


def setting_of(config: Path, source: str | None) -> "Setting":
    """The source of an ingest file with this name, or its only one, and what it fills in.

    Raises:
        ConfigurationError: the file is wrong.
        CommandError: there is no such source, or there are several.
    """
    from pywats import config as files
    from pywats.ingest.schema import IngestConfig

    value = files.load(config, IngestConfig).value
    names = [each.name for each in value.sources]
    if source is None and len(names) > 1:
        raise CommandError(f"--config {config}: it has several sources; choose one with --source: {', '.join(names)}")
    if source is not None and source not in names:
        raise CommandError(f"--source {source}: there is no such source; there is {', '.join(names)}")
    chosen = value.sources[0 if source is None else names.index(source)]
    return chosen, value.filling_of(chosen)


def _as_the_daemon(path: Path, setting: "Setting", explain: "Explain | None") -> Iterator[UUTReport | UURReport]:
    """The reports of a file as the daemon would send them."""
    from pywats.ingest.conversion.order import convert
    from pywats.ingest.conversion.workshop import Job, convert_file
    from pywats.ingest.faults import NotReadyError
    from pywats.ingest.files.reading import Stamp

    source, filling = setting
    job = Job(
        path=path,
        stamp=Stamp.of(path.stat()),
        converter=source.converter,
        options=source.options,
        encoding=source.encoding,
        filling=filling,
        max_size=source.max_file_size,
    )
    try:
        made = convert_file(job, partial(convert, explain=explain))
    except NotReadyError as error:
        raise FormatError(str(error), file=str(path)) from error
    if made.error is not None:
        raise FormatError(made.error.detail, file=str(path), position=made.error.position)
    with closing(made.drafts) as drafts:
        for draft in drafts:
            yield from formats.read(draft.body, "wsjf")


def _converted(path: Path, wanted: str | None, explain: "Explain | None") -> Iterator[UUTReport | UURReport]:
    """The reports that a converter makes of a file, each once it is known that all of them could be read."""
    from pywats.ingest.conversion.order import Found, Order, convert
    from pywats.ingest.converters.registry import AUTO, names
    from pywats.ingest.faults import ConversionError, NotReadyError
    from pywats.ingest.files.reading import Stamp
    from pywats.ingest.spool.parcel import Parcel

    known = [*formats.FORMATS, *(name for name in names() if name not in formats.FORMATS)]
    if wanted is not None and wanted not in known and not {".", ":"} & set(wanted):
        raise CommandError(f"--converter {wanted}: there is no such converter; there are {', '.join(known)}")
    order = Order(path=path, stamp=Stamp.of(path.stat()), converter=wanted or AUTO)
    with closing(Parcel[bytes]()) as contents:
        try:
            with closing(convert(order, Found(converter=order.converter), explain)) as made:
                for content in made:
                    contents.add(content, len(content))
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
