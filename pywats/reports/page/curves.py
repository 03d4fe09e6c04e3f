"""The chart of a step, as SVG."""

from html import escape
from itertools import pairwise
from math import floor, isfinite, log10
from typing import Any, Final, NamedTuple

from pywats.reports.chart import decimated
from pywats.reports.member import Json
from pywats.reports.page.limits import number_text
from pywats.reports.page.parts import parts

__all__ = ["chart_picture"]

WIDTH: Final = 640
HEIGHT: Final = 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 12, 40
_MOST_POINTS: Final = 1200
"""Points of a curve that a screen can show; the lowest and highest of each stretch are kept."""
_COLOURS: Final = 6
_TICKS: Final = 5
_STEPS: Final = (1.0, 2.0, 5.0, 10.0)


class _Curve(NamedTuple):
    name: str
    xs: list[float]
    ys: list[float]


class _Axis:
    """From numbers to places on the picture."""

    def __init__(self, numbers: list[float], begin: float, end: float, *, log: bool) -> None:
        self.log = log
        least, most = min(numbers), max(numbers)
        if least == most:
            least, most = (least / 2, most * 2) if log else (least - 0.5, most + 0.5)
        self.least, self.most = least, most
        self._begin, self._end = begin, end

    def at(self, number: float) -> float:
        """The place of a number."""
        least, most, here = (log10(each) if self.log else each for each in (self.least, self.most, number))
        share = (here - least) / ((most - least) or 1.0)
        return round(self._begin + share * (self._end - self._begin), 1)

    def ticks(self) -> list[float]:
        """Round numbers along the axis."""
        if self.log:
            exponents = range(floor(log10(self.least)), floor(log10(self.most)) + 1)
            found = [10.0**each for each in exponents if self.least <= 10.0**each <= self.most]
            return found[:: max(1, len(found) // _TICKS)] or [self.least, self.most]
        wanted = (self.most - self.least) / _TICKS
        power = 10.0 ** floor(log10(wanted)) if wanted > 0 else 1.0
        step = next((each * power for each in _STEPS if each * power >= wanted), wanted) or 1.0
        first = floor(self.least / step)
        return [each for n in range(first, first + 2 * _TICKS + 2) if self.least <= (each := n * step) <= self.most]


def chart_picture(chart: Json) -> str:
    """The curves of a chart with axes and names; empty if there is no point to show."""
    kind = str(chart.get("chartType") or "")
    log_x, log_y = kind in {"LineLogX", "LineLogXY"}, kind in {"LineLogY", "LineLogXY"}
    curves = [curve for each in parts(chart, "series") if (curve := _curve(each, log_x, log_y)).ys]
    if not curves:
        return ""
    across = _Axis([x for curve in curves for x in curve.xs], _LEFT, WIDTH - _RIGHT, log=log_x)
    up = _Axis([y for curve in curves for y in curve.ys], HEIGHT - _BOTTOM, _TOP, log=log_y)
    grid = "".join(
        f'<path class="grid" d="M{across.at(x)} {_TOP}V{HEIGHT - _BOTTOM}"/>'
        f'<text x="{across.at(x)}" y="{HEIGHT - _BOTTOM + 14}" text-anchor="middle">{number_text(float(x))}</text>'
        for x in across.ticks()
    ) + "".join(
        f'<path class="grid" d="M{_LEFT} {up.at(y)}H{WIDTH - _RIGHT}"/>'
        f'<text x="{_LEFT - 6}" y="{up.at(y) + 4}" text-anchor="end">{number_text(float(y))}</text>'
        for y in up.ticks()
    )
    lines = "".join(_line(curve, number, across, up) for number, curve in enumerate(curves))
    names = "".join(
        f'<span class="c{number % _COLOURS}">{escape(curve.name)}</span>' for number, curve in enumerate(curves)
    )
    label = escape(str(chart.get("label") or "chart"))
    x_name, y_name = (_axis_name(chart, axis) for axis in "xy")
    return (
        f'<figure class="chart"><figcaption>{label} {names}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"><title>{label}</title>{grid}{lines}'
        f'<text x="{(WIDTH + _LEFT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{x_name}</text>'
        f'<text transform="translate(12 {(HEIGHT - _BOTTOM) / 2}) rotate(-90)" text-anchor="middle">{y_name}</text>'
        f"</svg></figure>"
    )


def _line(curve: _Curve, number: int, across: _Axis, up: _Axis) -> str:
    points = [f"{across.at(x)} {up.at(y)}" for x, y in zip(curve.xs, curve.ys, strict=True)]
    if len(points) == 1:
        x, y = points[0].split()
        return f'<circle class="c{number % _COLOURS} dot" cx="{x}" cy="{y}" r="3"/>'
    distinct = [points[0], *(after for before, after in pairwise(points) if after != before)]
    return f'<path class="c{number % _COLOURS} curve" d="M{"L".join(distinct)}"/>'


def _axis_name(chart: Json, axis: str) -> str:
    label, unit = chart.get(f"{axis}Label") or "", chart.get(f"{axis}Unit") or ""
    return escape(f"{label} [{unit}]" if unit else str(label))


def _curve(series: Json, log_x: bool, log_y: bool) -> _Curve:
    """The points that can be shown; what is no number is left out, and on a logarithmic axis what is not positive."""
    ys = _numbers(series.get("ydata"))
    xs = _numbers(series.get("xdata")) or [float(index) for index in range(len(ys))]
    points = [
        (x, y)
        for x, y in zip(xs, ys, strict=False)
        if x is not None and y is not None and (x > 0 or not log_x) and (y > 0 or not log_y)
    ]
    kept_x: list[float] = [x for x, _ in points]
    kept_y: list[float] = [y for _, y in points]
    if len(points) > _MOST_POINTS:
        fewer_x, fewer_y = decimated(kept_x, kept_y, _MOST_POINTS)
        kept_x, kept_y = list(fewer_x), list(fewer_y)
    return _Curve(str(series.get("name") or ""), kept_x, kept_y)


def _numbers(joined: Any) -> list[float | None]:
    return [_number(each) for each in str(joined).split(";")] if joined else []


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) and abs(value) < 1e300 else None  # noqa: PLR2004 - differences stay finite
