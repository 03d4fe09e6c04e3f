"""The id inside a report that is about to be sent, read without building the report."""

from typing import Any
from uuid import UUID
from xml.parsers import expat

import pydantic

BOM = b"\xef\xbb\xbf"


class _Identity(pydantic.BaseModel):
    id: str | None = None


def json_id(body: bytes) -> str | None:
    """The id of a report in JSON, or ``None`` if it has none.

    Raises:
        ValueError: it is not a JSON object.
    """
    return _Identity.model_validate_json(body.removeprefix(BOM)).id or None


def xml_id(body: bytes) -> str | None:
    """The id of the first report in an XML document, or ``None`` if it has none; what follows it is not read.

    Raises:
        ValueError: it is not XML, or it declares a document type, which no report needs and attacks are made of.
    """
    found: list[str] = []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Report" and not found:
            found.append(attributes.get("ID", ""))

    def doctype(*_: Any) -> None:
        raise ValueError("it declares a document type")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        for at in range(0, len(body), 4096):
            parser.Parse(body[at : at + 4096], False)  # noqa: FBT003 - not the last piece
            if found:
                return found[0] or None
        parser.Parse(b"", True)  # noqa: FBT003 - the last piece
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return None


def same_id(one: str, other: str) -> bool:
    """Whether two texts name the same id: case, braces and dashes do not count."""
    try:
        return UUID(one) == UUID(other)
    except ValueError:
        return one.strip().casefold() == other.strip().casefold()
