"""The files of a report: those that hang on the steps of a test, and those of a repair and its failures."""

import io
import re
import zipfile
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pywats.sandbox.answers import Answer
from pywats.sandbox.fields import guid, is_object
from pywats.sandbox.report.header import objects, steps

_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_OLDEST = (1980, 1, 1, 0, 0, 0)  # what zip archives can say


@dataclass(frozen=True, slots=True)
class File:
    """One file of a report."""

    name: str
    media_type: str
    content: bytes
    step_id: int | None = None
    attachment_id: str | None = None


def files_of(report: Mapping[str, Any]) -> list[File]:
    """Return the files of a report as the server shows it, in their order."""
    if report["type"] == "T":
        hanging = [(step.get("id"), step.get("attachment")) for step, _ in steps(report["root"])]
        return [_file(values, step_id=step_id) for step_id, values in hanging if is_object(values)]
    loose = objects(report, "binaryData")
    for unit in objects(report, "subUnits"):
        for failure in objects(unit, "failures"):
            loose += objects(failure, "attachments")
    return [_file(values) for values in loose]


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return files as a zip archive; the same files make the same archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, _OLDEST), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def named_apart(files: list[tuple[str, bytes]]) -> dict[str, bytes]:
    """Return contents by names that are safe in an archive; equal names are numbered."""
    found: dict[str, bytes] = {}
    for name, content in files:
        safe = _UNSAFE.sub("_", name).strip(". ") or "file"
        stem, dot, suffix = safe.rpartition(".")
        number, free = 1, safe
        while free in found:
            number += 1
            free = f"{stem} ({number}){dot}{suffix}" if stem else f"{safe} ({number})"
        found[free] = content
    return found


def download(file: File) -> Answer:
    """Return the answer that hands out a file, to be saved under its name."""
    disposition = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    return Answer(200, file.content, file.media_type, {"Content-Disposition": disposition})


def _file(values: Mapping[str, Any], step_id: int | None = None) -> File:
    media_type = values.get("contentType")
    known = isinstance(media_type, str) and _MEDIA_TYPE.fullmatch(media_type)
    return File(
        str(values.get("name") or "attachment"),
        str(media_type) if known else "application/octet-stream",
        b64decode(str(values.get("data") or "")),
        step_id,
        guid(values.get("id")),
    )
