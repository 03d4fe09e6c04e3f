"""How steps went: statistics of steps and measurements, the steps that failed most, and statuses one by one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pywats.sandbox.analytics.capability import Statistics, specification, statistics_of
from pywats.sandbox.analytics.steps import BAD, WORDS, Measure, Step, Tested
from pywats.sandbox.analytics.yields import percent
from pywats.sandbox.times import iso

_STATUSES = {"P": "Passed", "D": "Done", "S": "Skipped", "F": "Failed", "E": "Error", "T": "Terminated"}


@dataclass(slots=True)
class _Values:
    """The numbers of one measurement, and its newest limits."""

    newest: Measure
    numbers: list[float] = field(default_factory=list[float])

    def statistics(self) -> Statistics:
        return statistics_of(self.numbers, *specification(self.newest.operator, *self.newest.limits))


@dataclass(slots=True)
class _Line:
    """What is counted for one step; the newest execution says what it is."""

    newest: Step
    statuses: Counter[str] = field(default_factory=Counter[str])
    caused: Counter[str] = field(default_factory=Counter[str])
    times: list[float] = field(default_factory=list[float])
    measures: dict[str | None, _Values] = field(default_factory=dict[str | None, _Values])
    good: dict[str | None, _Values] = field(default_factory=dict[str | None, _Values])


def step_analysis(reports: Iterable[Tested]) -> list[dict[str, Any]]:
    """Return a row for each measurement of each step, and for each step without any, in the order of the sequence."""
    lines: dict[str, _Line] = {}
    for report in reports:
        for step in report.steps:
            line = lines.get(step.path)
            if line is None:
                line = lines[step.path] = _Line(step)
            _count(line, report, step)
    return [row for line in lines.values() for row in _rows(line)]


def _count(line: _Line, report: Tested, step: Step) -> None:
    line.statuses[step.status] += 1
    line.caused[report.result] += step.caused_failure
    if step.time is not None:
        line.times.append(step.time)
    for measure in step.measures:
        if measure.number is None:
            continue
        line.measures.setdefault(measure.name, _Values(measure)).numbers.append(measure.number)
        if measure.status != "F":
            line.good.setdefault(measure.name, _Values(measure)).numbers.append(measure.number)


def _rows(line: _Line) -> Iterator[dict[str, Any]]:
    step, statuses, caused, times = line.newest, line.statuses, line.caused, line.times
    about = {
        "stepName": step.name,
        "stepPath": step.path,
        "stepType": step.kind,
        "stepGroup": step.group,
        "stepCount": statuses.total(),
        **{f"step{word}Count": statuses[letter] for letter, word in _STATUSES.items()},
        "stepOtherCount": sum(count for letter, count in statuses.items() if letter not in _STATUSES),
        "stepFailedErrorTerminatedCount": sum(statuses[letter] for letter in BAD),
        "stepCausedUutFailedErrorTerminated": caused["Failed"] + caused["Error"] + caused["Terminated"],
        "stepCausedUutFailed": caused["Failed"],
        "stepCausedUutError": caused["Error"],
        "stepCausedUutTerminated": caused["Terminated"],
        "stepTimeAvg": sum(times) / len(times) if times else None,
        "stepTimeMax": max(times, default=None),
        "stepTimeMin": min(times, default=None),
    }
    if not line.measures:
        yield about
    for name, values in line.measures.items():
        good = line.good.get(name)
        yield {
            **about,
            "measureName": name,
            "compOperator": values.newest.operator,
            **_figures(values, ""),
            **(_figures(good, "Wof") if good else {"measureCountWof": 0}),
        }


def _figures(values: _Values, ending: str) -> dict[str, Any]:
    found = values.statistics()
    figures = {
        "limit1": values.newest.limits[0],
        "limit2": values.newest.limits[1],
        "measureCount": found.count,
        "min": found.least,
        "max": found.greatest,
        "avg": found.mean,
        "stdev": found.deviation,
        "var": found.variance,
        "cp": found.cp,
        "cpk": found.cpk,
        "cpLower": found.cpl,
        "cpUpper": found.cpu,
        "sigmaHigh3": found.three_above,
        "sigmaLow3": found.three_below,
    }
    return {name + ending: value for name, value in figures.items()}


def top_failed(reports: Iterable[Tested], count: int) -> list[dict[str, Any]]:
    """Return the steps that made most units fail, and of how many reports that executed them."""
    executed: Counter[tuple[str, str]] = Counter()
    failed: dict[tuple[str, str], list[tuple[int, Step]]] = defaultdict(list)
    for report in reports:
        executed.update({(report.part_number, step.path) for step in report.steps if step.status != "S"})
        culprit = report.culprit
        if culprit is not None:
            failed[report.part_number, culprit.path].append((report.start, culprit))
    ordered = sorted(failed.items(), key=lambda item: (-len(item[1]), item[0]))
    return [_failed_row(key, failures, executed[key]) for key, failures in ordered[: max(count, 0)]]


def _failed_row(key: tuple[str, str], failures: list[tuple[int, Step]], total: int) -> dict[str, Any]:
    step, starts = failures[0][1], [start for start, _ in failures]
    return {
        "stepName": step.name,
        "stepPath": step.path,
        "stepType": step.kind,
        "stepGroup": step.group,
        "partNumber": key[0],
        "failCount": len(failures),
        "totalCount": total,
        "failRate": percent(len(failures), total),
        "firstFailDate": iso(min(starts)),
        "lastFailDate": iso(max(starts)),
    }


def step_statuses(executions: Iterable[tuple[Tested, Step]]) -> list[dict[str, Any]]:
    """Return a row for each execution of a step."""
    return [
        {
            "stepName": step.name,
            "stepPath": step.path,
            "stepType": step.kind,
            "stepGroup": step.group,
            "partNumber": report.part_number,
            "revision": report.revision,
            "serialNumber": report.serial_number,
            "id": report.uuid,
            "startUtc": report.start_utc,
            "status": WORDS[step.status],
            "passCount": int(step.status == "P"),
            "failCount": int(step.status in BAD),
            "totalCount": 1,
        }
        for report, step in executions
    ]
