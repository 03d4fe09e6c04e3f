"""Files of serial numbers, as XML and as CSV: written for those who take and export, read from those who upload."""

import csv
import io
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from pywats.sandbox.answers import Answer, refusal
from pywats.sandbox.multipart import form_file
from pywats.sandbox.product.tags import parsed
from pywats.sandbox.production.serial_numbers import Number
from pywats.sandbox.routing import Request

XML, CSV = "xml", "csv"
_COLUMNS: tuple[str, ...] = ("id", "state", "generated", "taken", "refSN", "refPN", "stationName")
_TYPES = {XML: "application/xml; charset=utf-8", CSV: "text/csv; charset=utf-8"}


def format_of(text: str | None) -> str:
    """Return the format of this name, XML if there is none, or refuse with 400."""
    name = (text or XML).lower()
    if name not in _TYPES:
        raise refusal(400, "The format is required to be XML or CSV.")
    return name


def file(format: str, kind: str, numbers: Sequence[Number]) -> Answer:
    """Return numbers of a type as the answer that is a file."""
    text = to_xml(kind, numbers) if format == XML else _to_csv(numbers)
    return Answer(200, text.encode(), _TYPES[format])


def to_xml(kind: str, numbers: Iterable[Number]) -> str:
    """Return numbers of a type as an XML document."""
    root = ET.Element("SerialNumbers", {"serialNumberType": kind})
    for number in numbers:
        ET.SubElement(root, "SN", {name: value for name, value in number.shown().items() if value is not None})
    return ET.tostring(root, encoding="unicode")


def _to_csv(numbers: Iterable[Number]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(number.shown() for number in numbers)
    return text.getvalue()


def uploaded(request: Request) -> list[str]:
    """Return the numbers of a file, sent as a form or as it is, or refuse with 400 what cannot be read.

    Without a format in the query it is told by the media type.
    """
    body, kind = request.body, request.headers.get("Content-Type", "")
    if kind.lower().startswith("multipart/form-data"):
        sent = form_file(request)
        body, kind = sent.content, sent.media_type
    name = format_of(request.text("format") or (CSV if "csv" in kind.lower() else XML))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(400, "The file is not UTF-8.") from error
    return _of_xml(text) if name == XML else _of_csv(text)


def _of_xml(text: str) -> list[str]:
    root = parsed(text)
    if root.tag.rpartition("}")[2] != "SerialNumbers":
        raise refusal(400, "The root of the XML document is required to be SerialNumbers.")
    return [element.get("id") or "" for element in root if element.tag.rpartition("}")[2] == "SN"]


def _of_csv(text: str) -> list[str]:
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    names = [cell.strip().lower() for cell in rows[0]] if rows else []
    column = names.index("id") if "id" in names else 0
    return [row[column].strip() if column < len(row) else "" for row in (rows[1:] if "id" in names else rows)]
