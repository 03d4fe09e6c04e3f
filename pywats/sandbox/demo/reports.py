"""The reports of the demonstration: each day boards are tested, built into units, and these tested, too."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pywats.sandbox.demo.floor import FIXTURES, STATIONS
from pywats.sandbox.demo.products import PRODUCTS, Product

DAYS = 30
"""So many days the reports cover."""

Report = dict[str, Any]

_SPACE = uuid.UUID("6f2b1a52-3d0c-4c5e-9d7a-6d0f6f2a7b11")
_OF_BOARDS = ((20, "ICT"), (60, "Functional Test"))
_OF_UNITS = ((60, "Functional Test"), (100, "Final Function"))
_REPAIR = (500, "Repair")
_OPERATORS = ("anna", "bjorn", "carla")
_REPAIRERS = ("dag", "eva")
_STEPS = (
    ("Input current", "A", 0.20, 0.40),
    ("Output voltage", "V", 4.75, 5.25),
    ("Ripple", "mV", 0.0, 30.0),
    ("Temperature", "degC", 15.0, 45.0),
)
_CAUSES = (
    ("Component", "Defect Component", "U1", "replaced"),
    ("Component", "Wrong Component", "R7", "replaced"),
    ("Solder", "Bad Solder Joint", "J2", "resoldered"),
    ("Assembly", "Loose Connector", "X1", "plugged in"),
)
_AGAIN = 3
"""What failed fails so many times more often than others."""
_RUNS = 3
"""A unit that still fails after so many runs is given up."""


@dataclass(frozen=True, slots=True)
class _Unit:
    product: Product
    revision: str
    serial_number: str
    parts: tuple["_Unit", ...] = ()


@dataclass(slots=True)
class _Day:
    """One day: what chance decides, which boards are there to be built in, and the reports so far."""

    seed: int
    day: datetime
    chance: random.Random
    stock: list[_Unit] = field(default_factory=list[_Unit])
    reports: list[Report] = field(default_factory=list[Report])


def demo_reports(today: datetime, *, seed: int = 1, days: int = DAYS) -> Iterator[Report]:
    """Yield the reports of the days before ``today``, oldest first; what fails is repaired or tested once more."""
    for age in range(days, 0, -1):
        when = today - timedelta(days=age)
        day = _Day(seed, when, random.Random(f"{seed} {when:%Y-%m-%d}"))
        for product in PRODUCTS:
            for number in range(product.daily):
                _make(day, product, number)
        yield from sorted(day.reports, key=lambda report: str(report["startUTC"]))


def _make(day: _Day, product: Product, number: int) -> None:
    """Make one unit and test it; one that needs boards is only made if they are there."""
    parts = [next((unit for unit in day.stock if _is(unit, *each)), None) for each in product.parts]
    if None in parts:
        return
    built_in = tuple(part for part in parts if part is not None)
    revision = product.revisions[-1] if built_in else day.chance.choice(product.revisions)
    serial_number = f"{product.part_number}-{day.day:%y%m%d}-{number:02d}"
    unit = _Unit(product, revision, serial_number, built_in)
    for part in built_in:
        day.stock.remove(part)
    begin = timedelta(hours=13 if built_in else 6, minutes=day.chance.randrange(300))
    if _passes(day, unit, day.day + begin):
        day.stock.append(unit)


def _is(unit: _Unit, part_number: str, revision: str) -> bool:
    return (unit.product.part_number, unit.revision) == (part_number, revision)


def _passes(day: _Day, unit: _Unit, when: datetime) -> bool:
    """Test a unit in its operations, with repairs between, until it passes all or is given up."""
    for code, operation in _OF_UNITS if unit.parts else _OF_BOARDS:
        for run in range(_RUNS):
            fails = day.chance.random() < unit.product.failing * (_AGAIN if run else 1)
            report = _test(day, unit, code, operation, run, when, fails=fails)
            day.reports.append(report)
            when += timedelta(minutes=5 + day.chance.randrange(20))
            if not fails:
                break
            if run == _RUNS - 1:
                return False
            if run or day.chance.random() < 0.5:  # noqa: PLR2004 - every other one is only tested once more
                day.reports.append(_repair(day, report, when))
                when += timedelta(minutes=10 + day.chance.randrange(20))
    return True


def _head(day: _Day, key: str, when: datetime) -> Report:
    return {
        "id": str(uuid.uuid5(_SPACE, f"{day.seed} {key}")),
        "purpose": "Production",
        "start": when.isoformat(),
        "startUTC": _utc(when),
    }


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _test(day: _Day, unit: _Unit, code: int, operation: str, run: int, when: datetime, *, fails: bool) -> Report:
    chance, part_number = day.chance, unit.product.part_number
    station, location = STATIONS[chance.randrange(len(STATIONS))]
    failing = chance.randrange(len(_STEPS)) if fails else None
    steps = [_step(chance, index, *each, fails=index == failing) for index, each in enumerate(_STEPS)]
    result = "F" if fails else "P"
    report = {
        "type": "T",
        **_head(day, f"{unit.serial_number} {code} {run}", when),
        "pn": part_number,
        "sn": unit.serial_number,
        "rev": unit.revision,
        "processCode": code,
        "processName": operation,
        "result": result,
        "machineName": station,
        "location": location,
        "uut": {
            "user": chance.choice(_OPERATORS),
            "execTime": round(chance.uniform(20, 90), 2),
            "testSocketIndex": -1,
            "batchSN": f"{part_number}-{day.day:%G-W%V}",
        },
        "root": {
            "id": 1,
            "group": "M",
            "stepType": "SequenceCall",
            "name": "MainSequence Callback",
            "status": result,
            "seqCall": {"path": f"C:\\Sequences\\{part_number}.seq", "name": "MainSequence", "version": "1.4.2"},
            "steps": steps,
        },
        "miscInfos": [{"description": "Firmware", "text": f"2.{chance.randrange(4)}.0"}],
        "assets": [{"assetSN": FIXTURES[station], "usageCount": 1}],
    }
    if unit.parts:
        report["subUnits"] = [
            {
                "partType": part.product.name,
                "pn": part.product.part_number,
                "sn": part.serial_number,
                "rev": part.revision,
            }
            for part in unit.parts
        ]
    return report


def _repair(day: _Day, failed: Report, when: datetime) -> Report:
    """Report what was wrong with a unit that failed, and what was done about it."""
    category, code, reference, comment = day.chance.choice(_CAUSES)
    step = next(each for each in failed["root"]["steps"] if each["status"] == "F")
    failure = {
        "category": category,
        "code": code,
        "comRef": reference,
        "comment": comment,
        "refStepId": step["id"],
        "refStepName": step["name"],
    }
    unit = {name: failed[name] for name in ("pn", "sn", "rev")}
    minutes = 5 + day.chance.randrange(10)
    done = _utc(when + timedelta(minutes=minutes))
    return {
        "type": "R",
        **_head(day, f"repair of {failed['id']}", when),
        **unit,
        "processCode": _REPAIR[0],
        "processName": _REPAIR[1],
        "result": "P",
        "machineName": "REPAIR-1",
        "location": "Oslo",
        "uur": {
            "user": day.chance.choice(_REPAIRERS),
            "processCode": failed["processCode"],
            "refUUT": failed["id"],
            "confirmDate": done,
            "finalizeDate": done,
            "execTime": minutes * 60,
        },
        "subUnits": [{"idx": 0, "partType": "Main", **unit, "failures": [failure]}],
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
