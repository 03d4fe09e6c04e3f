"""JUnit XML: suites of test cases, as test frameworks write them."""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Final

from pywats.ingest.converters.building import add_misc, add_note, new_test, settle, shortened, tell_header, told_whole
from pywats.ingest.converters.elements import Element, children, line_of, local, number, said, start_tag, trees
from pywats.ingest.converters.fields import process_code
from pywats.ingest.converters.interface import Context, Expression, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import StepOptions
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall, Step

SUFFIXES: Final = ()

_ROOTS: Final = {"testsuites", "testsuite"}
_BROKEN: Final = {"error": "E", "failure": "F", "skipped": "S"}
_RETRIED: Final = ("flakyFailure", "flakyError", "rerunFailure", "rerunError")
_SAID: Final = {
    **dict.fromkeys(("notrun", "disabled", "skipped", "suppressed"), "S"),
    **dict.fromkeys(("fail", "failed", "failure"), "F"),
    "error": "E",
}
"""What a case says in an attribute, where no element says more."""
_OF_SUITE: Final = frozenset(
    ("name", "time", "timestamp", "hostname", "file", "tests", "failures", "errors", "skipped", "disabled", "ignored")
)
_OF_CASE: Final = frozenset(("name", "classname", "time", "timestamp", "status", "result"))
_OUTPUT: Final = frozenset(("system-out", "system-err"))
_COMMA: Final = re.compile(r"-?(0+,\d+|\d+,(\d{1,2}|\d{4,}))", re.ASCII)
"""A comma that cannot stand between thousands: it is that of the language."""
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_FIELDS: Final = ("serial_number", "part_number", "revision", "operator", "station", "batch", "process")
_LONGEST_MESSAGE: Final = 200
_LONGEST_TEXT: Final = 100_000


class Options(Base):
    """Where what a report needs is found: names of properties of a suite, or of groups in the name of the file.

    Attributes:
        serial_number: of the unit.
        part_number: of the unit.
        revision: of the unit.
        operator: who tested.
        station: that tested; without the property it is the ``hostname`` of the suite.
        batch: serial number of the batch.
        process: code of the test operation.
        file_name: a regular expression with groups called like these fields, for what no property tells.
        output: keep what the test cases wrote (``system-out``, ``system-err``).
    """

    serial_number: str = "serial_number"
    part_number: str = "part_number"
    revision: str = "revision"
    operator: str = "operator"
    station: str = "station"
    batch: str = "batch"
    process: str = "process"
    file_name: Expression = ""
    output: bool = True


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is JUnit XML, by the first element."""
    del name
    return 0.9 if re.match(rb"<testsuites?[\s/>]", start_tag(head)) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield a report of the suites of the file; suites that name another unit than those before begin another.

    Raises:
        ConversionError: it is no such document.
    """
    in_name = re.search(options.file_name, source.name) if options.file_name else None
    named = {} if in_name is None else {key: value or "" for key, value in in_name.groupdict().items()}
    run: _Run | None = None
    of_all: dict[str, str] | None = None
    for element in trees(source.file, _ROOTS, {"testsuite", "testcase"}, "JUnit XML"):
        if of_all is None:
            above = element.getparent()
            of_all = {} if above is None else _properties(above)
        properties = {**of_all, **_properties(element)}
        fields = {key: properties.get(getattr(options, key)) or named.get(key, "") for key in _FIELDS}
        if run is not None and not run.is_of(fields):
            yield run.finished()
            run = None
        if run is None:
            run = _Run(element, fields, options, context)
        run.add(element, properties)
    if run is not None:
        yield run.finished()


class _Run:
    """Suites of one unit."""

    def __init__(self, first: Element, fields: dict[str, str], options: Options, context: Context) -> None:
        self._context = context
        self._place = f"{line_of(first)}, {local(first)}"
        self._serial = fields["serial_number"]
        self._options = options
        self._seconds: list[float] = []
        above = first.getparent()
        outer = first if above is None else above
        name = outer.get("name") or first.get("name") or ""
        self._whole = None if above is None else _seconds(above)
        self._report = new_test(
            serial_number=self._serial,
            part_number=fields["part_number"],
            revision=fields["revision"],
            operator=fields["operator"],
            batch=fields["batch"],
            station=fields["station"] or first.get("hostname", ""),
            process=process_code(fields["process"], line_of(first)),
            start=(first.get("timestamp") or outer.get("timestamp") or "").strip().replace(" ", "T"),
            sequence=name,
        )

    def is_of(self, fields: dict[str, str]) -> bool:
        """Return whether a suite may be of this unit."""
        return fields["serial_number"] in {"", self._serial}

    def add(self, element: Element, properties: dict[str, str]) -> None:
        """Add a suite, or a case that is in none."""
        taken = {getattr(self._options, key) for key in _FIELDS}
        for key, value in properties.items():
            if key not in taken:
                add_misc(self._report, key, value)
        seconds = _seconds(element)
        if seconds is not None:
            self._seconds.append(seconds)
        self._add(self._report.root, element, local(element))

    def finished(self) -> UUTReport:
        """Return the report, with the result that follows from its cases."""
        seconds = sum(self._seconds) if self._whole is None and self._seconds else self._whole
        if seconds is not None:
            self._report.wire["uut"]["execTime"] = seconds
        self._report.wire["result"] = settle(self._report.root)
        tell_header(self._context.explain, self._report, self._place)
        return self._report

    def _add(self, into: SequenceCall, element: Element, kind: str) -> None:
        if kind == "testcase":
            self._add_case(into, element)
            return
        parts = [(local(each), each) for each in element]
        options, notes = StepOptions(), _attributes(element, _OF_SUITE)
        if into is not self._report.root:  # those of the outermost suites are misc infos
            notes += [f"{key}: {value}" for key, value in _properties(element).items()]
            notes += [f"hostname: {element.get('hostname')}"] if element.get("hostname") else []
        notes += self._output(parts)
        if notes:
            options["report_text"] = shortened("\n".join(notes), _LONGEST_TEXT)
        if (seconds := _seconds(element)) is not None:
            options["tot_time"] = seconds
        name = told_whole(element.get("name") or "testsuite", options)
        sequence = into.sequence(name, path=element.get("file", "")[:500] or None, **options)
        for part, each in parts:
            if part in {"error", "failure"}:  # a suite whose set-up failed has no cases
                sequence.action(f"{name}: {part}"[-100:], status=_BROKEN[part], **_told([each]))
        for part, each in parts:
            if part in {"testsuite", "testcase"}:
                self._add(sequence, each, part)
        _begin(sequence, element)
        self._add_counted(sequence, element)

    def _add_counted(self, sequence: SequenceCall, suite: Element) -> None:
        """Add a step for failures that a suite counts and none of its cases tells of."""
        if suite.get("failures", "0") == suite.get("errors", "0") == "0":
            return
        counts = {letter: suite.get(name, "").strip() for name, letter in (("failures", "F"), ("errors", "E"))}
        counted = [letter for letter, count in counts.items() if count.isdecimal() and int(count[:9]) > 0]
        if counted and not any(step.wire["status"] in {"F", "E"} for step in sequence.walk()):
            said = f"failures {counts['F'] or 0}, errors {counts['E'] or 0}, of which no case tells"
            sequence.action("counted by the suite", status=counted[-1], report_text=said)

    def _add_case(self, into: SequenceCall, case: Element) -> None:
        parts = [(local(each), each) for each in case]
        broken = [each for name, each in parts if name in _BROKEN]
        if broken:
            letter = min((_BROKEN[name] for name, _ in parts if name in _BROKEN), key="EFS".index)
        else:
            words = (case.get(name, "").strip().lower() for name in ("result", "status"))
            letter = next((_SAID[word] for word in words if word in _SAID), "P")
        options = _told(broken) if broken else StepOptions()
        notes = [f"class {case.get('classname')}"] if case.get("classname") else []
        notes += _attributes(case, _OF_CASE)
        if parts:
            notes += [
                f"{name}: {each.get('message', '')} {said(each)}".strip() for name, each in parts if name in _RETRIED
            ]
            notes += [f"{key}: {value}" for key, value in _properties(case).items()]
            notes += [options["report_text"]] if "report_text" in options else []
            notes += self._output(parts)
        if notes:
            options["report_text"] = shortened("\n".join(notes), _LONGEST_TEXT)
        if (seconds := _seconds(case)) is not None:
            options["tot_time"] = seconds
        name = case.get("name") or case.get("classname")
        if not name:
            raise ConversionError(Reason.MALFORMED, "testcase has no name", line_of(case))
        if self._context.explain is not None:
            self._context.explain(name, letter, f"{line_of(case)}, testcase")
        _begin(into.passed(told_whole(name, options), letter != "F", status=letter, **options), case)

    def _output(self, parts: list[tuple[str, Element]]) -> list[str]:
        """Return what a suite or a case wrote, if it is wanted."""
        if not self._options.output:
            return []
        return [f"{name}:\n{text}" for name, each in parts if name in _OUTPUT and (text := said(each))]


def _begin(step: Step, element: Element) -> None:
    """Tell when a step began; what is no time stands in its text."""
    text = element.get("timestamp", "").strip()
    if not text:
        return
    if _MOMENT.fullmatch(text):
        step.wire["start"] = text.replace(" ", "T")
    else:
        add_note(step, f"timestamp: {text}")


def _attributes(element: Element, known: frozenset[str]) -> list[str]:
    """Return the attributes of a suite or case that nothing else tells of."""
    return [
        f"{key}: {value}"
        for key, value in element.items()
        if key not in known and value and not str(key).startswith("{")
    ]


def _told(broken: list[Element]) -> StepOptions:
    """Return what elements say about why something did not pass."""
    options = StepOptions()
    messages = [(each.get("message") or each.get("type") or "").strip() for each in broken]
    kinds = [kind for each in broken if each.get("message") and (kind := (each.get("type") or "").strip())]
    texts = [*kinds, *(said(each) for each in broken)]
    if first := next(filter(None, messages), ""):
        options["error_message"] = shortened(first, _LONGEST_MESSAGE)
    long = [message for message in messages if message and message != options.get("error_message")]
    if whole := [text for text in (*long, *texts) if text]:
        options["report_text"] = "\n".join(whole)
    return options


def _properties(element: Element) -> dict[str, str]:
    """Return the properties of a suite or case: of an attribute or of the text of the element."""
    found: dict[str, str] = {}
    for properties in children(element, "properties"):
        for each in children(properties, "property"):
            found[each.get("name", "")] = (each.get("value") or said(each)).strip()
    return found


def _seconds(element: Element) -> float | None:
    text = element.get("time", "").strip()
    if not text:
        return None
    if "," in text:
        text = text.replace(",", ".") if _COMMA.fullmatch(text) else re.sub(r",(?=\d{3}(\D|$))", "", text)
    seconds = number(element, text, "time")
    return seconds if isfinite(seconds) and seconds >= 0 else None
