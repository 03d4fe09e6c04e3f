"""What became of one item of a batch: its value, or its error."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, Literal, NoReturn, TypeVar

T = TypeVar("T")
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
    def value(self) -> Any:  # not `None`: pyright would let nobody write `result.value.x if result.is_success else ...`
        """There is none: ``None``."""
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


def split_results(results: Iterable[Result[T]]) -> tuple[list[T], list[Exception]]:
    """The values of what went well and the errors of what failed, each in their order."""
    values: list[T] = []
    errors: list[Exception] = []
    for result in results:
        if isinstance(result, Success):
            values.append(result.value)
        else:
            errors.append(result.error)
    return values, errors


def unwrap_all(results: Iterable[Result[T]]) -> list[T]:
    """The values of all results.

    Raises:
        ExceptionGroup: some failed; it holds each error, with a note of the item's number, counted from 0.
    """
    listed = list(results)
    values, errors = split_results(listed)
    if not errors:
        return values
    numbers = (number for number, result in enumerate(listed) if not result.is_success)
    for number, error in zip(numbers, errors, strict=True):
        if f"item {number}" not in getattr(error, "__notes__", ()):
            error.add_note(f"item {number}")
    raise ExceptionGroup(f"{len(errors)} of {len(listed)} items failed", errors)
