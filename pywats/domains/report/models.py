"""Which reports to list, and what the server answers when one is sent."""

from typing import Self

from pywats.exchange.wire import OpenStrEnum, PyWATSModel, named

__all__ = [
    "ReportType",
    "SubmitResult",
]


class ReportType(OpenStrEnum):
    """Which reports a header query lists; headers and reports themselves say ``T`` and ``R``."""

    UUT = "U"
    UUR = "R"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls("U") if value in {"T", "t"} else super()._missing_(value)


class SubmitResult(PyWATSModel):
    """What the server says about a report that it received and found valid; it processes it later.

    Attributes:
        id: of the report, as it was sent.
        uuid: of the report in the server.
        report_id: a number for old clients.
    """

    id: str | None = named("ID", "id", "Id", "iD")
    uuid: str | None = named("uuid", "UUID", "Uuid", "uuId", "UuId")
    report_id: int | None = named(
        "Report_ID", "report_id", "report_Id", "Report_Id", "REPORT_ID", "reportId", "ReportId"
    )
