"""Forms with files, as browsers send them."""

import re
from dataclasses import dataclass
from email.message import Message

from pywats.sandbox.answers import refusal
from pywats.sandbox.routing import Request

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file in a form."""

    filename: str
    media_type: str
    content: bytes


def form_file(request: Request) -> FormFile:
    """Return the one file of a form, or refuse with 400 what is no such form."""
    kind = Message()
    kind["Content-Type"] = request.headers.get("Content-Type", "")
    boundary = kind.get_param("boundary")
    if kind.get_content_type() != "multipart/form-data" or not isinstance(boundary, str) or not boundary:
        raise refusal(400, "The request is required to be multipart/form-data.")
    pieces = (b"\r\n" + request.body).split(b"\r\n--" + boundary.encode())
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):  # noqa: PLR2004 - before, at least one part, and the end
        raise refusal(400, "The form does not end, or has no parts.")
    files = [found for found in map(_file, pieces[1:-1]) if found is not None]
    if len(files) != 1:
        raise refusal(400, "The form is required to have one file.")
    return files[0]


def _file(piece: bytes) -> FormFile | None:
    """A part of a form, or ``None`` for one that is no file."""
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    try:
        lines = head.decode().split("\r\n")
    except UnicodeDecodeError as error:
        raise refusal(400, "The head of a part is not UTF-8.") from error
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    filename = dict(_PARAMETER.findall(fields.get("content-disposition", ""))).get("filename")
    return FormFile(filename, fields.get("content-type", ""), content) if filename else None
