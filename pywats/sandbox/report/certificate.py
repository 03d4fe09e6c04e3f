"""Certificates of tested units, as PDF documents of plain text."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pywats.sandbox.fields import is_object
from pywats.sandbox.report.header import RESULTS, objects, steps

_LINES = 56
"""Lines of a page: A4 in a font of 10 points, with margins."""
_COLUMNS = 95
_STATUSES = {**RESULTS, "S": "Skipped", "D": "Done"}
_HEAD = (
    ("Part number", "pn"),
    ("Revision", "rev"),
    ("Serial number", "sn"),
    ("Operation", "processName"),
    ("Station", "machineName"),
    ("Location", "location"),
    ("Purpose", "purpose"),
    ("Start", "start"),
)
_MEASUREMENTS = ("numericMeas", "stringMeas", "booleanMeas")


def certificate(report: Mapping[str, Any], *, steps_too: bool = True, footer: str | None = None) -> list[str]:
    """Return the lines of the certificate of a test report as the server shows it."""
    lines = ["TEST CERTIFICATE", ""]
    lines += [f"{title + ':':<16}{report[name]}" for title, name in _HEAD if report.get(name)]
    lines += [f"{'Result:':<16}{_STATUSES.get(str(report.get('result')), '')}", ""]
    if steps_too:
        lines += _steps(report)
    return [*lines, "", footer] if footer else lines


def pdf(documents: Iterable[Iterable[str]]) -> bytes:
    """Return texts, given as lines, as one PDF document; each begins on a page of its own."""
    pages = [page for lines in documents for page in _pages(list(lines))]
    numbers = [4 + 2 * index for index in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [0 0 595 842] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in zip(numbers, pages, strict=True):
        text = b"".join(b"(" + _escaped(line) + b") '\n" for line in lines)
        content = b"BT /F1 9 Tf 13 TL 50 800 Td\n" + text + b"ET"
        resources = "/Resources << /Font << /F1 3 0 R >> >>"
        parts.append(f"<< /Type /Page /Parent 2 0 R {resources} /Contents {number + 1} 0 R >>".encode())
        parts.append(f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream")
    return _file(parts)


def _file(parts: list[bytes]) -> bytes:
    written, places = b"%PDF-1.4\n", list[int]()
    for number, content in enumerate(parts, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(parts) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return written + f"{end}startxref\n{len(written)}\n%%EOF\n".encode()


def _pages(lines: list[str]) -> Iterator[list[str]]:
    cut = [line[at : at + _COLUMNS] for line in lines for at in range(0, max(len(line), 1), _COLUMNS)]
    for at in range(0, max(len(cut), 1), _LINES):
        yield cut[at : at + _LINES]


def _escaped(line: str) -> bytes:
    text = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return " ".join(text.splitlines()).encode("cp1252", "replace")


def _steps(report: Mapping[str, Any]) -> Iterator[str]:
    root = report.get("root")
    if not is_object(root):
        return
    for step, above in steps(root):
        yield f"{'  ' * len(above)}{step.get('name')}: {_STATUSES.get(str(step.get('status')), step.get('status'))}"
        for name in _MEASUREMENTS:
            for each in objects(step, name):
                yield "  " * (len(above) + 1) + _measurement(each)


def _measurement(values: Mapping[str, Any]) -> str:
    names = ("name", "value", "unit", "compOp", "lowLimit", "highLimit", "limit")
    parts = [str(values[name]) for name in names if values.get(name) is not None]
    return " ".join([*parts, _STATUSES.get(str(values.get("status")), "")]).strip()
