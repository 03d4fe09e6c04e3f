"""What the records of an i3070 log say in words, and which test a printed message is about."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from pywats.ingest.converters.i3070.records import PRINTED, Record

BLOCK: Final = "BLOCK"
UNITS: Final = {
    **dict.fromkeys(("A-RES", "A-JUM", "A-FUS", "A-POT", "A-SWI"), "Ohm"),
    **dict.fromkeys(("A-DIO", "A-ZEN"), "V"),
    "A-CAP": "F",
    "A-IND": "H",
    **dict.fromkeys(("A-MEA", "A-NFE", "A-NPN", "A-PFE", "A-PNP"), ""),
}
"""Analog tests and what they measure; of transistors and of other measurements a log tells no unit."""
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ARRAY": ("test", "status", "failure count", "samples"),
    "BS-CON": ("test", "status", "shorts count", "opens count"),
    "CCHK": ("status", "pin count", "test"),
    "D-T": ("status", "substatus", "failing vector", "pin count", "test"),
    "PCHK": ("status", "test"),
    "PF": ("test", "status", "total pins"),
    "PRB": ("status", "pin count", "test"),
    "TJET": ("status", "pin count", "test"),
    "TS": ("status", "shorts count", "opens count", "phantoms count", "test"),
    "BS-O": ("first device", "first pin", "second device", "second pin"),
    "BS-S": ("cause", "nodes"),
    "DPIN": ("device", "pins"),
    "INDICT": ("technique", "devices"),
    "LIM2": ("high limit", "low limit"),
    "LIM3": ("nominal", "high limit", "low limit"),
    "NODE": ("nodes",),
    "PIN": ("pins",),
    "RETEST": ("time",),
    "TS-D": ("destinations",),
    "TS-O": ("source", "destination", "deviation"),
    "TS-P": ("deviation",),
    "TS-S": ("shorts count", "phantoms count", "source"),
}
"""What the fields of a record are, in their order; the last one may be a list."""
CHECKS: Final = {
    name: (fields.index("status"), fields.index("test")) for name, fields in FIELDS.items() if "status" in fields
}
"""Those of them that pass or fail: which field is the status, and which the name."""

VERDICTS: Final = {BLOCK: (1, 0), **dict.fromkeys(UNITS, (0, 2)), **CHECKS}
"""Records that pass or fail: which field is the status, and which the name."""
_COUNT: Final = re.compile(r"\\(\d{1,6})", re.ASCII)
_MESSAGE: Final = re.compile(r"\s*(\S+)\s+HAS FAILED")


def said(record: Record) -> str:
    """Return all that a record says; of a printed line its text alone."""
    if record.name == PRINTED:
        return record.fields[0] if record.fields else ""
    names = FIELDS.get(record.name)
    if names is None:
        line = "|".join((record.name, *record.fields))
    else:
        line = f"{record.name} {', '.join(_named(record, names))}".rstrip()
    return "\n".join((line, *(f"  {text}" for each in record.inner for text in said(each).split("\n"))))


def details(record: Record, failed: bool) -> str:
    """Return what a check says beside its name and that it passed or failed; of one that passed, what is not 0."""
    names = FIELDS[record.name]
    status, test = CHECKS[record.name]
    found = [f"status {record.get(status)}"] if record.get(status).lstrip("0") not in {"", "1"} else []
    for index, value in enumerate(record.fields):
        if index not in {status, test} and (failed or value.strip("0 ")):
            found.append(f"{names[index]} {value}" if index < len(names) else value)
    return ", ".join(found)


def assign_messages(board: Record) -> None:
    """Move printed messages, ``c9 HAS FAILED`` and the lines around it, to the test that they are about.

    They are printed while the block before that test is open, and so they are logged in it.
    """
    failed: dict[str, list[tuple[int, Record]]] = {}
    for index, record in enumerate(board.inner):
        verdict = VERDICTS.get(record.name)
        if verdict is not None and record.get(verdict[0]).strip("0"):
            failed.setdefault(record.get(verdict[1]), []).append((index, record))
    if not failed:
        return
    moves: list[tuple[Record, list[Record], Record]] = []
    for index, owner, lines in _printed(board):
        for name, message in _messages(lines):
            tests = failed.get(name, [])
            target = next((test for place, test in tests if place >= index), tests[-1][1] if tests else owner)
            if target is not owner:
                moves.append((owner, message, target))
    moved = {id(line) for _, message, _ in moves for line in message}
    for owner in {id(owner): owner for owner, _, _ in moves}.values():
        owner.inner = [each for each in owner.inner if id(each) not in moved]
    for _, message, target in moves:
        target.inner += message


def _named(record: Record, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the fields of a record, each with its name."""
    last = len(names) - 1
    for name, value in zip(names[:last], record.fields, strict=False):
        yield f"{name} {value}"
    items = record.fields[last:]
    if items:
        yield f"{names[last]} {', '.join(_without_count(items))}"


def _without_count(items: list[str]) -> list[str]:
    r"""Return the items of a list without how many there are: ``\2|a|b``."""
    count = _COUNT.fullmatch(items[0])
    is_list = count is not None and len(items) > 1 and (len(items) - 1) % max(1, int(count[1])) == 0
    return items[1:] if is_list else items


def _printed(board: Record) -> Iterator[tuple[int, Record, list[Record]]]:
    """Yield lines that were printed in a row: where among the records of the board, in which record, and they."""
    for is_line, group in groupby(enumerate(board.inner), lambda pair: pair[1].name == PRINTED):
        records = list(group)
        if is_line:
            yield records[0][0], board, [record for _, record in records]
            continue
        for index, record in records:
            lines = [each for each in record.inner if each.name == PRINTED]
            if lines:
                yield index, record, lines


def _messages(lines: list[Record]) -> list[tuple[str, list[Record]]]:
    """Return the messages in lines, each with the test that failed; the first has what stands before it."""
    found: list[tuple[str, list[Record]]] = [("", [])]
    for line in lines:
        name, message = found[-1]
        begins = _MESSAGE.match(said(line))
        if begins is None:
            message.append(line)
        elif name:
            found.append((begins[1], [line]))
        else:
            found[-1] = (begins[1], [*message, line])
    return found
