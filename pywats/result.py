"""What became of one item of a batch: its value, or its error."""

from dataclasses import dataclass
from typing import Generic, Literal, NoReturn, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Success(Generic[T_co]):
    """An item that went well, with what came of it."""

    value: T_co

    @property
    def is_success(self) -> Literal[True]:
        """Whether it went well."""
        return True

    @property
    def is_failure(self) -> Literal[False]:
        """Whether it failed."""
        return False

    @property
    def error(self) -> None:
        """There is none."""
        return None

    def unwrap(self) -> T_co:
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that failed, with its error."""

    error: Exception

    @property
    def is_success(self) -> Literal[False]:
        """Whether it went well."""
        return False

    @property
    def is_failure(self) -> Literal[True]:
        """Whether it failed."""
        return True

    @property
    def value(self) -> None:
        """There is none."""
        return None

    @property
    def message(self) -> str:
        """The error in words."""
        return str(self.error)

    def unwrap(self) -> NoReturn:
        """Raise the error."""
        raise self.error


Result = Success[T_co] | Failure
"""What became of an item: ``Success`` or ``Failure``."""
