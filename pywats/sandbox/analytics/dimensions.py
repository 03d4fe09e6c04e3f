"""What to sum up by: the items of a ``dimensions`` text, their values in a report, and the order of the result."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pywats.sandbox.analytics.wats_filter import Chosen, period_of
from pywats.sandbox.answers import refusal
from pywats.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Term:
    """One item: a dimension or a KPI, and the direction in which it orders the result."""

    name: str
    is_kpi: bool
    descending: bool


def terms(text: str, dimensions: Iterable[str], kpis: Iterable[str]) -> list[Term]:
    """Return the items of a ``dimensions`` text, or refuse with 400."""
    known = {name.lower(): (name, False) for name in dimensions} | {name.lower(): (name, True) for name in kpis}
    found: list[Term] = []
    for item in text.split(";"):
        name, *direction = item.split()[:3] or [""]
        if not name:
            continue
        if [word.lower() for word in direction] not in ([], ["asc"], ["desc"]):
            raise refusal(400, f"The dimension {item.strip()!r} is required to be a name, with asc or desc behind it.")
        if name.lower() not in known:
            names = ", ".join(name for name, _ in known.values())
            raise refusal(400, f"The dimension {name!r} is unknown or not supported; known: {names}.")
        found.append(Term(*known[name.lower()], [word.lower() for word in direction] == ["desc"]))
    return found


LEVEL_OF = "(SELECT l.name FROM client AS c JOIN level AS l USING (level_id) WHERE c.name = {}.station_name)"
"""The SQL of the level that the station of a report belongs to."""


class Keys:
    """Makes the keys of groups from the raw values of dimensions.

    A start becomes the name of its period. A product is in any number of product groups, so that a report may have
    several keys.
    """

    def __init__(self, world: World, grouping: int, names: Sequence[str]) -> None:
        self._world, self._grouping = world, grouping
        self._periods = {place for place, name in enumerate(names) if name.lower().endswith("period")}
        self._groups = {place for place, name in enumerate(names) if name == "productGroup"}
        self._known: dict[Any, Sequence[Any]] = {}

    def of(self, raw: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        """Go through the keys of one row of raw values."""
        if self._periods or self._groups:
            yield from product(*(self._values(place, value) for place, value in enumerate(raw)))
        else:
            yield raw

    def _values(self, place: int, value: Any) -> Sequence[Any]:
        if value is None or (place not in self._periods and place not in self._groups):
            return (value,)
        if place in self._periods:
            return (period_of(value, self._grouping),)
        if value not in self._known:
            self._known[value] = self._world.groups.names_of(value) or (None,)
        return self._known[value]


def arranged(
    rows: list[dict[str, Any]], items: Sequence[Term], chosen: Chosen, kpis: Sequence[str], *, all_kpis: bool
) -> list[dict[str, Any]]:
    """Order the rows by the items, cut them short, and leave out the KPIs that nobody asked for."""
    for item in reversed(items):
        rows.sort(key=lambda row, name=item.name: _order_key(row[name]), reverse=item.descending)  # type: ignore[misc]
    wanted = {item.name for item in items if item.is_kpi}
    hidden = set(kpis) - wanted if wanted and not all_kpis else set[str]()
    limit = len(rows) if chosen.top_count is None else max(chosen.top_count, 0)
    return [{name: value for name, value in row.items() if name not in hidden} for row in rows[:limit]]


def asked(values: Mapping[str, Any], query: str | None) -> tuple[dict[str, Any], str]:
    """Return a filter without its dimensions, and the dimensions: those of the query, or else its own."""
    own = next((value for name, value in values.items() if name.lower() == "dimensions"), None)
    rest = {name: value for name, value in values.items() if name.lower() != "dimensions" and value is not None}
    return rest, query or (own if isinstance(own, str) else "")


def _order_key(value: Any) -> tuple[int, Any]:
    return (0, 0) if value is None else (1, value)
