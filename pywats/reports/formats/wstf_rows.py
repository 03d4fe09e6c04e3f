"""The rows of steps of a report in WSTF."""

from collections.abc import Callable
from typing import Any, Final

from pywats.reports.builder import hand_up, told_measurement
from pywats.reports.chart import Chart, ChartSeries, ChartType
from pywats.reports.formats.wstf_cells import flag, number, status, whole
from pywats.reports.measuring import RANKS
from pywats.reports.member import Json
from pywats.reports.step import Step
from pywats.reports.steps import SequenceCall

__all__ = ["Rows"]

_COLUMNS: Final = (
    *("StepType", "StepName", "MeasureName", "Value", "LowLimit", "HighLimit", "CompOperator", "Unit", "Status"),
    *("StepExecutionTime", "StepReportText", "StepErrorCode", "StepErrorMessage", "CausedSequenceFailure"),
)
_DEEPEST: Final = 100
"""Sequences in each other."""
_IGNORED: Final = frozenset(
    ("StepType", "MultipleNumericLimitTest", "EndMultipleNumericLimitTest", "MultipleStringValueTest")
)
Row = dict[str, str]


class Rows:
    """Makes steps of rows."""

    def __init__(self, root: SequenceCall, decimal: str) -> None:
        self._open = [root]
        self._decimal = decimal
        self._several: tuple[str, Any] | None = None
        """The kind of the rows that make one step, and the step."""
        self._step: Step | None = None

    def take(self, cells: list[str]) -> None:
        """Read a row.

        Raises:
            ValueError: a cell is not what its column holds.
        """
        kind = cells[0]
        if kind in _IGNORED:
            return
        if kind == "Chart":
            self._chart(cells)
        elif kind == "Series":
            self._series(cells)
        elif kind == "EndSequenceCall":
            self._close(cells[1] if len(cells) > 1 else "")
        else:
            self._row(kind, cells)

    def _row(self, kind: str, cells: list[str]) -> None:
        if len(cells) > len(_COLUMNS) and any(cells[len(_COLUMNS) :]):
            raise ValueError(f"the row has {len(cells)} cells; there are {len(_COLUMNS)} columns")
        row = dict.fromkeys(_COLUMNS, "") | dict(zip(_COLUMNS, cells, strict=False))
        if kind == "SequenceCall":
            if len(self._open) >= _DEEPEST:
                raise ValueError(f"sequences stand more than {_DEEPEST} deep in each other")
            self._end_several()
            self._step = step = self._open[-1].sequence(_step_name(row), **self._options(row))
            self._open.append(step)
        elif kind == "ActionStep":
            self._end_several()
            self._step = self._open[-1].action(_step_name(row), **self._options(row))
        elif kind in _MEASURING:
            self._measure(kind, row)
        else:
            raise ValueError(f"StepType is {kind!r:.40}, which there is not")

    def _close(self, name: str) -> None:
        if len(self._open) == 1:
            raise ValueError("EndSequenceCall without a SequenceCall")
        if name and name != self._open[-1].name:
            raise ValueError(f"EndSequenceCall of {name!r:.40}, and the sequence is {self._open[-1].name!r:.40}")
        self._open.pop()
        self._end_several()

    def _measure(self, kind: str, row: Row) -> None:
        """A measurement: the only one of its step, or one of several rows that make a step.

        What was done has passed. A step that broke, and a number that is missing or not finite, have no measurement:
        they are told in the text of the step.
        """
        single, several = _MEASURING[kind]
        if row["Status"].lower() in {"done", "d"}:
            row["Status"] = "Passed"
        options = self._options(row)
        letter: str = options.get("status", "")
        measured = None if kind == "NumericLimitTest" and self._is_text(row, letter) else self._measured(kind, row)
        if not row["MeasureName"]:
            self._end_several()
            if measured is None:
                options["report_text"] = "\n".join(filter(None, (options.get("report_text"), _told(row))))
                options["status"] = letter or ("P" if row["CompOperator"].upper() in {"", "LOG"} else "F")
                options["step_type"] = "ET_NLT"
                self._step = self._open[-1].action(_step_name(row), **options)
            else:
                self._step = getattr(self._open[-1], single)(_step_name(row), **measured, **options)
            return
        status = options.pop("status", None)
        if self._several is not None and self._several[0] == kind and row["StepName"] in ("", self._several[1].name):
            step = self._several[1]
            if text := options.get("report_text"):
                _add_text(step, text)
        else:
            self._end_several()
            self._step = step = getattr(self._open[-1], several)(_step_name(row), **options)
            self._several = (kind, step)
        if measured is None or letter in {"E", "T"}:
            _add_text(step, _told(row))
            fallen = letter or "F"
            if RANKS[fallen] > RANKS[step.wire["status"]]:
                step.wire["status"] = fallen
                hand_up(step, fallen)
        else:
            step.add(row["MeasureName"], **measured, **({} if status is None else {"status": status}))

    def _is_text(self, row: Row, letter: str) -> bool:
        """Whether a number is told as a text: it is not finite, or missing in a step that measured nothing."""
        said = row["Value"].replace(self._decimal, ".").lower()
        return said.lstrip("+-") in _NOT_FINITE or (not said and letter in {"S", "E", "T"})

    def _end_several(self) -> None:
        """End a step of several rows: the server wants it to fail if, and only if, a measurement does."""
        if self._several is None:
            return
        (_, step), self._several = self._several, None
        key = next((key for key in _MEASURED if key in step.wire), None)
        measured: list[Json] = [] if key is None else step.wire[key]
        failed = any(each["status"] == "F" for each in measured)
        if step.wire["status"] == "P" and [each["status"] for each in measured] == ["S"]:
            step.wire["status"] = "S"
        if key is not None and step.wire["status"] in {"E", "T", "F"} and not (failed and step.wire["status"] == "F"):
            del step.wire[key]
            for each in measured:
                said = f"{told_measurement(each)}, " if "value" in each else ""
                _add_text(step, f"{each['name']}: {said}{each['status']}")

    def end(self) -> None:
        """End the rows."""
        self._end_several()

    def _measured(self, kind: str, row: Row) -> dict[str, Any]:
        comp_op = row["CompOperator"].upper() or None
        if kind == "PassFailTest":
            said = row["Value"] or row["Status"]
            return {"value": self._cell("Value", said, flag)}
        if kind == "StringValueTest":
            limit = row["LowLimit"]
            logged = comp_op == "LOG" or (comp_op is None and not limit)
            return {"value": row["Value"], "limit": None if logged and not limit else limit, "comp_op": comp_op}
        low, high = (self._number(name, row[name]) for name in ("LowLimit", "HighLimit"))
        value = self._cell("Value", row["Value"], self._read_number)
        return {"value": value, "unit": row["Unit"], "low": low, "high": high, "comp_op": comp_op}

    def _options(self, row: Row) -> dict[str, Any]:
        """What any step has, as far as it is given."""
        found: dict[str, Any] = {"report_text": row["StepReportText"], "error_message": row["StepErrorMessage"]}
        readers: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
            ("status", "Status", status),
            ("tot_time", "StepExecutionTime", self._read_number),
            ("error_code", "StepErrorCode", whole),
            ("caused_seq_failure", "CausedSequenceFailure", flag),
        )
        for option, column, reader in readers:
            if row[column]:
                found[option] = self._cell(column, row[column], reader)
        return {option: value for option, value in found.items() if value != ""}

    def _chart(self, cells: list[str]) -> None:
        if self._step is None:
            raise ValueError("Chart without a step")
        if self._step.chart_info is not None:
            raise ValueError("the step has a chart already; a step has one")
        kind, label, y_unit, y_label, x_unit, x_label = (*cells[1:], *[""] * 6)[:6]
        chart_type = ChartType(kind or "Line")
        if chart_type not in list(ChartType):
            raise ValueError(f"Chart is of the kind {kind!r:.40}; there are {', '.join(ChartType)}")
        self._step.chart_info = Chart(
            chart_type=chart_type,
            label=label,
            x_label=x_label,
            x_unit=x_unit,
            y_label=y_label,
            y_unit=y_unit,
        )

    def _series(self, cells: list[str]) -> None:
        chart = None if self._step is None else self._step.chart_info
        if chart is None:
            raise ValueError("Series without a Chart")
        name, kind, ys, xs = (*cells[1:], *[""] * 4)[:4]
        if not name:
            raise ValueError("Series has no name")
        if kind not in ("", "XYG"):
            raise ValueError(f"Series is of the kind {kind!r:.40}; there is only XYG")
        y_data, x_data = (
            ";".join(repr(self._cell("Series", each.replace(",", "."), self._read_number)) for each in said.split(";"))
            if said
            else None
            for said in (ys, xs)
        )
        chart.series.append(ChartSeries(name=name, y_data=y_data, x_data=x_data))

    def _number(self, column: str, text: str) -> float | None:
        return self._cell(column, text, self._read_number) if text else None

    def _read_number(self, text: str) -> float:
        return number(text, self._decimal)

    def _cell(self, column: str, text: str, reader: Callable[[str], Any]) -> Any:
        try:
            return reader(text)
        except ValueError as error:
            raise ValueError(f"{column} {error}") from error


_MEASURED: Final = ("numericMeas", "stringMeas", "booleanMeas")
_NOT_FINITE: Final = frozenset(("nan", "inf", "infinity", "∞"))
_MEASURING: Final = {
    "NumericLimitTest": ("numeric", "multi_numeric"),
    "StringValueTest": ("string", "multi_string"),
    "PassFailTest": ("passed", "multi_passed"),
}
"""Kinds of rows, and the methods of a sequence that make their steps."""


def _told(row: Row) -> str:
    """What a row says of a measurement that the step cannot have."""
    cells = ("Value", "Unit", "CompOperator", "LowLimit", "HighLimit", "Status")
    said = " ".join(filter(None, (row[cell] for cell in cells)))
    return f"{row['MeasureName']}: {said}" if row["MeasureName"] else f"value {said}"


def _add_text(step: Step, text: str) -> None:
    step.report_text = "\n".join(filter(None, (step.report_text, text)))


def _step_name(row: Row) -> str:
    if not row["StepName"]:
        raise ValueError("StepName is empty, and there is no step of several measurements to go on with")
    return row["StepName"]
