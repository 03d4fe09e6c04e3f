"""Building a test report: a sequence takes steps, compares what they measured and hands failures up."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypedDict, Unpack, cast

from pywats.errors import ValidationError
from pywats.reports.binary import Attachment
from pywats.reports.chart import ChartType, chart_of
from pywats.reports.clock import Clock
from pywats.reports.evaluation import CompOp
from pywats.reports.loop import Loop
from pywats.reports.measurements import StepStatus
from pywats.reports.measuring import (
    MEASURED,
    RANKS,
    boolean_measurement,
    letter_of,
    numeric_measurement,
    settled,
    string_measurement,
)
from pywats.reports.member import Json
from pywats.reports.popup import MessagePopupInfo
from pywats.reports.scalar import number_of
from pywats.reports.step import Step, StepGroup

if TYPE_CHECKING:
    from pywats.reports.steps import (
        CallExeStep,
        ChartStep,
        GenericStep,
        MessagePopUpStep,
        MultiBooleanStep,
        MultiNumericStep,
        MultiStringStep,
        NumericStep,
        PassFailStep,
        SequenceCall,
        StringValueStep,
    )

Status = StepStatus | str
LONGEST_MESSAGE: Final = 200
TRAVELS: Final = frozenset("FET")
"""What a step does to the sequence it is in; a step that is done or skipped leaves its sequence passed."""
_DEFAULT_CLOCK: Final = Clock()


class StepOptions(TypedDict, total=False):
    """What any step may be given besides its content."""

    id: int
    group: StepGroup | str
    step_type: str
    start: datetime
    tot_time: float
    error_code: int
    error_message: str
    report_text: str
    ts_guid: str
    interactive_exe_num: int
    caused_seq_failure: bool
    caused_uut_failure: bool


class Builder(Step):
    """What a sequence can do to get its steps.

    A step without a status is given the one that its comparison says. A step that failed makes its sequence fail, that
    one the sequence it is in, and at last the report; an error or a termination is graver than a failure. In a report
    whose ``mode`` is ``"import"`` statuses that are given stand, and nothing is handed up.
    """

    @property
    def active(self) -> bool:
        """Whether statuses are computed, rather than imported."""
        return bool(getattr(self.above, "active", True))

    def now(self) -> datetime:
        """The time by the clock of the report."""
        above = self.above
        return above.now() if isinstance(above, Builder) else (getattr(above, "clock", None) or _DEFAULT_CLOCK)()

    def raise_to(self, status: str) -> None:
        """Take over a status that is graver than the own one, and hand it up."""
        if RANKS[status] > RANKS.get(str(self.wire.get("status")), 0):
            self.wire["status"] = status
            hand_up(self, status)

    def numeric(
        self,
        name: str,
        value: Any,
        unit: str = "",
        *,
        low: Any = None,
        high: Any = None,
        comp_op: CompOp | str | None = None,
        status: Status | None = None,
        **options: Unpack[StepOptions],
    ) -> "NumericStep":
        """Add a number; without an operator, its limits tell how it is compared."""
        try:
            measured, passed = numeric_measurement(value, unit, low, high, comp_op)
        except (TypeError, ValueError) as error:
            raise _wrong(self, name, error) from error
        return cast("NumericStep", self._measure(name, "ET_NLT", "numericMeas", measured, passed, status, options))

    def string(
        self,
        name: str,
        value: Any,
        *,
        limit: str | None = None,
        comp_op: CompOp | str | None = None,
        status: Status | None = None,
        **options: Unpack[StepOptions],
    ) -> "StringValueStep":
        """Add a text; without an operator it must be the same as the limit, if there is one."""
        try:
            measured, passed = string_measurement(value, limit, comp_op)
        except (TypeError, ValueError) as error:
            raise _wrong(self, name, error) from error
        return cast("StringValueStep", self._measure(name, "ET_SVT", "stringMeas", measured, passed, status, options))

    def passed(
        self, name: str, value: Any = True, *, status: Status | None = None, **options: Unpack[StepOptions]
    ) -> "PassFailStep":
        """Add whether something passed."""
        try:
            measured, passed = boolean_measurement(value)
        except (TypeError, ValueError) as error:
            raise _wrong(self, name, error) from error
        return cast("PassFailStep", self._measure(name, "ET_PFT", "booleanMeas", measured, passed, status, options))

    def multi_numeric(self, name: str, **options: Unpack[StepOptions]) -> "MultiNumericStep":
        """Add a step for several numbers, which ``add`` takes."""
        return cast("MultiNumericStep", self._several(name, "ET_MNLT", "numericMeas", options))

    def multi_string(self, name: str, **options: Unpack[StepOptions]) -> "MultiStringStep":
        """Add a step for several texts, which ``add`` takes."""
        return cast("MultiStringStep", self._several(name, "ET_MSVT", "stringMeas", options))

    def multi_passed(self, name: str, **options: Unpack[StepOptions]) -> "MultiBooleanStep":
        """Add a step for several passes and fails, which ``add`` takes."""
        return cast("MultiBooleanStep", self._several(name, "ET_MPFT", "booleanMeas", options))

    def sequence(
        self,
        name: str,
        *,
        path: str | None = None,
        file_name: str | None = None,
        version: str | None = None,
        status: Status | None = None,
        **options: Unpack[StepOptions],
    ) -> "SequenceCall":
        """Add a sequence. In a ``with`` its time is taken, and an error that leaves it is noted on it.

        Args:
            name: of the step.
            path: of the file that has the sequence.
            file_name: of the sequence; the name of the step unless given.
            version: of the file.
            status: it begins as passed, and its steps may make it worse.
            **options: what any step may be given.
        """
        called = {"path": path, "name": file_name or name, "version": version}
        content = {"seqCall": {key: value for key, value in called.items() if value is not None}}
        return cast("SequenceCall", self._add(name, "SequenceCall", content, status, options))

    def chart(
        self,
        name: str,
        series: Mapping[str, Any] | Sequence[Any],
        *,
        x: Any = None,
        chart_type: ChartType | str = ChartType.LINE,
        label: str | None = None,
        x_label: str | None = None,
        x_unit: str | None = None,
        y_label: str | None = None,
        y_unit: str | None = None,
        max_points: int | None = None,
        status: Status | None = None,
        **options: Unpack[StepOptions],
    ) -> "ChartStep":
        """Add a chart; arguments as for ``chart_of``."""
        shown = chart_of(
            f"{self.place()} / {name}",
            series,
            x=x,
            chart_type=chart_type,
            label=name if label is None else label,
            x_label=x_label,
            x_unit=x_unit,
            y_label=y_label,
            y_unit=y_unit,
            max_points=max_points,
        )
        return cast("ChartStep", self._add(name, "WATS_XYGMNLT", {"chart": shown.wire}, status, options))

    def attach(
        self,
        path: str | Path,
        *,
        name: str | None = None,
        content_type: str | None = None,
        status: Status | None = None,
        **options: Unpack[StepOptions],
    ) -> "GenericStep":
        """Add a step that holds a file; it is called like the file unless a name is given."""
        file = Attachment.from_file(path, content_type)
        content = {"attachment": file.wire}
        return cast("GenericStep", self._add(name or file.name, "WATS_AttachFile", content, status, options))

    def call_exe(
        self, name: str, exit_code: Any, *, status: Status | None = None, **options: Unpack[StepOptions]
    ) -> "CallExeStep":
        """Add a program that was run, and how it ended."""
        with naming(self, name, "exit code "):
            content = {"callExe": {"exitCode": number_of(exit_code)}}
        return cast("CallExeStep", self._add(name, "CallExecutable", content, status, options))

    def message(
        self,
        name: str,
        button: int,
        response: str | None = None,
        *,
        status: Status | None = None,
        **options: Unpack[StepOptions],
    ) -> "MessagePopUpStep":
        """Add a message that was shown, the number of the button pressed and what was typed."""
        content = {"messagePopup": MessagePopupInfo(button=button, response=response).wire}
        return cast("MessagePopUpStep", self._add(name, "MessagePopup", content, status, options))

    def action(self, name: str, *, status: Status | None = None, **options: Unpack[StepOptions]) -> "GenericStep":
        """Add a step that measures nothing; with ``step_type`` it has another icon, such as ``NI_Wait``."""
        return cast("GenericStep", self._add(name, "Action", {}, status, options))

    @contextmanager
    def loop(self, name: str) -> Generator[Loop]:
        """Add a loop, whose iterations are steps of its name; they are added to what this gives."""
        loop = Loop(cast("SequenceCall", self), name)
        try:
            yield loop
        finally:
            loop.close()

    def __enter__(self) -> Self:
        if self.start is None:
            self.start = self.now()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Note the time that it took, and what went wrong in it."""
        if self.tot_time is None and self.start is not None:
            self.tot_time = max(0.0, (self.now() - self.start).total_seconds())
        if error is not None:
            self.fault(error)

    def fault(self, error: BaseException) -> None:
        """Note an error on this sequence: an interruption terminates it, anything else is an error."""
        if self.error_message is None:
            self.error_message = f"{type(error).__name__}: {error}"[:LONGEST_MESSAGE]
        self.raise_to("E" if isinstance(error, Exception) else "T")

    def _measure(
        self,
        name: str,
        step_type: str,
        key: str,
        measured: Json,
        passed: bool,
        status: Status | None,
        options: StepOptions,
    ) -> Step:
        letter = "P" if passed else "F"
        if status is not None:
            with naming(self, name):
                letter = settled(status, passed, self.active)
        if letter in MEASURED:
            measured["status"] = letter
            return self._append(Step.kinds[key], name, step_type, {key: [measured]}, letter, options)
        step = self._append(Step.kinds[""], name, step_type, {}, letter, options)
        if "value" in measured:
            step.report_text = "\n".join(filter(None, (step.report_text, told_measurement(measured))))
        return step

    def _several(self, name: str, step_type: str, key: str, options: StepOptions) -> Step:
        return self._append(Step.kinds_of_several[key], name, step_type, {}, "P", options)

    def _add(self, name: str, step_type: str, content: Json, status: Status | None, options: StepOptions) -> Step:
        """Append a step of the kind that its content makes it."""
        letter = "P"
        if status is not None:
            with naming(self, name):
                letter = letter_of(status)
        kind = next((Step.kinds[key] for key in content if key in Step.kinds), Step.kinds[""])
        return self._append(kind, name, step_type, content, letter, options)

    def _append(
        self, kind: type[Step], name: str, step_type: str, content: Json, letter: str, options: StepOptions
    ) -> Step:
        """Append a step, and hand up what it came to."""
        wire: Json = {"group": "M", "stepType": step_type, "name": name, "status": letter, **content}
        step = kind.over(wire)
        step.above = self
        if type(name) is not str:
            step.name = name
        for option, value in options.items():
            if option not in Step.members:
                raise TypeError(f"a step has no {option}; it can be given {', '.join(StepOptions.__annotations__)}")
            Step.members[option].__set__(step, value)
        steps: list[Json] | None = self.wire.get("steps")
        if steps is None:
            steps = self.wire["steps"] = []
        steps.append(wire)
        if letter in TRAVELS:
            hand_up(step, letter)
        return step


class naming:  # noqa: N801 - reads like a function where it is used
    """In a ``with``: what goes wrong is said of a step or measurement of this name.

    A class rather than a generator, as it stands around every measurement.
    """

    __slots__ = ("_field", "_inside", "_name")

    def __init__(self, inside: Step, name: str, field: str = "") -> None:
        self._inside = inside
        self._name = name
        self._field = field

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, TypeError | ValueError):
            raise _wrong(self._inside, self._name, f"{self._field}{error}") from error


def told_measurement(measured: Json) -> str:
    """What was measured and what it was compared with, for a step that cannot have a measurement."""
    value = " ".join(("value", str(measured["value"]), measured.get("unit", ""))).rstrip()
    limits = [measured[key] for key in ("lowLimit", "highLimit", "limit") if key in measured]
    return f"{value}, {' '.join(map(str, (measured['compOp'], *limits)))}" if limits else value


def _wrong(inside: Step, name: str, what: object) -> ValidationError:
    return ValidationError(f"{inside.place()} / {name}: {what}")


def hand_up(step: Step, status: str) -> None:
    """Let what a step is in take over its status."""
    above = step.above
    if isinstance(above, Builder):
        if above.active:
            above.raise_to(status)
    elif above is not None and getattr(above, "active", False):
        above.wire["result"] = status


def add_measurement(step: Step, key: str, name: str, made: tuple[Json, bool], status: Status | None) -> Json:
    """Add a measurement to a step that has several; one that failed makes its step fail.

    Raises:
        ValueError: measurements cannot have this status.
    """
    measured, passed = made
    letter = settled(status, passed, bool(getattr(step.above, "active", True)))
    if letter not in MEASURED:
        raise ValueError(f"status is {status!r}; a measurement can only pass, fail or be skipped")
    measured["status"] = letter
    measured["name"] = name
    step.wire.setdefault(key, []).append(measured)
    if letter == "F" and step.wire.get("status") == "P":
        step.wire["status"] = letter
        hand_up(step, letter)
    return measured
