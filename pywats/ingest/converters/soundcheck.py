"""SoundCheck: logs with tabs, of results (a row each) or of curves (a row for x and one for y)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from pywats.ingest.converters.building import add_number, new_test, shortened, tell_header
from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.interface import Options as Base
from pywats.ingest.converters.text import malformed, number_in, number_or_none, read_text, time_in
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.builder import StepOptions
from pywats.reports.chart import MOST_POINTS
from pywats.reports.models import UUTReport

SUFFIXES: Final = ()

_AMERICAN: Final = ("%m/%d/%Y %I:%M:%S %p", "%m-%d-%Y %I:%M:%S %p")
_DATES: Final = {
    "day": ("%d-%m-%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"),
    "month": ("%m/%d/%Y %H:%M:%S", "%m-%d-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"),
}
_RESULTS: Final = {"PASS": "P", "FAIL": "F", "NO VERDICT": "D", "N/A": "D", "": "D"}
_UNIT_COLUMNS: Final = ("Serial #", "Operator", "Time", "Lot #", "Part #", "Comment")


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
    titles = _titles(head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("latin-1").split("\t"))
    return 0.9 if {"Serial #", "Time"} <= set(titles) else 0.0


def convert(source: Source, options: Options, context: Context) -> Iterator[UUTReport]:
    """Yield the report of each unit: rows with the same serial number and time.

    Raises:
        ConversionError: it is not in this format, or it ends too early.
    """
    text = read_text(source, context)
    if not text.endswith("\n"):
        raise malformed("the last line has no end: the file ends too early", f"line {text.count(chr(10)) + 1}")
    reader = _Reader(options, context)
    for at, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield from reader.read(line.split("\t"), f"line {at}")
    yield from reader.end()


class _Reader:
    """Goes through the rows."""

    def __init__(self, options: Options, context: Context) -> None:
        self._context = context
        self._options = options
        self._titles: list[str] = []
        self._unit: tuple[str, ...] = ()
        self._report: UUTReport | None = None
        self._across: tuple[list[float], str] | None = None
        """The row for x of a curve, and where it is."""
        self._count = self._before = 0
        """Results of this unit, and of the one before."""

    def read(self, cells: Sequence[str], place: str) -> Iterator[UUTReport]:
        """Take a row; yield the report that it ends."""
        if cells[0].strip().startswith("Serial #"):
            self._finish_curve()
            self._titles = _titles(cells)
            return
        if "Serial #" not in self._titles or "Time" not in self._titles:
            raise malformed("titles with Serial # and Time are expected first", place)
        row = dict(zip(self._titles, (cell.strip() for cell in cells), strict=False))
        unit = (row.get("Serial #", ""), row.get("Time", ""))
        report = self._report
        if report is None or unit != self._unit:
            self._finish_curve()
            if report is not None:
                tell_header(self._context.explain, report, f"before {place}")
                yield report
            report = self._report = self._begin(row, unit, place)
        if "Result" in self._titles:
            if len(cells) < len(self._titles):
                raise malformed(f"{len(self._titles)} columns are expected, not {len(cells)}", place)
            self._add_result(report, row, place)
        else:
            self._add_curve(report, cells, place)

    def end(self) -> Iterator[UUTReport]:
        """Yield the last report."""
        self._finish_curve()
        if self._report is None:
            raise ConversionError(Reason.EMPTY, "there are titles only")
        if self._count < self._before:
            detail = f"the last unit has {self._count} results, the one before has {self._before}; the file is cut"
            raise malformed(detail, f"unit {self._unit[0]}")
        tell_header(self._context.explain, self._report, "the last unit")
        yield self._report

    def _begin(self, row: Mapping[str, str], unit: tuple[str, ...], place: str) -> UUTReport:
        lot, time = row.get("Lot #", ""), row.get("Time", "")
        dates = _AMERICAN if re.search(r"[AP]M$", time) else _DATES[self._options.date]
        self._unit, self._before, self._count = unit, self._count, 0
        return new_test(
            serial_number=row.get("Serial #", ""),
            part_number=row.get("Part #", "") or (lot if self._options.part_number == "lot" else ""),
            batch="" if self._options.part_number == "lot" else lot,
            operator=row.get("Operator", ""),
            comment=row.get("Comment", ""),
            start=time_in(time, dates, "Time", place) if time else None,
            sequence="SoundCheck",
        )

    def _add_result(self, report: UUTReport, row: Mapping[str, str], place: str) -> None:
        """Add a result; its margin is compared with what a maximum or minimum says, if one does."""
        self._count += 1
        status = _RESULTS.get(row["Result"].upper())
        if status is None:
            raise ConversionError(Reason.WRONG_VALUE, f"Result is {row['Result']!r:.40}, not PASS or FAIL", place)
        tolerance, limits = row.get("Tolerance", ""), row.get("Limits", "")
        high, low = _limits(tolerance, limits)
        note = "\n".join(f"{key}: {text}" for key, text in (("tolerance", tolerance), ("limits", limits)) if text)
        options = StepOptions(report_text=note) if note else StepOptions()
        text = row.get("Margin", "") or row.get("Value", "")
        value = number_in(text, "Margin", place, decimal=_decimal(text)) if text else None
        name = row.get("Name", "") or "Result"
        self._context.tell(name, f"{text} {status}".strip(), place)
        add_number(report.root, name, value, row.get("Unit", ""), low=low, high=high, status=status, **options)
        if status == "F":
            report.wire["result"] = report.root.wire["status"] = "F"

    def _add_curve(self, report: UUTReport, cells: Sequence[str], place: str) -> None:
        known = sum(title in _UNIT_COLUMNS for title in self._titles)
        points = [cell.strip() for cell in cells[known:]]
        while points and not points[-1]:
            points.pop()
        numbers = [number_in(text, "a point", place, decimal=_decimal(text)) for text in points]
        if self._across is None:
            self._across = numbers, place
            return
        across, _ = self._across
        self._across = None
        if len(across) != len(numbers):
            raise malformed(f"y has {len(numbers)} points, and x has {len(across)}", place)
        about = self._titles[known:]
        name, scales, units = about[0] if about else "Curve", about[6:9], about[10:13]
        self._context.tell(name or "Curve", f"{len(numbers)} points", place)
        logarithmic = [scale.endswith("log") for scale in (*scales, "", "")[:2]]
        x_unit, y_unit = (shortened(unit, 20) for unit in (*units, "", "")[:2])
        report.root.chart(
            shortened(name or "Curve"),
            {shortened(name or "Curve"): numbers},
            x=across,
            chart_type="Line"
            + ("Log" if any(logarithmic) else "")
            + "".join(axis for axis, is_log in zip("XY", logarithmic, strict=True) if is_log),
            x_unit=x_unit,
            y_unit=y_unit,
            max_points=MOST_POINTS,
            status="D",
        )

    def _finish_curve(self) -> None:
        if self._across is not None:
            raise malformed("the row for y is missing", self._across[1])


def _titles(cells: Sequence[str]) -> list[str]:
    return [cell.strip().rstrip(":").strip() for cell in cells]


def _limits(tolerance: str, limits: str) -> tuple[float | None, float | None]:
    """Return the high and the low limit that a tolerance of ``Max``, ``Min`` or ``Max/Min`` has."""
    names, values = tolerance.lower().split("/"), limits.split("/")
    if not set(names) <= {"max", "min"} or len(names) != len(values):
        return None, None
    told = {name: number_or_none(text, decimal=_decimal(text)) for name, text in zip(names, values, strict=True)}
    return told.get("max"), told.get("min")


def _decimal(text: str) -> str:
    return "," if "," in text and "." not in text else "."
