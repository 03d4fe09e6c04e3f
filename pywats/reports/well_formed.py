"""Whether all members of a report are well formed, in one pass of pydantic-core: nearly all reports are."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic_core import CoreSchema, SchemaValidator, core_schema

from pywats.reports.member import Base64, Guid, Member, Text, Time, Whole, Word
from pywats.reports.models import Report
from pywats.reports.record import Record
from pywats.reports.values import FIRST_YEAR

_BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_GUID = r"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$"
_AWARE = core_schema.datetime_schema(tz_constraint="aware", ge=datetime(FIRST_YEAR, 1, 1, tzinfo=UTC))


def is_well_formed(report: Report) -> bool:
    """Whether ``check_part`` has nothing to say of a report and of its steps; ``False`` if it may."""
    return _validator(type(report)).isinstance_python(report.wire)


_VALIDATORS: dict[type[Report], SchemaValidator] = {}


def _validator(kind: type[Report]) -> SchemaValidator:
    found = _VALIDATORS.get(kind)
    if found is None:
        found = _VALIDATORS[kind] = SchemaValidator(_schema_of(kind))
    return found


def _schema_of(kind: type[Report]) -> CoreSchema:
    shapes: dict[str, CoreSchema] = {}
    waiting: list[type[Record]] = [kind]
    while waiting:
        name, members = waiting.pop().shape()
        if name in shapes:
            continue
        fields: dict[str, core_schema.TypedDictField] = {}
        for member in members:
            if (inside := member.parts()) is not None:
                waiting.append(inside)
            schema = _schema(member)
            fields[member.key] = core_schema.typed_dict_field(
                schema if member.needed else core_schema.nullable_schema(schema), required=member.needed
            )
        shapes[name] = core_schema.typed_dict_schema(fields, extra_behavior="ignore", ref=name)
    top = core_schema.definition_reference_schema(kind.shape()[0])
    return core_schema.definitions_schema(top, list(shapes.values()))


def _schema(member: Member) -> CoreSchema:
    if (inside := member.parts()) is not None:
        part = core_schema.definition_reference_schema(inside.shape()[0])
        return core_schema.list_schema(part) if member.many else part
    make = _SCHEMAS.get(type(member))
    return member.schema if make is None else make(member)  # numbers and flags; of other JSON nothing is said


def _text(member: Member) -> CoreSchema:
    least = 1 if member.needed and not member.empty else None
    return core_schema.str_schema(max_length=member.longest, min_length=least, strict=True)


def _whole(member: Member) -> CoreSchema:
    limit = 1 << (member.bits - 1)
    return core_schema.int_schema(ge=-limit, lt=limit, strict=True)


def _word(member: Word) -> CoreSchema:
    return core_schema.literal_schema(sorted(member.values))


_SCHEMAS: dict[type[Member], Callable[[Any], CoreSchema]] = {
    Base64: lambda _: core_schema.str_schema(pattern=_BASE64, strict=True),
    Guid: lambda _: core_schema.str_schema(pattern=_GUID, strict=True),
    Text: _text,
    Time: lambda _: core_schema.chain_schema([core_schema.str_schema(pattern=_TIME, strict=True), _AWARE]),
    Whole: _whole,
    Word: _word,
}
