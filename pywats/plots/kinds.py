"""The kinds of charts by their names."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, Self

from pywats.plots.capability import CapabilityChart
from pywats.plots.histogram import Histogram
from pywats.plots.pareto import Pareto
from pywats.plots.trend import Trend

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Chart(Protocol):
    """What is drawn, apart from the drawing."""

    row: ClassVar[type]
    """The type of its rows."""

    @classmethod
    def of(cls, rows: Iterable[Any], /, *settings: Any, **more: Any) -> Self:
        """Return the chart of rows."""
        ...

    @property
    def rows(self) -> Iterable[Any]:
        """What it shows, as rows."""
        ...

    def figure(self) -> "Figure":
        """Draw it."""
        ...


KINDS: Final[Mapping[str, type[Chart]]] = {
    "yield_trend": Trend,
    "pareto": Pareto,
    "histogram": Histogram,
    "capability": CapabilityChart,
}
