"""From the bytes that a converter wrote to a draft that the spool takes: id, identity, digest."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from pywats.ingest.conversion.filling import Filling, JsonObject
from pywats.ingest.conversion.posting import as_object, prepare
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.ingest.spool.entry import Draft, Identity, content_digest, made_id

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def draft(body: bytes, *, source: bytes, position: int, filling: Filling, needs: Iterable[str] = ()) -> Draft:
    """Return a report as it will be sent, with what tells it from others.

    Args:
        body: WSJF.
        source: SHA-256 of the file it came from.
        position: its index in that file.
        filling: what its source says about the report.
        needs: more fields that it must have, by their names in a configuration.

    Raises:
        ConversionError: a field without which no report can be told from another is missing or wrong, or one that it
            needs is missing.
    """
    try:
        report = as_object(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise ConversionError(Reason.CONVERTER_FAILED, f"the report is no JSON: {error}") from error
    if report is None:
        raise ConversionError(Reason.CONVERTER_FAILED, "the report is JSON, but no object")
    start, said = prepare(report, filling)
    report_id = _own_id(report) or made_id(source, position)
    if str(report.get("id")).lower() != report_id:
        report["id"] = report_id
    identity = Identity(
        type=_type(report),
        sn=_text(report, "sn"),
        pn=_text(report, "pn"),
        process=_process(report),
        start=(start - _EPOCH) // timedelta.resolution,
    )
    for name in needs:
        if filling.lacks(report, name):
            detail = f"{name} is missing: the file has none, and neither have the defaults of its source"
            raise ConversionError(Reason.MISSING_FIELD, detail, name)
    return Draft(
        report_id=report_id,
        body=orjson.dumps(report),
        digest=content_digest(report),
        position=position,
        identity=identity,
        refers_to=_reference(report),
        said=said,
        result=str(report.get("result") or "")[:10],
    )


def _own_id(report: JsonObject) -> str | None:
    """Return the id that the report brings; the nil GUID, which testers write for "none yet", is none."""
    text = report.get("id")
    if text is None or text == "":
        return None
    guid = _guid(text)
    if guid is None:
        raise ConversionError(Reason.WRONG_VALUE, f"id is {text!r:.60}, not a GUID", "id")
    return str(guid) if guid.int else None


def _guid(text: object) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _type(report: JsonObject) -> str:
    kind = report.get("type")
    if kind is None:
        raise ConversionError(Reason.MISSING_FIELD, "type is missing: T for a test, R for a repair", "type")
    if kind != "T" and kind != "R":  # noqa: PLR1714 - it may be anything that JSON can hold, a list too
        raise ConversionError(Reason.WRONG_VALUE, f"type is {kind!r:.60}, not T (test) or R (repair)", "type")
    return str(kind)


def _text(report: JsonObject, name: str) -> str:
    text = report.get(name)
    if text is None or text == "":
        words = {"sn": "the serial number of the unit", "pn": "its part number"}
        raise ConversionError(Reason.MISSING_FIELD, f"{name} is missing: {words[name]}", name)
    if not isinstance(text, str):
        raise ConversionError(Reason.WRONG_VALUE, f"{name} is {text!r:.60}, not text; put it in quotes", name)
    return text


def _process(report: JsonObject) -> int | None:
    code = report.get("processCode")
    return code if isinstance(code, int) and not isinstance(code, bool) and _SMALLEST <= code <= _LARGEST else None


def _reference(report: JsonObject) -> str | None:
    uur = as_object(report.get("uur")) or {}
    guid = _guid(uur.get("refUUT")) if report.get("type") == "R" else None
    return str(guid) if guid is not None and guid.int else None
