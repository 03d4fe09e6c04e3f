"""A test report as plain pydantic models with a discriminated union, as a careful user would write it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Plain(BaseModel):
    """Fields with Python names that travel in camel case; what nobody knows is dropped."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Number(Plain):
    """A numeric measurement."""

    comp_op: str = "LOG"
    name: str | None = None
    status: str = "P"
    unit: str | None = None
    value: float | None = None
    low_limit: float | None = None
    high_limit: float | None = None
    value_format: str | None = None
    low_limit_format: str | None = None
    high_limit_format: str | None = None


class Text(Plain):
    """A text measurement."""

    comp_op: str = "LOG"
    name: str | None = None
    status: str = "P"
    value: str | None = None
    limit: str | None = None


class Flag(Plain):
    """A pass or a fail."""

    name: str | None = None
    status: str = "P"


class Step(Plain):
    """What every step has."""

    id: int | None = None
    group: str = "M"
    name: str
    status: str = "P"
    start: datetime | None = None
    tot_time: float | None = None
    tot_time_format: str | None = None
    error_code: int | None = None
    error_code_format: str | None = None
    error_message: str | None = None
    report_text: str | None = None
    ts_guid: str | None = None
    interactive_exe_num: int | None = None
    interactive_exe_num_format: str | None = None
    caused_seq_failure: bool | None = None
    caused_uut_failure: Annotated[bool | None, Field(alias="causedUUTFailure")] = None
    loop: dict[str, Any] | None = None
    chart: dict[str, Any] | None = None
    attachment: dict[str, Any] | None = None
    additional_results: list[dict[str, Any]] | None = None


class NumericStep(Step):
    """A step with numbers."""

    step_type: Literal["ET_NLT", "ET_MNLT"] = "ET_NLT"
    numeric_meas: list[Number]


class StringStep(Step):
    """A step with texts."""

    step_type: Literal["ET_SVT", "ET_MSVT"] = "ET_SVT"
    string_meas: list[Text]


class BooleanStep(Step):
    """A step with passes and fails."""

    step_type: Literal["ET_PFT", "ET_MPFT"] = "ET_PFT"
    boolean_meas: list[Flag]


class OtherStep(Step):
    """A step without measurements."""

    step_type: Literal["Action", "Label", "NI_Wait"] = "Action"


class Called(Plain):
    """The sequence that a step ran."""

    path: str | None = None
    name: str | None = None
    version: str | None = None


class Sequence(Step):
    """A step with steps."""

    step_type: Literal["SequenceCall", "WATS_SeqCall"] = "SequenceCall"
    seq_call: Called
    steps: list["AnyStep"] = []


AnyStep = Annotated[NumericStep | StringStep | BooleanStep | OtherStep | Sequence, Field(discriminator="step_type")]


class Uut(Plain):
    """How a test was run."""

    user: str | None = None
    exec_time: float | None = None


class PlainReport(Plain):
    """A test report."""

    type: Literal["T"] = "T"
    id: UUID = Field(default_factory=uuid4)
    pn: str
    sn: str
    rev: str
    process_code: int
    result: str = "P"
    machine_name: str
    location: str
    purpose: str
    start: datetime
    uut: Uut
    root: Sequence


def write(report: PlainReport) -> bytes:
    """The JSON of a report."""
    return report.model_dump_json(by_alias=True, exclude_none=True).encode()


def build(steps: int, start: datetime) -> PlainReport:
    """A report of sequences with ten steps each: seven numbers, a text, a pass and an action."""
    root = Sequence(name="Main", seq_call=Called(name="Main"))
    for first in range(0, steps, 10):
        sequence = Sequence(name=f"Sequence {first}", seq_call=Called(name=f"Sequence {first}"))
        for index in range(first, first + 7):
            sequence.steps.append(_numeric(f"Step {index}", 3.3 + index / 1e6, "V", 3.2, 3.4))
        sequence.steps.append(_text(f"Step {first + 7}", "1.2.0", "1.2.0"))
        sequence.steps.append(BooleanStep(name=f"Step {first + 8}", boolean_meas=[Flag()]))
        sequence.steps.append(OtherStep(name=f"Step {first + 9}"))
        if any(step.status == "F" for step in sequence.steps):
            sequence.status = root.status = "F"
        root.steps.append(sequence)
    return PlainReport(
        pn="WIDGET-001",
        sn="SN1",
        rev="A",
        process_code=60,
        result=root.status,
        machine_name="FCT-1",
        location="Oslo",
        purpose="Production",
        start=start,
        uut=Uut(user="anna"),
        root=root,
    )


def _numeric(name: str, value: float, unit: str, low: float, high: float) -> NumericStep:
    status = "P" if low <= value <= high else "F"
    number = Number(comp_op="GELE", status=status, unit=unit, value=value, low_limit=low, high_limit=high)
    return NumericStep(name=name, status=status, numeric_meas=[number])


def _text(name: str, value: str, limit: str) -> StringStep:
    status = "P" if value == limit else "F"
    text = Text(comp_op="CASESENSIT", status=status, value=value, limit=limit)
    return StringStep(name=name, status=status, string_meas=[text])
