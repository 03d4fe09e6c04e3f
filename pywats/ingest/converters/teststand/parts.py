"""Parts and misc infos of a unit, which the WATS add-on for TestStand keeps in ``MiscUUTResult``."""

from collections.abc import Iterator
from typing import Any, Final

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.building import add_misc
from pywats.ingest.converters.teststand.properties import TYPES, Prop, as_wire, says_something
from pywats.reports.models import UUTReport

_PART: Final = {
    "parttype": "partType",
    "type": "partType",
    "partnumber": "pn",
    "pn": "pn",
    "serialnumber": "sn",
    "sn": "sn",
    "partrevisionnumber": "rev",
    "revision": "rev",
    "rev": "rev",
}
_NAMES: Final = frozenset(("description", "name"))
_TEXTS: Final = frozenset(("text", "string", "value", "datastring", "stringvalue"))
_NUMBERS: Final = frozenset(("numeric", "number", "datanumeric", "numericvalue"))


def add_parts(report: UUTReport, misc: Prop | None) -> list[Any]:
    """Add the parts and misc infos of a unit; return as additional data what is of another form."""
    if misc is None:
        return []
    rest: list[Any] = []
    for _, each in misc.values("UUT_Part_Info"):
        if (unit := _part(each)) is not None:
            report.wire.setdefault("subUnits", []).append(unit)
        elif says_something(each.element):
            rest.append(as_wire(each.element, "UUT_Part_Info"))
    for _, each in misc.values("Misc_UUT_Info"):
        if (info := _info(each)) is not None:
            add_misc(report, *info)
        elif says_something(each.element):
            rest.append(as_wire(each.element, "Misc_UUT_Info"))
    others = (each for name, each in misc.props.items() if name not in {"UUT_Part_Info", "Misc_UUT_Info"})
    return [*rest, *(as_wire(each.element) for each in others if says_something(each.element))]


def _part(prop: Prop) -> JsonObject | None:
    """Return a part that has all that a report needs of it, and nothing that a report has no field for."""
    found: JsonObject = {}
    for name, value in _values(prop):
        key = _PART.get(name)
        if key is None or key in found:
            return None
        found[key] = value
    return found if found.keys() >= {"partType", "pn", "sn"} else None


def _info(prop: Prop) -> tuple[str, str] | None:
    """Return the name and the value of a misc info that has both, and nothing else."""
    said = dict(_values(prop))
    name = next((said.pop(key) for key in _NAMES if key in said), "")
    texts, numbers = ({key: said.pop(key) for key in kind if key in said} for kind in (_TEXTS, _NUMBERS))
    if texts:  # the number beside a text is the one that was never set
        numbers = {key: value for key, value in numbers.items() if value != "0"}
    values = [*texts.values(), *numbers.values()]
    return (name, values[0]) if name and len(values) == 1 and not said else None


def _values(prop: Prop) -> Iterator[tuple[str, str]]:
    """Yield the values of an object that say something; names without case and underscores."""
    for name, each in prop.props.items():
        if each.kind not in TYPES:
            if says_something(each.element):
                yield f" {name}", ""  # no name that anything is looked for under
        elif each.value:
            yield name.replace("_", "").lower(), each.value
