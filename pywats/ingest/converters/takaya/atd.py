"""ATD of Takaya testers: a header and groups between lines of ``@``; steps as rows with tabs, or with quotes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pywats.ingest.converters.takaya.run import Columns, Group, Judged, Run, amount, around, percent, titles_of
from pywats.ingest.converters.text import malformed

_CELL: Final = re.compile(r'"([^"]*)"|(\S+)')
_GROUP: Final = re.compile(r"\* *GROUP No\. *([0-9]{1,4}) *\*")
_RESULT: Final = re.compile(r"\* *([A-Z][A-Z .]*?) *\*")
_KEYS: Final = {
    "Model": "model",
    "Test ID": "tester",
    "Serial No.": "serial",
    "Operator": "operator",
    "Lot No.": "batch",
}
_COUNTS: Final = "D.T:"
"""How the line begins that says how many boards were tested, today and ever."""
_NOTES: Final = {
    "step": ("Step_number",),
    "comment": ("Comment",),
    "location": ("Location",),
    "function": ("Function",),
    "element": ("Ref._Value_(EL)",),
    "reference": ("Ref._Value_(Char)", "Ref._Value_(Char) unit"),
    "tolerance": ("Tolerance_(+)%", "Tolerance_(-)%"),
    "pins": ("H-pin", "H-pin net"),
    "to": ("L-pin", "L-pin net"),
    "guarded": ("G-P1", "G-P1 net"),
    "and": ("G-P2", "G-P2 net"),
    "mode": ("Measuring_mode",),
    "range": ("Measuring_range",),
    "time": ("Measuring_time",),
    "probes": ("Access_probe",),
    "columns 17 and 18": ("column 17", "column 18"),
    "side": ("A/B_Side",),
    "debug status": ("Debug_status(Comment)",),
}
"""What is told of a step, and in which columns it stands."""
_QUOTED: Final = (
    *("Step_number", "Parts", "Value", "Comment", "H-pin", "L-pin", "Ref._Value_(Char)", "Test_Value_1_(Char)"),
    *("Test_Value_2_(Char)", "Tolerance_(+)%", "Tolerance_(-)%", "Judgement", "Measuring_mode", "Measuring_range"),
    *("Measuring_time", "Access_probe", "column 17", "column 18", "Function"),
)
"""The columns of a row with quotes, which has no titles."""
_WANTED: Final = (
    *("Parts", "Value", "Value unit", "Judgement", "Function", "Ref._Value_(Char)", "Ref._Value_(Char) unit"),
    *("Test_Value_1_(Char)", "Test_Value_1_(Char) unit", "Test_Value_2_(Char)", "Test_Value_2_(Char) unit"),
    *("Tolerance_(+)%", "Tolerance_(-)%", "Group_No.", "Model", "Index", "Tester_ID", "Testing_time", "Serial_No.1"),
)
"""The columns that are more than notes; the last ones repeat what the header says."""
_UNREAD: Final = re.compile(
    r"(Test_Value_[12]|Ref\._Value)_\((EL|Fig)\)|(Total|Daily)_(PASS|NG)_No\.|[1-9]-[XY]Coor|(Date|Time)_of_test"
)
"""Values once more, in the basic unit; counts; places of the probes; and the date of the header."""


def read_atd(lines: Iterable[tuple[int, str]]) -> Iterator[Run]:
    """Yield the runs of a file; not more than one is held.

    Raises:
        ConversionError: a line is none of this format, or the last run has no end.
    """
    reader = _Reader()
    at = 0
    for at, line in lines:
        run = reader.read(line, f"line {at}")
        if run is not None:
            yield _checked(run)
    if reader.run is not None:
        raise malformed("the file ends before the @ that ends a run", f"line {at}")


class _Reader:
    """Goes through the lines: a header between two ``@``, groups up to the third."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self._in_header = False
        self._tabs: Columns | None = None
        self._quotes = _under(_QUOTED)

    def read(self, raw: str, place: str) -> Run | None:
        """Take a line; return the run that it ends."""
        line = raw.strip()
        if line == "@":
            return self._marked(place)
        if line and self.run is None:
            raise malformed(f"a line of @ is expected, not {line!r:.60}", place)
        if line and self.run is not None and self._in_header:
            _read_header(self.run, line, place)
        elif line and self.run is not None:
            self._read_group(self.run, raw, line, place)
        return None

    def _marked(self, place: str) -> Run | None:
        ended = None
        if self.run is None:
            self.run, self._in_header = Run(place=place), True
        elif self._in_header:
            self._in_header = False
        else:
            ended, self.run = self.run, None
        return ended

    def _read_group(self, run: Run, raw: str, line: str, place: str) -> None:
        if (found := _GROUP.fullmatch(line)) is not None:
            run.groups.append(Group(number=str(int(found[1])), place=place))
            self._tabs = None
        elif not run.groups:
            raise malformed(f"the number of a group is expected, not {line!r:.60}", place)
        elif line.startswith("Group_No.") or (self._tabs is None and "\tJudgement" in raw):
            self._tabs = _under(titles_of(raw, "\t"))
            if "Judgement" not in self._tabs.titles:
                raise malformed("there is no column Judgement", place)
        elif self._tabs is not None:
            self._add_row(run, self._tabs, raw, place)
        elif not _is_header_of(run.groups[-1], line):
            cells = [quoted.strip() or plain for quoted, plain in _CELL.findall(line)]
            if len(cells) != len(_QUOTED) or line.count('"') % 2:
                raise malformed(f"a step of {len(_QUOTED)} columns is expected, not {len(cells)}", place)
            run.groups[-1].steps.append(_step(self._quotes, [*cells, ""], place))

    def _add_row(self, run: Run, columns: Columns, raw: str, place: str) -> None:
        """Add a row with tabs to its group, whichever that is: the groups of a panel may take turns."""
        cells = columns.row(raw, "\t", place)
        number, model, index, tester, seconds, serial = columns.take(cells)[-6:]
        group, number = run.groups[-1], number.lstrip("0")
        if number not in {group.number, ""}:
            found = [each for each in run.groups if each.number == number]
            if not found:
                raise malformed(f"a step is of group {number:.20}, and there is none so far", place)
            group = found[-1]
        if not group.steps:  # the first row repeats what the header says, which may lack it
            group.serial = group.serial or serial.strip("*")
            run.path, run.tester = run.path or model, run.tester or tester
            run.seconds = amount(seconds)[0] if run.seconds is None else run.seconds
            if index:
                run.others.setdefault("Index", index)
        group.steps.append(_step(columns, cells, place))


def _checked(run: Run) -> Run:
    if not run.groups:
        raise malformed("there is no group in the run", run.place)
    for group in run.groups:
        if not group.result:
            raise malformed(f"group {group.number} has no result", group.place)
    return run


def _read_header(run: Run, line: str, place: str) -> None:
    key, colon, value = (part.strip() for part in line.partition(":"))
    if (result := _RESULT.fullmatch(line)) is not None:
        run.result = result[1]
    elif line.startswith("DATE"):
        run.date = line.removeprefix("DATE").lstrip(": ")
        run.place = place
    elif key in _KEYS:
        setattr(run, _KEYS[key], value)
    elif key == "Test time":
        run.seconds = amount(value)[0]
    elif not line.startswith(_COUNTS):
        if colon and value:
            run.others[key] = value
        elif not colon:
            run.comment.append(line)


def _is_header_of(group: Group, line: str) -> bool:
    """Note a line of the head of a group; return whether it is one."""
    result = _RESULT.fullmatch(line)
    if result is not None:
        group.result = result[1]
    elif line.startswith("Serial No"):
        group.serial = line.partition(":")[2].strip()
    elif not group.steps and '"' not in line and ":" in line and not line.startswith(_COUNTS):
        group.notes.append(line)
    elif not line.startswith(_COUNTS):
        return False
    return True


def _under(titles: Sequence[str]) -> Columns:
    return Columns(titles, wanted=_WANTED, notes=_NOTES, unread=_UNREAD)


def _step(columns: Columns, cells: list[str], place: str) -> Judged:
    """Return a step: the second value, where there is one, is what is judged.

    What it is compared with is told only where the tolerance is known to decide.
    """
    parts, name, unit, judgement, function, *written = columns.take(cells)[:-6]
    reference, first, second = (f"{written[at]} {written[at + 1]}".strip() for at in (0, 2, 4))
    notes = columns.notes(cells)
    if second.strip(" .*"):
        if first.strip(" .*"):
            notes.append(f"first value {first}")
        first = second
    value, measured_unit = amount(first)
    low = high = None
    if function == "**":
        wanted, reference_unit = amount(reference)
        if wanted is not None and reference_unit == measured_unit:
            low, high = around(wanted, percent(written[7]), percent(written[6]))
    return Judged(
        place=place,
        name=" ".join(filter(None, (parts, name.strip("*") + unit))) or "step",
        judgement=judgement,
        measured=first if first.strip(" .*") else "",
        value=value,
        unit=measured_unit,
        low=low,
        high=high,
        notes=tuple(notes),
    )
