"""Values as XML has them: numbers, truth values, words and texts, from and to those of JSON."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

__all__ = ["FLAG", "ID", "KEPT", "NUMBER", "TEXT", "WHOLE", "Kind", "words"]

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", re.ASCII)
_NOT_FINITE: Final = frozenset(("nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "∞", "-∞"))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    Attributes:
        read: the value of a text; ``None`` for what JSON has no value for.
        write: the text of a value.
        empty: whether an empty text is one, rather than none.
    """

    read: Callable[[str], Any]
    write: Callable[[Any], str]
    empty: bool = False


def _same(text: str) -> str:
    return text


def _read_whole(text: str) -> int:
    if _WHOLE.fullmatch(text.strip()) is None:
        raise ValueError(f"is {text!r:.50}; a whole number is needed")
    return int(text)


def _read_number(text: str) -> float | None:
    said = text.strip()
    if _WHOLE.fullmatch(said) is not None:
        return int(said)
    if _NUMBER.fullmatch(said) is not None and isfinite(number := float(said)):
        return number
    if said.lower() in _NOT_FINITE:
        return None
    raise ValueError(f"is {text!r:.50}; a number is needed")


def _write_number(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _read_flag(text: str) -> bool:
    said = text.strip().lower()
    if said in {"true", "1"}:
        return True
    if said in {"false", "0"}:
        return False
    raise ValueError(f"is {text!r:.50}; true or false is needed")


def _write_flag(value: bool) -> str:
    return "true" if value else "false"


def words(letters: Mapping[str, str]) -> Kind:
    """Words that JSON has letters for; others stay as they are."""
    by_word = {word.lower(): letter for letter, word in letters.items()}
    return Kind(lambda text: by_word.get(text.strip().lower(), text), lambda letter: letters.get(letter, letter))


TEXT: Final = Kind(_same, str)
KEPT: Final = Kind(_same, str, empty=True)
ID: Final = Kind(str.lower, str)
WHOLE: Final = Kind(_read_whole, str)
NUMBER: Final = Kind(_read_number, _write_number)
FLAG: Final = Kind(_read_flag, _write_flag)
