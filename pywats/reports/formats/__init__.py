"""Files of reports: WSJF and WSXF, read and written; WSTF and ATML, read."""

import codecs
import re
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from pywats.reports.formats.source import Source
    from pywats.reports.models import UURReport, UUTReport

FORMATS: Final = ("wsjf", "wsxf", "wstf", "atml")
"""The formats; each is a module of this package."""

_MEMBERS: Final = (b'"pn"', b'"sn"', b'"processCode"', b'"machineName"', b'"root"', b'"uut"', b'"uur"')
_SURE: Final = 2
"""Members of a report among which no other JSON is."""
_ATML: Final = re.compile(
    rb"<(\w+:)?TestResults(Collection)?\s[^>]*(urn:IEEE-1636\.1:|www\.ieee\.org/ATML/)", re.DOTALL
)
_WSTF: Final = re.compile(rb"\s*--\s*Header-Start\s*--", re.IGNORECASE)


class _Format(Protocol):
    """What the module of a format offers."""

    def read(self, source: "Source") -> "Iterator[UUTReport | UURReport]": ...


def recognised(head: bytes) -> str | None:
    """The format of a file that begins so, or ``None``."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head[2:].replace(b"\0", b"")
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith((b"{", b"[")):
        return "wsjf" if sum(member in text for member in _MEMBERS) >= _SURE else None
    if text.startswith(b"<"):
        if b"http://wats.virinco.com/schemas/WATS/Report/wsxf" in text:
            return "wsxf"
        return "atml" if _ATML.search(text) is not None else None
    return "wstf" if _WSTF.match(text) is not None else None


def read(source: "Source", name: str) -> "Iterator[UUTReport | UURReport]":
    """Yield the reports of a file of a format as they come; ``read`` of its module takes more options.

    Raises:
        FormatError: the file is not what the format promises.
        OSError: the file cannot be read.
    """
    if name not in FORMATS:
        raise ValueError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    module = cast("_Format", import_module(f"{__name__}.{name}"))
    return module.read(source)
