"""The routes of reports: sending them in, getting them and their files back."""

from typing import Any

import orjson

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.fields import guid
from pywats.sandbox.report.certificate import certificate, pdf
from pywats.sandbox.report.export import FULL, Detail, exported
from pywats.sandbox.report.files import File, archive, download, files_of, named_apart
from pywats.sandbox.report.store import not_found
from pywats.sandbox.report.wsxf.reading import read_wsxf
from pywats.sandbox.report.wsxf.writing import written_wsxf
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

XML = "application/xml; charset=utf-8"


@routes.serve("POST", "/api/Report/WSJF")
def post_wsjf(world: World, request: Request) -> Answer:
    """Take a report in."""
    return ok(world.reports.receive(request.body).answer())


@routes.serve("POST", "/api/Report/WSXF")
def post_wsxf(world: World, request: Request) -> Answer:
    """Take a report in that is written in XML."""
    return ok(world.reports.receive(orjson.dumps(read_wsxf(request.body))).answer())


@routes.serve("GET", "/api/Report/Wsjf/{id}")
def get_wsjf(world: World, request: Request) -> Answer:
    """A processed report, whole or in part."""
    return ok(_report(world, request.params["id"], _detail(request)))


@routes.serve("GET", "/api/Report/Wsxf/{id}")
def get_wsxf(world: World, request: Request) -> Answer:
    """The same in XML."""
    report = _report(world, request.params["id"], _detail(request))
    return Answer(200, written_wsxf(report, indexes=request.flag("includeIndexes") is not False), XML)


@routes.serve("GET", "/api/Report/Attachment")
def get_attachment(world: World, request: Request) -> Answer:
    """One file of a report: by the step of a test that it hangs on, or by its own id in a repair."""
    step_id, attachment_id = request.number("stepId"), request.text("attachmentId")
    if step_id is None and attachment_id is None:
        raise refusal(400, "attachmentId or stepId is required.")
    for file in files_of(_report(world, request.needed("reportId"))):
        if (file.step_id == step_id) if attachment_id is None else (file.attachment_id == guid(attachment_id)):
            return download(file)
    raise refusal(404, "The report has no such attachment.")


@routes.serve("GET", "/api/Report/Attachments/{id}")
def get_attachments(world: World, request: Request) -> Answer:
    """All files of a report as a zip archive."""
    files = files_of(_report(world, request.params["id"]))
    if not files:
        raise refusal(404, "The report has no attachments.")
    packed = archive(named_apart([(file.name, file.content) for file in files]))
    return download(File("attachments.zip", "application/zip", packed))


@routes.serve("GET", "/api/Report/Certificate/{id}")
def get_certificate(world: World, request: Request) -> Answer:
    """The certificate of a tested unit."""
    report = _report(world, request.params["id"])
    if report["type"] != "T":
        raise refusal(404, "Only a test report has a certificate.")
    content = pdf([certificate(report)])
    return download(File("certificate.pdf", "application/pdf", content))


def _report(world: World, report_id: str, detail: Detail | None = None) -> dict[str, Any]:
    uuid = guid(report_id)
    if uuid is None:
        raise refusal(400, f"The id {report_id!r} is not a GUID.")
    found = world.reports.get(uuid)
    if found is None:
        raise not_found(uuid)
    return exported(*found, detail or Detail())


def _detail(request: Request) -> Detail:
    level = request.number("detailLevel")
    if level is not None and level > FULL:
        raise refusal(400, f"detailLevel is required to be between 0 and {FULL}.")
    return Detail(
        FULL if level is None else level,
        request.flag("includeChartdata") is not False,
        request.flag("includeAttachments") is not False,
    )
