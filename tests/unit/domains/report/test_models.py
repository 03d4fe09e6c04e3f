"""Payloads of the report domain."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from pywats.domains.report.models import ReportType
from pywats.reports.header import AttachmentMetadata, ReportHeader

ID = UUID(int=1)


@pytest.mark.parametrize("text", ["U", "u", "T", "uut", "UUT", ReportType.UUT])
def test_tests_go_by_several_names(text):
    assert ReportType(text) is ReportType.UUT


@pytest.mark.parametrize("text", ["R", "r", "uur", "UUR"])
def test_repairs_go_by_several_names(text):
    assert ReportType(text) is ReportType.UUR


@pytest.mark.parametrize("name", ["start", "startUtc", "start_utc"])
def test_the_start_of_a_header_goes_by_several_names(name):
    header = ReportHeader.from_wire({name: "2026-01-05T08:00:00Z"})
    assert header.start == header.start_utc == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert header.to_wire() == {"start": "2026-01-05T08:00:00Z"}


def test_a_header_carries_the_number_of_its_processing_and_its_operator():
    header = ReportHeader.from_wire({"timeStamp": 2**40, "userName": "anna", "receiveCount": 2})
    assert (header.time_stamp, header.operator, header.receive_count) == (2**40, "anna", 2)
    assert ReportHeader.from_wire({"operator": "anna"}).operator == "anna"


def test_a_header_carries_the_lists_that_were_asked_for():
    header = ReportHeader.from_wire(
        {
            "uuid": str(ID),
            "subUnits": [{"partType": "PCB", "serialNumber": "1"}],
            "uurSubUnits": None,
            "miscInfo": [{"description": "a", "value": "b"}],
            "assets": [{"serialNumber": "T", "daysSinceCalibration": 2.5, "totalCountExceeded": 1}],
            "attachments": [{"stepId": 7, "filename": "a.png"}],
            "uurAttachments": [{"id": str(ID), "filename": "b.png"}],
        }
    )
    assert header.sub_units[0].part_type == "PCB"
    assert header.uur_sub_units is None
    assert header.misc_info[0].value == "b"
    assert header.assets[0].days_since_calibration == 2.5
    assert (header.attachments[0].step_id, header.attachments[0].file_name) == (7, "a.png")
    assert (header.uur_attachments[0].attachment_id, header.uur_attachments[0].file_name) == (ID, "b.png")


def test_an_attachment_has_a_number_or_an_id():
    assert AttachmentMetadata.from_wire({"attachmentId": 7}).attachment_id == 7
