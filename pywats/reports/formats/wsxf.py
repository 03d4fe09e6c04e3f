"""WSXF, the XML form of WATS reports: read and written without loss."""

from collections.abc import Iterator

from lxml import etree

from pywats.reports.formats.safe_xml import subtrees
from pywats.reports.formats.source import Source
from pywats.reports.formats.target import Reports, Target, created, each
from pywats.reports.formats.wsxf_names import NAMESPACE
from pywats.reports.formats.wsxf_reader import read_report
from pywats.reports.formats.wsxf_writer import NSMAP, written
from pywats.reports.models import UURReport, UUTReport

__all__ = ["read", "write"]

_REPORT = f"{{{NAMESPACE}}}Report"
_REPORTS = f"{{{NAMESPACE}}}Reports"
_ROOTS = frozenset((_REPORTS, _REPORT))


def read(source: Source) -> Iterator[UUTReport | UURReport]:
    """Yield the reports of a document as they come.

    What has no place in a report is kept beside it, and written by ``write`` again.

    Raises:
        FormatError: it is no such document; ``position`` says where.
        OSError: the file cannot be read.
    """
    for element, file in subtrees(source, _ROOTS, frozenset((_REPORT,)), "WSXF"):
        yield read_report(element, file)


def write(reports: Reports, target: Target) -> list[str]:
    """Write a document of one or several reports; returns the places of what it cannot hold.

    Raises:
        FormatError: a text has a character that XML cannot hold, or steps are nested too deeply; nothing is at the
            path then.
    """
    left_out: list[str] = []
    with created(target) as file, etree.xmlfile(file, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(_REPORTS, nsmap=NSMAP):
            for report in each(reports):
                element, without = written(report)
                xml.write(element)
                left_out += [f"{report.id}: {place}" for place in without]
    return left_out
