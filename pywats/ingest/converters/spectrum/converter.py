"""Teradyne Spectrum: logs in nested parentheses, one report for each board."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal

from pywats.ingest.converters.building import add_misc, add_note, new_test, settle, tell_header, told_whole
from pywats.ingest.converters.interface import Context, Explain, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.moments import Order, moment
from pywats.ingest.converters.spectrum.nodes import Node, read_nodes
from pywats.ingest.converters.spectrum.steps import add_step
from pywats.ingest.converters.text import begin_of, malformed
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall, Step

SUFFIXES: tuple[str, ...] = ()

RESULTS: Final = {"PASS": "P", "FAIL": "F", "ABORT": "T", "ERROR": "E"}
"""How the words begin that ``STATUS`` says, and their letters."""
SAYINGS: Final = frozenset({"BOARD PASSED", "BOARD FAILED"})
"""What it says beside its letter: nothing."""

_RESULT: Final = re.compile(rf"\b({'|'.join(RESULTS)})")


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

    dates: Order | None = None
    part_number: Literal["program"] | None = None
    serial_number: str = "Serialnumber"
    operator: str = "Operator"
    batch: str = "OrderNumber"
    revision: str = "Revision"
    status: bool = True


def sniff(head: bytes, name: str) -> float:
    """A log begins with the name of its program."""
    del name
    return 1.0 if begin_of(head).lstrip().startswith(b"(PROGRAM_NAME:") else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report for each board: from one name of a program to the next.

    Raises:
        ConversionError: a parenthesis is not closed, the log has no end, or its dates can be read in two ways.
    """
    board: _Board | None = None
    for node in read_nodes(source, context):
        if board is not None and node.name == "PROGRAM_NAME":
            yield board.report()
            board = None
        if board is None:
            board = _Board(node, options, context.explain)
        board.take(node)
    if board is not None:
        yield board.report()


class _Board:
    """Makes the report of one board."""

    def __init__(self, first: Node, options: Options, explain: Explain | None) -> None:
        self._options = options
        self._explain = explain
        self._first = self._last = first
        self._program = first.text if first.name == "PROGRAM_NAME" else ""
        self._draft = new_test()
        self._into: SequenceCall = self._draft.root
        self._step: Step = self._draft.root
        self._section = ""
        self._time = ("", "")
        self._user: dict[str, tuple[str, str]] = {}
        self._misc: list[tuple[str, str]] = []
        self._notes: list[str] = []

    def take(self, node: Node) -> None:
        """Take in one of the outermost nodes."""
        self._last = node
        if node.name == "STEP":
            if self._section:
                title: StepOptions = {}
                name = told_whole(self._section, title)
                self._into, self._section = self._draft.root.sequence(name, **title), ""
            if not self._time[0]:
                self._time = (node.said("TIME"), node.place)
            self._note()
            self._step = add_step(self._into, node, self._explain)
        elif node.name == "SECTION_NAME":
            self._leave_section()
            self._section = node.content
        elif node.name == "USER" and ":" in node.text:
            name, _, value = node.content.partition(":")
            self._say(name.strip(), value.strip(), node.place)
        elif node.name == "SUBPROGRAM_NAME":
            self._misc.append((node.name, node.content))
        elif node is not self._first or not self._program:
            self._notes.append(node.told)

    def _leave_section(self) -> None:
        """Note the name of a section without steps."""
        if self._section:
            self._notes.append(f"SECTION_NAME {self._section}")

    def _note(self) -> None:
        """Put what stands behind a step, and is not understood, into its text."""
        if self._notes:
            add_note(self._step, *self._notes)
            self._notes.clear()

    def _say(self, name: str, value: str, place: str) -> None:
        """Take in a ``USER`` line; of several of a name the last one holds."""
        before = self._user.get(name)
        if before is not None and before[0] != value:
            if "STATUS" in self._user and name in {"STATUS", self._options.serial_number}:
                detail = f"{name} is {value!r:.40}, and was {before[0]!r:.40} before: two boards are not told apart"
                raise malformed(detail, place)
            self._misc.append((name, before[0]))
        self._user[name] = (value, place)

    def report(self) -> UUTReport:
        """Return the report."""
        options, first = self._options, self._first
        status, place = self._user.get("STATUS", ("", first.place))
        if options.status and not status:
            detail = "it has no USER line STATUS: the file is not complete; if these logs have none, set status: false"
            raise malformed(detail, place)
        if options.status and "StartTime" in self._user and "EndTime" not in self._user:
            raise malformed("it has no USER line EndTime: the file is not complete", place)
        self._leave_section()
        self._note()
        begun, end = self._moment("StartTime"), self._moment("EndTime")
        start = begun or self._first_time()
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
        used |= {"Date", "StartTime"} if begun else set()
        used |= {"Date", "EndTime"} if end else set()
        used |= {"STATUS"} if status in SAYINGS else set()
        for name, value in self._misc:
            add_misc(report, name, value)
        for name, (value, _) in self._user.items():
            if name not in used:
                add_misc(report, name, value)
        drafted = self._draft.root
        report.root.wire["steps"], report.root.report_text = drafted.wire["steps"], drafted.report_text
        computed = settle(report.root)
        report.wire["result"] = report.root.wire["status"] = self._result(status, place) if status else computed
        tell_header(self._explain, report, f"{first.place} to {self._last.place}")
        return report

    def _result(self, status: str, place: str) -> str:
        letters = {RESULTS[word] for word in _RESULT.findall(status.upper())}
        if len(letters) != 1:
            raise malformed(f"{status!r:.40} is no result", place)
        (letter,) = letters
        self._tell("result", letter, place)
        return letter

    def _first_time(self) -> datetime | None:
        text, place = self._time
        date, _, clock = text.partition(" ")
        return moment(date, clock, self._options.dates, "the time of the first step", place) if text else None

    def _moment(self, name: str) -> datetime | None:
        date, clock = self._user.get("Date"), self._user.get(name)
        if date is None or clock is None:
            return None
        return moment(date[0], clock[0], self._options.dates, name, clock[1])

    def _said(self, name: str, what: str) -> str:
        value, place = self._user.get(name, ("", "nowhere"))
        self._tell(what, value, place)
        return value

    def _tell(self, what: str, value: object, place: str) -> None:
        if self._explain is not None:
            self._explain(what, value, place)
