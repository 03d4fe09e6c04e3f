"""The routes of exports."""

import re
from typing import Any

from pywats.sandbox.analytics.wats_filter import chosen
from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.report.certificate import certificate, pdf
from pywats.sandbox.report.export import Detail, exported
from pywats.sandbox.report.files import File, archive, download, named_apart
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

MOST_REPORTS = 10_000
"""The most reports of one export."""
FORMATS = ("default", "integer", "decimal", "scientific", "general", "hexadecimal", "binary")

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@routes.serve("GET", "/api/Export/List")
def get_list(world: World, request: Request) -> Answer:
    """The names of the caller's exports that are done."""
    return ok(world.exports.names(request.caller.name))


@routes.serve("GET", "/api/Export/{fileName}")
def get_file(world: World, request: Request) -> Answer:
    """The file of one of the caller's exports."""
    name = request.params["fileName"]
    found = world.exports.content(request.caller.name, name)
    if found is None:
        raise refusal(404, f"There is no export {name}.")
    return download(File(found[0], "application/zip", found[1]))


@routes.serve("POST", "/api/Export/Certificate", writes=False)
def post_certificate(world: World, request: Request) -> Answer:
    """Order an archive with the certificates of the test reports that a filter selects; answers its name."""
    header_only, single = request.flag("headerDataOnly"), request.flag("asIndividualFiles")
    if header_only is None or single is None:
        raise refusal(400, "headerDataOnly and asIndividualFiles are required.")
    if not _ADDRESS.fullmatch(request.text("email") or ""):
        raise refusal(400, "email is required to be an address when a token is used.")
    if (request.text("numericFormat") or "default").lower() not in FORMATS:
        raise refusal(400, f"numericFormat is required to be one of {', '.join(FORMATS)}.")
    values = request.object() if request.body.strip() else {}
    reports = _reports(world, {name: value for name, value in values.items() if name.lower() != "dimensions"})
    tag = request.text("bodyFooterTag")
    texts = [certificate(each, steps_too=not header_only, footer=_footer(world, each, tag)) for each in reports]
    names = [f"{each['pn']} {each['sn']}.pdf" for each in reports]
    if single:
        files = named_apart([(name, pdf([text])) for name, text in zip(names, texts, strict=True)])
    else:
        last = _footer(world, reports[0], request.text("documentFooterTag")) if reports else None
        files = {"certificates.pdf": pdf([*texts, [last]] if last else texts)}
    name = world.exports.add(request.caller.name, "certificates", ".zip", archive(files))
    return ok({"exportFileName": name})


def _reports(world: World, values: dict[str, Any]) -> list[dict[str, Any]]:
    choice = chosen(world, values)
    rest = f"WHERE {choice.where} ORDER BY r.start LIMIT ?"
    most = min(MOST_REPORTS, choice.max_count or MOST_REPORTS)
    rows = world.reports.rows("r.uuid", rest, (*choice.values, most))
    found = (world.reports.get(uuid) for (uuid,) in rows)
    return [exported(*each, Detail()) for each in found if each is not None]


def _footer(world: World, report: dict[str, Any], tag: str | None) -> str | None:
    """Return the value of a tag of the report's product."""
    product = world.products.get(str(report["pn"])) if tag else None
    tags: list[dict[str, Any]] = product["tags"] if product else []
    return next((each["value"] for each in tags if each["key"] == tag), None)
