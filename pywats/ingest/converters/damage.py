"""Damaging a file as disks, networks, editors, programs and attackers do; the same chance does the same damage."""

import gzip
import io
import re
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_NUMBER: Final = re.compile(rb"\d[\d.]*")
_WORD: Final = re.compile(rb"[^\s|;,<>\"{}()\[\]=]+")
_JSON_NAME: Final = re.compile(rb'"\w+"\s*:\s*("[^"]*"|[\d.]+)\s*,')
_SEPARATORS: Final = (b",", b";", b"\t", b"|", b" ", b":", b"=", b"/", b"-", b".")
_NUMBERS: Final = (
    *(b"", b"-1", b"0", b"1e999", b"-1e400", b"NaN", b"inf", b"-Infinity", b"1,5", b"0x7fffffffffffffff", b"1_0"),
    *(b"9" * 19, b"9" * 400, b"32768", b"2147483648", b"1e308", b"1e-320", b"--1", b"+", "\u0663".encode(), b"\xb2"),
)
_WORDS: Final = (
    *(b"<", b">", b"&", b'"', b"'", b"{", b"}", b"{}", b"[", b"]", b"(", b")", b"null", b"true", b"\\", b"@", b"]]>"),
    *(b"<!--", b"&#0;", b"\x0b", b"\x1b", b"\x85", b"\xe2\x80\xa8", b"\0", b"\x80", b"\xc3(", b"\xed\xa0\x80"),
)
_ENTITIES: Final = b'<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
_DEEP: Final = (b"(", b"[", b"{", b'{"a":[', b"<a>", b"(A:", b"{@BLOCK|a|00", b"SequenceCall\ta\n")
_CODINGS: Final = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp037", "utf-7")
_LONG: Final = 300_000
"""Bytes of what is very long: enough for a reader that takes the square of it to be noticed."""

_FLOOD: Final = 1_000_000
"""Bytes of what does not end."""
_BOMB: Final = 20_000_000
"""Bytes that a file of some kilobytes unpacks to: more than it may."""
_BEGINNINGS: Final = (
    *(b"\x02\x00\x00\x0a\x02\x04", b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b"PK\x03\x04", b"BZh9", b"\x89PNG\r\n\x1a\n"),
    *(b"%PDF-1.7\n", b'{"type":"T","sn":"1",', b'[{"a":1},', b"<?xml version='1.0'?><testsuites>", b"<Report>"),
    *(b"{@BATCH|a|b", b"(A: ", b"START;1;2\n", b"--Header-Start--\n", b"a,b,c\n1,2,3\n", b"\xff\xfe", b"\xef\xbb\xbf"),
)
"""How files of other formats begin."""


def damaged(content: bytes, chance: Random) -> tuple[str, bytes]:
    """Return a content with some damage, and the kind of it."""
    kind = chance.choice(tuple(KINDS))
    return kind, KINDS[kind](content, chance)


def _flip(content: bytes, chance: Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randrange(1, 20)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _cut(content: bytes, chance: Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _behead(content: bytes, chance: Random) -> bytes:
    return content[chance.randrange(len(content)) :]


def _drop(content: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + content[at + chance.randrange(1, 200) :]


def _repeat(content: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + content[at : at + chance.randrange(1, 200)] * chance.choice((2, 2, 2, 50)) + content[at:]


def _move(content: bytes, chance: Random) -> bytes:
    first, second, third = sorted(chance.randrange(len(content) + 1) for _ in range(3))
    return content[:first] + content[second:third] + content[first:second] + content[third:]


def _zero(content: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(content))
    end = min(len(content), at + chance.randrange(1, 600))
    return content[:at] + bytes(end - at) + content[end:]


def _lines(content: bytes, chance: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    deed = chance.choice(("drop", "twice", "often", "swap", "shuffle", "blank", "join"))
    if deed == "drop":
        del lines[at]
    elif deed in {"twice", "often"}:
        lines[at:at] = [lines[at]] * (1 if deed == "twice" else 100)
    elif deed == "swap":
        lines[at], lines[other] = lines[other], lines[at]
    elif deed == "shuffle":
        chance.shuffle(lines)
    elif deed == "blank":
        lines[at] = b"\n"
    else:
        lines[at] = lines[at].rstrip(b"\r\n")
    return b"".join(lines)


def _separators(content: bytes, chance: Random) -> bytes:
    present = [each for each in _SEPARATORS if each in content] or [b"\n"]
    return content.replace(chance.choice(present), chance.choice(_SEPARATORS), chance.choice((1, 3, -1)))


def _one(pattern: re.Pattern[bytes], content: bytes, chance: Random, new: bytes) -> bytes:
    found = list(pattern.finditer(content))
    if not found:
        return content + new
    where = chance.choice(found)
    return content[: where.start()] + new + content[where.end() :]


def _number(content: bytes, chance: Random) -> bytes:
    return _one(_NUMBER, content, chance, chance.choice(_NUMBERS))


def _empty(content: bytes, chance: Random) -> bytes:
    return _one(_WORD, content, chance, b"")


def _insert(content: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(_WORDS) * chance.choice((1, 1, 2, 200)) + content[at:]


def _long(content: bytes, chance: Random) -> bytes:
    piece = chance.choice((b"x", b"9", b" ", b"\n", b"\t", b"|", b";", b"a ", b"1,", b'"', b"(", b"=", b"-"))
    piece *= _LONG // len(piece)
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them
        return _one(_WORD, content, chance, piece)
    at = chance.randrange(len(content) + 1)
    return content[:at] + piece + content[at:]


def _deep(content: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(_DEEP) * chance.choice((60, 5000)) + content[at:]


def _twice(content: bytes, chance: Random) -> bytes:
    """Give an object a name twice."""
    found = list(_JSON_NAME.finditer(content))
    if not found:
        return content + content
    where = chance.choice(found)
    return content[: where.start()] + where[0] + content[where.start() :]


def _entity(content: bytes, chance: Random) -> bytes:
    """Let a document declare entities, and use one."""
    begins = content.find(b"<", content.find(b"?>") + 1)
    at = chance.randrange(begins + 1, len(content) + 1)
    return content[:begins] + _ENTITIES + content[begins:at] + b"&c;" + content[at:]


def _ends(content: bytes, chance: Random) -> bytes:
    ends = content.replace(b"\r\n", b"\n")
    return ends.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\r", b"\r\r\n", b"\n\n", b"\x0c", b"")))


def _coding(content: bytes, chance: Random) -> bytes:
    return content.decode("latin-1").encode(chance.choice(_CODINGS), "replace")


def _flood(content: bytes, chance: Random) -> bytes:
    at, begin = chance.randrange(len(content) + 1), chance.randrange(len(content))
    piece = chance.choice((b"\0", b" ", b"\n", content[begin : begin + chance.randrange(1, 100)]))
    return content[:at] + piece * (_FLOOD // len(piece)) + content[at:]


def _endless(content: bytes, chance: Random) -> bytes:
    """Take away the ends of all lines, and let the only line that is left go on for long."""
    line = content.replace(b"\r", b"").replace(b"\n", chance.choice((b"", b" ")))
    return line * (_FLOOD // len(line) + 1)


def _other(content: bytes, chance: Random) -> bytes:
    """Let a file begin like one of another format, or go on like one."""
    begin, at = chance.choice(_BEGINNINGS), chance.randrange(len(content))
    return chance.choice((begin + content, begin + content[at:], content[:at] + begin, content[:at] + begin + content))


def _packed(content: bytes, chance: Random) -> bytes:
    """Pack a content, or pack what is in it anew: with a flood, which makes a bomb of it, or with garbage behind it."""
    name, inner = "", content
    with suppress(OSError, EOFError, zlib.error):
        inner = gzip.decompress(content)
    if content.startswith(b"PK"):
        with ZipFile(io.BytesIO(content)) as archive:
            name = archive.namelist()[0]
            inner = archive.read(name)
    if inner is not content:
        at, piece = chance.randrange(len(inner) + 1), chance.choice((b"\0", b" ", inner[-chance.randrange(1, 100) :]))
        inner = inner[:at] + piece * (_BOMB // len(piece)) + inner[at:]
    if not name:
        return gzip.compress(inner, 1, mtime=0) + chance.choice((b"", b"", content[:100], bytes(600)))
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        archive.writestr(ZipInfo(name), inner, ZIP_DEFLATED, 1)
    return target.getvalue()


KINDS: Final[Mapping[str, Callable[[bytes, Random], bytes]]] = {
    "flipped bits": _flip,
    "cut": _cut,
    "without its beginning": _behead,
    "a piece dropped": _drop,
    "a piece repeated": _repeat,
    "a piece moved": _move,
    "zeros": _zero,
    "lines": _lines,
    "separators": _separators,
    "a number": _number,
    "an empty field": _empty,
    "an odd word": _insert,
    "very long": _long,
    "very deep": _deep,
    "a name twice": _twice,
    "entities": _entity,
    "ends of lines": _ends,
    "another coding": _coding,
    "a flood": _flood,
    "a line without an end": _endless,
    "another format": _other,
    "packed": _packed,
}
"""What is done to a content, by its name."""
