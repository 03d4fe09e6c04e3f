"""Measured values of chosen steps: one by one, and summed up."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pywats.query.paths import PILCROW
from pywats.sandbox.analytics.capability import specification, statistics_of
from pywats.sandbox.analytics.step_analysis import top_failed
from pywats.sandbox.analytics.steps import WORDS, Measure, Step, Tested
from pywats.sandbox.product.tags import parsed

MOST_VALUES = 10_000
_BETWEEN = PILCROW * 2
_FAILED_STEPS = 10

Found = tuple[Tested, Step, Measure]


def paths_of(text: str) -> list[str]:
    """Return the paths of a ``measurementPaths`` text."""
    return list(dict.fromkeys(path for path in (part.strip() for part in text.split(";")) if path))


def most_failed_paths(reports: Sequence[Tested]) -> list[str]:
    """Return the paths of the measurements of the steps that failed most."""
    worst = [row["stepPath"] for row in top_failed(reports, _FAILED_STEPS)]
    named = {
        (step.path, _paths(step, measure)[0])
        for report in reports
        for step in report.steps
        for measure in step.measures
        if measure.number is not None and step.path in worst
    }
    return [path for _, path in sorted(named, key=lambda pair: (worst.index(pair[0]), pair[1]))]


def measurements(reports: Iterable[Tested], paths: Sequence[str]) -> list[dict[str, Any]]:
    """Return the numbers measured on each path, the newest first, and not too many."""
    found: dict[str, list[dict[str, Any]]] = {path: [] for path in paths}
    for count, (path, (report, step, measure)) in enumerate(_numbers(reports, paths)):
        if count == MOST_VALUES:
            break
        found[path].append(
            {
                **_about(report, step, measure),
                "id": report.uuid,
                "serialNumber": report.serial_number,
                "value": measure.number,
                "status": WORDS[measure.status],
                "startUtc": report.start_utc,
            }
        )
    return [{"measurementPath": path, "measurements": rows} for path, rows in found.items()]


def aggregated(reports: Iterable[Tested], paths: Sequence[str]) -> list[dict[str, Any]]:
    """Return the statistics of each path, for each revision of each product."""
    groups: dict[str, dict[tuple[str, str], list[Found]]] = {path: {} for path in paths}
    for count, (path, found) in enumerate(_numbers(reports, paths)):
        if count == MOST_VALUES:
            break
        groups[path].setdefault((found[0].part_number, found[0].revision), []).append(found)
    return [
        {"measurementPath": path, "measurements": [_summed_up(found) for found in of_path.values()]}
        for path, of_path in groups.items()
    ]


def _summed_up(found: list[Found]) -> dict[str, Any]:
    newest = found[0][2]
    numbers = [measure.number for _, _, measure in found if measure.number is not None]
    figures = statistics_of(numbers, *specification(newest.operator, *newest.limits))
    return {
        **_about(*found[0]),
        "count": figures.count,
        "min": figures.least,
        "max": figures.greatest,
        "avg": figures.mean,
        "stdev": figures.deviation,
        "var": figures.variance,
        "cp": figures.cp,
        "cpk": figures.cpk,
        "cpLower": figures.cpl,
        "cpUpper": figures.cpu,
    }


def _about(report: Tested, step: Step, measure: Measure) -> dict[str, Any]:
    return {
        "partNumber": report.part_number,
        "revision": report.revision,
        "stepName": step.name,
        "stepPath": step.path,
        "measureName": measure.name,
        "limit1": measure.limits[0],
        "limit2": measure.limits[1],
        "unit": measure.unit,
    }


def _numbers(reports: Iterable[Tested], paths: Sequence[str]) -> Iterator[tuple[str, Found]]:
    wanted = set(paths)
    for report in reports:
        for step in report.steps:
            for measure in step.measures:
                path = next((path for path in _paths(step, measure) if path in wanted), None)
                if path is not None and measure.number is not None:
                    yield path, (report, step, measure)


def _paths(step: Step, measure: Measure) -> Sequence[str]:
    """The paths that mean this measurement; the only one of a step needs no name."""
    named = () if measure.name is None else (f"{step.path}{_BETWEEN}{measure.name}",)
    return (step.path, *named) if len(step.measures) == 1 else named


def measurement_list(executions: Iterable[tuple[Tested, Step]]) -> list[dict[str, Any]]:
    """Return a row for each measurement of each execution of a step: numbers, texts and passes."""
    return [
        {
            **_about(report, step, measure),
            "limit1": measure.limits[0] if measure.number is not None else None,
            "id": report.uuid,
            "serialNumber": report.serial_number,
            "stationName": report.station_name,
            "value": measure.number,
            "stringValue": None if measure.number is not None else measure.value,
            "status": WORDS[measure.status],
            "startUtc": report.start_utc,
        }
        for report, step in executions
        for measure in step.measures
    ]


def executions(reports: Iterable[Tested], step_filters: str, sequence_filters: str) -> Iterator[tuple[Tested, Step]]:
    """Go through the executions of steps that two XML filters choose: by names or paths of steps and of sequences.

    The texts of all elements and their attributes ``name`` and ``path`` are what is looked for. Without any, all fit.
    """
    of_step, of_sequence = _names(step_filters), _names(sequence_filters)
    for report in reports:
        for step in report.steps:
            *sequences, _ = step.path.split(PILCROW)
            above = {*sequences, PILCROW.join(sequences)}
            if (not of_step or of_step & {step.name, step.path}) and (not of_sequence or of_sequence & above):
                yield report, step


def _names(xml: str) -> set[str]:
    if not xml.strip():
        return set()
    found: set[str] = set()
    for element in parsed(xml).iter():
        texts = [element.text, *(value for name, value in element.attrib.items() if name.lower() in {"name", "path"})]
        found |= {text.strip() for text in texts if text and text.strip()}
    return found
