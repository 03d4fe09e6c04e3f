"""The header and the footer of a report in WSTF."""

from collections.abc import Callable
from typing import Any, Final, Literal

from pywats.reports.formats.local_time import Zone, instant
from pywats.reports.formats.wstf_cells import number, status, whole
from pywats.reports.member import Json
from pywats.reports.models import UUTReport

__all__ = ["Header"]

_SUB_UNIT: Final = ("partType", "pn", "sn", "rev")
_MOST_CELLS: Final = 5


class Header:
    """What is said of a report besides its steps.

    Attributes:
        mode: whether statuses are computed, or imported as they are given.
        status: of the report, if it is given; the last one counts.
    """

    def __init__(self, timezone: Zone, decimal: str) -> None:
        self.mode: Literal["active", "import"] = "active"
        self.status: str | None = None
        self._timezone: Zone = timezone
        self._decimal = decimal
        self._wire: Json = {"pn": "", "sn": "", "rev": ""}
        self._info: Json = {}
        self._called: Json = {}

    def take(self, cells: list[str]) -> None:
        """Read a line: a key and its value, or a sub unit.

        Raises:
            ValueError: the value is none of its key.
        """
        key, *values = cells
        if not key.strip():
            raise ValueError("a line of the header begins with its key")
        if key == "Subunit":
            if len(cells) > _MOST_CELLS or not all((*values, "", "", "")[:3]):  # a revision may be missing
                raise ValueError(
                    f"Subunit has {len(values)} cells; a description, a part and a serial number are needed"
                )
            unit = {name: value for name, value in zip(_SUB_UNIT, values, strict=False) if value or name != "rev"}
            self._wire.setdefault("subUnits", []).append(unit)
            return
        if any(values[1:]):
            raise ValueError(f"{key:.40} has {len(values)} values; one is needed")
        value = values[0] if values else ""
        reader = _READERS.get(key)
        if reader is None:
            self._wire.setdefault("miscInfos", []).append({"description": key, "text": value})
        elif value:
            try:
                reader(self, value)
            except ValueError as error:
                raise ValueError(f"{key} {error}") from error

    def put(self, report: UUTReport) -> None:
        """Put what was read into a report."""
        report.wire.update(self._wire)
        report.wire["uut"] = self._info
        if self._called:
            report.root.wire["seqCall"] = self._called
            report.root.name = self._called.get("name") or report.root.name

    # Readers of keys

    def status_of(self, value: str) -> None:
        """How the test ended."""
        letter = status(value)
        self.status = letter if letter in "PFET" else "P"

    def mode_of(self, value: str) -> None:
        """Whether statuses are computed."""
        word = value.lower()
        if word == "active":
            self.mode = "active"
        elif word == "import":
            self.mode = "import"
        else:
            raise ValueError(f"is {value!r:.40}; it must be Active or Import")

    def start_of(self, value: str) -> None:
        """When the test began, by the clock of the station."""
        self._wire["start"], utc = instant(value, self._timezone)
        if utc is not None:
            self._wire["startUTC"] = utc

    def utc_of(self, value: str) -> None:
        """When the test began, in UTC."""
        said = value if value.endswith("Z") else f"{value}Z"
        start, utc = instant(said, self._timezone)
        self._wire.setdefault("start", start)
        self._wire["startUTC"] = utc

    def code_of(self, value: str) -> None:
        """The operation."""
        self._wire["processCode"] = whole(value)

    def time_of(self, value: str) -> None:
        """Seconds that it took."""
        self._info["execTime"] = number(value, self._decimal)

    def text(self, key: str, value: Any) -> None:
        """A text of the report."""
        self._wire[key] = value

    def info(self, key: str, value: Any) -> None:
        """A value of the run."""
        self._info[key] = value

    def called(self, key: str, value: str) -> None:
        """What was run."""
        self._called[key] = value


Reader = Callable[[Header, str], None]


def _text(key: str) -> Reader:
    return lambda header, value: header.text(key, value)


def _info(key: str) -> Reader:
    return lambda header, value: header.info(key, value)


def _whole(key: str) -> Reader:
    return lambda header, value: header.info(key, whole(value))


def _called(key: str) -> Reader:
    return lambda header, value: header.called(key, value)


_READERS: Final[dict[str, Reader]] = {
    "SerialNumber": _text("sn"),
    "PartNumber": _text("pn"),
    "Revision": _text("rev"),
    "OperationTypeName": _text("processName"),
    "OperationTypeCode": Header.code_of,
    "UUTStatus": Header.status_of,
    "ErrorCode": _whole("errorCode"),
    "ErrorMessage": _info("errorMessage"),
    "StartDateTime": Header.start_of,
    "UTCStartDateTime": Header.utc_of,
    "ExecutionTime": Header.time_of,
    "StationName": _text("machineName"),
    "OperatorName": _info("user"),
    "TestSocketIndex": _whole("testSocketIndex"),
    "FixtureId": _info("fixtureId"),
    "SoftwareName": _called("name"),
    "SoftwareVersion": _called("version"),
    "BatchSerialNumber": _info("batchSN"),
    "Comment": _info("comment"),
    "ConverterMode": Header.mode_of,
}
