"""What is wrong with a configuration file, one line for each problem, in the manner of a compiler."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from pywats.config.document import Place
from pywats.errors import ConfigurationError

MAX_LINES = 50

Key = str | int
Keys = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, under which key, and what would be right."""

    place: Place
    keys: Keys
    text: str

    def __str__(self) -> str:
        """Write ``FILE:LINE:COL: key: what is wrong``."""
        return f"{self.place}: {dotted(self.keys)}: {self.text}" if self.keys else f"{self.place}: {self.text}"


def dotted(keys: Iterable[Key]) -> str:
    """Return a path of keys as text: ``sources[0].watch``."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def nearest(word: str, known: Iterable[str], prefix: str = "") -> str:
    """Return ``' (did you mean "x"?)'`` for the known word that looks most like this one, or nothing.

    ``prefix`` is put before the word that is named; it takes no part in the comparison.
    """
    names = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f' (did you mean "{prefix}{names[found[0]]}"?)' if found else ""


class InvalidFileError(ConfigurationError):
    """Something is wrong with a configuration file; ``problems`` lists what, in the order of the places."""

    problems: tuple[Problem, ...] = ()


def failure(problems: Iterable[Problem]) -> InvalidFileError:
    """Return one error that says all problems, a line each."""
    ordered = sorted(
        dict.fromkeys(problems), key=lambda found: (found.place.file, found.place.line, found.place.column)
    )
    lines = [str(problem) for problem in ordered[:MAX_LINES]]
    if len(ordered) > MAX_LINES:
        lines.append(f"… and {len(ordered) - MAX_LINES} more problems")
    error = InvalidFileError("\n".join(lines))
    error.problems = tuple(ordered)
    return error
