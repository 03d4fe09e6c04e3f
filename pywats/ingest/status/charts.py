"""Charts as inline SVG: shapes alone, which stretch with the page; their words stand beside them as text."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

HEIGHT: Final = 100.0


def area(values: Sequence[int], kind: str) -> Markup:
    """Return a filled line over time, the latest value at the right; ``kind`` is its class."""
    top, step = max(*values, 1), 100.0
    points = [f"{number * step:g},{HEIGHT - HEIGHT * value / top:.1f}" for number, value in enumerate(values)]
    width = (len(values) - 1) * step
    line = " ".join(points)
    return _drawing(
        width,
        Markup('<polygon class="{} fill" points="0,{} {} {},{}"/><polyline class="{} line" points="{}"/>').format(
            kind, f"{HEIGHT:g}", line, f"{width:g}", f"{HEIGHT:g}", kind, line
        ),
    )


def columns(pairs: Sequence[tuple[int, int]], titles: Sequence[str]) -> Markup:
    """Return columns of two parts each, the first below the second; each has a title that is shown on pointing."""
    top = max(1, *(sum(pair) for pair in pairs))
    drawn = Markup("")
    for number, ((low, high), title) in enumerate(zip(pairs, titles, strict=True)):
        low_height, high_height = HEIGHT * low / top, HEIGHT * high / top
        left = number * 100 + 12
        drawn += Markup("<g><title>{}</title>{}{}</g>").format(
            title,
            _box("pass", left, HEIGHT - low_height, 76, low_height),
            _box("fail", left, HEIGHT - low_height - high_height, 76, high_height),
        )
    return _drawing(len(pairs) * 100, drawn)


def bar(parts: Sequence[tuple[str, int]], whole: int) -> Markup:
    """Return one lying bar of several parts, as long as they are of the whole."""
    left, drawn = 0.0, Markup("")
    for kind, value in parts:
        length = 1000 * value / max(whole, 1)
        drawn += _box(kind, left, 0, length, HEIGHT)
        left += length
    return _drawing(1000, drawn)


def _box(kind: str, left: float, top: float, width: float, height: float) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind, f"{left:.1f}", f"{top:.1f}", f"{width:.1f}", f"{height:.1f}"
    )


def _drawing(width: float, shapes: Markup) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true" focusable="false">{}</svg>'
    ).format(f"{max(width, 1):g}", f"{HEIGHT:g}", shapes)
