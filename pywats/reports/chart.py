"""Charts: curves on a step."""

from pywats.reports.member import Parts, parts, text, word
from pywats.reports.record import Record
from pywats.wire import OpenStrEnum

__all__ = ["Chart", "ChartSeries", "ChartType"]


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
    y_data: str | None = text("ydata", default=None, needed=True)

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
