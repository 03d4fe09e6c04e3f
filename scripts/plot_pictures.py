"""Draw the pictures of docs/how-to/plots.md into docs/assets/plots, from made-up data that is the same each time."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pywats import plots

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "assets" / "plots"

_STATIONS = {"FCT-1": 97.5, "FCT-2": 95.5, "ICT-1": 92.0}
_FAILURES = {
    "MainSequence/Supply/Rail 3V3": 31,
    "MainSequence/Interfaces/CAN loopback": 17,
    "MainSequence/Flash/Program": 11,
    "MainSequence/Radio/Output power": 8,
    "MainSequence/Radio/Sensitivity": 6,
    "MainSequence/Display/Colour": 4,
    "MainSequence/Buttons": 2,
}


def pictures() -> Iterator[tuple[str, str]]:
    """Yield the name and the SVG of each picture."""
    chance = random.Random(5)
    weeks = [f"2026-W{number:02}" for number in range(1, 13)]
    yields = [
        {"period": week, "station": name, "fpy": min(100.0, chance.gauss(level, 1.2)), "units": chance.randint(60, 180)}
        for week in weeks
        for name, level in _STATIONS.items()
    ]
    failures = [{"step_path": name, "fail_count": count} for name, count in _FAILURES.items()]
    measured: list[dict[str, Any]] = [
        {"value": round(chance.gauss(5.02, 0.048), 3), "low": 4.75, "high": 5.25, "unit": "V"} for _ in range(240)
    ]
    limits: dict[str, Any] = {"low": "low", "high": "high", "unit": "unit", "label": "Supply"}
    drawn = {
        "yield_trend": plots.yield_trend(yields, "period", "fpy", by="station", count="units", target=96),
        "pareto": plots.pareto(failures, "step_path", "fail_count", title="Failed steps of WIDGET-001"),
        "histogram": plots.histogram(measured, **limits, title="Supply of WIDGET-001"),
        "capability": plots.capability(measured, **limits, title="Supply of WIDGET-001"),
    }
    for name, figure in drawn.items():
        yield name, plots.to_svg(figure) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in pictures():
        (FOLDER / f"{name}.svg").write_text(content, encoding="utf-8")
