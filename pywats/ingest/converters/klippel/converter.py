"""Klippel QC: the variables of one unit, and the folder of the same name with its curves and values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from math import isfinite
from pathlib import Path, PureWindowsPath
from typing import Final

from pywats.config import Duration
from pywats.ingest.converters.building import add_misc, add_number, lines, new_test, shortened, tell_header
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.klippel.set import FileSet
from pywats.ingest.converters.text import LONGEST_RECORD, begin_of, malformed, number_in, read_lines
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import Status
from pywats.reports.chart import MOST_POINTS, MOST_SERIES, Chart, ChartSeries, ChartType, decimated
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

SUFFIXES: Final = ()

_VERDICTS: Final = {"-1": "T", "0": "F", "1": "P", "2": "P", "3": "E", "4": "E"}
_LISTS: Final = {
    "Results_Pass": ("P", ""),
    "Results_Fail": ("F", ""),
    "Results_Warning": ("P", "warning"),
    "Results_Void": ("S", "void"),
    "Results_Noise": ("E", "noise"),
    "Results_Invalid": ("E", "invalid"),
}
_GRAVITY: Final = "SPFET"
_NEEDED: Final = ("Cfg_SerialNumber", "Cfg_DutStartTime", "Ctrl_OverallVerdict", *_LISTS)
_MISC: Final = ("Cfg_Speaker", "Cfg_LoginMode", "Cfg_MonitorID")
_FIELDS: Final = frozenset(
    (*_NEEDED, *_MISC, "Cfg_DatabasePath", "Cfg_UserName", "Cfg_PCName", "Ctrl_ErrorGeneral"),
)
_COLUMNS: Final = frozenset(("name", "value", "min", "max", "unit"))
_DATE: Final = re.compile(r"(\d{4})-(\d+)-\d+-\d+-\d+-(\d+)-(\d+)-(\d+)-(\d+)-(\d+)-(-?\d+)(?:-.*)?", re.ASCII)
_LONGEST_MESSAGE: Final = 500


class Options(Base):
    """When the files of a unit are there.

    Attributes:
        settle: the folder is complete when nothing in it has changed for so long.
        patience: a set of files that is still not complete is refused when nothing has come for so long.
    """

    settle: Duration = 2.0
    patience: Duration = 3600.0


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is the main file of a unit of Klippel QC, by the names of its variables."""
    del name
    begin = b"\n" + begin_of(head)
    found = sum(f"\n{key}=".encode() in begin for key in ("Cfg_DatabasePath", "Cfg_SerialNumber", "Cfg_PCName"))
    return 0.9 if found > 1 and b"Cfg_SerialNumber=" in begin else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of the unit.

    Raises:
        ConversionError: a file is not in this format, or the set of files has not become complete.
        NotReadyError: the folder with the curves and values is not complete yet.
    """
    variables = _variables(source, context)
    report = _report(variables)
    results = _Results(variables)
    own = FileSet(source.path, options.settle, options.patience)
    files = own.files()
    tell_header(context.explain, report, source.name)
    for file, stamp in files.items():
        task, _, measure = file.stem.rpartition("-")
        sequence = _task(report.root, task or measure)
        context.tell(f"{task or measure} {measure}", f"{stamp.size} bytes", file.name)
        rows = own.rows(file, stamp, context)
        if measure == "values":
            _add_values(sequence, rows, results, file, context)
        else:
            _add_curve(sequence, measure, rows, results, file)
    own.check(files)
    for name, (status, note) in results.left():  # what no file tells of
        context.tell(name, f"{status} {note}".strip(), f"{source.name}, Results")
        report.root.passed(shortened(name), status != "F", status=status, report_text=note)
    for each in report.root.steps:
        if isinstance(each, SequenceCall):
            each.wire["status"] = max(
                (str(step.wire["status"]) for step in each.steps), key=_GRAVITY.index, default="P"
            )
    yield report


def _variables(source: Source, context: Context) -> Mapping[str, str]:
    variables: dict[str, str] = {}
    at = 0
    for at, line in read_lines(source, context, longest=LONGEST_RECORD):
        if line.strip() and not line.startswith("//"):
            key, equals, value = line.partition("=")
            if not equals:
                raise malformed(f"a variable such as Cfg_SerialNumber=1 is expected, not {line!r:.60}", f"line {at}")
            variables[key.strip()] = value.strip(" \r")
    missing = [name for name in _NEEDED if name not in variables]
    if missing:
        raise malformed(f"variables are missing: {', '.join(missing)}", f"line {at}")
    return variables


class _Results:
    """How the results of a unit were judged; those of two tasks may have the same name."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._judged: dict[str, list[tuple[str, str]]] = {}
        for key, judged in _LISTS.items():
            for name in filter(None, map(str.strip, variables[key].split("\t"))):
                self._judged.setdefault(name, []).append(judged)
        self._left = dict.fromkeys(self._judged)

    def take(self, name: str, otherwise: str) -> tuple[Status, str]:
        """Return the status of a result, and a note on it; another status if it was not judged."""
        self._left.pop(name, None)
        judged = self._judged.get(name, [(otherwise, "not judged")])
        status, note = max(judged, key=lambda each: _GRAVITY.index(each[0]))
        if len(set(judged)) > 1:
            note = lines(note, "judged differently in tasks that give it the same name")
        return status, note

    def left(self) -> Iterator[tuple[str, tuple[Status, str]]]:
        """Yield the results that were not taken, with their names."""
        for name in list(self._left):
            yield name, self.take(name, "P")


def _report(variables: Mapping[str, str]) -> UUTReport:
    verdict = variables["Ctrl_OverallVerdict"].strip()
    if verdict not in _VERDICTS:
        detail = f"the verdict is {verdict!r:.20}, not from -1 to 4"
        raise ConversionError(Reason.WRONG_VALUE, detail, "Ctrl_OverallVerdict")
    database = variables.get("Cfg_DatabasePath", "")
    report = new_test(
        serial_number=variables["Cfg_SerialNumber"].strip(),
        operator=variables.get("Cfg_UserName", ""),
        station=variables.get("Cfg_PCName", ""),
        start=_start(variables["Cfg_DutStartTime"]),
        result=_VERDICTS[verdict],
        sequence=PureWindowsPath(database).stem,
        path=database[:500],
    )
    for name in _MISC:
        add_misc(report, name, variables.get(name, ""))
    if error := variables.get("Ctrl_ErrorGeneral"):
        report.wire["uut"]["errorMessage"] = shortened(error, _LONGEST_MESSAGE)
    others = [f"{name}={value}" for name, value in variables.items() if name not in _FIELDS and value]
    if others:
        report.root.wire["reportText"] = "\n".join(others)
    return report


def _start(text: str) -> datetime:
    """Return the time of a vector of SciLab: also the week, the day of the year and the offset from UTC in minutes."""
    found = _DATE.fullmatch(text.strip())
    if found is not None:
        year, month, day, hour, minute, second, milli, offset = map(int, found.groups()[:8])
        try:
            zone = timezone(timedelta(minutes=offset))
            return datetime(year, month, day, hour, minute, second, milli * 1000, zone)
        except (ValueError, OverflowError):
            pass
    detail = f"the time is {text!r:.60}, not a date of SciLab such as 2020-5-20-135-5-14-10-1-37-563-120"
    raise ConversionError(Reason.WRONG_VALUE, detail, "Cfg_DutStartTime")


def _task(root: SequenceCall, name: str) -> SequenceCall:
    last = root.steps[-1] if root.steps else None
    return last if isinstance(last, SequenceCall) and last.name == shortened(name) else root.sequence(shortened(name))


def _add_values(sequence: SequenceCall, rows: list[list[str]], results: _Results, file: Path, context: Context) -> None:
    titles = rows[0]
    if titles[:2] != ["name", "value"]:
        raise malformed(f"columns name and value are expected, not {', '.join(titles):.60}", f"{file.name}, row 1")
    for at, cells in enumerate(rows[1:], 2):
        row = dict(zip(titles, cells, strict=True))
        place = f"{file.name}, row {at}"
        status, note = results.take(row["name"].strip(), "S")
        value, low, high = (_number(row.get(key, ""), key, place) for key in ("value", "min", "max"))
        more = [f"{title}: {cell}" for title, cell in row.items() if title not in _COLUMNS and cell.strip()]
        context.tell(row["name"], f"{row['value']} {status}", place)
        text = lines(note, *more)
        unit = row.get("unit", "").strip()
        add_number(sequence, row["name"], value, unit, low=low, high=high, status=status, report_text=text)


def _add_curve(sequence: SequenceCall, measure: str, rows: list[list[str]], results: _Results, file: Path) -> None:
    titles = rows[0]
    if len(titles) < 2:  # noqa: PLR2004 - where, and what
        raise malformed(f"2 columns or more are expected, not {len(titles)}", f"{file.name}, row 1")
    status, note = results.take(measure, "P")
    points: list[list[float | None]] = []
    for at, cells in enumerate(rows[1:], 2):
        place = f"{file.name}, row {at}"
        points.append([_number(cell, title, place) for title, cell in zip(titles, cells, strict=True)])
    for first in range(1, len(titles), MOST_SERIES):
        by_frequency = titles[0] == "frq"
        chart = Chart(chart_type=ChartType.LINE_LOG_X if by_frequency else ChartType.LINE, label=shortened(measure))
        chart.x_label, chart.x_unit = shortened(titles[0], 50), "Hz" if by_frequency else ""
        for column, title in enumerate(titles[first : first + MOST_SERIES], first):
            chart.series.append(_series(title, [(row[0], row[column]) for row in points]))
        step = sequence.action(shortened(measure), step_type="WATS_XYGMNLT", status=status, report_text=note)
        step.wire["chart"] = chart.wire


def _series(title: str, points: Sequence[tuple[float | None, float | None]]) -> ChartSeries:
    xs = [x for x, y in points if x is not None and y is not None]
    ys = [y for x, y in points if x is not None and y is not None]
    if len(ys) > MOST_POINTS:
        xs, ys = map(list, decimated(xs, ys, MOST_POINTS))
    x_data, y_data = (";".join(map(repr, numbers)) for numbers in (xs, ys))
    return ChartSeries(name=shortened(title), x_data=x_data, y_data=y_data)


def _number(text: str, what: str, place: str) -> float | None:
    said = text.strip()
    if said in {"", "-"}:
        return None
    value = number_in(said, what, place, decimal="," if "," in said and "." not in said else ".")
    return value if isfinite(value) else None
