"""The id inside a report that is about to be sent, read without building the report."""

from typing import Any
from uuid import UUID, uuid4
from xml.parsers import expat

import pydantic

BOM = b"\xef\xbb\xbf"


class _Identity(pydantic.BaseModel):
    id: str | None = None


def new_id() -> str:
    """A new id, which no other report has."""
    return str(uuid4())


def json_id(body: bytes) -> str | None:
    """The id of a report in JSON, or ``None`` if it has none.

    Raises:
        ValueError: it is not a JSON object.
    """
    try:
        return _Identity.model_validate_json(body.removeprefix(BOM)).id or None
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(": ".join([*map(str, first["loc"]), first["msg"]])) from error


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
            parser.Parse(body[at : at + 4096], False)
            if found:
                return found[0] or None
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return None


def same_id(one: str, other: str) -> bool:
    """Whether two texts name the same id: case, braces and dashes do not count."""
    try:
        return UUID(one) == UUID(other)
    except ValueError:
        return one.strip().casefold() == other.strip().casefold()
