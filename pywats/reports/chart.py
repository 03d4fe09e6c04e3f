"""Charts: curves on a step."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from pywats.errors import ValidationError
from pywats.exchange.wire import OpenStrEnum
from pywats.reports.member import Parts, parts, text, word
from pywats.reports.record import Record
from pywats.reports.scalar import number_of

__all__ = ["Chart", "ChartSeries", "ChartType", "chart_of", "decimated"]

MOST_SERIES: Final = 10
MOST_POINTS: Final = 10_000


class ChartType(OpenStrEnum):
    """Which axes of a chart are logarithmic."""

    LINE = "Line"
    LINE_LOG_XY = "LineLogXY"
    LINE_LOG_X = "LineLogX"
    LINE_LOG_Y = "LineLogY"


class ChartSeries(Record):
    """One curve of a chart.

    Attributes:
        x_data: numbers joined with ``;``; without them the points stand at 0, 1, 2, ...
        y_data: as many numbers.
    """

    data_type: str = text(default="XYG")
    name: str = text(longest=100)
    x_data: str | None = text("xdata", default=None)
    y_data: str | None = text("ydata", default=None, needed=True, empty=True)

    @property
    def ys(self) -> list[float]:
        """The numbers of ``y_data``."""
        return _numbers(self.y_data)

    @property
    def xs(self) -> list[float]:
        """The numbers of ``x_data``, or 0, 1, 2, ... if there are none."""
        return _numbers(self.x_data) if self.x_data else list(map(float, range(len(self.ys))))


class Chart(Record):
    """Curves, with what stands on the axes."""

    chart_type: ChartType = word(ChartType, default=ChartType.LINE, needed=True)
    label: str | None = text(longest=100, default=None)
    x_label: str | None = text(longest=50, default=None)
    x_unit: str | None = text(longest=20, default=None)
    y_label: str | None = text(longest=50, default=None)
    y_unit: str | None = text(longest=20, default=None)
    series: Parts[ChartSeries] = parts(ChartSeries, default=None)


def _numbers(joined: str | None) -> list[float]:
    return [float(number) for number in joined.split(";")] if joined else []


def chart_of(
    place: str,
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
) -> Chart:
    """A chart of numbers.

    Args:
        place: what errors name.
        series: the numbers of each curve by its name, or those of the only one.
        x: where the points stand, for all curves; at 0, 1, 2, ... without it.
        chart_type: which axes are logarithmic.
        label: of the chart.
        x_label: of the axis.
        x_unit: of the axis.
        y_label: of the axis.
        y_unit: of the axis.
        max_points: keep at most so many points of each curve: the lowest and the highest of each stretch.

    Raises:
        ValidationError: there are too many curves or points, a number is not finite, or x and y differ in length.
    """
    curves: Mapping[str, Any] = series if isinstance(series, Mapping) else {label or "y": series}
    if len(curves) > MOST_SERIES:
        raise ValidationError(f"{place}: the chart has {len(curves)} series; {MOST_SERIES} are the most")
    if max_points is not None and not 2 <= max_points <= MOST_POINTS:  # noqa: PLR2004 - one stretch keeps two points
        raise ValidationError(f"{place}: max_points is {max_points}; it must be from 2 to {MOST_POINTS}")
    chart = Chart(
        chart_type=ChartType(chart_type), label=label, x_label=x_label, x_unit=x_unit, y_label=y_label, y_unit=y_unit
    )
    across = None if x is None else _plain(f"{place}: x", x)
    for name, values in curves.items():
        xs: Sequence[float] | None = across
        ys: Sequence[float] = _plain(f"{place}: series {name}", values)
        if xs is not None and len(xs) != len(ys):
            raise ValidationError(f"{place}: series {name} has {len(ys)} points, and x has {len(xs)}")
        if max_points is None and len(ys) > MOST_POINTS:
            raise ValidationError(
                f"{place}: series {name} has {len(ys)} points; {MOST_POINTS} are the most; "
                "with max_points= the lowest and the highest of each stretch are kept"
            )
        if max_points is not None and len(ys) > max_points:
            xs, ys = decimated(range(len(ys)) if xs is None else xs, ys, max_points)
        chart.series.append(ChartSeries(name=name, x_data=None if xs is None else _joined(xs), y_data=_joined(ys)))
    return chart


def decimated(xs: Sequence[float], ys: Sequence[float], max_points: int) -> tuple[Sequence[float], Sequence[float]]:
    """At most so many points: of each of equal stretches the lowest and the highest, in their order."""
    stretches = max_points // 2
    kept: list[int] = []
    for number in range(stretches):
        stretch = range(len(ys) * number // stretches, len(ys) * (number + 1) // stretches)
        ends = {min(stretch, key=ys.__getitem__), max(stretch, key=ys.__getitem__)} if stretch else set[int]()
        kept += sorted(ends)
    return [xs[index] for index in kept], [ys[index] for index in kept]


def _plain(place: str, values: Any) -> list[float]:
    """Numbers as plain ones."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValidationError(f"{place} is {values!r}; a list of numbers is needed")
    plain: list[float] = []
    for index, value in enumerate(cast("Iterable[Any]", values)):  # type: ignore[redundant-cast]
        try:
            plain.append(number_of(value))
        except (TypeError, ValueError) as error:
            raise ValidationError(f"{place}[{index}] {error}") from error
    return plain


def _joined(numbers: Iterable[float]) -> str:
    return ";".join(map(repr, numbers))
