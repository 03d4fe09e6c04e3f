"""Building a test report by the method names of the vendor's client."""

from typing import TYPE_CHECKING, Any, Unpack

from pywats.reports.builder import Builder, Status, StepOptions
from pywats.reports.chart import ChartType
from pywats.reports.evaluation import CompOp

if TYPE_CHECKING:
    from pywats.reports.steps import (
        ChartStep,
        GenericStep,
        MultiBooleanStep,
        MultiNumericStep,
        MultiStringStep,
        NumericStep,
        PassFailStep,
        SequenceCall,
        StringValueStep,
    )


class ClassicNames(Builder):
    """What a sequence can do, under the names that programs written for the vendor's client call."""

    def add_sequence_call(
        self,
        name: str,
        file_name: str | None = None,
        version: str | None = None,
        path: str | None = None,
        **options: Unpack[StepOptions],
    ) -> "SequenceCall":
        """Add a sequence; the same as ``sequence``."""
        return self.sequence(name, path=path, file_name=file_name, version=version, **options)

    def add_numeric_step(
        self,
        *,
        name: str,
        value: Any,
        unit: str = "",
        comp_op: CompOp | str | None = None,
        low_limit: Any = None,
        high_limit: Any = None,
        status: Status | None = None,
        **options: Unpack[StepOptions],
    ) -> "NumericStep":
        """Add a number; the same as ``numeric``."""
        return self.numeric(
            name, value, unit, low=low_limit, high=high_limit, comp_op=comp_op, status=status, **options
        )

    def add_string_step(
        self,
        *,
        name: str,
        value: Any,
        comp_op: CompOp | str | None = None,
        limit: str | None = None,
        status: Status | None = None,
        **options: Unpack[StepOptions],
    ) -> "StringValueStep":
        """Add a text; the same as ``string``."""
        return self.string(name, value, limit=limit, comp_op=comp_op, status=status, **options)

    def add_boolean_step(
        self, *, name: str, value: Any = True, status: Status | None = None, **options: Unpack[StepOptions]
    ) -> "PassFailStep":
        """Add whether something passed; the same as ``passed``."""
        return self.passed(name, value, status=status, **options)

    add_pass_fail_step = add_boolean_step

    def add_multi_numeric_step(self, *, name: str, **options: Unpack[StepOptions]) -> "MultiNumericStep":
        """Add a step for several numbers; the same as ``multi_numeric``."""
        return self.multi_numeric(name, **options)

    def add_multi_string_step(self, *, name: str, **options: Unpack[StepOptions]) -> "MultiStringStep":
        """Add a step for several texts; the same as ``multi_string``."""
        return self.multi_string(name, **options)

    def add_multi_boolean_step(self, *, name: str, **options: Unpack[StepOptions]) -> "MultiBooleanStep":
        """Add a step for several passes and fails; the same as ``multi_passed``."""
        return self.multi_passed(name, **options)

    def add_chart_step(
        self,
        *,
        name: str,
        series: Any,
        chart_type: ChartType | str = ChartType.LINE,
        label: str | None = None,
        x_label: str | None = None,
        x_unit: str | None = None,
        y_label: str | None = None,
        y_unit: str | None = None,
        status: Status | None = None,
        **options: Unpack[StepOptions],
    ) -> "ChartStep":
        """Add a chart; the same as ``chart``."""
        return self.chart(
            name,
            series,
            chart_type=chart_type,
            label=label,
            x_label=x_label,
            x_unit=x_unit,
            y_label=y_label,
            y_unit=y_unit,
            status=status,
            **options,
        )

    def add_generic_step(
        self, *, name: str, status: Status | None = None, **options: Unpack[StepOptions]
    ) -> "GenericStep":
        """Add a step that measures nothing; the same as ``action``."""
        return self.action(name, status=status, **options)

    add_action_step = add_generic_step
