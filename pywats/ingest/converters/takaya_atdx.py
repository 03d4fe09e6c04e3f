"""ATDX of Takaya testers: blocks of a main header, a group header and rows with semicolons."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pywats.ingest.converters.takaya_run import Group, Judged, Run, around, in_unit, notes, percent
from pywats.ingest.converters.text import malformed, number_or_none

_GROUP: Final = re.compile(r"Group No\.: *([0-9]{1,4})(?: *Side: *(\S+))? +(\S+)")
_KEYS: Final = {"Tester ID": "tester", "Model": "model", "Serial number": "serial", "Test Date": "date"}
_NEEDED: Final = ("Parts", "Reference", "Func", "Test.Base(Test1)", "Test.Base(Test2)", "Judge")
_FINE: Final = frozenset(("PASS", "SKIP"))
_HEADER: Final = "Main header"


def is_atdx(head: bytes) -> bool:
    """Return whether a file begins as ATDX does."""
    return re.match(rb'(?:\xef\xbb\xbf)?#+"Main header"#+', head) is not None


def read_atdx(lines: Sequence[str]) -> Iterator[Run]:
    """Yield the runs of a file; a group that stands there once more, under the same header, begins another run.

    Raises:
        ConversionError: a line is none of this format, or something is missing.
    """
    reader = _Reader()
    sizes: dict[str, int] = {}
    for at, line in enumerate(lines, 1):
        run = reader.read(line.strip(), f"line {at}")
        if run is not None:
            yield _checked(run, sizes)
    if reader.run is None:
        raise malformed("there is no group in it", f"line {len(lines)}")
    yield _checked(reader.run, sizes)


class _Reader:
    """Goes through the lines: a main header, a group header, titles and rows, and again."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self._header = Run(place="line 1")
        self._titles: list[str] = []

    def read(self, line: str, place: str) -> Run | None:
        """Take a line; return the run that it ends."""
        if not line.strip("-"):
            return None
        if line.startswith("#"):
            self._titles = []
            if _HEADER in line:
                self._header = Run(place=place)
        elif (found := _GROUP.fullmatch(line)) is not None:
            return self._begin(Group(number=found[1], side=found[2] or "", result=found[3], place=place))
        elif line.startswith("Order;"):
            self._titles = _titles(line.split(";"), place)
        elif self._titles and self.run is not None:
            self._add(self.run.groups[-1], line, place)
        else:
            self._read_header(line, place)
        return None

    def _begin(self, group: Group) -> Run | None:
        ended = None if self.run is None or _continues(self.run, self._header, group) else self.run
        if self.run is None or ended is not None:
            self.run = self._header
        self.run.groups.append(group)
        return ended

    def _add(self, group: Group, line: str, place: str) -> None:
        cells = line.split(";")
        if len(cells) != len(self._titles):
            raise malformed(f"{len(self._titles)} columns are expected, not {len(cells)}", place)
        group.steps.append(_step(dict(zip(self._titles, cells, strict=True)), place))

    def _read_header(self, line: str, place: str) -> None:
        key, colon, value = line.partition(":")
        if not colon:
            raise malformed(f"a header or a row is expected, not {line!r:.60}", place)
        if key.strip() in _KEYS:
            setattr(self._header, _KEYS[key.strip()], value.strip())
        else:
            self._header.others[key.strip()] = value.strip()


def _continues(run: Run, header: Run, group: Group) -> bool:
    """Return whether a group belongs to a run: it has the same header, and is not in it yet."""
    same = (run.serial, run.date, run.model) == (header.serial, header.date, header.model)
    return same and all((each.number, each.side) != (group.number, group.side) for each in run.groups)


def _checked(run: Run, sizes: dict[str, int]) -> Run:
    """Return a run, unless it holds less than the run before it, or a failure without what failed."""
    found = {f"{group.number} {group.side}": len(group.steps) for group in run.groups}
    for name, size in sizes.items():
        if found.get(name, 0) < size:
            raise malformed(f"group {name} has {found.get(name, 0)} rows, and had {size} before", run.groups[-1].place)
    for group in run.groups:
        if not group.steps:
            raise malformed(f"there are no rows in group {group.number}", group.place)
        if group.result != "PASS" and all(step.judgement in _FINE for step in group.steps):
            raise malformed(f"group {group.number} is {group.result}, and no row of it failed", group.place)
    sizes.update(found)
    return run


def _titles(cells: Sequence[str], place: str) -> list[str]:
    """Return the names of columns; a unit is named after what it is of."""
    titles: list[str] = []
    for cell in cells:
        titles.append(f"{titles[-1]} unit" if cell == "Unit" and titles else cell)
    missing = [name for name in _NEEDED if name not in titles]
    if missing:
        raise malformed(f"columns are missing: {', '.join(missing)}", place)
    return titles


def _step(cells: Mapping[str, str], place: str) -> Judged:
    """Return a step: the second value, where there is one, is what is judged."""
    base = "Test.Base(Test2)" if cells["Test.Base(Test2)"] else "Test.Base(Test1)"
    written, unit = cells[base], cells.get(f"{base} unit", "")
    value = number_or_none(written)
    low, high = _limits(cells, unit)
    return Judged(
        place=place,
        name=" ".join(filter(None, (cells["Parts"], cells.get("Value", "") + cells.get("Value unit", "")))) or "step",
        judgement=cells["Judge"],
        measured=written,
        value=value,
        unit=unit,
        low=low,
        high=high,
        notes=tuple(
            notes(
                ("order", cells.get("Order", "")),
                ("comment", cells.get("Comment", "")),
                ("location", cells.get("Loc.", "")),
                ("function", cells["Func"]),
                ("reference", f"{cells['Reference']} {cells.get('Reference unit', '')}"),
                ("tolerance", f"+{cells.get('+%', '')}% -{cells.get('-%', '')}%" if cells["Func"] == "EQ" else ""),
                ("first value", cells["Test.Base(Test1)"] if base.endswith("(Test2)") else ""),
                ("pins", f"{cells.get('H-pin', '')} {cells.get('Netname-H-pin', '')}"),
                ("to", f"{cells.get('L-pin', '')} {cells.get('Netname-L-pin', '')}"),
            )
        ),
    )


def _limits(cells: Mapping[str, str], unit: str) -> tuple[float | None, float | None]:
    """Return the limits in the unit of the value: a tolerance around the reference, or the reference itself."""
    reference = number_or_none(cells["Reference"])
    wanted = None if reference is None else in_unit(reference, cells.get("Reference unit", ""), unit)
    if wanted is None:
        return None, None
    function = cells["Func"]
    if function in {"OP", "GE"}:
        return wanted, None
    if function in {"SH", "LE"}:
        return None, wanted
    plus, minus = percent(cells.get("+%", "")), percent(cells.get("-%", ""))
    if function != "EQ":
        return None, None
    return around(wanted, minus, plus)
