"""Reports for people: a few lines of text, or a table in a notebook."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from pywats.reports.member import Json
from pywats.reports.values import objects

if TYPE_CHECKING:
    from pywats.reports.step import Step

MOST_SHOWN = 20
_WORDS = {"P": "Passed", "F": "Failed", "D": "Done", "S": "Skipped", "E": "Error", "T": "Terminated"}


def title(wire: Json) -> str:
    """What it is, in a line."""
    repair = wire.get("type") == "R"
    result = "" if repair else f": {_WORDS.get(str(wire.get('result')), wire.get('result'))}"
    when = f", {wire['start']}" if wire.get("start") else ""
    kind = "Repair" if repair else "Test"
    return f"{kind} of {wire.get('pn')} {wire.get('sn')}{result} (operation {wire.get('processCode')}{when})"


def as_text(wire: Json, lines: Sequence[str]) -> str:
    """A title, and what went wrong, a line each."""
    return "\n".join([title(wire), *(f"  {line}" for line in _first(lines))])


def as_html(wire: Json, lines: Sequence[str]) -> str:
    """A title, and a list of what went wrong; all of it escaped."""
    items = "".join(f"<li>{escape(line)}</li>" for line in _first(lines))
    return f"<p><b>{escape(title(wire))}</b></p>" + (f"<ul>{items}</ul>" if items else "")


def _first(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST_SHOWN
    return [*lines[:MOST_SHOWN], f"... and {more} more"] if more > 0 else list(lines)


def step_in_words(step: "Step") -> str:
    """How a step ended, and the measurements that failed."""
    measured = [
        _measure_in_words(each)
        for key in ("numericMeas", "stringMeas", "booleanMeas")
        for _, each in objects(step.wire, key)
        if each.get("status") == "F"
    ]
    said = [*filter(None, measured), *filter(None, [step.error_message])]
    status = _WORDS.get(str(step.wire.get("status")), "")
    return f"{step.place()}: {status}" + "".join(f", {each}" for each in said)


def _measure_in_words(measure: Json) -> str:
    name = f"{measure['name']} = " if measure.get("name") else ""
    unit = f" {measure['unit']}" if measure.get("unit") else ""
    limits = [str(measure[key]) for key in ("lowLimit", "highLimit", "limit") if measure.get(key) is not None]
    compared = f" ({measure.get('compOp')} {' '.join(limits)})" if limits else ""
    return f"{name}{measure['value']}{unit}{compared}" if "value" in measure else str(measure.get("name") or "")


def repairs_in_words(wire: Json) -> Iterator[str]:
    """What was wrong with the units of a repair report."""
    for _, unit in objects(wire, "subUnits"):
        for _, failure in objects(unit, "failures"):
            what = f"{failure.get('category')} / {failure.get('code')}"
            where = f" at {failure['comRef']}" if failure.get("comRef") else ""
            comment = f" ({failure['comment']})" if failure.get("comment") else ""
            yield f"{unit.get('pn')} {unit.get('sn')}: {what}{where}{comment}"
