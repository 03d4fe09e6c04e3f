"""Whether the server will take a report: all that is wrong with it, each with its place."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pywats.errors import ValidationError
from pywats.reports.instant import read_instant
from pywats.reports.member import Json
from pywats.reports.models import Report, UURReport, UUTReport
from pywats.reports.problem import Problem, in_words
from pywats.reports.step_rules import StepRules
from pywats.reports.values import check_part, controls, is_object, nearest, objects
from pywats.reports.well_formed import is_well_formed

__all__ = ["Problem", "check", "validate"]

TRIPPING: Final = frozenset("*%?[]^!/\\")
"""Characters of serial and part numbers that mean something to searches and paths."""
_RESULTS: Final = ("P", "F", "E", "T")
_MILLISECOND: Final = timedelta(milliseconds=1)
_INT16: Final = range(-32768, 32768)


def validate(
    report: UUTReport | UURReport,
    *,
    fail_codes: Iterable[Mapping[str, Any]] | None = None,
    misc_infos: Iterable[str] | None = None,
) -> list[Problem]:
    """All that is wrong with a report, and what may be.

    Args:
        report: of a test or a repair.
        fail_codes: what the server has for the repair operation, each with ``category`` and ``code``, as
            ``api.process.get_fail_codes`` gives them; without them, any code will do.
        misc_infos: names that the repair operation has for misc infos; without them, any name will do.
    """
    well_formed = is_well_formed(report)
    problems = [] if well_formed else list(check_part(type(report), report.wire, "report"))
    problems += [*_header(report), *_lists(report)]
    if isinstance(report, UURReport):
        problems += _repair(report, fail_codes, misc_infos)
    else:
        problems += _test(report, well_formed)
    return sorted(problems, key=lambda problem: problem.warning)


def check(
    report: UUTReport | UURReport,
    *,
    fail_codes: Iterable[Mapping[str, Any]] | None = None,
    misc_infos: Iterable[str] | None = None,
) -> None:
    """Do nothing if the server will take a report; arguments as for ``validate``.

    Raises:
        ValidationError: it will not; the text has all that is wrong, a line each.
    """
    problems = validate(report, fail_codes=fail_codes, misc_infos=misc_infos)
    wrong = [problem for problem in problems if not problem.warning]
    if wrong:
        raise ValidationError(f"the report cannot be sent:\n{in_words(wrong)}")


def _header(report: Report) -> Iterator[Problem]:
    wire = report.wire
    result = wire.get("result")
    if result is not None and result not in _RESULTS:
        yield Problem("report", f"result is {result!r}; it must be one of {', '.join(_RESULTS)}")
    for name, label in (("pn", "part number"), ("sn", "serial number")):
        yield from _number("report", label, wire.get(name))
    if wire.get("origin") is not None:
        yield Problem("report", "origin is given; the server fills it in: leave it out")
    start, utc = _instant(wire.get("start")), _instant(wire.get("startUTC"))
    if start is not None and start > datetime.now(UTC):
        yield Problem("report", f"start is {wire['start']}, in the future; the server holds the report back", True)
    if start is not None and utc is not None and abs(start - utc) >= _MILLISECOND:
        yield Problem("report", f"start_utc {wire['startUTC']} is not the instant of start, {wire['start']}")


def _number(place: str, label: str, value: Any) -> Iterator[Problem]:
    """What is odd about a serial or part number."""
    if not isinstance(value, str):
        return
    if controls(value):
        yield Problem(place, f"the {label} {value!r} has control characters")
    elif value != value.strip():
        yield Problem(place, f"the {label} {value!r} has blanks around it")
    if tripping := sorted(TRIPPING.intersection(value)):
        yield Problem(place, f"the {label} {value!r} has {' '.join(tripping)}, which searches trip over", True)


def _instant(value: Any) -> datetime | None:
    try:
        instant = read_instant(value)
    except (TypeError, ValueError):
        return None
    return instant if instant.utcoffset() is not None else None


def _lists(report: Report) -> Iterator[Problem]:
    for index, info in objects(report.wire, "miscInfos"):
        place = f"report / misc_infos[{index}]"
        numeric = info.get("numeric")
        if info.get("text") is None and numeric is None:
            yield Problem(place, "it has neither string_value nor numeric_value")
        if isinstance(numeric, float | int) and numeric not in _INT16:
            yield Problem(place, f"numeric_value is {numeric}; it must be a whole number of 16 bits: use string_value")
    for index, unit in objects(report.wire, "subUnits"):
        for name, label in (("pn", "part number"), ("sn", "serial number")):
            yield from _number(f"report / sub_units[{index}]", label, unit.get(name))


def _test(report: UUTReport, well_formed: bool) -> Iterator[Problem]:
    wire = report.wire
    if not is_object(wire.get("uut")):
        yield Problem("report", "info is missing: UUTInfo(operator=...)")
    if wire.get("binaryData"):
        yield Problem("report", "binary_data is for repairs; a test has files on its steps: root.attach(path)")
    root = wire.get("root")
    if not is_object(root):
        yield Problem("report", "root is missing")
        return
    if root.get("status") != wire.get("result"):
        yield Problem("report", f"result is {wire.get('result')}, and the status of the root is {root.get('status')}")
    yield from StepRules(well_formed=well_formed).check(root)


def _repair(
    report: UURReport, fail_codes: Iterable[Mapping[str, Any]] | None, misc_infos: Iterable[str] | None
) -> Iterator[Problem]:
    wire = report.wire
    if not is_object(wire.get("uur")):
        yield Problem("report", "info is missing: UURInfo(operator=..., process_code=...)")
    if wire.get("result") != "P":
        yield Problem("report", f"result is {wire.get('result')}; that of a repair is P")
    if misc_infos is not None:
        known = list(misc_infos)
        for index, info in objects(wire, "miscInfos"):
            name = str(info.get("description"))
            if name not in known:
                said = f"description {name!r} is not one of this repair operation{nearest(name, known)}"
                yield Problem(f"report / misc_infos[{index}]", said)
    yield from _units(wire, None if fail_codes is None else _tree(fail_codes))


def _tree(fail_codes: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    tree: dict[str, list[str]] = {}
    for each in fail_codes:
        tree.setdefault(str(each["category"]), []).append(str(each["code"]))
    return tree


def _units(wire: Json, tree: dict[str, list[str]] | None) -> Iterator[Problem]:
    units = objects(wire, "subUnits")
    indexes = [unit.get("idx") for _, unit in units]
    if indexes.count(0) != 1:
        yield Problem("report", "sub_units must hold the repaired unit itself, once, with idx 0")
    twice = sorted({index for index in indexes if isinstance(index, int) and indexes.count(index) > 1})
    if twice and twice != [0]:
        yield Problem("report", f"several sub_units have idx {', '.join(map(str, twice))}")
    for number, unit in units:
        place = f"report / sub_units[{number}]"
        for key, name in (("parentIdx", "parent_idx"), ("replacedIdx", "replaced_idx")):
            if unit.get(key) is not None and unit[key] not in indexes:
                yield Problem(place, f"{name} is {unit[key]}, and no unit has this idx")
        for index, failure in objects(unit, "failures"):
            yield from _failure(f"{place} / failures[{index}]", failure, tree)


def _failure(place: str, failure: Json, tree: dict[str, list[str]] | None) -> Iterator[Problem]:
    if tree is None:
        return
    category, code = str(failure.get("category")), str(failure.get("code"))
    if category not in tree:
        yield Problem(place, f"category {category!r} is not one of this repair operation{nearest(category, tree)}")
    elif code not in tree[category]:
        elsewhere = [f"{code!r} of {other}" for other, codes in tree.items() if code in codes]
        advice = f"; there is {' and '.join(elsewhere)}" if elsewhere else nearest(code, tree[category])
        yield Problem(place, f"code {code!r} is not one of category {category}{advice}")
