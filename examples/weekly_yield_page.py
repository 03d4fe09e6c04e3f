"""A page of the yield of each station, from the files of the job configs/yield-by-station.yaml.

One HTML file with its charts in it, which can be mailed or laid on a share: `python weekly_yield_page.py out/weekly`.
"""

import csv
import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

STYLE = """
body{margin:0 auto;max-width:48rem;padding:1rem;background:#fff;color:#1a1a1a;font:16px/1.45 system-ui,sans-serif}
h1{font-size:1.5rem}
svg{display:block;width:100%;max-width:36rem;height:auto;margin:1.5rem 0}
table{border-collapse:collapse;font-size:.9rem}
td,th{padding:.3rem .6rem .3rem 0;border-bottom:1px solid #e4e4e4;text-align:right}
td{white-space:nowrap}td:first-child,th:first-child{text-align:left}
th{font-weight:400;color:#555}.low{color:#b34700;font-weight:600}
"""


def stations(folder: Path, target: float) -> Iterator[str]:
    """The rows of the table: each station with its last week, and the one before."""
    with (folder / "yield.csv").open(encoding="utf-8", newline="") as file:
        weeks = sorted(csv.DictReader(file), key=lambda row: [int(part) for part in re.findall(r"\d+", row["period"])])
    for station in sorted({row["station_name"] for row in weeks}):
        *before, last = [row for row in weeks if row["station_name"] == station]
        yields = [float(row["fpy"]) if row["fpy"] else None for row in (last, *before[-1:])]
        cells = [f"{each:.1f} %" if each is not None else "-" for each in (*yields, None)][:2]
        low = yields[0] is not None and yields[0] < target
        yield (
            f"<tr><td>{escape(station)}</td><td>{escape(last['period'])}</td><td>{last['unit_count']}</td>"
            f"<td{' class=low' if low else ''}>{cells[0]}</td><td>{cells[1]}</td></tr>"
        )


def page(folder: Path, target: float = 95.0) -> str:
    """The page."""
    charts = "\n".join((folder / name).read_text(encoding="utf-8") for name in ("yield.svg", "failures.svg"))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Yield by station</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>'
        "<h1>Yield by station</h1>\n<table><tr><th>Station</th><th>Week</th><th>Units</th><th>First pass yield</th>"
        f"<th>Before</th></tr>\n{chr(10).join(stations(folder, target))}\n</table>\n{charts}\n</body></html>\n"
    )


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "out/weekly")
    try:
        (where / "index.html").write_text(page(where), encoding="utf-8")
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is not there; run the job first: pywats run configs/yield-by-station.yaml")
    print(where / "index.html")
