"""The base of all payloads: wire names, unknown fields, open enumerations and the values that need care."""

import zlib
from datetime import UTC, datetime
from enum import Enum, IntEnum, IntFlag, StrEnum
from typing import Annotated, Any, Self, TypeVar, cast

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class PyWATSModel(BaseModel):
    """A payload of the WATS API.

    Fields have Python names and travel under the server's; both are accepted. Fields that a newer server adds are kept
    in ``model_extra`` and travel back.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="allow",
        defer_build=True,
        ser_json_inf_nan="strings",
    )

    @classmethod
    def from_wire(cls, data: str | bytes | dict[str, Any]) -> Self:
        """A model from JSON text or from decoded JSON."""
        return cls.model_validate(data) if isinstance(data, dict) else cls.model_validate_json(data)

    def to_wire(self) -> dict[str, Any]:
        """The JSON object that travels: wire names, without what is ``None``."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class OpenStrEnum(StrEnum):
    """A text enumeration to which newer servers may add members: an unknown text becomes a member of that value.

    The name of a member parses as well as its value; case, spaces and underscores do not count.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member: Self | None = _named(cls, value)
        return _unknown(str.__new__(cls, value), value) if member is None else member


class OpenIntEnum(IntEnum):
    """A number enumeration to which newer servers may add members: an unknown number becomes a member of that value.

    The name of a member and digits parse as well. A word that nobody knows keeps its text as ``value``.
    """

    def __repr__(self) -> str:
        return f"<{type(self).__name__}.{self.name}: {self.value}>"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if isinstance(value, int):
            return _unknown(int.__new__(cls, value), value)
        if not isinstance(value, str):
            return None
        if value.strip().removeprefix("-").isdecimal():
            return cls(int(value))
        # The number of a word nobody knows lies beyond the 32 bits that the server's own numbers have.
        number = ~(zlib.crc32(value.encode(errors="replace")) | 1 << 32)
        member: Self | None = _named(cls, value)
        return _unknown(int.__new__(cls, number), value) if member is None else member

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Write a member's value as it is: it may be a word, where the server wrote one."""
        schema = handler(source)
        cast("dict[str, Any]", schema).pop("sub_type", None)
        return schema


class OpenIntFlag(IntFlag):
    """A set of flags to which newer servers may add members: a bit that nobody knows is kept.

    Digits parse as well, and names of members, several of them separated by ``,`` or ``|``.
    """

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, str):
            return super()._missing_(value)
        if value.strip().isdecimal():
            return cls(int(value))
        members = [_named(cls, part) for part in value.replace("|", ",").split(",")]
        return None if None in members else cls(sum(set(members)))


def _named(kind: Any, text: str) -> Any:
    """The member whose value, or else whose name, is this text but for case, spaces and underscores."""
    wanted = _bare(text)
    members = kind.__members__.items()
    by_value = (member for _, member in members if isinstance(member.value, str) and _bare(member.value) == wanted)
    return next(by_value, None) or next((member for name, member in members if _bare(name) == wanted), None)


def _bare(text: str) -> str:
    return text.replace("_", "").replace(" ", "").casefold()


def _unknown(member: E, value: object) -> E:
    member._name_ = f"UNKNOWN_{value}"
    member._value_ = value
    return member


class NullIs:
    """Annotation: ``null`` on the wire stands for this value, or for a new one of this class."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read ``null`` besides what the type itself reads."""
        value: Any = self._value
        default: dict[str, Any] = {"default_factory": value} if isinstance(value, type) else {"default": value}
        known = core_schema.is_instance_schema(value if isinstance(value, type) else type(value))
        instead = core_schema.with_default_schema(known, on_error="default", **default)
        return _then(core_schema.nullable_schema(handler(source)), instead)


def _then(schema: CoreSchema, step: CoreSchema) -> CoreSchema:
    """Read by a schema, then change what was read by a step that never fails; write by the schema alone.

    A Python function would do the same. It costs as much as reading a short text, though, and wherever Python runs the
    garbage collector may look once more at all that a long answer has been read into.
    """
    read = core_schema.chain_schema([schema, step])
    # A chain writes by its last step, and this pair by the strict one, which unions try first.
    return core_schema.lax_or_strict_schema(read, core_schema.chain_schema([read, schema]))


def named(*names: str, default: Any = None) -> Any:
    """A field that is read by each of these names, and written by the first."""
    return Field(default=default, validation_alias=AliasChoices(*names), serialization_alias=names[0])


def no_items(*names: str) -> Any:
    """A field that is an empty list unless it is read; by these names, if any, and written by the first."""
    # `list[T]` is no faster default: calling an alias costs ten times as much as calling the class.
    if not names:
        return Field(default_factory=list)
    return Field(default_factory=list, validation_alias=AliasChoices(*names), serialization_alias=names[0])


Items = Annotated[list[T], NullIs(list)]
"""A list; ``null`` on the wire is an empty one."""


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC)


class _UtcIfBare:
    """Annotation: a datetime without a zone is UTC."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Call Python only where the zone is missing."""
        aware = core_schema.datetime_schema(tz_constraint="aware")
        bare = core_schema.no_info_after_validator_function(_utc, core_schema.datetime_schema())
        return _then(handler(source), core_schema.union_schema([aware, bare], mode="left_to_right"))


UtcDatetime = Annotated[datetime, _UtcIfBare]
"""An instant; what the server sends without a zone is UTC."""


class ChangeType(OpenIntEnum):
    """What is to become of a setting when its owner is saved."""

    NONE = 0
    ADD = 1
    UPDATE = 2
    DELETE = 3
    UNKNOWN_4 = 4
    UNKNOWN_5 = 5
    UNKNOWN_6 = 6


class Setting(PyWATSModel):
    """A named value on a product, a revision, an asset or a unit; the web pages call it a tag."""

    key: str
    value: str | None = None
    change: ChangeType | None = None
