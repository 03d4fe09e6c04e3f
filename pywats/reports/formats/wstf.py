"""WSTF, the text form of WATS reports: lines of cells with a tab between them."""

import re
from collections.abc import Iterator
from typing import Final

from pywats.errors import FormatError, PyWATSError
from pywats.reports.formats.content_id import Content
from pywats.reports.formats.local_time import Zone
from pywats.reports.formats.source import Source, opened
from pywats.reports.formats.text_lines import lines
from pywats.reports.formats.wstf_header import Header
from pywats.reports.formats.wstf_rows import Rows
from pywats.reports.measuring import RANKS
from pywats.reports.models import UUTReport

__all__ = ["read"]

_MARK: Final = re.compile(r"--\s*(Header-Start|Step-Data-Start|Step-Data-End|UUT-End)\s*--", re.IGNORECASE)
_MOST_LINES: Final = 1_000_000
_NEXT: Final = {"header-start": "", "step-data-start": "header-start", "step-data-end": "step-data-start"}
"""Each mark, and the one that must stand before it."""


def read(
    source: Source, *, timezone: Zone = None, encoding: str | None = None, decimal: str = "."
) -> Iterator[UUTReport]:
    """Yield the reports of a file as they come.

    A step without a status is given the one that its comparison says, and a report the one of its gravest step, unless
    the file says ``ConverterMode`` ``Import``.

    Args:
        source: the file.
        timezone: of its times, which have none; that of this computer unless given. ``"kept"`` leaves them without.
        encoding: of the text; unless given UTF-8, or UTF-16 with a byte order mark.
        decimal: what stands before the fraction of a number.

    Raises:
        FormatError: it is no such file, or a report in it does not end; ``position`` says where.
        OSError: the file cannot be read.
    """
    with opened(source) as (stream, file):
        report: _Report | None = None
        empty = True
        number = 0
        for number, line in lines(stream, file, encoding):
            text = line.strip()
            if report is None:
                if not text:
                    continue
                if _mark(text) != "header-start":
                    detail = f"a report begins with --Header-Start--, not with {text:.40}"
                    raise FormatError(detail, file=file, position=f"line {number}")
                report = _Report(timezone, decimal)
                empty = False
                continue
            try:
                ended = report.take(line)
            except (PyWATSError, TypeError, ValueError) as error:
                raise FormatError(str(error), file=file, position=f"line {number}") from error
            if ended:
                yield report.made()
                report = None
        if report is not None or empty:
            detail = "there is no report in it" if empty else "the last report does not end with --UUT-End--"
            raise FormatError(detail, file=file, position=f"line {max(number, 1)}")


def _mark(text: str) -> str:
    found = _MARK.fullmatch(text)
    return "" if found is None else found[1].lower()


class _Report:
    """One report, a line at a time."""

    def __init__(self, timezone: Zone, decimal: str) -> None:
        self._content = Content()
        self._count = 0
        self._last = "header-start"
        self._header = Header(timezone, decimal)
        self._report = UUTReport(pn="", sn="", rev="")
        self._rows = Rows(self._report.root, decimal)

    def take(self, line: str) -> bool:
        """Read a line; returns whether the report ends with it.

        Raises:
            ValueError: the line is not what the format has there.
        """
        self._content.add(line.encode(errors="surrogatepass"))
        self._count += 1
        if self._count > _MOST_LINES:
            raise ValueError("the report is too long to be read")
        text = line.strip()
        mark = _mark(text)
        if mark == "uut-end":
            if self._last != "step-data-end":
                raise ValueError("the report ends before --Step-Data-End--")
            return True
        if mark:
            if _NEXT[mark] != self._last:
                raise ValueError(f"{text} does not follow {self._last}")
            self._last = mark
            if mark == "step-data-start":
                self._report.mode = self._header.mode
        elif text:
            self._read(line)
        return False

    def _read(self, line: str) -> None:
        cells = [cell.strip() for cell in line.split("\t")]
        if self._last == "step-data-start" and cells[0] != "UUTStatus":
            self._rows.take(cells)
        else:
            self._header.take(cells)

    def made(self) -> UUTReport:
        """The report."""
        report = self._report
        self._rows.end()
        self._header.put(report)
        gravest = max((step.wire["status"] for step in (report.root, *report.root.walk())), key=RANKS.__getitem__)
        computed = gravest if gravest in "FET" else "P"
        said = self._header.status
        if said is None or (report.active and RANKS[computed] > RANKS[said]):
            said = computed
        report.wire["result"] = report.root.wire["status"] = said
        report.id = self._content.id
        return report
