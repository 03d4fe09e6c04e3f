"""Whether the members of the parts of a report are what their classes say: types, lengths, and all that is needed."""

import base64
import binascii
import difflib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from math import isfinite
from typing import Any, TypeGuard
from uuid import UUID

from pywats.reports.instant import read_instant
from pywats.reports.member import Base64, Flag, Guid, Json, Member, Number, Only, Text, Time, Whole, Word
from pywats.reports.problem import Problem
from pywats.reports.record import Record

FIRST_YEAR = 1970


def is_object(value: Any) -> TypeGuard[Json]:
    """Whether it is a JSON object."""
    return isinstance(value, dict)


def objects(wire: Json, key: str) -> list[tuple[int, Json]]:
    """The objects of a list in a JSON object, with their indexes."""
    items: Any = wire.get(key)
    return [(index, each) for index, each in enumerate(items) if is_object(each)] if is_list(items) else []


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether it is a list."""
    return isinstance(value, list)


def check_part(kind: type[Record], wire: Any, place: str) -> Iterator[Problem]:
    """What is wrong with the JSON object of a part, and with those in it, but for steps."""
    if not is_object(wire):
        yield Problem(place, f"it is {wire!r}; an object is needed")
        return
    checks, needed = _tables(kind)
    for key, value in wire.items():
        if value is None or (found := checks.get(key)) is None:
            continue
        member, check = found
        if check is None:
            yield from _check_parts(member, value, place)
        elif (wrong := check(member, value)) is not None:
            yield Problem(place, f"{member.name} {wrong}")
    for member in needed:
        if wire.get(member.key) is None:
            yield Problem(place, f"{member.name} is missing")


def _check_parts(member: Member, value: Any, place: str) -> Iterator[Problem]:
    kind = member.parts()
    if kind is None or kind.stands_alone:
        return
    if not member.many:
        yield from check_part(kind, value, f"{place} / {member.name}")
    elif not is_list(value):
        yield Problem(place, f"{member.name} is {value!r}; a list is needed")
    elif len(value) == 1 and isinstance(member, Only):
        yield from check_part(kind, value[0], place)
    else:
        for index, each in enumerate(value):
            yield from check_part(kind, each, f"{place} / {member.name}[{index}]")


Check = Callable[[Any, Any], str | None]
"""Says what is wrong with the value of a member, or ``None``."""
_Tables = tuple[dict[str, tuple[Member, Check | None]], tuple[Member, ...]]
_TABLES: dict[type[Record], _Tables] = {}


def _tables(kind: type[Record]) -> _Tables:
    """The members of a class with their checks, by their keys, and the members that are needed."""
    found = _TABLES.get(kind)
    if found is None:
        members = kind.members.values()
        checks = {member.key: (member, _CHECKS.get(type(member))) for member in members}
        found = _TABLES[kind] = checks, tuple(member for member in members if member.needed)
    return found


def members_of(kind: type[Record]) -> dict[str, Member]:
    """The members of a class by their keys."""
    return {key: member for key, (member, _) in _tables(kind)[0].items()}


def _base64(_: Member, value: Any) -> str | None:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return "is no base64; Attachment.from_bytes makes it"
    return None


def _text(member: Member, value: Any) -> str | None:
    if not isinstance(value, str):
        return f"is {value!r}; a text is needed"
    if member.longest is not None and len(value) > member.longest:
        return f"has {len(value)} characters; {member.longest} are the most"
    if not value and member.needed and not member.empty:
        return "is empty"
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        return f"is {value!r}, which is no valid Unicode"
    return None


def _whole(member: Member, value: Any) -> str | None:
    limit = 1 << (member.bits - 1)
    if type(value) is not int:
        return f"is {value!r}; a whole number is needed"
    return None if -limit <= value < limit else f"is {value}; it must be from {-limit} to {limit - 1}"


def _number(_: Member, value: Any) -> str | None:
    if type(value) not in (int, float):
        return f"is {value!r}; a number is needed"
    return None if isfinite(value) else f"is {value}; leave it out, or tell it as a text"


def _flag(_: Member, value: Any) -> str | None:
    return None if isinstance(value, bool) else f"is {value!r}; true or false is needed"


def _word(member: Word, value: Any) -> str | None:
    kind = member.kind
    if isinstance(value, str) and (value in member.values or kind(value).name in kind.__members__):
        return None
    return f"is {value!r}; it must be one of {', '.join(str(known.value) for known in kind)}"


def _time(_: Member, value: Any) -> str | None:
    try:
        time = read_instant(value)
    except (TypeError, ValueError):
        return f"is {value!r}; a date and time (ISO 8601) is needed"
    if time.utcoffset() is None:
        return f"is {value} without a time zone; give such as datetime.now().astimezone()"
    return None if time.year >= FIRST_YEAR else f"is {value}; the server has no years before {FIRST_YEAR}"


def _guid(_: Member, value: Any) -> str | None:
    try:
        UUID(value)
    except (TypeError, ValueError, AttributeError):
        return f"is {value!r}; a GUID is needed"
    return None


_CHECKS: dict[type[Member], Check] = {
    Text: _text,
    Base64: _base64,
    Whole: _whole,
    Number: _number,
    Flag: _flag,
    Word: _word,
    Time: _time,
    Guid: _guid,
}


def nearest(word: str, known: Iterable[str]) -> str:
    """The known words that are most like this one, for people."""
    found = difflib.get_close_matches(word, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def controls(text: str) -> bool:
    """Whether a text has control characters."""
    return not text.isprintable() and any(unicodedata.category(character) == "Cc" for character in text)
