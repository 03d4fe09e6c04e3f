"""A report is looked into: from the test to an archived ticket, by a station and an office."""

from uuid import UUID

from pywats import AsyncPyWATS, TicketAttachment, TicketPriority, TicketStatus, TicketView, pyWATS


async def test_a_report_is_looked_into(wats_sandbox, make_report):
    report = make_report(1)
    wats_sandbox.seed(reports=[report])
    with pyWATS(wats_sandbox.url, wats_sandbox.token) as station:
        doubtful = station.report.query_uut_headers(top=1)[0]
        opened = station.rootcause.create_ticket(
            f"{doubtful.serial_number} is doubtful",
            TicketPriority.HIGH,
            report_uuid=doubtful.uuid,
            initial_comment="Supply is low.",
        )
        assert opened is not None
        log = station.rootcause.upload_attachment(b"4.71 V\n" * 10_000, "supply.log")
        station.rootcause.add_comment(
            opened.ticket_id, "The log of the run.", attachments=[TicketAttachment(attachment_id=log)]
        )

    async with AsyncPyWATS(wats_sandbox.url, wats_sandbox.token) as office:
        (ticket,) = await office.rootcause.get_tickets(TicketStatus.OPEN, TicketView.ALL, doubtful.serial_number)
        assert ticket.report_uuid == UUID(report["id"])
        (file,) = ticket.history[-1].attachments
        assert await office.rootcause.get_attachment(file.attachment_id) == b"4.71 V\n" * 10_000
        await office.rootcause.assign_ticket(ticket.ticket_id, "sandbox")
        await office.rootcause.change_status(ticket.ticket_id, TicketStatus.IN_PROGRESS, "sandbox")
        assert [each.subject for each in await office.rootcause.get_active_tickets()] == [ticket.subject]
        await office.rootcause.add_comment(ticket.ticket_id, "R12 was of another lot.", "sandbox")
        await office.rootcause.change_status(ticket.ticket_id, TicketStatus.SOLVED, "sandbox")
        await office.rootcause.archive_tickets([ticket.ticket_id])

        assert await office.rootcause.get_active_tickets(TicketView.ALL) == []
        told = await office.rootcause.get_ticket(ticket.ticket_id)
        assert told.status is TicketStatus.ARCHIVED
        assert [entry.content for entry in told.history] == [
            "Supply is low.",
            "The log of the run.",
            "assignee: sandbox",
            "status: in progress",
            "R12 was of another lot.",
            "status: solved",
            "status: archived",
        ]
