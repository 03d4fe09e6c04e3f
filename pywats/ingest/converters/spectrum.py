"""Teradyne Spectrum: logs in nested parentheses, one report for each board."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from pywats.ingest.converters.building import add_misc, add_number, new_test, settle, tell_header, told_whole
from pywats.ingest.converters.interface import Context, Explain, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.text import malformed, number_in, read_text
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: tuple[str, ...] = ()

SCALES: Final = {"": 1.0, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
UNITS: Final = {"O": "Ohm"}
WORDS: Final = {"PASS": "P", "FAIL": "F", "SKIP": "S"}
TEXTS: Final = ("DESC", "COMMENT", "FAIL_MSG")

_TOKEN: Final = re.compile(
    r"\s*(?:\((?P<name>[A-Z_]+):|(?P<close>\))|(?P<comma>,)|\"(?P<quoted>[^\"]*)\"|(?P<word>[^()\",]+))"
)
_TIME: Final = re.compile(r"(\d\d)/(\d\d)/(\d{4})\s+(\d\d):(\d\d):(\d\d)(?::(\d{3}))?")
_DEEPEST: Final = 50


class Options(Base):
    """Options of ``teradyne-spectrum``.

    Attributes:
        dates: whether the month (``mdy``) or the day (``dmy``) comes first; a file does not tell.
        part_number: ``program``: the name of the test program is the part number, if no ``USER`` line has one.
        serial_number: name of the ``USER`` line that has the serial number.
        operator: name of the one that has the operator.
        batch: name of the one that has the batch.
        revision: name of the one that has the revision.
        status: whether a log has a ``USER`` line ``STATUS`` at its end; without one it is not complete.
    """

    dates: Literal["mdy", "dmy"] | None = None
    part_number: Literal["program"] | None = None
    serial_number: str = "Serialnumber"
    operator: str = "Operator"
    batch: str = "OrderNumber"
    revision: str = "Revision"
    status: bool = True


def sniff(head: bytes, name: str) -> float:
    """A log begins with the name of its program."""
    del name
    return 1.0 if head.lstrip().startswith(b"(PROGRAM_NAME:") else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each board: from one name of a program to the next.

    Raises:
        ConversionError: a parenthesis is not closed, the log has no end, or its dates can be read in two ways.
    """
    board: list[_Node] = []
    for node in _nodes(read_text(source, context, otherwise="latin-1")):
        if node.name == "PROGRAM_NAME" and board:
            yield _Board(board, options, context.explain).report()
            board = []
        board.append(node)
    if board:
        yield _Board(board, options, context.explain).report()


@dataclass(slots=True)
class _Node:
    """``(NAME: text (INNER: ...) ...)``."""

    name: str
    line: int
    text: str = ""
    inner: list["_Node"] = field(default_factory=list["_Node"])

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"line {self.line}, {self.name}"

    def all(self, name: str) -> list["_Node"]:
        """Return the nodes of a name in it."""
        return [node for node in self.inner if node.name == name]

    def said(self, name: str) -> str:
        """Return the text of the last node of a name in it."""
        return next((node.text for node in reversed(self.inner) if node.name == name), "")

    def deep(self, name: str) -> Iterator["_Node"]:
        """Yield all nodes of a name below it."""
        for node in self.inner:
            if node.name == name:
                yield node
            yield from node.deep(name)


def _nodes(text: str) -> Iterator[_Node]:
    """Yield the outermost nodes."""
    at, line, end = 0, 1, len(text.rstrip())
    opened: list[_Node] = []
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or (not opened and found["name"] is None):
            raise malformed("this is no part of the nested parentheses of a log", f"line {line}")
        closed = _take(found, opened, line + text.count("\n", at, found.start(found.lastgroup or 0)))
        line += text.count("\n", at, found.end())
        at = found.end()
        if closed is not None and not opened:
            yield closed
    if opened:
        raise malformed("a parenthesis is not closed: the file is not complete", opened[0].place)


def _take(found: re.Match[str], opened: list[_Node], line: int) -> _Node | None:
    """Take in a token; return the node that ends with it."""
    if found["name"] is not None:
        node = _Node(found["name"], line)
        if opened:
            opened[-1].inner.append(node)
        opened.append(node)
        if len(opened) > _DEEPEST:
            raise malformed("parentheses are nested too deeply", node.place)
    elif found["close"] is not None:
        node = opened.pop()
        node.text = node.text.strip()
        return node
    elif found["comma"] is None:
        opened[-1].text += found["quoted"] if found["quoted"] is not None else found["word"]
    return None


class _Board:
    """Makes the report of one board."""

    def __init__(self, nodes: Sequence[_Node], options: Options, explain: Explain | None) -> None:
        self._nodes = nodes
        self._options = options
        self._explain = explain
        self._user: dict[str, tuple[str, str]] = {}
        for node in nodes:
            if node.name == "USER":
                name, _, value = node.text.partition(":")
                self._user[name.strip()] = (value.strip(), node.place)
        self._program = next((node.text for node in nodes if node.name == "PROGRAM_NAME"), "")

    def report(self) -> UUTReport:
        """Return the report."""
        options = self._options
        status, place = self._user.get("STATUS", ("", self._nodes[0].place))
        if options.status and not status:
            detail = "it has no USER line STATUS: the file is not complete; if these logs have none, set status: false"
            raise malformed(detail, place)
        if options.status and "StartTime" in self._user and "EndTime" not in self._user:
            raise malformed("it has no USER line EndTime: the file is not complete", place)
        start, end = self._start(), self._end()
        report = new_test(
            serial_number=self._said(options.serial_number, "serial_number"),
            part_number=self._program if options.part_number == "program" else "",
            revision=self._said(options.revision, "revision"),
            operator=self._said(options.operator, "operator"),
            batch=self._said(options.batch, "batch"),
            sequence=self._program,
            version=self._said("version", "version"),
            start=start,
            seconds=(end - start).total_seconds() if start and end and end >= start else None,
        )
        used = {options.serial_number, options.revision, options.operator, options.batch, "version"}
        for name, (value, _) in self._user.items():
            if name not in used | {"STATUS", "Date", "StartTime", "EndTime"}:
                add_misc(report, name, value)
        into: SequenceCall = report.root
        section = ""
        for node in self._nodes:
            if node.name == "SECTION_NAME":
                section = node.text
            elif node.name == "STEP":
                if section:  # one without steps leaves nothing
                    into, section = report.root.sequence(told_whole(section, {})), ""
                self._add_step(into, node)
        computed = settle(report.root)
        letter = computed if not status else self._result(status, place)
        report.wire["result"] = report.root.wire["status"] = letter
        tell_header(self._explain, report, f"{self._nodes[0].place} to {self._nodes[-1].place}")
        return report

    def _result(self, status: str, place: str) -> str:
        word = status.upper().split()[-1]
        letter = "P" if word.startswith("PASS") else "F" if word.startswith("FAIL") else "T" if "ABORT" in word else ""
        if not letter:
            raise malformed(f"{status!r:.40} is no result", place)
        self._tell("result", letter, place)
        return letter

    def _start(self) -> datetime | None:
        date, time = self._user.get("Date"), self._user.get("StartTime")
        if date is not None and time is not None:
            return self._moment(f"{date[0]} {time[0]}", time[1])
        first = next((node for node in self._nodes if node.name == "STEP" and node.said("TIME")), None)
        return None if first is None else self._moment(first.said("TIME"), first.place)

    def _end(self) -> datetime | None:
        date, time = self._user.get("Date"), self._user.get("EndTime")
        return None if date is None or time is None else self._moment(f"{date[0]} {time[0]}", time[1])

    def _moment(self, text: str, place: str) -> datetime:
        found = _TIME.fullmatch(text.strip())
        if found is None:
            raise malformed(f"{text!r:.40} is no time such as 01/31/2026 12:00:00", place)
        one, other, year, hour, minute, second, milli = (int(part or 0) for part in found.groups())
        order = self._options.dates
        if order is None and one != other and max(one, other) <= 12:  # noqa: PLR2004 - months
            detail = f"{found[1]}/{found[2]} may be either the month or the day first; say which in dates: mdy or dmy"
            raise malformed(detail, place)
        month, day = (one, other) if order == "mdy" or (order is None and other > 12) else (other, one)  # noqa: PLR2004
        try:
            return datetime(year, month, day, hour, minute, second, 1000 * milli)  # noqa: DTZ001 - no zone is told
        except ValueError as error:
            raise malformed(f"{text!r:.40} is no time: {error}", place) from error

    def _said(self, name: str, what: str) -> str:
        value, place = self._user.get(name, ("", "nowhere"))
        self._tell(what, value, place)
        return value

    def _add_step(self, into: SequenceCall, step: _Node) -> None:
        name = step.said("SNAME") or "step"
        pages = step.all("PAGE")
        if len(pages) == 1:
            self._add_page(into, pages[0], name, step)
            return
        sequence = into.sequence(told_whole(name, {}), status=_letter(step))
        for page in pages:
            self._add_page(sequence, page, page.said("PAGE_NAME") or name, step)

    def _add_page(self, into: SequenceCall, page: _Node, name: str, step: _Node) -> None:
        """Add what a page measured, or whether it passed."""
        texts = [f"type {page.said('TYPE')}" if page.said("TYPE") else ""]
        texts += [node.said(text) for text in TEXTS for node in (step, page)]
        text = "\n".join(filter(None, texts))
        options: StepOptions = {"report_text": text} if text else {}
        measured = [(test, value) for test in page.inner for value in test.deep("MEASVAL")]
        letter = _letter(page)
        self._tell(name, letter, page.place)
        if not measured and letter in {"P", "F"}:
            into.passed(told_whole(name, options), letter == "P", **options)
        elif not measured:
            into.action(told_whole(name, options), status=letter, **options)
        elif len(measured) == 1:
            self._add_value(into, name, *measured[0], letter, options)
        else:
            sequence = into.sequence(told_whole(name, options), status=letter, **options)
            for number, (test, value) in enumerate(measured, 1):
                self._add_value(sequence, f"{name} {number}", test, value, None, {})

    def _add_value(
        self, into: SequenceCall, name: str, test: _Node, value: _Node, letter: str | None, options: StepOptions
    ) -> None:
        """Add a number; without a status of its own it is compared with its limits."""
        low, high, nominal = (next(iter(test.deep(limit)), None) for limit in ("LOLIM", "HILIM", "NOMVAL"))
        if nominal is not None:
            text = f"nominal {_number(nominal):g} {_unit(nominal)}".rstrip()
            options["report_text"] = "\n".join(filter(None, (options.get("report_text"), text)))
        self._tell(name, f"{_number(value):g} {_unit(value)}", value.place)
        add_number(
            *(into, name, _number(value), _unit(value)),
            low=None if low is None else _number(low),
            high=None if high is None else _number(high),
            status=letter,
            **options,
        )

    def _tell(self, what: str, value: object, place: str) -> None:
        if self._explain is not None:
            self._explain(what, value, place)


def _letter(node: _Node) -> str:
    word = node.said("STAT").upper()
    letter = next((letter for start, letter in WORDS.items() if word.startswith(start)), None)
    if letter is None:
        raise malformed(f"its status is {word!r:.30}", node.place)
    return letter


def _unit(node: _Node) -> str:
    unit = node.said("UNIT")
    return UNITS.get(unit, unit)


def _number(node: _Node) -> float:
    scale = SCALES.get(node.said("SCALE"))
    if scale is None:
        raise malformed(f"its scale is {node.said('SCALE')!r:.20}", node.place)
    number = number_in(node.said("VAL"), "a value", node.place)
    return number if scale == 1.0 else float(f"{number * scale:.12g}")
