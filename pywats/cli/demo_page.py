"""The page that ends the demo: what happened as a table, the yield as a picture, in one file that needs no other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

_WIDTH: Final = 360
_ROW: Final = 46
_HEIGHT: Final = 150
_FLOOR: Final = _HEIGHT + 20

_COLUMNS: Final = ("what", "count", "where")

_STYLE: Final = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0 auto;max-width:46rem;padding:1rem 1.2rem 3rem;background:#fff;color:#1a1a1a;
font:16px/1.45 system-ui,sans-serif}
h1{font-size:1.4rem;margin:.4rem 0}h2{font-size:1.1rem;margin:1.8rem 0 .5rem}p{color:#555;margin:.3rem 0}
svg{display:block;width:100%;max-width:27rem;height:auto}svg text{font-size:14px;fill:#1a1a1a}svg .soft{fill:#555}
.pass{fill:#0072b2}.fail{fill:#d55e00}.track{fill:#ececec}.axis{stroke:#555}
table{border-collapse:collapse;font-size:.9rem}
td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top;font-weight:400}
td{overflow-wrap:anywhere}th,td.n{white-space:nowrap}td.n{text-align:right;font-variant-numeric:tabular-nums}
"""


@dataclass(frozen=True)
class Yield:
    """The yield of a product in an operation.

    Attributes:
        name: of both.
        units: that were tested.
        percent: of them passed at first; ``None`` without any.
    """

    name: str
    units: int
    percent: float | None


@dataclass(frozen=True)
class Period:
    """The tests of a short time.

    Attributes:
        name: its beginning.
        passed: tests.
        failed: tests, and those that ended in another way.
    """

    name: str
    passed: int
    failed: int


def page_of(rows: Iterable[dict[str, Any]], yields: Sequence[Yield], periods: Sequence[Period]) -> str:
    """Return the page.

    Args:
        rows: of the closing table: ``what``, ``count``, ``where``.
        yields: in their order.
        periods: likewise, those without tests included.
    """
    table = "".join(
        "<tr><th>{}</th><td class=n>{}</td><td>{}</td></tr>".format(*(escape(row[name]) for name in _COLUMNS))
        for row in rows
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>pywats demo</title><style>{_STYLE}</style></head><body>\n"
        "<h1>What the demo did</h1>\n<p>Report files of three testers went through the ingest daemon into a sandbox "
        "server; a job asked it for the yield.</p>\n"
        f"<h2>First pass yield</h2>\n{yield_chart(yields)}\n"
        f"<h2>Tests, by quarter of an hour (UTC)</h2>\n{period_chart(periods)}\n"
        f"<h2>Files</h2>\n<table>{table}</table>\n</body></html>\n"
    )


def yield_chart(yields: Sequence[Yield]) -> str:
    """Return lying bars from 0 to 100 %, each with its name above it, as SVG."""
    drawn: list[str] = []
    for number, each in enumerate(yields):
        top = number * _ROW
        length = (_WIDTH - 70) * (each.percent or 0) / 100
        units = "unit" if each.units == 1 else "units"
        said = "no units" if each.percent is None else f"{each.percent:.1f} %"
        drawn += [
            f'<text x="0" y="{top + 15}">{escape(each.name)}<tspan class="soft"> · {each.units} {units}</tspan></text>',
            _box("track", 0, top + 22, _WIDTH - 70, 16),
            _box("pass", 0, top + 22, length, 16),
            f'<text x="{_WIDTH - 62}" y="{top + 36}">{said}</text>',
        ]
    words = "; ".join(f"{each.name}: {each.percent:.1f} %" for each in yields if each.percent is not None)
    return _svg(len(yields) * _ROW, f"First pass yield. {words}", drawn)


def period_chart(periods: Sequence[Period]) -> str:
    """Return columns of what passed, and on it what did not, as SVG."""
    top = max([period.passed + period.failed for period in periods], default=1)
    step = _WIDTH / max(len(periods), 1)
    drawn: list[str] = []
    for number, period in enumerate(periods):
        low, high = (_HEIGHT * count / top for count in (period.passed, period.failed))
        left, width = number * step + step * 0.14, step * 0.72
        drawn += [
            f"<g><title>{escape(period.name)}: {period.passed} passed, {period.failed} failed</title>",
            _box("pass", left, _FLOOR - low, width, low),
            _box("fail", left, _FLOOR - low - high, width, high),
            "</g>",
            _above(period, left + width / 2, _FLOOR - low - high),
        ]
        if number % max(1, -(-len(periods) // 7)) == 0:
            drawn.append(f'<text class="soft" x="{left:.1f}" y="{_FLOOR + 18}">{escape(period.name)}</text>')
    drawn += [
        f'<path class="axis" d="M0 {_FLOOR}H{_WIDTH}"/>',
        _box("pass", 0, _FLOOR + 32, 12, 12),
        f'<text x="18" y="{_FLOOR + 43}">passed</text>',
        _box("fail", 90, _FLOOR + 32, 12, 12),
        f'<text x="108" y="{_FLOOR + 43}">failed</text>',
    ]
    passed, failed = (sum(getattr(period, name) for period in periods) for name in ("passed", "failed"))
    return _svg(_FLOOR + 50, f"Tests over time: {passed} passed, {failed} failed", drawn)


def _above(period: Period, x: float, y: float) -> str:
    count = period.passed + period.failed
    return f'<text x="{x:.1f}" y="{y - 5:.1f}" text-anchor="middle">{count}</text>' if count else ""


def _box(kind: str, left: float, top: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _svg(height: int, title: str, shapes: Iterable[str]) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img"><title>{escape(title)}</title>{"".join(shapes)}</svg>'
