"""ATD of Takaya testers: a header and groups between lines of ``@``; steps as rows with tabs, or with quotes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pywats.ingest.converters.takaya_run import Group, Judged, Run, amount, around, notes, percent
from pywats.ingest.converters.text import malformed

_CELL: Final = re.compile(r'"([^"]*)"|(\S+)')
_GROUP: Final = re.compile(r"\* *GROUP No\. *([0-9]{1,4}) *\*")
_RESULT: Final = re.compile(r"\* *([A-Z][A-Z .]*?) *\*")
_QUOTED: Final = (
    *("Step_number", "Parts", "Value", "Comment", "H-pin", "L-pin", "Reference", "Test_1", "Test_2", "Tolerance_(+)%"),
    *("Tolerance_(-)%", "Judgement", "Measuring_mode", "Measuring_range", "Measuring_time", "Access_probe", "", ""),
    "Function",
)


def read_atd(lines: Sequence[str]) -> Iterator[Run]:
    """Yield the runs of a file.

    Raises:
        ConversionError: a line is none of this format, or the last run has no end.
    """
    reader = _Reader()
    for at, line in enumerate(lines, 1):
        run = reader.read(line, f"line {at}")
        if run is not None:
            yield _checked(run)
    if reader.run is not None:
        raise malformed("the file ends before the @ that ends a run", f"line {len(lines)}")


class _Reader:
    """Goes through the lines: a header between two ``@``, groups up to the third."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self._in_header = False
        self._titles: list[str] = []

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
            self._read_group(self.run, raw, place)
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

    def _read_group(self, run: Run, raw: str, place: str) -> None:
        line = raw.strip()
        if (found := _GROUP.fullmatch(line)) is not None:
            run.groups.append(Group(number=str(int(found[1])), place=place))
            self._titles = []
        elif not run.groups:
            raise malformed(f"the number of a group is expected, not {line!r:.60}", place)
        elif line.startswith("Group_No."):
            self._titles = _titles(raw.split("\t"))
        elif not _is_header_of(run.groups[-1], line):
            run.groups[-1].steps.append(_step(_cells(raw, self._titles, place), place))


def _checked(run: Run) -> Run:
    if not run.groups:
        raise malformed("there is no group in the run", run.place)
    for group in run.groups:
        if not group.result:
            raise malformed(f"group {group.number} has no result", group.place)
    return run


def _read_header(run: Run, line: str, place: str) -> None:
    key, _, value = line.partition(":")
    if line.startswith("DATE"):
        run.date = line.removeprefix("DATE").strip()
        run.place = place
    elif key.strip() == "Model":
        run.model = value.strip()
    elif key.strip() == "Test ID":
        run.tester = value.strip()
    elif key.strip() == "Serial No.":
        run.serial = value.strip()
    elif key.strip() == "Test time":
        run.seconds = amount(value)[0]


def _is_header_of(group: Group, line: str) -> bool:
    """Note a line of the head of a group; return whether it is one."""
    result = _RESULT.fullmatch(line)
    if result is not None:
        group.result = result[1]
    elif line.startswith("Serial No"):
        group.serial = line.partition(":")[2].strip()
    return result is not None or line.startswith(("Serial No", "D.T:"))


def _titles(cells: Sequence[str]) -> list[str]:
    """Return the names of columns; one that comes again has a number."""
    seen: dict[str, int] = {}
    titles: list[str] = []
    for cell in cells:
        name = cell.strip()
        seen[name] = seen.get(name, 0) + 1
        titles.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return titles


def _cells(line: str, titles: Sequence[str], place: str) -> Mapping[str, str]:
    if titles:
        cells = [cell.strip() for cell in line.rstrip("\n").split("\t")]
        if len(cells) != len(titles):
            raise malformed(f"{len(titles)} columns are expected, not {len(cells)}", place)
        named = dict(zip(titles, cells, strict=True))
        named["Reference"] = f"{named.get('Ref._Value_(Char)', '')} {named.get('Unit 2', '')}"
        named["Test_1"] = f"{named.get('Test_Value_1_(Char)', '')} {named.get('Unit 3', '')}"
        named["Test_2"] = f"{named.get('Test_Value_2_(Char)', '')} {named.get('Unit 4', '')}"
        return named
    cells = [quoted or plain for quoted, plain in _CELL.findall(line)]
    if len(cells) != len(_QUOTED) or line.count('"') % 2:
        raise malformed(f"a step of {len(_QUOTED)} columns is expected, not {len(cells)}", place)
    return {title: cell.strip() for title, cell in zip(_QUOTED, cells, strict=True)}


def _step(cells: Mapping[str, str], place: str) -> Judged:
    """Return a step. What it is compared with is told only where the tolerance is known to decide."""
    parts, judgement = cells.get("Parts", ""), cells.get("Judgement")
    if judgement is None:
        raise malformed("there is no column Judgement", place)
    reference, unit = amount(cells["Reference"])
    first, second = amount(cells["Test_1"]), amount(cells["Test_2"])
    (value, measured_unit), written = (second, cells["Test_2"]) if second[0] is not None else (first, cells["Test_1"])
    plus, minus = percent(cells.get("Tolerance_(+)%", "")), percent(cells.get("Tolerance_(-)%", ""))
    low = high = None
    if cells.get("Function") == "**" and reference is not None and unit == measured_unit:
        low, high = around(reference, minus, plus)
    return Judged(
        place=place,
        name=" ".join(filter(None, (parts, cells.get("Value", "").strip("*") + cells.get("Unit", "")))) or "step",
        judgement=judgement,
        measured=written.strip() if written.strip(" .") else "",
        value=value,
        unit=measured_unit,
        low=low,
        high=high,
        notes=tuple(
            notes(
                ("comment", cells.get("Comment", "")),
                ("function", cells.get("Function", "")),
                ("reference", cells["Reference"]),
                ("tolerance", f"{cells.get('Tolerance_(+)%', '')} {cells.get('Tolerance_(-)%', '')}"),
                ("first value", cells["Test_1"] if second[0] is not None else ""),
                ("pins", f"{cells.get('H-pin', '')} {cells.get('Net_name', '')}"),
                ("to", f"{cells.get('L-pin', '')} {cells.get('Net_name 2', '')}"),
                ("mode", cells.get("Measuring_mode", "")),
                ("range", cells.get("Measuring_range", "")),
                ("time", cells.get("Measuring_time", "")),
            )
        ),
    )
