"""Charts for reports: yield over time, Pareto, histogram, capability.

Each function takes rows (dictionaries, models, data classes, single values, from a list or a walk) or a table of
pandas, polars or Arrow, and returns a ``matplotlib.figure.Figure``; :func:`save` makes a PNG or SVG of it, the same
bytes for the same rows. It needs the extra ``plots``. Nothing here uses pyplot, so that any thread may draw.
"""

from typing import TYPE_CHECKING

from pywats.plots.capability import CapabilityChart
from pywats.plots.histogram import Histogram
from pywats.plots.indices import Capability, process_capability
from pywats.plots.pareto import TOP, Pareto
from pywats.plots.rows import Rows
from pywats.plots.sample import Limit
from pywats.plots.saving import save, to_png, to_svg
from pywats.plots.trend import Trend
from pywats.tables.columns import VALUE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Capability",
    "capability",
    "histogram",
    "pareto",
    "process_capability",
    "save",
    "to_png",
    "to_svg",
    "yield_trend",
]


def yield_trend(
    rows: Rows,
    x: str,
    y: str,
    *,
    by: str | None = None,
    count: str | None = None,
    target: float | None = None,
    title: str | None = None,
) -> "Figure":
    """Draw yield over time, and below it how many units stand behind each point.

    Args:
        rows: a point each.
        x: the column of days, instants or names of periods.
        y: the column of the yield in percent.
        by: the column by which rows belong to a line each, such as the station; the six with the most units have
            colours.
        count: the column of the units.
        target: the yield that is wanted, in percent.
        title: of the chart.

    Raises:
        ConfigurationError: matplotlib is not installed.
        ValidationError: the rows lack a column, or hold what cannot be drawn.
    """
    return Trend.of(rows, x, y, by=by, count=count, target=target, title=title).figure()


def pareto(rows: Rows, x: str, y: str | None = None, *, top: int = TOP, title: str | None = None) -> "Figure":
    """Draw what is most frequent, and how much of the whole the first few are.

    Args:
        rows: with a category each.
        x: the column of the category, such as the step that failed.
        y: the column of how often; without it each row counts as one.
        top: categories with a bar of their own; the others share the last one.
        title: of the chart.

    Raises:
        ConfigurationError: matplotlib is not installed.
        ValidationError: the rows lack a column, or hold what cannot be drawn.
    """
    return Pareto.of(rows, x, y, top=top, title=title).figure()


def histogram(
    rows: Rows,
    value: str = VALUE,
    *,
    low: Limit | None = None,
    high: Limit | None = None,
    unit: str | None = None,
    label: str | None = None,
    title: str | None = None,
) -> "Figure":
    """Draw how values are spread, with their limits and their mean.

    Args:
        rows: with a value each.
        value: the column of the values; rows that are plain numbers have ``value``.
        low: the limit below: a number, or the column that holds it.
        high: the limit above, likewise.
        unit: the column of the unit.
        label: what was measured.
        title: of the chart.

    Raises:
        ConfigurationError: matplotlib is not installed.
        ValidationError: the rows lack a column, hold what is no number, or have different limits or units.
    """
    return Histogram.of(rows, value, low=low, high=high, unit=unit, label=label, title=title).figure()


def capability(
    rows: Rows,
    value: str = VALUE,
    *,
    low: Limit | None = None,
    high: Limit | None = None,
    unit: str | None = None,
    label: str | None = None,
    title: str | None = None,
) -> "Figure":
    """Draw the histogram of values with the normal curve of their mean and deviation, and write Cp and Cpk above it.

    The indices are those of :func:`process_capability`; where one cannot be computed, the picture says why.

    Args:
        rows: with a value each.
        value: the column of the values; rows that are plain numbers have ``value``.
        low: the limit below: a number, or the column that holds it.
        high: the limit above, likewise.
        unit: the column of the unit.
        label: what was measured.
        title: of the chart.

    Raises:
        ConfigurationError: matplotlib is not installed.
        ValidationError: the rows lack a column, hold what is no number, or have different limits or units.
    """
    return CapabilityChart.of(rows, value, low=low, high=high, unit=unit, label=label, title=title).figure()
