"""Charts of the rows of earlier steps: which keys each kind has, and the pictures."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pywats.config.problems import nearest
from pywats.jobs.schema import Plot
from pywats.plots.kinds import KINDS
from pywats.plots.saving import content_of
from pywats.tables.columns import Kinds, kinds_of, needed

_COLUMNS: Final = ("x", "y", "by", "count", "value", "low", "high", "unit")
"""The keys that name columns; a limit may be a number as well."""


@dataclass(frozen=True)
class Drawn:
    """A chart that was drawn.

    Attributes:
        rows: what it shows.
        pictures: its files, by their formats.
    """

    rows: Iterable[Any]
    pictures: Mapping[str, bytes]


def mistakes(plot: Plot) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the keys of a chart: the key, and why.

    Raises:
        ConfigurationError: matplotlib is missing.
    """
    needed("matplotlib", "plots")
    keys = _keys(plot)
    for name in plot.settings:
        if name not in keys:
            yield name, f"{plot.kind} has no {name}; it has {', '.join(keys)}{nearest(name, keys)}"
    for name, is_required in keys.items():
        if is_required and name not in plot.settings:
            yield name, f"is missing; {plot.kind} needs it"


def columns(plot: Plot) -> list[tuple[str, str]]:
    """Return the keys that name columns, each with the name."""
    return [(key, name) for key in _COLUMNS if isinstance(name := plot.settings.get(key), str)]


def kinds(plot: Plot) -> Kinds:
    """Return the columns of the rows that a chart shows."""
    return kinds_of(KINDS[plot.kind].row)


def draw(plot: Plot, rows: Iterable[Any], formats: Iterable[str]) -> Drawn:
    """Draw rows.

    Raises:
        ValidationError: they cannot be drawn.
    """
    chart = KINDS[plot.kind].of(rows, **plot.settings)
    figure = chart.figure()
    return Drawn(chart.rows, {name: content_of(figure, name) for name in formats})


def _keys(plot: Plot) -> dict[str, bool]:
    """Return the keys of this kind of chart, and whether they are required."""
    _, *parameters = inspect.signature(KINDS[plot.kind].of).parameters.values()
    return {parameter.name: parameter.default is parameter.empty for parameter in parameters}
