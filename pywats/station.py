"""The test station that a program runs on, as reports name it."""

import dataclasses
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from pywats.errors import ConfigurationError

LONGEST = 100
"""Characters that a report has for the station's name, location and purpose."""


class Purpose(StrEnum):
    """Usual purposes of a station; any other text will do."""

    CALIBRATION = "Calibration"
    DEBUG = "Debug"
    DEVELOPMENT = "Development"
    ENGINEERING = "Engineering"
    PRODUCTION = "Production"
    QUALIFICATION = "Qualification"
    REPAIR = "Repair"
    RMA = "RMA"


@dataclass(frozen=True)
class Station:
    """A test station.

    Attributes:
        name: of the computer or the station, at most 100 characters.
        location: where it stands.
        purpose: what it tests for, such as ``Purpose.PRODUCTION``.
        description: for people; it does not travel.
    """

    name: str
    location: str = ""
    purpose: str = Purpose.DEVELOPMENT.value
    description: str = ""

    def __post_init__(self) -> None:
        """Trim the texts, and refuse what no report can hold."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str):
                raise ConfigurationError(f"station: {field.name} is {value!r}; a text is needed")
            object.__setattr__(self, field.name, str(value).strip())
        if not self.name:
            raise ConfigurationError("station: name is empty")
        for name in ("name", "location", "purpose"):
            if len(getattr(self, name)) > LONGEST:
                raise ConfigurationError(f"station: {name} is longer than {LONGEST} characters")

    @classmethod
    def from_hostname(cls, location: str = "", purpose: str = Purpose.DEVELOPMENT.value, description: str = "") -> Self:
        """The station named like this computer."""
        return cls(socket.gethostname(), location, purpose, description)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The station that a mapping describes.

        Raises:
            ConfigurationError: a key is unknown, or the name is missing.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown or "name" not in data:
            wrong = f"unknown: {', '.join(unknown)}" if unknown else "name is missing"
            raise ConfigurationError(f"station: {wrong}; {', '.join(sorted(known))} are known")
        return cls(**data)

    def to_dict(self) -> dict[str, str]:
        """The station as a mapping that ``from_dict`` reads."""
        return dataclasses.asdict(self)

    def copy(self, **kwargs: str) -> Self:
        """The station with some values changed."""
        return dataclasses.replace(self, **kwargs)
