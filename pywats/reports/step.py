"""What every step of a test report has."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Self, cast

from pywats.exchange.wire import OpenStrEnum
from pywats.reports.additional_data import AdditionalData
from pywats.reports.binary import Attachment
from pywats.reports.chart import Chart
from pywats.reports.measurements import StepStatus
from pywats.reports.member import Json, Member, Parts, flag, number, part, parts, text, time, whole, word
from pywats.reports.record import Record
from pywats.reports.values import is_list, is_object

__all__ = ["LoopInfo", "Step", "StepGroup"]


class StepGroup(OpenStrEnum):
    """The part of its sequence that a step belongs to."""

    Setup = "S"
    Main = "M"
    Cleanup = "C"


class LoopInfo(Record):
    """What a step is in a loop: the summary, which comes first, or one of the iterations.

    Attributes:
        index: of an iteration, from 0.
        count: iterations; of a summary.
        ending_index: highest index; of a summary.
        passed: iterations that passed; of a summary.
        failed: iterations that failed; of a summary.
    """

    index: int | None = whole("idx", default=None)
    count: int | None = whole("num", default=None)
    ending_index: int | None = whole(default=None)
    passed: int | None = whole(default=None)
    failed: int | None = whole(default=None)


class Step(Record):
    """What all steps have.

    Attributes:
        above: what it is in, if it was reached from there.
        tot_time: in seconds.
        ts_guid: of the step in TestStand.
    """

    id: int | None = whole(default=None)
    group: StepGroup = word(StepGroup, default=StepGroup.Main, needed=True)
    step_type: str = text(default="Action", needed=True)
    name: str = text(longest=100)
    status: StepStatus = word(StepStatus, default=StepStatus.Passed, needed=True)
    start: datetime | None = time(default=None)
    tot_time: float | None = number(default=None)
    tot_time_format: str | None = text(default=None)
    error_code: int | None = whole(default=None)
    error_code_format: str | None = text(default=None)
    error_message: str | None = text(longest=200, default=None)
    report_text: str | None = text(longest=100_000, default=None)
    ts_guid: str | None = text(longest=30, default=None)
    interactive_exe_num: int | None = whole(default=None)
    interactive_exe_num_format: str | None = text(default=None)
    caused_seq_failure: bool | None = flag(default=None)
    caused_uut_failure: bool | None = flag("causedUUTFailure", default=None)
    loop_info: LoopInfo | None = part(LoopInfo, "loop", default=None)
    chart_info: Chart | None = part(Chart, "chart", default=None)
    attachment: Attachment | None = part(Attachment, default=None)
    additional_results: Parts[AdditionalData] = parts(AdditionalData, default=None)

    stands_alone: ClassVar[bool] = True
    kinds: ClassVar[dict[str, "type[Step]"]] = {}
    """The kinds of step by the member of the JSON object that makes them; those with one measurement."""
    kinds_of_several: ClassVar[dict[str, "type[Step]"]] = {}
    """The kinds with several measurements."""

    def __init_subclass__(cls, *, holds: str | None = None, several: bool = False) -> None:
        super().__init_subclass__()
        if holds is not None:
            (Step.kinds_of_several if several else Step.kinds)[holds] = cls

    def __init__(self, **values: Any) -> None:
        self.above: Record | None = None
        super().__init__(**values)

    @classmethod
    def over(cls, wire: Json) -> Self:
        """The step that is this JSON object; of the kind that its content tells, unless a kind is asked for."""
        step = object.__new__(kind_of(wire) if cls is Step else cls)
        step.wire = wire
        step.above = None
        return cast("Self", step)

    def place(self) -> str:
        """The way from the root, such as ``root / Power / 3V3``."""
        name = str(self.wire.get("name"))
        if isinstance(self.above, Step):
            return f"{self.above.place()} / {name}"
        return name if self.above is None else "root"

    @classmethod
    def shape(cls) -> tuple[str, Iterable[Member]]:
        """One for all kinds: a step may hold what its kind does not name."""
        kinds = (*Step.kinds.values(), *Step.kinds_of_several.values())
        return "Step", {member.key: member for kind in kinds for member in kind.members.values()}.values()


class Leaf(Step):
    """A step that has no steps of its own."""

    @property
    def loop(self) -> LoopInfo | None:
        """The same as ``loop_info``, which sequences have, too."""
        return self.loop_info

    @loop.setter
    def loop(self, value: LoopInfo | None) -> None:
        self.loop_info = value

    @property
    def chart(self) -> Chart | None:
        """The same as ``chart_info``, which sequences have, too."""
        return self.chart_info

    @chart.setter
    def chart(self, value: Chart | None) -> None:
        self.chart_info = value


MEASURING = ("numericMeas", "stringMeas", "booleanMeas")
_HOLDING = ("callExe", "messagePopup", "chart")


def kind_of(wire: Json) -> type[Step]:
    """The kind of step that a JSON object is: the first whose content it has.

    A sequence may hold anything; a chart may stand with a measurement. The only measurement of a step has no name.
    """
    kinds = Step.kinds
    if wire.get("seqCall") is not None or wire.get("steps"):
        return kinds["seqCall"]
    for key in MEASURING:
        measured: Any = wire.get(key)
        if measured:
            return (kinds if _is_single(measured) else Step.kinds_of_several)[key]
    return next((kinds[key] for key in _HOLDING if wire.get(key) is not None), kinds[""])


def _is_single(measured: Any) -> bool:
    if not is_list(measured) or len(measured) != 1:
        return False
    return not is_object(measured[0]) or measured[0].get("name") is None
