"""Makes test reports with steps, and asks the sandbox for figures."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def tests(wats, make_report) -> Callable[..., None]:
    """Stores test reports, one for each list of steps or measured values; the first step that failed is blamed."""
    count = iter(range(1, 1000))

    def store(*runs: Any, **fields: Any) -> None:
        reports = []
        for run in runs:
            number = next(count)
            steps = [measured("Vout", value) for value in run] if isinstance(run, tuple) else run
            failed = any(step["status"] in "FET" for step in steps)
            report = make_report(number, **{"result": "F" if failed else "P", **fields})
            report["root"] |= {"status": report["result"], "steps": steps}
            reports.append(report)
        wats.seed(reports=reports)

    return store


def measured(name: str, *values: float, low: float = 4.0, high: float = 6.0, **fields: Any) -> dict[str, Any]:
    """A step with a measurement for each value, within or without the limits."""
    measures = [
        {
            "name": f"m{place}",
            "compOp": "GELE",
            "unit": "V",
            "value": value,
            "lowLimit": low,
            "highLimit": high,
            "status": "P" if low <= value <= high else "F",
        }
        for place, value in enumerate(values)
    ]
    if len(measures) == 1:
        del measures[0]["name"]
    status = "F" if any(measure["status"] == "F" for measure in measures) else "P"
    return {"group": "M", "name": name, "status": status, "stepType": "ET_NLT", "numericMeas": measures, **fields}


@pytest.fixture
def place(http) -> Callable[..., None]:
    """Brings stations to a level: each is a client of that name."""

    def bring(level: list[str], *stations: str) -> None:
        level_id = http.post("/api/SystemManager/Level", level).json()
        for station in stations:
            client = {"id": station, "type": "python", "name": station, "location": "", "purpose": ""}
            assert http.post("/api/Client/Register", query=client).status == 200
            client_id = http.get("/api/SystemManager/Client", {"name": station}).json()["clientId"]
            changed = {"clientId": client_id, "clientGroupId": level_id}
            assert http.put("/api/SystemManager/Client", changed).status in {200, 204}

    return bring


@pytest.fixture
def step() -> Callable[..., dict[str, Any]]:
    return measured


@pytest.fixture
def figures(http) -> Callable[..., Any]:
    """Asks for figures; a dictionary is a filter to post."""

    def ask(path: str, body: Any = None, **query: Any) -> Any:
        reply = http.get(path, query) if body is None else http.post(path, body, query or None)
        assert reply.status == 200, reply.body
        return reply.json()

    return ask
