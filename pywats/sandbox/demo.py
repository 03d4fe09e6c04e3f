"""Contents for a demonstration: some products, and the test reports of thirty days that end today."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pywats.sandbox.world import World

DAYS = 30
_SPACE = uuid.UUID("6f2b1a52-3d0c-4c5e-9d7a-6d0f6f2a7b11")


@dataclass(frozen=True, slots=True)
class _Product:
    part_number: str
    name: str
    revisions: tuple[str, ...]
    daily: int
    failing: float


_PRODUCTS = (
    _Product("WIDGET-001", "Widget", ("A", "B"), 6, 0.08),
    _Product("WIDGET-002", "Widget with display", ("A",), 4, 0.12),
    _Product("PSU-24V", "Power supply 24 V", ("1.0", "1.1", "2.0"), 5, 0.05),
    _Product("CTRL-BOARD", "Controller board", ("C",), 7, 0.10),
    _Product("SENSOR-T", "Temperature sensor", ("1",), 3, 0.03),
)
_STATIONS = (("STATION-01", "Oslo"), ("STATION-02", "Oslo"), ("STATION-03", "Drammen"))
_OPERATIONS = ((20, "ICT"), (60, "Functional Test"))
_OPERATORS = ("anna", "bjorn", "carla")
_STEPS = (
    ("Input current", "A", 0.20, 0.40),
    ("Output voltage", "V", 4.75, 5.25),
    ("Ripple", "mV", 0.0, 30.0),
    ("Temperature", "degC", 15.0, 45.0),
)


def seed_demo(world: World, *, seed: int = 1, days: int = DAYS) -> None:
    """Fill a sandbox that has no reports yet. The same seed on the same day gives the same contents."""
    with world.database.lock, world.database.transaction():
        if world.reports.count():
            return
        for product in _PRODUCTS:
            revisions = [{"revision": each, "name": f"Revision {each}"} for each in product.revisions]
            values = {"partNumber": product.part_number, "name": product.name, "revisions": revisions}
            world.products.save({**values, "tags": [{"key": "Family", "value": "Demo", "change": 1}]})
        today = datetime.fromtimestamp(world.clock(), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        world.reports.seed(list(demo_reports(today, seed=seed, days=days)))


def demo_reports(today: datetime, *, seed: int = 1, days: int = DAYS) -> Iterator[dict[str, Any]]:
    """Yield the reports of the days before ``today``, oldest first; a unit that fails is tested once more."""
    for age in range(days, 0, -1):
        day = today - timedelta(days=age)
        chance = random.Random(f"{seed} {day:%Y-%m-%d}")
        for product in _PRODUCTS:
            for number in range(product.daily):
                serial = f"{product.part_number}-{day:%y%m%d}-{number:02d}"
                revision = chance.choice(product.revisions)
                when = day + timedelta(hours=6, minutes=chance.randrange(600))
                for code, operation in _OPERATIONS:
                    for attempt in range(3):
                        fails = chance.random() < product.failing
                        key = f"{seed} {serial} {code} {attempt}"
                        yield _report(chance, key, product, revision, serial, code, operation, when, fails=fails)
                        when += timedelta(minutes=5 + chance.randrange(20))
                        if not fails:
                            break


def _report(
    chance: random.Random,
    key: str,
    product: _Product,
    revision: str,
    serial: str,
    code: int,
    operation: str,
    when: datetime,
    *,
    fails: bool,
) -> dict[str, Any]:
    station, location = _STATIONS[chance.randrange(len(_STATIONS))]
    failing = chance.randrange(len(_STEPS)) if fails else None
    steps = [_step(chance, index, *each, fails=index == failing) for index, each in enumerate(_STEPS)]
    result = "F" if fails else "P"
    return {
        "type": "T",
        "id": str(uuid.uuid5(_SPACE, key)),
        "pn": product.part_number,
        "sn": serial,
        "rev": revision,
        "processCode": code,
        "processName": operation,
        "result": result,
        "machineName": station,
        "location": location,
        "purpose": "Production",
        "start": when.isoformat(),
        "startUTC": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "uut": {"user": chance.choice(_OPERATORS), "execTime": round(chance.uniform(20, 90), 2), "testSocketIndex": -1},
        "root": {
            "id": 1,
            "group": "M",
            "stepType": "SequenceCall",
            "name": "MainSequence Callback",
            "status": result,
            "seqCall": {
                "path": f"C:\\Sequences\\{product.part_number}.seq",
                "name": "MainSequence",
                "version": "1.4.2",
            },
            "steps": steps,
        },
        "miscInfos": [{"description": "Firmware", "text": f"2.{chance.randrange(4)}.0"}],
    }


def _step(
    chance: random.Random, index: int, name: str, unit: str, low: float, high: float, *, fails: bool
) -> dict[str, Any]:
    middle, spread = (low + high) / 2, (high - low) / 2
    value = high + spread * chance.uniform(0.05, 0.5) if fails else middle + spread * chance.uniform(-0.9, 0.9)
    status = "F" if fails else "P"
    return {
        "id": index + 2,
        "group": "M",
        "stepType": "ET_NLT",
        "name": name,
        "status": status,
        "causedUUTFailure": fails,
        "numericMeas": [
            {
                "compOp": "GELE",
                "status": status,
                "unit": unit,
                "value": round(value, 4),
                "lowLimit": low,
                "highLimit": high,
            }
        ],
    }
