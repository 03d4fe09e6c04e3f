"""The page of a report: header, failures, steps, and what else there is."""

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any, Final

from pywats.reports.member import Json
from pywats.reports.page.limits import number_text
from pywats.reports.page.parts import part, parts
from pywats.reports.page.steps import badge, failures, measurements, tree
from pywats.reports.page.style import STYLE
from pywats.reports.page.tables import additional, attachment, rows, table

if TYPE_CHECKING:
    from pywats.reports.models import Report

__all__ = ["page_of"]

_MOST_FAILURES: Final = 200
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page_of(report: "Report") -> str:
    """A page that needs nothing else: no script, no file, no network. All that the report says is escaped."""
    wire = report.wire
    title = escape(f"{wire.get('pn')} {wire.get('sn')}")
    body = _repair(wire) if wire.get("type") == "R" else _test(wire)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>"
        f"{_header(wire, title)}{body}{_rest(wire)}</body></html>\n"
    )


def _header(wire: Json, title: str) -> str:
    info = part(wire, "uut") or part(wire, "uur")
    kind = "Repair" if wire.get("type") == "R" else "Test"
    process = " ".join(str(each) for each in (wire.get("processCode"), wire.get("processName")) if each is not None)
    facts: dict[str, Any] = {
        "revision": wire.get("rev"),
        "operation": process,
        "start": wire.get("start"),
        "took": f"{number_text(info['execTime'])} s" if info.get("execTime") else None,
        "station": wire.get("machineName"),
        "location": wire.get("location"),
        "purpose": wire.get("purpose"),
        "operator": info.get("user"),
        "socket": info.get("testSocketIndex"),
        "fixture": info.get("fixtureId"),
        "batch": info.get("batchSN"),
        "error": " ".join(str(each) for each in (info.get("errorCode"), info.get("errorMessage")) if each),
        "repaired test": info.get("refUUT"),
        "comment": info.get("comment"),
        "id": wire.get("id"),
    }
    shown = table({name: "" if value is None else str(value) for name, value in facts.items()})
    result = "" if wire.get("type") == "R" else badge(wire.get("result"))
    return f"<header><h1>{kind} of {title} {result}</h1>{shown}</header>"


def _test(wire: Json) -> str:
    root = part(wire, "root")
    if not root:
        return ""
    found = list(_failures(root))
    first = f'<section class="failures"><h2>Failures</h2><ol>{"".join(found)}</ol></section>' if found else ""
    return f"{first}<section><h2>Steps</h2>{tree(root)}</section>"


def _failures(root: Json) -> Iterator[str]:
    for count, (number, names, step) in enumerate(failures(root)):
        if count == _MOST_FAILURES:
            yield "<li>and more, below</li>"
            return
        place = escape(" / ".join(names))
        message = escape(str(step.get("errorMessage") or ""))
        yield f'<li>{badge(step.get("status"))} <a href="#s{number}">{place}</a> {message}{measurements(step)}</li>'


def _repair(wire: Json) -> str:
    made: list[str] = []
    for unit in parts(wire, "subUnits"):
        found = parts(unit, "failures")
        if not found:
            continue
        items = "".join(f"<li>{_failure(failure)}</li>" for failure in found)
        name = escape(f"{unit.get('pn')} {unit.get('sn')}")
        made.append(f"<h3>{name}</h3><ol>{items}</ol>")
    return f'<section class="failures"><h2>Failures</h2>{"".join(made)}</section>' if made else ""


def _failure(failure: Json) -> str:
    facts = {
        "component": failure.get("comRef"),
        "function": failure.get("funcBlock"),
        "step": failure.get("refStepName"),
        "comment": failure.get("comment"),
        "article": failure.get("artNumber"),
    }
    files = "".join(map(attachment, parts(failure, "attachments")))
    shown = table({name: str(value or "") for name, value in facts.items()})
    what = escape(f"{failure.get('category')}: {failure.get('code')}")
    return f"<b>{what}</b>{shown}{files}"


def _rest(wire: Json) -> str:
    """What stands below: misc infos, units, assets, additional data, files."""
    infos, units, assets, data, files = (
        parts(wire, key) for key in ("miscInfos", "subUnits", "assets", "additionalData", "binaryData")
    )
    tables = [
        rows(
            "Misc infos",
            ("description", "value"),
            ((each.get("description"), _either(each, "text", "numeric")) for each in infos),
        ),
        rows(
            "Sub units",
            ("type", "part number", "serial number", "revision"),
            (tuple(each.get(key) for key in ("partType", "pn", "sn", "rev")) for each in units),
        ),
        rows("Assets", ("serial number", "uses"), ((each.get("assetSN"), each.get("usageCount")) for each in assets)),
    ]
    held = "".join([*map(additional, data), *map(attachment, files)])
    return "".join([*tables, f"<section><h2>More</h2>{held}</section>" if held else ""])


def _either(wire: Json, first: str, second: str) -> Any:
    return wire.get(second) if wire.get(first) is None else wire.get(first)
