"""SoundCheck: logs with tabs, of results (a row each) or of curves (a row for x, one for y, and maybe one for z)."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import isfinite
from typing import Final, Literal

from pywats.ingest.converters.building import add_misc, add_number, new_test, shortened, tell_header
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.text import begin_of, malformed, number_in, number_or_none, read_lines, time_in
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import StepOptions
from pywats.reports.chart import MOST_POINTS
from pywats.reports.models import UUTReport

SUFFIXES: Final = ()

_AMERICAN: Final = ("%m/%d/%Y %I:%M:%S %p", "%m-%d-%Y %I:%M:%S %p")
_DATES: Final = {
    "day": ("%d-%m-%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"),
    "month": ("%m/%d/%Y %H:%M:%S", "%m-%d-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"),
}
_HALF_A_DAY: Final = re.compile(r"[AP]M$", re.IGNORECASE)
_RESULTS: Final = {"PASS": "P", "FAIL": "F", "NO VERDICT": "D", "N/A": "D", "": "D"}
_UNIT_COLUMNS: Final = ("Serial #", "Operator", "Time", "Lot #", "Part #", "Comment")
_RESULT_COLUMNS: Final = ("Name", "Margin", "Value", "Unit", "Result")
_NO_NUMBER: Final = frozenset(("", "-", "--", "---", "N/A"))
_PLAIN: Final = re.compile(r"[-+.0-9eE\t]+")
_DATA: Final = "x data"
"""How the title begins that says how the points of a curve are scaled."""
_AXES: Final = "xyz"
_WIDEST: Final = 4_000_000
"""Cells of a row: points of a curve."""


class Options(Base):
    """What the files do not tell by themselves.

    Attributes:
        date: what comes first in a date without AM or PM: the day or the month.
        part_number: take the lot for the part number of the unit.
    """

    date: Literal["day", "month"] = "day"
    part_number: Literal["", "lot"] = ""


def sniff(head: bytes, name: str) -> float:
    """Return how sure it is that this is a log of SoundCheck, by the titles of its columns."""
    del name
    first = begin_of(head).split(b"\n", 1)[0].decode("latin-1").split("\t")
    return 0.9 if _are_titles(first) and {"Time", "Serial #"} <= set(_titles(first)) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of each unit: rows with the same serial number and time.

    Raises:
        ConversionError: it is not in this format, or it ends too early.
    """
    reader = _Reader(options, context)
    for at, line in read_lines(source, context):
        if line.strip():
            yield from reader.read(line.split("\t", _WIDEST), f"line {at}")
    yield from reader.end()


class _Reader:
    """Goes through the rows."""

    def __init__(self, options: Options, context: Context) -> None:
        self._context = context
        self._options = options
        self._titles: list[str] = []
        self._has_results = False
        self._known = 0
        """Columns that are about the unit; those behind them are about a result, or the points of a curve."""
        self._unit: tuple[str, ...] = ()
        self._report: UUTReport | None = None
        self._rows: list[tuple[list[float], str]] = []
        """The rows of a curve so far, and where they are."""
        self._count = self._before = 0
        """Results and curves of this unit, and of the one before if it began under the same titles."""
        self._began_under: list[str] = []

    def read(self, cells: Sequence[str], place: str) -> Iterator[UUTReport]:
        """Take a row; yield the report that it ends."""
        if _are_titles(cells):
            self._finish_curves()
            self._take_titles(cells, place)
            return
        if not self._titles:
            raise malformed("titles with Serial # and Time are expected first", place)
        if len(cells) < self._known:
            raise malformed(f"{self._known} columns about the unit are expected, not {len(cells)}", place)
        row = {title: cell.strip() for title, cell in zip(self._titles[: self._known], cells, strict=False)}
        unit = (row.get("Serial #", ""), row["Time"])
        report = self._report
        if report is None or unit != self._unit:
            self._finish_curves()
            if report is not None:
                tell_header(self._context.explain, report, f"before {place}")
                yield report
            report = self._report = self._begin(row, unit, place)
        if self._has_results:
            if len(cells) < len(self._titles) or any(map(str.strip, cells[len(self._titles) :])):
                raise malformed(f"{len(self._titles)} columns are expected, not {len(cells)}", place)
            self._add_result(report, dict(zip(self._titles, map(str.strip, cells), strict=False)), place)
        else:
            self._rows.append((_points(cells[self._known :], place), place))

    def end(self) -> Iterator[UUTReport]:
        """Yield the last report."""
        self._finish_curves()
        if self._report is None:
            raise ConversionError(Reason.EMPTY, "there are titles only")
        if self._count < self._before:
            detail = f"the last unit has {self._count} results, the one before has {self._before}; the file is cut"
            raise malformed(detail, f"unit {self._unit[0]}")
        tell_header(self._context.explain, self._report, "the last unit")
        yield self._report

    def _take_titles(self, cells: Sequence[str], place: str) -> None:
        titles = _titles(cells)
        data = next((at for at, title in enumerate(titles) if title.startswith(_DATA)), 0)
        self._has_results = "Name" in titles or "Result" in titles
        if self._has_results:
            titles = _distinct(titles)
            self._known = titles.index("Name") if "Name" in titles else sum(title in _UNIT_COLUMNS for title in titles)
        elif data > 1:
            self._known = data - 2  # the name of the curve, and an empty cell
        else:
            self._known = sum(title in _UNIT_COLUMNS for title in titles)
        if "Time" not in titles[: self._known]:
            raise malformed("Time is expected among the columns of the unit: it tells one unit from the next", place)
        self._titles = titles

    def _begin(self, row: Mapping[str, str], unit: tuple[str, ...], place: str) -> UUTReport:
        lot, time = row.get("Lot #", ""), row["Time"]
        dates = _AMERICAN if _HALF_A_DAY.search(time) else _DATES[self._options.date]
        self._unit, self._before, self._count = unit, self._count if self._titles == self._began_under else 0, 0
        self._began_under = self._titles
        report = new_test(
            serial_number=row.get("Serial #", ""),
            part_number=row.get("Part #", "") or (lot if self._options.part_number == "lot" else ""),
            batch="" if self._options.part_number == "lot" and not row.get("Part #") else lot,
            operator=row.get("Operator", ""),
            comment=row.get("Comment", ""),
            start=time_in(time, dates, "Time", place) if time else None,
            sequence="SoundCheck",
        )
        for title, text in row.items():
            if title not in _UNIT_COLUMNS:
                add_misc(report, title, text)
        return report

    def _add_result(self, report: UUTReport, row: Mapping[str, str], place: str) -> None:
        """Add a result; its margin is compared with what a maximum or minimum says, if one does."""
        self._count += 1
        result = row.get("Result", "")
        status = _RESULTS.get(result.upper())
        if status is None:
            raise ConversionError(Reason.WRONG_VALUE, f"Result is {result!r:.40}, not PASS or FAIL", place)
        high, low = _limits(row.get("Tolerance", ""), row.get("Limits", ""))
        text = row.get("Margin", "") or row.get("Value", "")
        notes = [
            f"{title.lower() if title in {'Tolerance', 'Limits'} else title}: {cell}"
            for title, cell in list(row.items())[self._known :]
            if cell and title not in _RESULT_COLUMNS
        ]
        if row.get("Margin") and row.get("Value"):
            notes.append(f"value: {row['Value']}")
        options = StepOptions(report_text="\n".join(notes)) if notes else StepOptions()
        value = None if text.upper() in _NO_NUMBER else number_in(text, "Margin", place, decimal=_decimal(text))
        name = row.get("Name", "") or "Result"
        self._context.tell(name, f"{text} {status}".strip(), place)
        add_number(report.root, name, value, row.get("Unit", ""), low=low, high=high, status=status, **options)
        if status == "F":
            report.wire["result"] = report.root.wire["status"] = "F"

    def _finish_curves(self) -> None:
        """Add the curves of the rows so far: pairs of x and y, or three rows with z."""
        rows, self._rows = self._rows, []
        if not rows or self._report is None:
            return
        size = _rows_of_a_curve([numbers for numbers, _ in rows])
        if len(rows) % size:
            raise malformed("the row for y is missing", rows[-1][1])
        for at in range(0, len(rows), size):
            self._add_curve(self._report, rows[at : at + size])

    def _add_curve(self, report: UUTReport, rows: Sequence[tuple[list[float], str]]) -> None:
        self._count += 1
        (across, place), *others = rows
        about = self._titles[self._known :]
        name, data, scales, units = about[0] if about else "", about[2:5], about[6:9], about[10:13]
        name = name or "Curve"
        self._context.tell(name, f"{len(across)} points", place)
        for axis, (numbers, at) in zip(_AXES[1:], others, strict=False):
            if len(across) != len(numbers):
                raise malformed(f"{axis} has {len(numbers)} points, and x has {len(across)}", at)
            xs, ys = _finite(across, numbers)
            lost = f"points that are no numbers: {len(numbers) - len(ys)}" if len(ys) < len(numbers) else ""
            own = _AXES.index(axis)
            logarithmic = [scale.endswith("log") for scale in (_at(scales, 0), _at(scales, own))]
            report.root.chart(
                shortened(name if axis == "y" else f"{name} {axis}"),
                {shortened(name): ys},
                x=xs,
                chart_type="Line"
                + ("Log" if any(logarithmic) else "")
                + "".join(each for each, is_log in zip("XY", logarithmic, strict=True) if is_log),
                x_unit=shortened(_at(units, 0), 20),
                y_unit=shortened(_at(units, own), 20),
                max_points=MOST_POINTS,
                status="D",
                report_text=", ".join(filter(None, (_at(data, 0), _at(data, own), lost))),
            )


def _are_titles(cells: Sequence[str]) -> bool:
    """Return whether a row holds titles: it begins with one that is about a unit."""
    first = cells[0].strip()
    return first.startswith("Serial #") or (first.rstrip(": ") in _UNIT_COLUMNS and ":" in first)


def _titles(cells: Sequence[str]) -> list[str]:
    return [cell.strip().rstrip(":").strip() for cell in cells]


def _distinct(titles: Sequence[str]) -> list[str]:
    """Return titles, of which one that comes again has a number."""
    seen = Counter[str]()
    distinct: list[str] = []
    for title in titles:
        seen[title] += 1
        distinct.append(title if seen[title] == 1 else f"{title} {seen[title]}")
    return distinct


def _points(cells: Sequence[str], place: str) -> list[float]:
    """Return the numbers in a row, which may have a decimal comma."""
    text = "\t".join(cells).rstrip()
    plain = text.replace(",", ".") if "," in text and "." not in text else text
    if _PLAIN.fullmatch(plain):
        with suppress(ValueError):
            return list(map(float, plain.split("\t")))
    numbers = [cell.strip() for cell in text.split("\t")] if text else []
    return [number_in(number, "a point", place, decimal=_decimal(number)) for number in numbers]


def _finite(xs: list[float], ys: list[float]) -> tuple[list[float], list[float]]:
    """Return the points of a curve that are numbers."""
    if all(map(isfinite, xs)) and all(map(isfinite, ys)):
        return xs, ys
    points = [(x, y) for x, y in zip(xs, ys, strict=True) if isfinite(x) and isfinite(y)]
    return [x for x, _ in points], [y for _, y in points]


def _rows_of_a_curve(rows: Sequence[Sequence[float]]) -> int:
    """Return of how many rows a curve is: three, if only that fits, or if each third row begins with the same x."""
    with_z = len(rows) % 3 == 0
    if with_z and len(rows) % 2 == 0:
        with_z = all(row == rows[0] for row in rows[::3]) and any(row != rows[0] for row in rows[2::6])
    return 3 if with_z else 2


def _at(texts: Sequence[str], index: int) -> str:
    return texts[index] if index < len(texts) else ""


def _limits(tolerance: str, limits: str) -> tuple[float | None, float | None]:
    """Return the high and the low limit that a tolerance of ``Max``, ``Min`` or ``Max/Min`` has."""
    names, values = tolerance.lower().split("/"), limits.split("/")
    if not set(names) <= {"max", "min"} or len(names) != len(values):
        return None, None
    told = {name: number_or_none(text, decimal=_decimal(text)) for name, text in zip(names, values, strict=True)}
    return told.get("max"), told.get("min")


def _decimal(text: str) -> str:
    return "," if "," in text and "." not in text else "."
