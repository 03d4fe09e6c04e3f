"""What is wrong with a report."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, or may be.

    Attributes:
        place: where it is, such as ``root / Power / 3V3``.
        message: what is wrong, and what to do.
        warning: the server takes the report nevertheless.
    """

    place: str
    message: str
    warning: bool = False

    def __str__(self) -> str:
        """The place and the message."""
        return f"{self.place}: {self.message}"


def in_words(problems: Sequence[Problem]) -> str:
    """All problems, a line each; of very many the first."""
    lines = [str(problem) for problem in problems[:MOST_SHOWN]]
    more = len(problems) - len(lines)
    return "\n".join([*lines, f"... and {more} more"] if more else lines)
