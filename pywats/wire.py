"""The base of all payloads: wire names, unknown fields and open enumerations."""

from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


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
        validate_assignment=False,
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
    """A text enumeration to which newer servers may add members: an unknown text becomes a member of that value."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        for member in cls:
            if member.value.lower() == value.lower() or member.name.lower() == value.lower():
                return member
        return _unknown(cls, str.__new__(cls, value), value)


class OpenIntEnum(IntEnum):
    """A number enumeration to which newer servers may add members; the word of a member parses, too."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if isinstance(value, str):
            for member in cls:
                if member.name.lower() == value.replace("_", "").lower() or member.name.lower() == value.lower():
                    return member
            try:
                return cls(int(value))
            except ValueError:
                return None
        if not isinstance(value, int):
            return None
        return _unknown(cls, int.__new__(cls, value), value)


def _unknown(kind: Any, member: Any, value: object) -> Any:
    member._name_ = f"UNKNOWN_{value}"
    member._value_ = value
    return member


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


UtcDatetime = Annotated[datetime, AfterValidator(_aware)]
"""An instant; what the server sends without a zone is UTC."""
