"""The attributes of a part of a report: each is one member of its JSON object."""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar, cast, overload
from uuid import UUID

from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from pywats.errors import ValidationError
from pywats.reports.instant import read_instant, write_instant
from pywats.reports.part_list import PartList
from pywats.reports.scalar import flag_of, number_of, text_of, whole_of

if TYPE_CHECKING:
    from pywats.reports.record import Record

Json = dict[str, Any]
R = TypeVar("R", bound="Record")

Kind = type[R] | Callable[[], type[R]]
"""A class of parts, or what returns one that is defined later."""

NEEDED: Final = cast("Any", object())
"""Default of a member that has none: it must be given."""

_TEXT: Final = core_schema.str_schema(strict=True)
_WHOLE: Final = core_schema.int_schema(strict=True)
_NUMBER: Final = core_schema.union_schema(
    [_WHOLE, core_schema.float_schema(strict=True, allow_inf_nan=False)],
    mode="left_to_right",
    custom_error_type="number_type",
    custom_error_message="Input should be a finite number",
)
_FLAG: Final = core_schema.bool_schema(strict=True)


class Member:
    """An attribute of a part: one member of its JSON object.

    Attributes:
        key: its name in JSON; that of the attribute in camel case unless given.
        longest: characters that a text may have.
        bits: of a whole number.
        needed: whether the server wants it.
        empty: whether a needed text may be empty.
        always: whether an object without it is no part of this class.
        many: whether it is a list.
        default: what an absent one is read as.
        initial: gives the value that a new part begins with.
    """

    schema: CoreSchema = core_schema.any_schema()
    many: bool = False

    def __init__(
        self,
        key: str | None = None,
        default: Any = NEEDED,
        *,
        needed: bool | None = None,
        default_factory: Callable[[], Any] | None = None,
    ) -> None:
        self.key = key or ""
        self.default = None if default is NEEDED else default
        self.initial: Callable[[], Any] = default_factory or (lambda: self.default)
        self.must_be_given = default is NEEDED and default_factory is None
        self.needed = self.must_be_given if needed is None else needed
        self.empty = False
        self.always = False
        self.longest: int | None = None
        self.bits = 32

    def __set_name__(self, owner: type["Record"], name: str) -> None:
        self.name = name
        self.key = self.key or to_camel(name)

    def __get__(self, obj: "Record | None", owner: type["Record"]) -> Any:
        if obj is None:
            return self
        return obj.wire.get(self.key, self.default)

    def __set__(self, obj: "Record", value: Any) -> None:
        if value is None:
            obj.wire.pop(self.key, None)
            return
        try:
            obj.wire[self.key] = self.written(value)
        except (TypeError, ValueError) as error:
            raise ValidationError(f"{obj.place()}: {self.name} {error}") from error

    def written(self, value: Any) -> Any:
        """A value as it stands in JSON."""
        return value

    def parts(self) -> "type[Record] | None":
        """The class of the objects in it, if it holds any."""
        return None


class Text(Member):
    """A text."""

    schema = _TEXT

    def written(self, value: Any) -> str:
        """The plain text."""
        return text_of(value)


class Base64(Text):
    """Bytes as base64."""


class Whole(Member):
    """A whole number."""

    schema = _WHOLE

    def written(self, value: Any) -> int:
        """The plain number."""
        return whole_of(value, self.bits)


class Number(Member):
    """A number; what was read as a whole one stays one."""

    schema = _NUMBER

    def written(self, value: Any) -> float:
        """The plain number."""
        return number_of(value)


class Flag(Member):
    """True or false."""

    schema = _FLAG

    def written(self, value: Any) -> bool:
        """Plain true or false."""
        return flag_of(value)


class Word(Member):
    """A word of an enumeration; the text in JSON stays as it was read."""

    schema = _TEXT
    kind: type[Enum]
    values: frozenset[str]

    def __get__(self, obj: "Record | None", owner: type["Record"]) -> Any:
        """The member that the text names."""
        if obj is None:
            return self
        value = obj.wire.get(self.key)
        return self.default if value is None else self.kind(value)

    def written(self, value: Any) -> Any:
        """The value of a member, or of what names one."""
        return value.value if isinstance(value, self.kind) else self.kind(text_of(value)).value


class Time(Member):
    """A time, with the digits and the offset that it was read with."""

    schema = _TEXT

    def __get__(self, obj: "Record | None", owner: type["Record"]) -> Any:
        """The instant that the text names."""
        if obj is None:
            return self
        value = obj.wire.get(self.key)
        return self.default if value is None else read_instant(value)

    def written(self, value: datetime) -> str:
        """The text of a time."""
        return write_instant(value)


class Guid(Member):
    """An id."""

    schema = _TEXT

    def __get__(self, obj: "Record | None", owner: type["Record"]) -> Any:
        """The id that the text names."""
        if obj is None:
            return self
        value = obj.wire.get(self.key)
        return self.default if value is None else UUID(value)

    def written(self, value: Any) -> str:
        """The text of an id."""
        return str(value)


class Part(Member):
    """An object that is a part itself."""

    def __init__(
        self, key: str | None, kind: "Kind[Any]", default: Any, *, default_factory: Callable[[], Any] | None = None
    ) -> None:
        super().__init__(key, default, default_factory=default_factory)
        self._kind = kind

    def __get__(self, obj: "Record | None", owner: type["Record"]) -> Any:
        """The part, or ``None``."""
        if obj is None:
            return self
        value = obj.wire.get(self.key)
        return None if value is None else obj.inside(self.parts().over(value))

    def written(self, value: "Record") -> Any:
        """The JSON object of a part: a change to either is one to both."""
        return value.wire

    def parts(self) -> "type[Record]":
        """Its class."""
        return _resolved(self._kind)


class Only(Part):
    """The only part in a list."""

    many = True

    def __get__(self, obj: "Record | None", owner: type["Record"]) -> Any:
        """The first part, or ``None``."""
        if obj is None:
            return self
        value = obj.wire.get(self.key)
        return obj.inside(self.parts().over(value[0] or {})) if value else None

    def written(self, value: "Record") -> Any:
        """A list with the JSON object of a part."""
        return [value.wire]


class Parts(Member, Generic[R]):
    """A list of parts; ``null`` and an absent one are empty."""

    many = True

    def __init__(self, key: str | None, kind: "Kind[R]", default: None, *, needed: bool = False) -> None:
        super().__init__(key, default, needed=needed)
        self._kind = kind

    @overload
    def __get__(self, obj: None, owner: type["Record"]) -> Self: ...
    @overload
    def __get__(self, obj: "Record", owner: type["Record"]) -> "PartList[R]": ...
    def __get__(self, obj: "Record | None", owner: type["Record"]) -> "Self | PartList[R]":
        """The list, which writes to the JSON."""
        return self if obj is None else PartList(obj, self.key, self.parts())

    def __set__(self, obj: "Record", value: Iterable[R] | None) -> None:
        super().__set__(obj, value)

    def written(self, value: Iterable[R]) -> list[Json]:
        """The JSON objects of parts."""
        return [each.wire for each in value]

    def parts(self) -> type[R]:
        """Their class."""
        return _resolved(self._kind)


def text(
    key: str | None = None,
    longest: int | None = None,
    *,
    default: str | None = NEEDED,
    needed: bool | None = None,
    empty: bool = False,
    always: bool = False,
) -> Any:
    """A text of at most so many characters."""
    member = Text(key, default, needed=needed)
    member.longest = longest
    member.empty = empty
    member.always = always
    return member


def base64(*, default: str | None = NEEDED, needed: bool | None = None) -> Any:
    """Bytes as base64."""
    return Base64(None, default, needed=needed)


def whole(key: str | None = None, bits: int = 32, *, default: int | None = NEEDED, needed: bool | None = None) -> Any:
    """A whole number of so many bits, with sign."""
    member = Whole(key, default, needed=needed)
    member.bits = bits
    return member


def number(key: str | None = None, *, default: float | None = NEEDED, needed: bool | None = None) -> Any:
    """A number."""
    return Number(key, default, needed=needed)


def flag(key: str | None = None, *, default: bool | None = NEEDED) -> Any:
    """True or false."""
    return Flag(key, default)


def word(
    kind: type[Enum],
    key: str | None = None,
    *,
    default: Enum | None = NEEDED,
    default_factory: Callable[[], Enum] | None = None,
    needed: bool | None = None,
) -> Any:
    """A word of an enumeration."""
    member = Word(key, default, needed=needed, default_factory=default_factory)
    member.kind = kind
    member.values = frozenset(str(known.value) for known in kind)
    return member


def time(key: str | None = None, *, default: datetime | None = NEEDED, needed: bool | None = None) -> Any:
    """A time with its zone."""
    return Time(key, default, needed=needed)


def guid(
    key: str | None = None,
    *,
    default: UUID | None = NEEDED,
    default_factory: Callable[[], UUID] | None = None,
    needed: bool | None = None,
) -> Any:
    """An id."""
    return Guid(key, default, needed=needed, default_factory=default_factory)


def part(
    kind: "Kind[Any]",
    key: str | None = None,
    *,
    default: None = NEEDED,
    default_factory: "Callable[[], Record] | None" = None,
) -> Any:
    """A part of a part."""
    return Part(key, kind, default, default_factory=default_factory)


def only(kind: "Kind[Any]", key: str, *, default: None = NEEDED) -> Any:
    """The only part of a list."""
    return Only(key, kind, default)


def parts(kind: "Kind[Any]", key: str | None = None, *, default: None, needed: bool = False) -> Any:
    """A list of parts."""
    return Parts(key, kind, default, needed=needed)


def anything(key: str | None = None, *, default: Any = NEEDED) -> Any:
    """Any JSON."""
    return Member(key, default)


def _resolved(kind: Kind[R]) -> type[R]:
    return cast("type[R]", kind) if isinstance(kind, type) else kind()
