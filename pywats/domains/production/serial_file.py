"""Serial numbers as servers write them: XML, CSV or JSON."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast
from xml.etree import ElementTree as ET

import pydantic

from pywats.domains.production.models import SerialNumber
from pywats.errors import ValidationError
from pywats.exchange.answer import NOT_FOUND, Answer

XML: Final = "XML"
CSV: Final = "CSV"

_NAMES: Final = {"id", "sn", "serialnumber", "number"}


class _NoSerialNumbersError(ValueError):
    """This is no list of serial numbers; the text says why."""


def read_serial_numbers(answer: Answer) -> list[SerialNumber]:
    """Reads a list of serial numbers in any of the forms that servers use; an empty answer is an empty list."""
    answer.refuse_html()
    if answer.status == NOT_FOUND:
        return []
    try:
        return parse_serial_numbers(answer.body, csv_too="csv" in answer.headers.get("content-type", "").lower())
    except _NoSerialNumbersError as error:
        msg = f"the answer is no list of serial numbers: {error}"
        raise answer.invalid(msg) from error


def parse_serial_numbers(content: bytes | str, *, csv_too: bool = True) -> list[SerialNumber]:
    """The serial numbers of a file as `export_serial_numbers` gives it, XML or CSV.

    Args:
        content: of the file.
        csv_too: a text that is neither XML nor JSON is CSV.

    Raises:
        ValueError: it is none of them; the text says why.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _NoSerialNumbersError("it is not UTF-8") from error
    text = text.strip()
    if not text:
        return []
    if text.startswith("<"):
        rows = _of_xml(text)
    elif text[0] in '[{"' or text == "null":
        return _of_json(text)
    elif csv_too:
        rows = _of_csv(text)
    else:
        raise _NoSerialNumbersError("it is neither XML nor JSON")
    return _models(rows)


def _of_xml(text: str) -> Iterator[Mapping[str, Any]]:
    if "<!DOCTYPE" in text:
        raise _NoSerialNumbersError("the XML document has a document type")
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities
    except ET.ParseError as error:
        raise _NoSerialNumbersError(f"the XML document cannot be read: {error}") from error
    if _local(root.tag) != "SerialNumbers":
        raise _NoSerialNumbersError(f"the XML document is a {_local(root.tag)}")
    for element in root:
        if _local(element.tag) in {"SN", "SerialNumber"}:
            yield {**({"id": element.text.strip()} if element.text and element.text.strip() else {}), **element.attrib}


def _of_csv(text: str) -> Iterator[Mapping[str, Any]]:
    lines = text.splitlines()
    separator = max(";\t,", key=lines[0].count)
    try:
        rows = [row for row in csv.reader(lines, delimiter=separator) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _NoSerialNumbersError(f"the CSV cannot be read: {error}") from error
    names = [cell.strip() for cell in rows[0]]
    if any(re.sub(r"[\W_]", "", name).lower() in _NAMES for name in names):
        names = ["id" if re.sub(r"[\W_]", "", name).lower() in _NAMES else name for name in names]
        rows = rows[1:]
    elif len(names) > 1:
        raise _NoSerialNumbersError("the first line names no column of serial numbers")
    else:
        names = ["id"]
    for row in rows:
        yield {name: cell.strip() for name, cell in zip(names, row, strict=False)}


def _of_json(text: str) -> list[SerialNumber]:
    try:
        said: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _NoSerialNumbersError(f"the JSON cannot be read: {error}") from error
    if isinstance(said, dict):
        values = {str(name).lower(): value for name, value in cast("dict[object, object]", said).items()}
        if values and not values.keys() & {"sn", "serialnumbers"}:
            raise _NoSerialNumbersError("the JSON object has no member sn")
        said = values.get("sn", values.get("serialnumbers"))
    if said is None:
        return []
    if isinstance(said, str):
        if said.lstrip()[:1] == "<" or "\n" in said.strip():
            return parse_serial_numbers(said)
        if not said or " " in said:  # words, such as why there are no numbers
            raise _NoSerialNumbersError(f"the JSON text is {said!r}")
        return [SerialNumber(serial_number=said)]
    if not isinstance(said, list):
        raise _NoSerialNumbersError("the JSON is no array")
    entries = cast("list[object]", said)
    return _models({"id": each} if isinstance(each, str) else each for each in entries)


def _models(rows: Iterable[object]) -> list[SerialNumber]:
    found: list[SerialNumber] = []
    for number, row in enumerate(rows, start=1):
        some = row
        if isinstance(row, Mapping):  # XML and CSV write what is not there as an empty text
            some = {name: value for name, value in cast("Mapping[str, object]", row).items() if value != ""}
        try:
            found.append(SerialNumber.model_validate(some))
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "its form"
            raise _NoSerialNumbersError(f"entry {number}, {where}: {first['msg']}") from error
    return found


def type_in_file(content: bytes) -> str | None:
    """The type that an XML file of serial numbers names itself, or ``None``."""
    try:
        _, root = next(ET.iterparse(io.BytesIO(content), ("start",)))  # noqa: S314 - only the first tag is read
    except (ET.ParseError, StopIteration):
        return None
    return root.get("serialNumberType") or None


def format_of(content_type: str) -> str:
    """The server's word for the format of a file of this media type.

    Raises:
        ValidationError: it is neither XML nor CSV.
    """
    for name in (XML, CSV):
        if name.lower() in content_type.lower():
            return name
    raise ValidationError(f"content_type is {content_type!r}; serial numbers are sent as text/csv or application/xml")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
