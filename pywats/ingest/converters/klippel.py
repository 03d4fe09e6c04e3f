"""Klippel QC: the variables of one unit, and the folder of the same name with its curves and values."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from math import isfinite
from pathlib import Path, PureWindowsPath
from typing import Final

from pywats.ingest.converters.building import add_misc, add_number, new_test, shortened, tell_header
from pywats.ingest.converters.interface import Context, Options, Source
from pywats.ingest.converters.text import malformed, number_in, read_text
from pywats.ingest.faults import ConversionError, NotReadyError
from pywats.ingest.files.reading import Stamp, opened
from pywats.ingest.reasons import Reason
from pywats.reports.chart import MOST_POINTS, MOST_SERIES, Chart, ChartSeries, ChartType, decimated
from pywats.reports.models import UUTReport
from pywats.reports.steps import SequenceCall

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]

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
_NEEDED: Final = ("Cfg_SerialNumber", "Cfg_DutStartTime", "Ctrl_OverallVerdict", *_LISTS)
_DATE: Final = re.compile(r"(\d{4})-(\d+)-\d+-\d+-\d+-(\d+)-(\d+)-(\d+)-(\d+)-(\d+)-(-?\d+)(?:-.*)?", re.ASCII)
_LONGEST_MESSAGE: Final = 500
_LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a file in the folder."""


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is the main file of a unit of Klippel QC, by the names of its variables."""
    del name
    found = sum(f"\n{key}=".encode() in b"\n" + head for key in ("Cfg_DatabasePath", "Cfg_SerialNumber", "Cfg_PCName"))
    return 0.9 if found > 1 and b"Cfg_SerialNumber=" in head else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of the unit.

    Raises:
        ConversionError: a file is not in this format.
        NotReadyError: the folder with the curves and values is not there yet.
    """
    del options
    text = read_text(source, context)
    if not text.endswith("\n"):
        raise malformed("the last line has no end: the file ends too early", f"line {len(text.splitlines())}")
    variables = _variables(text)
    folder = source.path.with_suffix("")
    if not folder.is_dir() or folder.is_symlink():
        raise NotReadyError(f"the folder {folder.name} with its curves and values is not there")
    report = _report(variables)
    tell_header(context.explain, report, source.name)
    results = _results(variables)
    for file in sorted(folder.glob("*.txt")):
        task, _, measure = file.stem.rpartition("-")
        sequence = _task(report.root, task or measure)
        context.tell(f"{task or measure} {measure}", f"{file.stat().st_size} bytes", file.name)
        lines = _lines(file, context)
        if measure == "values":
            _add_values(sequence, lines, results, file, context)
        else:
            _add_curve(sequence, measure, lines, results, file)
    for name, (status, note) in results.items():  # what no file tells of
        context.tell(name, f"{status} {note}".strip(), f"{source.name}, Results")
        report.root.passed(shortened(name), status != "F", status=status, report_text=note)
    for each in report.root.steps:
        if isinstance(each, SequenceCall):
            each.wire["status"] = max((str(step.wire["status"]) for step in each.steps), key="SPFET".index, default="P")
    yield report


def _variables(text: str) -> Mapping[str, str]:
    variables: dict[str, str] = {}
    for at, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("//"):
            key, equals, value = line.partition("=")
            if not equals:
                raise malformed(f"a variable such as Cfg_SerialNumber=1 is expected, not {line!r:.60}", f"line {at}")
            variables[key.strip()] = value.strip(" \r")
    missing = [name for name in _NEEDED if name not in variables]
    if missing:
        raise malformed(f"variables are missing: {', '.join(missing)}", f"line {len(text.splitlines())}")
    return variables


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
    for name in ("Cfg_Speaker", "Cfg_LoginMode", "Cfg_MonitorID"):
        add_misc(report, name, variables.get(name, ""))
    if error := variables.get("Ctrl_ErrorGeneral"):
        report.wire["uut"]["errorMessage"] = shortened(error, _LONGEST_MESSAGE)
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


def _results(variables: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {
        name.strip(): judged for key, judged in _LISTS.items() for name in variables[key].split("\t") if name.strip()
    }


def _task(root: SequenceCall, name: str) -> SequenceCall:
    last = root.steps[-1] if root.steps else None
    return last if isinstance(last, SequenceCall) and last.name == shortened(name) else root.sequence(shortened(name))


def _lines(file: Path, context: Context) -> list[list[str]]:
    """Return the cells of a file in the folder."""
    try:
        stamp = Stamp.of(file.lstat())
    except OSError as error:
        raise NotReadyError(f"{file.name} cannot be read: {error.strerror}") from error
    if stamp.size > _LARGEST:
        raise malformed(f"it has {stamp.size} bytes, and {_LARGEST} are the most", file.name)
    with opened(file, stamp) as (content, _):
        text = read_text(Source(content, file), context)
    lines = [line.split("\t") for line in text.splitlines() if line.strip()]
    if not lines:
        raise NotReadyError(f"{file.name} is empty")
    if not text.endswith("\n"):
        raise malformed("the last line has no end: the file ends too early", f"{file.name}, row {len(lines)}")
    for at, cells in enumerate(lines, 1):
        if len(cells) != len(lines[0]):
            raise malformed(f"{len(lines[0])} columns are expected, not {len(cells)}", f"{file.name}, row {at}")
    return lines


def _add_values(
    sequence: SequenceCall, lines: list[list[str]], results: dict[str, tuple[str, str]], file: Path, context: Context
) -> None:
    titles = lines[0]
    if titles[:2] != ["name", "value"]:
        raise malformed(f"columns name and value are expected, not {', '.join(titles):.60}", f"{file.name}, row 1")
    for at, cells in enumerate(lines[1:], 2):
        row = dict(zip(titles, cells, strict=True))
        place = f"{file.name}, row {at}"
        status, note = results.pop(row["name"], ("S", "not judged"))
        value, low, high = (_number(row.get(key, ""), key, place) for key in ("value", "min", "max"))
        context.tell(row["name"], f"{row['value']} {status}", place)
        add_number(sequence, row["name"], value, low=low, high=high, status=status, report_text=note)


def _add_curve(
    sequence: SequenceCall,
    measure: str,
    lines: list[list[str]],
    results: dict[str, tuple[str, str]],
    file: Path,
) -> None:
    titles = lines[0]
    if not 1 < len(titles) <= MOST_SERIES + 1:
        raise malformed(f"2 to {MOST_SERIES + 1} columns are expected, not {len(titles)}", f"{file.name}, row 1")
    status, note = results.pop(measure, ("P", "not judged"))
    chart = Chart(chart_type=ChartType.LINE_LOG_X if titles[0] == "frq" else ChartType.LINE, label=shortened(measure))
    chart.x_label, chart.x_unit = shortened(titles[0], 50), "Hz" if titles[0] == "frq" else ""
    rows = [
        [_number(cell, titles[0], f"{file.name}, row {at}") for cell in cells] for at, cells in enumerate(lines[1:], 2)
    ]
    for column, title in enumerate(titles[1:], 1):
        points = [(row[0], row[column]) for row in rows]
        xs = [x for x, y in points if x is not None and y is not None]
        ys = [y for x, y in points if x is not None and y is not None]
        if len(ys) > MOST_POINTS:
            xs, ys = map(list, decimated(xs, ys, MOST_POINTS))
        x_data, y_data = (";".join(map(repr, numbers)) for numbers in (xs, ys))
        chart.series.append(ChartSeries(name=shortened(title), x_data=x_data, y_data=y_data))
    step = sequence.action(shortened(measure), step_type="WATS_XYGMNLT", status=status, report_text=note)
    step.wire["chart"] = chart.wire


def _number(text: str, what: str, place: str) -> float | None:
    said = text.strip()
    if said in {"", "-"}:
        return None
    value = number_in(said, what, place)
    return value if isfinite(value) else None
