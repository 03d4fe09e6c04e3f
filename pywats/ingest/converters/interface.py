"""What a converter is: how it is given a file, and what it gives back."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Protocol

from pydantic import AfterValidator, BaseModel

from pywats.config import Block
from pywats.ingest.conversion.filling import JsonObject
from pywats.reports.models import Report

Explain = Callable[[str, object, str], None]
"""Told how a value was understood: what it became, the value, and where in the file it stands."""


def _compilable(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from error
    return text


Expression = Annotated[str, AfterValidator(_compilable)]
"""An option that is a regular expression."""


class Options(Block):
    """What the ``options`` of a converter derive from: an unknown key is an error."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to convert.

    Attributes:
        file: open for reading, at its beginning; it can be sought. What was compressed with gzip or bzip2 is unpacked.
        path: where it lies, for formats whose name or neighbours belong to the content; without ``.gz`` or ``.bz2``.
    """

    file: BinaryIO
    path: Path

    @property
    def name(self) -> str:
        """Its name without the folder."""
        return self.path.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a source in the configuration says beside the options.

    What it fills in is filled in after the conversion: a converter leaves out what its file lacks.

    Attributes:
        encoding: of text that does not tell its own.
        timezone: IANA name of the zone of times without one; they are given on without, and it is added later.
        defaults: fields that will be filled in, by their names in the configuration.
        explain: told how each value was understood, if anybody wants to know.
    """

    encoding: str | None = None
    timezone: str | None = None
    defaults: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    explain: Explain | None = None

    def tell(self, what: str, value: object, place: str) -> None:
        """Say how a value was understood, if anybody wants to know."""
        if self.explain is not None:
            self.explain(what, value, place)


class Converter(Protocol):
    """A plug-in for one format: a module, or any object."""

    @property
    def SUFFIXES(self) -> tuple[str, ...]:  # noqa: N802 - a constant of a module
        """Endings of file names (lower case) for which it is tried when no content is recognised."""
        ...

    @property
    def Options(self) -> type[BaseModel]:  # noqa: N802 - a class of a module
        """The model that ``options`` of a source must fit."""
        ...

    def sniff(self, head: bytes, name: str) -> float:
        """Return how sure it is, from 0 to 1, that a file is of its format; from 0.5 on it claims the file.

        Args:
            head: how the file begins.
            name: of the file.
        """
        ...

    def convert(self, source: Source, options: Any, context: Context) -> "Iterator[bytes | JsonObject | Report]":
        """Yield the reports of a file: as WSJF, as its decoded JSON, or as a report object.

        Args:
            source: the file.
            options: an object of ``Options``.
            context: what else the source says.

        Raises:
            ConversionError: the file does not hold what its format promises; the text says where.
            ForeignFileError: the file is of another format after all.
            NotReadyError: the set of files that this one belongs to is not complete yet.
        """
        ...
