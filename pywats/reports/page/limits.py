"""A number between its limits, as a small picture."""

from html import escape
from math import isfinite
from typing import Any, Final

from pywats.reports.evaluation import ONE_LIMIT, TWO_LIMITS
from pywats.reports.member import Json

__all__ = ["compared", "finite", "limit_picture", "number_text"]

WIDTH: Final = 180
HEIGHT: Final = 18
_MARGIN: Final = 0.25
"""What is shown beyond the limits and the value, as a part of what is between them."""
_SIGNS: Final = {"EQ": "=", "NE": "≠", "GT": ">", "GE": "≥", "LT": "<", "LE": "≤"}


def number_text(value: Any) -> str:
    """A number with as many digits as people read; anything else as it is."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)


def compared(measure: Json) -> str:
    """What a value was compared with, such as ``4.75 ≤ x ≤ 5.25``."""
    comp_op = str(measure.get("compOp") or "LOG")
    low, high, limit = (number_text(measure.get(key)) for key in ("lowLimit", "highLimit", "limit"))
    if comp_op in TWO_LIMITS:
        first, second = comp_op[:2], comp_op[2:]
        if TWO_LIMITS[comp_op][2]:
            return f"{low} {'<' if first == 'GT' else '≤'} x {_SIGNS[second]} {high}"
        return f"x {_SIGNS[first]} {low} or x {_SIGNS[second]} {high}"
    if limit:
        return f"{_SIGNS.get(comp_op, comp_op.lower())} {limit}"
    return f"{_SIGNS.get(comp_op, comp_op)} {low}" if low else ""


def limit_picture(measure: Json) -> str:
    """The range that passes, its limits and the value, as SVG; empty if nothing was compared."""
    value, low, high = (finite(measure.get(key)) for key in ("value", "lowLimit", "highLimit"))
    comp_op = str(measure.get("compOp") or "LOG")
    if value is None or low is None or (comp_op in TWO_LIMITS and high is None):
        return ""
    if comp_op not in ONE_LIMIT and comp_op not in TWO_LIMITS:
        return ""
    limits = [low] if comp_op in ONE_LIMIT or high is None else sorted((low, high))
    least, most = min(value, *limits), max(value, *limits)
    span = (most - least) * (1 + 2 * _MARGIN)
    if not isfinite(span):
        return ""
    begin = least - (most - least) * _MARGIN
    if span == 0:
        span = abs(least) or 1.0
        begin = least - span / 2

    def at(number: float) -> float:
        return round((number - begin) / span * WIDTH, 1)

    marks = "".join(f'<path class="limit" d="M{at(each)} 2V16"/>' for each in limits)
    passing = "".join(_band(left, right) for left, right in _passing(comp_op, [at(each) for each in limits]))
    status = "bad" if measure.get("status") == "F" else "good"
    title = escape(f"{number_text(value)}; passes: {compared(measure)}")
    return (
        f'<svg class="limits" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">'
        f'<title>{title}</title><path class="axis" d="M0 9H{WIDTH}"/>{passing}{marks}'
        f'<circle class="{status}" cx="{min(max(at(value), 4), WIDTH - 4)}" cy="9" r="4"/></svg>'
    )


def _passing(comp_op: str, at: list[float]) -> list[tuple[float, float]]:
    """The stretches that pass, from left to right."""
    if comp_op in TWO_LIMITS:
        return [(at[0], at[1])] if TWO_LIMITS[comp_op][2] else [(0, at[0]), (at[1], WIDTH)]
    if comp_op in {"GT", "GE"}:
        return [(at[0], WIDTH)]
    if comp_op in {"LT", "LE"}:
        return [(0, at[0])]
    return [(at[0] - 1, at[0] + 1)] if comp_op == "EQ" else [(0, at[0] - 1), (at[0] + 1, WIDTH)]


def _band(left: float, right: float) -> str:
    return f'<rect class="passing" x="{left}" y="5" width="{round(max(right - left, 0), 1)}" height="8"/>'


def finite(value: Any) -> float | None:
    """A number that can be drawn, or ``None``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) and abs(value) < 1e300 else None  # noqa: PLR2004 - differences stay finite
