"""What analytics methods send, made of their arguments: filters, ids, paths, bounds."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from pywats.domains.analytics.models import UnitFlowFilter, UnitFlowResult, UnitFlowUnit
from pywats.errors import ValidationError
from pywats.exchange.answer import Answer
from pywats.exchange.call import body, checked, is_nothing, many, parse, query
from pywats.query.filters import DateGrouping, WATSFilter, filter_body
from pywats.query.paths import StepPath, normalize_paths

M = TypeVar("M")
Filter = WATSFilter | Mapping[str, Any]
FlowFilter = UnitFlowFilter | Mapping[str, Any]
Paths = str | StepPath | Sequence[str | StepPath]
Body = dict[str, Any]
Query = tuple[tuple[str, str], ...]

_OF_REPORTS: Final = {
    *("serialNumber", "partNumber", "revision", "batchNumber", "stationName", "testOperation", "status"),
    *("dateFrom", "dateTo"),
}
_DAY: Final = 86400


def days_back(days: int) -> Body:
    """The filter for the days up to now."""
    return {"period_count": days, "date_grouping": DateGrouping.DAY}


def chosen(filter_data: Filter | None, product_group: str | None, level: str | None, **more: object) -> Body:
    """A filter with these values in place of its own."""
    return filter_body(filter_data or {}) | filter_body({"product_group": product_group, "level": level, **more})


def by_ids(product_group_id: int | str, level_id: int | str, days: int) -> Query:
    """A product group and a level by their ids, and the days up to now."""
    return query(productGroupId=product_group_id, levelId=level_id, days=days)


def top_by_ids(
    part_number: str, process_code: int | str, group: int | str, level: int | str, days: int, count: int
) -> Query:
    """One product in one operation, and how many rows are wanted."""
    return query(partNumber=part_number, processCode=process_code) + by_ids(group, level, days) + query(count=count)


def reports_by_ids(filter_data: Filter | None, product_group_id: int | str | None, level_id: int | str | None) -> Query:
    """A filter of reports as it stands in a query, with a product group and a level by their ids.

    Raises:
        ValidationError: the filter says what a query cannot; the text names each field.
    """
    wanted = filter_body(filter_data or {})
    if unsaid := wanted.keys() - _OF_REPORTS:
        raise ValidationError(f"reports by ids cannot be restricted by {', '.join(sorted(unsaid))}")
    return query(**wanted, productGroupId=product_group_id, levelId=level_id)


def xml_filters(step_filters: str, sequence_filters: str) -> Query:
    """Filters of steps and of sequences."""
    return query(stepFilters=step_filters, sequenceFilters=sequence_filters)


def paths_apart(filter_data: Filter, paths: Paths | None) -> tuple[Body, Query]:
    """The filter without its paths, and the paths for the query."""
    wanted = filter_body(filter_data)
    own = wanted.pop("measurementPaths", None)
    return wanted, query(measurementPaths=own if paths is None else normalize_paths(paths))


def time_bounds(*bounds: int | None) -> Query:
    """What lies beyond is left out, in seconds."""
    names = ("minConnectionTime", "maxConnectionTime", "minExecutionTime", "maxExecutionTime")
    return query(**dict(zip(names, bounds, strict=True)))


def span_of(wanted: Body, given: timedelta | str | None) -> str:
    """A span of time as the server's own type for it writes one: ``[days.]hours:minutes:seconds``.

    It is the one given, or else what the filter spans.

    Raises:
        ValidationError: the filter has no beginning, or the span is not more than nothing.
    """
    if isinstance(given, str):
        return given
    begin, end = wanted.get("dateFrom"), wanted.get("dateTo")
    if given is None and begin is None:
        raise ValidationError("available_time is needed, or a filter with date_from or last")
    if given is None:
        until = _now() if end is None else datetime.fromisoformat(end)
        given = until - datetime.fromisoformat(str(begin))
    days, seconds = divmod(round(given.total_seconds()), _DAY)
    if days < 0 or days + seconds == 0:
        raise ValidationError(f"available_time is {given}; it must be more than nothing")
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{days}.{clock}" if days else clock


def flow_filter(filter_data: FlowFilter | None, **more: object) -> Body:
    """A filter of the flow with these values in place of its own."""
    given = filter_data if isinstance(filter_data, UnitFlowFilter) else checked(UnitFlowFilter, filter_data or {})
    return given.to_wire() | checked(UnitFlowFilter, more).to_wire()


def of_units(serial_numbers: Sequence[str], filter_data: FlowFilter | None) -> Body:
    """A filter of the flow that chooses these units.

    Raises:
        ValidationError: there are none, or one has the character that separates them.
    """
    if not serial_numbers or any(not number or ";" in number for number in serial_numbers):
        raise ValidationError(f"serial_numbers is {serial_numbers!r}; at least one is needed, and none with a ';'")
    return flow_filter(filter_data, serial_number=";".join(serial_numbers))


def flow_query(filter_data: FlowFilter | None) -> Query:
    """A filter of the flow as it stands in a query."""
    return query(filter=body(flow_filter(filter_data)).decode())


def read_flow(answer: Answer) -> UnitFlowResult:
    """Reads a flow, or the units alone; nothing is an empty one."""
    said = UnitFlowResult() if is_nothing(answer) else parse(UnitFlowResult | list[UnitFlowUnit], answer)
    return said if isinstance(said, UnitFlowResult) else UnitFlowResult(units=said)


def one_or_many(kind: type[M]) -> Callable[[Answer], list[M]]:
    """Reads a list, which the server may write as its only item."""

    def read(answer: Answer) -> list[M]:
        if answer.body.lstrip()[:1] == b"{" and not is_nothing(answer):
            only: M = parse(kind, answer)
            return [only]
        return many(kind)(answer)

    return read


def _now() -> datetime:
    return datetime.now(UTC)
