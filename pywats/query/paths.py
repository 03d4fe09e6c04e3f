"""Paths of steps and measurements: as people write them, and as the server does.

People write ``Main/Supply`` for a step and ``Main/Supply::Vout`` for one of its measurements. The server separates the
names by a pilcrow (U+00B6), and the measurement from its step by two. A text that has a pilcrow is the server's own
already: its slashes belong to names.
"""

from collections.abc import Iterable
from typing import Any, Final, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

PILCROW: Final = "\u00b6"
_MEASUREMENT: Final = PILCROW * 2


class StepPath:
    """Where a step stands in the sequence of a test.

    Args:
        path: in either form.
    """

    __slots__ = ("api_format",)

    def __init__(self, path: str) -> None:
        self.api_format = normalize_path(path)
        """The path as the server writes it."""

    @classmethod
    def from_parts(cls, *parts: str) -> Self:
        """The path of these names, whatever characters they have."""
        made = cls("")
        made.api_format = PILCROW.join(parts)
        return made

    @property
    def parts(self) -> list[str]:
        """The names on the way to the step, its own at the end; a measurement's name does not count."""
        return _names(self.api_format.partition(_MEASUREMENT)[0])

    @property
    def name(self) -> str:
        """The name of the step itself."""
        return next(reversed(self.parts), "")

    @property
    def parent(self) -> "StepPath | None":
        """The path of the sequence that the step is in, or ``None`` at the top."""
        return StepPath.from_parts(*self.parts[:-1]) if len(self.parts) > 1 else None

    @property
    def display(self) -> str:
        """The path as people write it."""
        return display_path(self.api_format)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A path in a payload, a job or on the command line is a text."""
        read = core_schema.no_info_after_validator_function(cls, core_schema.str_schema())
        return core_schema.json_or_python_schema(
            json_schema=read,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), read]),
            serialization=core_schema.to_string_ser_schema(),
        )

    def __str__(self) -> str:
        return self.display

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.display!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StepPath) and self.api_format == other.api_format

    def __hash__(self) -> int:
        return hash(self.api_format)


class MeasurementPath(StepPath):
    """Where a measurement stands: the path of its step, and its name."""

    __slots__ = ()

    @property
    def measurement_name(self) -> str:
        """The name of the measurement; empty for the only one of a step."""
        return self.api_format.partition(_MEASUREMENT)[2]

    @property
    def step_path(self) -> StepPath:
        """The path of the step."""
        return StepPath.from_parts(*self.parts)


def normalize_path(path: str) -> str:
    """The path as the server writes it; one that is so already stays as it is."""
    if PILCROW in path:
        return path
    return path.strip("/").replace("::", _MEASUREMENT).replace("/", PILCROW)


def display_path(path: str) -> str:
    """The path as people write it, ``Main/Supply::Vout``."""
    return path.replace(_MEASUREMENT, "::").replace(PILCROW, "/")


def normalize_paths(paths: str | StepPath | Iterable[str | StepPath]) -> str:
    """One or more paths as the server writes them, joined by ``;``."""
    if isinstance(paths, StepPath):
        return paths.api_format
    if isinstance(paths, str):
        return ";".join(normalize_path(path.strip()) for path in paths.split(";") if path.strip())
    return ";".join(path.api_format if isinstance(path, StepPath) else normalize_path(path) for path in paths)


def _names(path: str) -> list[str]:
    return path.split(PILCROW) if path else []
