"""Parts of a report that are their own JSON: typed attributes over the object as it was read.

A report has hundreds of small parts. A part is the decoded JSON object itself, seen through a class: reading it costs
its check alone, writing it costs nothing, and what nobody knows stays where it is.
"""

import copy
from collections.abc import Iterable
from typing import Any, ClassVar, Self, TypeVar, cast, dataclass_transform

import orjson
from pydantic import GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, SchemaSerializer, core_schema, to_json

from pywats.reports.member import (
    Json,
    Member,
    anything,
    base64,
    flag,
    guid,
    number,
    only,
    part,
    parts,
    text,
    time,
    whole,
    word,
)

R = TypeVar("R", bound="Record")


@dataclass_transform(
    kw_only_default=True,
    eq_default=False,
    field_specifiers=(text, base64, whole, number, flag, word, time, guid, part, only, parts, anything),
)
class Record:
    """A part of a report.

    Its attributes are views of ``wire``, the JSON object, which also holds what they do not name. Two views of one
    object see each other's changes. ``None`` takes a member out.
    """

    __slots__ = ("wire",)
    __pydantic_serializer__: ClassVar[SchemaSerializer]

    wire: Json
    members: ClassVar[dict[str, Member]] = {}
    stands_alone: ClassVar[bool] = False
    """Whether parts of this class are looked at by themselves, not as members of what they are in."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Member)}
        cls.members = {**cls.members, **own}

    def __init__(self, **values: Any) -> None:
        self.wire = {}
        unknown = values.keys() - self.members.keys()
        missing = [name for name, member in self.members.items() if member.must_be_given and name not in values]
        if unknown or missing:
            wrong = f"has no {', '.join(sorted(unknown))}" if unknown else f"needs {', '.join(missing)}"
            raise TypeError(f"{type(self).__name__} {wrong}; its members are {', '.join(self.members)}")
        for name, member in self.members.items():
            value = values[name] if name in values else member.initial()
            if value is not None:
                member.__set__(self, value)

    @classmethod
    def over(cls, wire: Json) -> Self:
        """A part that is this JSON object, unchecked."""
        new = cls.__new__(cls)
        new.wire = wire
        return new

    def inside(self, part: R) -> R:
        """A part of this one."""
        return part

    def place(self) -> str:
        """Where it is, for people."""
        return type(self).__name__

    def to_wire(self) -> Json:
        """A copy of its JSON object."""
        return copy.deepcopy(self.wire)

    def to_json(self) -> bytes:
        """Its JSON object as bytes."""
        try:
            return orjson.dumps(self.wire)
        except TypeError:  # whole numbers of more than 64 bits
            return to_json(self.wire)

    @classmethod
    def from_wire(cls, data: str | bytes | Json) -> Self:
        """A part from JSON text or from decoded JSON.

        Raises:
            pydantic.ValidationError: a member has another type than it must have.
        """
        adapter: TypeAdapter[Self] = TypeAdapter(cls)
        return adapter.validate_python(data) if isinstance(data, dict) else adapter.validate_json(data)

    @classmethod
    def shape(cls) -> tuple[str, Iterable[Member]]:
        """The name and the members of the JSON objects that may be seen through this class."""
        return cls.__name__, cls.members.values()

    def __eq__(self, other: object) -> bool:
        """Whether both say the same; an absent member says what ``null`` and an empty list do."""
        if not isinstance(other, Record):
            return NotImplemented
        return self.wire == other.wire or _said(self.wire) == _said(other.wire)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        keys = {member.key for member in self.members.values()}
        known = {name: getattr(self, name) for name, member in self.members.items() if member.key in self.wire}
        more = {key: value for key, value in self.wire.items() if key not in keys}
        shown = ", ".join(f"{name}={value!r}" for name, value in {**known, **more}.items())
        return f"{type(self).__name__}({shown})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the JSON object, and see it through this class; written is the object."""
        name, _ = cls.shape()
        shape = core_schema.definition_reference_schema(name)
        read = core_schema.no_info_after_validator_function(cls.over, shape)
        return core_schema.definitions_schema(
            core_schema.json_or_python_schema(
                read,
                core_schema.union_schema([core_schema.is_instance_schema(cls), read], mode="left_to_right"),
                serialization=_WRITTEN,
            ),
            list(shapes_of(cls).values()),
        )


def _said(value: Any) -> Any:
    """JSON without what is as good as absent."""
    if isinstance(value, dict):
        members: Json = cast("Any", value)
        return {key: _said(each) for key, each in members.items() if each is not None and each != []}
    if isinstance(value, list):
        items: list[Any] = cast("Any", value)
        return [_said(each) for each in items]
    return value


def _wire_of(record: Record) -> Json:
    return record.wire


_WRITTEN = core_schema.plain_serializer_function_ser_schema(_wire_of)
Record.__pydantic_serializer__ = SchemaSerializer(core_schema.any_schema(serialization=_WRITTEN))


def shapes_of(kind: type[Record]) -> dict[str, CoreSchema]:
    """The schemas of the JSON objects of a class and of all that they hold."""
    shapes: dict[str, CoreSchema] = {}
    waiting = [kind]
    while waiting:
        name, members = waiting.pop().shape()
        if name in shapes:
            continue
        fields: dict[str, core_schema.TypedDictField] = {}
        for member in members:
            inner = member.schema
            if (inside := member.parts()) is not None:
                waiting.append(inside)
                inner = core_schema.definition_reference_schema(inside.shape()[0])
                if member.many:
                    inner = core_schema.list_schema(core_schema.nullable_schema(inner))
            inner = inner if member.always else core_schema.nullable_schema(inner)
            fields[member.key] = core_schema.typed_dict_field(inner, required=member.always)
        shapes[name] = core_schema.typed_dict_schema(fields, extra_behavior="allow", ref=name)
    return shapes
