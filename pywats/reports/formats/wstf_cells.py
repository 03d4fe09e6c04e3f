"""Values in the cells of WSTF."""

from typing import Final

from pywats.reports.formats.xml_values import FLAG, NUMBER, WHOLE

__all__ = ["flag", "number", "status", "whole"]

_LETTERS: Final = {
    "passed": "P",
    "pass": "P",
    "p": "P",
    "failed": "F",
    "fail": "F",
    "f": "F",
    "done": "D",
    "d": "D",
    "skipped": "S",
    "s": "S",
    "error": "E",
    "e": "E",
    "terminated": "T",
    "t": "T",
}


def whole(text: str) -> int:
    """A whole number.

    Raises:
        ValueError: it is none.
    """
    return int(WHOLE.read(text))


def number(text: str, decimal: str) -> float:
    """A finite number.

    Raises:
        ValueError: it is none.
    """
    value: float | None = NUMBER.read(text.replace(decimal, "."))
    if value is None:
        raise ValueError(f"is {text}, and reports take finite numbers only")
    return value


def flag(text: str) -> bool:
    """True or false; passed or failed.

    Raises:
        ValueError: it is neither.
    """
    letter = _LETTERS.get(text.lower())
    return letter == "P" if letter in ("P", "F") else bool(FLAG.read(text))


def status(text: str) -> str:
    """The letter of a status.

    Raises:
        ValueError: it is none.
    """
    letter = _LETTERS.get(text.lower())
    if letter is None:
        raise ValueError(f"is {text!r:.40}; it must be Passed, Failed, Done, Skipped, Error or Terminated")
    return letter
