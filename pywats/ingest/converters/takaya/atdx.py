"""ATDX of Takaya testers: blocks of a main header, a group header and rows with semicolons."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pywats.ingest.converters.takaya.run import Columns, Group, Judged, Run, around, in_unit, number, percent, titles_of
from pywats.ingest.converters.text import begin_of, malformed

_BEGIN: Final = re.compile(rb'#+ *"Main header" *#+')
_GROUP: Final = re.compile(r"Group No\.: *([0-9]{1,4})(?: *Side: *(\S+))? +(\S.*)")
_ROWS: Final = re.compile(r"Order([;,\t])")
_KEYS: Final = {
    "Tester ID": "tester",
    "Model": "model",
    "Serial number": "serial",
    "Test Date": "date",
    "Operator": "operator",
    "Lot number": "batch",
}
_FIRST: Final = "Test.Base(Test1)"
_SECOND: Final = "Test.Base(Test2)"
_NEEDED: Final = ("Parts", "Reference", "Func", _FIRST, _SECOND, "Judge")
_NOTES: Final = {
    "order": ("Order",),
    "comment": ("Comment",),
    "location": ("Loc.",),
    "function": ("Func",),
    "element": ("EL",),
    "reference": ("Reference", "Reference unit"),
    "tolerance +%": ("+%", "+% unit"),
    "tolerance -%": ("-%", "-% unit"),
    "pins": ("H-pin", "Netname-H-pin"),
    "to": ("L-pin", "Netname-L-pin"),
    "guarded": ("G-P1", "Netname-G-P1"),
    "and": ("G-P2", "Netname-G-P2"),
}
"""What is told of a step, and in which columns it stands."""
_WANTED: Final = (
    *("Parts", "Value", "Value unit", "Judge", "Func", _FIRST, f"{_FIRST} unit", _SECOND, f"{_SECOND} unit"),
    *("Reference", "Reference unit", "+%", "+% unit", "-%", "-% unit"),
)
"""The columns that are more than notes."""
_UNREAD: Final = re.compile(r"(?!)")
_FINE: Final = frozenset(("PASS", "SKIP"))
_HEADER: Final = "Main header"


def is_atdx(head: bytes) -> bool:
    """Return whether a file begins as ATDX does."""
    return _BEGIN.match(begin_of(head)) is not None


def read_atdx(lines: Iterable[tuple[int, str]]) -> Iterator[Run]:
    """Yield the runs of a file; a group that stands there once more, under the same header, begins another run.

    Raises:
        ConversionError: a line is none of this format, or something is missing.
    """
    reader = _Reader()
    before: Run | None = None
    at = 0
    for at, line in lines:
        run = reader.read(line.strip(" "), f"line {at}")
        if run is not None:
            yield _with_rows(run)
            before = run
    if reader.run is None:
        raise malformed("there is no group in it", f"line {at}")
    yield _whole(_with_rows(reader.run), before)


class _Reader:
    """Goes through the lines: a main header, a group header, titles and rows, and again."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self._header = Run(place="line 1")
        self._columns: Columns | None = None
        self._delimiter = ";"

    def read(self, line: str, place: str) -> Run | None:
        """Take a line; return the run that it ends."""
        if not line.strip("- \t"):
            return None
        if line.startswith("#"):
            self._columns = None
            if _HEADER in line:
                self._header = Run(place=place)
        elif line.startswith("Group No"):
            found = _GROUP.fullmatch(line)
            if found is None:
                raise malformed(f"the number and the result of a group are expected, not {line!r:.60}", place)
            return self._begin(Group(number=found[1], side=found[2] or "", result=found[3], place=place))
        elif (titles := _ROWS.match(line)) is not None:
            self._delimiter = titles[1]
            self._columns = _under(titles_of(line, self._delimiter), place)
        elif self._columns is not None and self.run is not None:
            self._add(self.run.groups[-1], self._columns, line, place)
        else:
            self._read_header(line, place)
        return None

    def _begin(self, group: Group) -> Run | None:
        ended = None if self.run is None or _continues(self.run, self._header, group) else self.run
        if self.run is None or ended is not None:
            self.run = self._header
        self.run.groups.append(group)
        return ended

    def _add(self, group: Group, columns: Columns, line: str, place: str) -> None:
        group.steps.append(_step(columns, columns.row(line, self._delimiter, place), place))

    def _read_header(self, line: str, place: str) -> None:
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon:
            raise malformed(f"a header or a row is expected, not {line!r:.60}", place)
        if key in _KEYS:
            setattr(self._header, _KEYS[key], value)
        elif value:
            self._header.others[key] = value


def _continues(run: Run, header: Run, group: Group) -> bool:
    """Return whether a group belongs to a run: it has the same header, and is not in it yet."""
    same = (run.serial, run.date, run.model) == (header.serial, header.date, header.model)
    return same and all((each.number, each.side) != (group.number, group.side) for each in run.groups)


def _with_rows(run: Run) -> Run:
    for group in run.groups:
        if not group.steps:
            raise malformed(f"there are no rows in group {group.number}", group.place)
    return run


def _whole(run: Run, before: Run | None) -> Run:
    """Return the last run, unless it holds less than the one before it, or a failure without what failed."""
    found = {f"{group.number} {group.side}".strip(): len(group.steps) for group in run.groups}
    for group in () if before is None or before.model != run.model else before.groups:
        name, size = f"{group.number} {group.side}".strip(), len(group.steps)
        if found.get(name, 0) < size:
            raise malformed(f"group {name} has {found.get(name, 0)} rows, and had {size} before", run.groups[-1].place)
    for group in run.groups:
        if group.result != "PASS" and all(step.judgement in _FINE for step in group.steps):
            raise malformed(f"group {group.number} is {group.result}, and no row of it failed", group.place)
    return run


def _under(titles: Sequence[str], place: str) -> Columns:
    columns = Columns(titles, wanted=_WANTED, notes=_NOTES, unread=_UNREAD)
    missing = [name for name in _NEEDED if name not in columns.titles]
    if missing:
        raise malformed(f"columns are missing: {', '.join(missing)}", place)
    return columns


def _step(columns: Columns, cells: list[str], place: str) -> Judged:
    """Return a step: the second value, where there is one, is what is judged."""
    parts, name, name_unit, judgement, function, written, unit, second, second_unit, *wanted = columns.take(cells)
    notes = columns.notes(cells)
    if second:
        if written:
            notes.append(f"first value {written} {unit}".rstrip())
        written, unit = second, second_unit
    low, high = _limits(function, unit, wanted)
    return Judged(
        place=place,
        name=" ".join(filter(None, (parts, name + name_unit))) or "step",
        judgement=judgement,
        measured=written,
        value=number(written),
        unit=unit,
        low=low,
        high=high,
        notes=tuple(notes),
    )


def _limits(function: str, unit: str, cells: Sequence[str]) -> tuple[float | None, float | None]:
    """Return the limits in the unit of the value: a tolerance around the reference, or the reference itself."""
    reference, reference_unit, plus, plus_unit, minus, minus_unit = cells
    value = number(reference)
    wanted = None if value is None else in_unit(value, reference_unit, unit)
    if wanted is None:
        return None, None
    if function in {"OP", "GE"}:
        return wanted, None
    if function in {"SH", "LE"}:
        return None, wanted
    if function != "EQ" or plus_unit or minus_unit:  # a tolerance with a unit of its own is none in percent
        return None, None
    return around(wanted, percent(minus), percent(plus))
