"""The server's rules for charts and additional data."""

from collections.abc import Mapping
from typing import Any

from pywats.sandbox.fields import is_array, is_object
from pywats.sandbox.report.validation.fields import Check, Problems, an_object, text, whole, words

MAX_SERIES = 10
MAX_POINTS = 10_000

CHART: Mapping[str, Check] = {
    "chartType": words("Line", "LineLogXY", "LineLogX", "LineLogY"),
    "label": text(100),
    "xLabel": text(50),
    "xUnit": text(20),
    "yLabel": text(50),
    "yUnit": text(20),
}
"""The plain members of a chart."""
CHART_NEEDED = ("chartType",)
_SERIES: Mapping[str, Check] = {"dataType": words("XYG"), "name": text(100), "xdata": text(), "ydata": text()}
_DATA: Mapping[str, Check] = {"name": text(200)}
_PROPERTY: Mapping[str, Check] = {
    "name": text(),
    "type": words("Number", "String", "Bool", "Obj", "Array"),
    "value": text(),
    "flags": whole(),
    "numFormat": text(),
    "comment": text(),
    "array": an_object,
}


def chart(problems: Problems, path: str, value: dict[str, Any]) -> None:
    """Check the series of a chart: at most ten of at most ten thousand points, as many x as y."""
    series = problems.objects(f"{path} -> series", value.get("series"))
    if len(series) > MAX_SERIES:
        problems.add(path, f"series is required to be at most {MAX_SERIES}, not {len(series)}.")
    for place, each in series:
        problems.check(place, each, _SERIES, ("ydata",))
        counts = {name: _points(problems, place, name, each.get(name)) for name in ("xdata", "ydata")}
        if counts["xdata"] is not None and counts["xdata"] != counts["ydata"]:
            problems.add(place, "xdata and ydata are required to have the same number of points.")


def _points(problems: Problems, path: str, name: str, value: Any) -> int | None:
    """Return how many points a text of numbers has, ``None`` for an absent one."""
    if not isinstance(value, str):
        return None
    points = value.split(";") if value else []
    if len(points) > MAX_POINTS:
        problems.add(path, f"{name} is required to have at most {MAX_POINTS} points, not {len(points)}.")
        return len(points)
    try:
        for point in points:
            float(point)
    except ValueError:
        problems.add(path, f"{name} is required to be numbers with a decimal point, separated by semicolons.")
    return len(points)


def additional_data(problems: Problems, path: str, value: Any) -> None:
    """Check a list of additional data with their properties, however deep these are."""
    waiting: list[tuple[str, dict[str, Any]]] = []
    for place, data in problems.objects(path, value):
        problems.check(place, data, _DATA, ("name", "props"))
        waiting += problems.objects(f"{place} -> props", data.get("props"))
    while waiting:
        place, each = waiting.pop()
        problems.check(place, each, _PROPERTY, ("name", "type"))
        if each.get("type") == "Obj":
            waiting += problems.objects(f"{place} -> props", each.get("props"))
        array = each.get("array")
        if each.get("type") == "Array" and not is_object(array):
            problems.add(place, "array is required with type Array.")
        if is_object(array) and is_array(array.get("indexes")):
            values = [index.get("value") for index in array["indexes"] if is_object(index)]
            waiting += [(f"{place} -> array", inner) for inner in values if is_object(inner)]
