"""The real files that converters are tried on, and how a source would be configured for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pywats.ingest.conversion.filling import Filling

FILLING = Filling(
    defaults={
        "process": 10,
        "part_number": "PN",
        "revision": "A",
        "station": "S",
        "location": "L",
        "purpose": "P",
        "operator": "O",
    },
    zone="Europe/Oslo",
)
"""What a source gives to reports that lack it."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """Files of one kind.

    Attributes:
        converter: its name.
        files: a pattern, below the corpus.
        options: of the converter.
        encoding: of the files.
        claims: whether the converter recognises them by itself.
        cuts_show: whether a file that was cut can be told from a whole one.
        fails: files that hold no report, or a broken one, or are another case.
        mutations: how often a file is cut and damaged at the most.
    """

    converter: str
    files: str
    options: Mapping[str, Any] = field(default_factory=dict)
    encoding: str | None = None
    claims: bool = True
    cuts_show: bool = True
    fails: tuple[str, ...] = ()
    mutations: int = 25

    def paths(self, corpus: Path) -> list[Path]:
        """Return the files that give reports."""
        return [path for path in self.all_paths(corpus) if path.name not in self.fails]

    def all_paths(self, corpus: Path) -> list[Path]:
        """Return all files of this kind."""
        return sorted(path for path in corpus.glob(self.files) if path.is_file())


FIELDS = {"serial_number": "SerialNumber", "part_number": "PartNumber", "start": "TestDate", "process": "OperationType"}

CASES: Iterable[Case] = (
    Case(
        converter="csv",
        files="csv/*",
        claims=False,
        cuts_show=False,
        options={
            "ragged": True,
            "fields": FIELDS,
            "processes": {"ICT": 30},
            "step": {
                "name": "StepName",
                "kind": "StepType",
                "value": "Value",
                "low": "LowLimit",
                "high": "HighLimit",
                "unit": "Unit",
                "status": "Result",
            },
        },
    ),
    Case(
        converter="csv",
        files="fct-csv/*",
        claims=False,
        cuts_show=False,
        encoding="cp1252",
        options={
            "head": ";",
            "begin": "StepName",
            "fields": {
                "serial_number": "SerialNumber",
                "part_number": "Part Number",
                "station": "Machine ID",
                "start": "Start Time",
                "seconds": "Testing time(sec)",
                "result": "Result",
                "error_code": "Error Code",
            },
            "misc": ["MainSerial", "Part Type"],
            "dates": ["%Y.%m.%d. %H:%M"],
            "step": {
                "name": "StepName",
                "value": "Value",
                "low": "Min",
                "high": "Max",
                "unit": "Unit",
                "status": "Status",
            },
        },
    ),
    Case(
        converter="csv",
        files="yestech-text/*",
        claims=False,
        options={
            "head": "=",
            "begin": "[DefectList]",
            "end": "[EndDefectList]",
            "header": False,
            "row": r"(?P<place>\S+) (?P<defect>\S+)\s+DCode=(?P<code>\d+) (?P<call>.*)",
            "fields": {
                "serial_number": "SerialNum",
                "start": "DateTime",
                "operator": "LoginUser",
                "station": "MachineID",
                "batch": "WorkOrder",
                "socket": "PanelizedBoardID",
                "sequence": "Recipe",
                "result": "TestStatus",
            },
            "misc": ["Side"],
            "dates": ["%m/%d/%y %H:%M:%S"],
            "results": {"False Call": "P"},
            "step": {"name": "place", "value": "code", "status": "call", "text": "defect"},
        },
    ),
    Case(
        converter="csv",
        files="i3070-flat-text/*",
        claims=False,
        options={
            "head": "=",
            "begin": "TestStep\t",
            "end": "Overall Status",
            "ragged": True,
            "fields": {"serial_number": "Traceability Number", "start": "DateTime", "result": "Overall_Status"},
            "dates": ["%Y%m%d %H:%M:%S"],
            "results": {"0": "P"},
            "step": {
                "name": "TestStep",
                "value": "MeasResult",
                "low": "LoLimit",
                "high": "HiLimit",
                "unit": "UOM",
            },
        },
    ),
    Case(converter="keysight-i3070", files="keysight-i3070/*"),
    Case(converter="teradyne-gr228x", files="teradyne-gr228x/*"),
    Case(
        converter="teradyne-spectrum",
        files="teradyne-spectrum/*",
        options={"dates": "dmy", "part_number": "program"},
    ),
    Case(converter="teststand-xml", files="teststand-xml/*"),
    Case(converter="stdf", files="stdf/*.std*", fails=("test.stdf", "x.stdf", "lot2.stdf.gz")),
    Case(converter="stdf", files="stdf/lot2.stdf.gz", mutations=1),
    Case(converter="spea", files="spea-3030/*", options={"part_number": "program"}),
    Case(converter="openhtf", files="openhtf/*"),
    Case(
        converter="junit",
        files="junit-xml/*",
        options={"file_name": r"(?P<serial_number>.+)\.xml"},
        fails=("corrupt-xml.xml", "testsuite-in-testsuite.xml", "with-xml-entities.xml"),  # two have no start
    ),
    Case(converter="takaya", files="takaya-atd/*"),
    Case(converter="takaya", files="takaya-atdx/*"),
    Case(converter="xjtag", files="xjtag/*"),
    Case(converter="klippel", files="klippel/*.txt"),
    Case(converter="soundcheck", files="soundcheck/*"),
    Case(converter="saki", files="saki-aoi-xml/*"),
    Case(converter="viscom", files="viscom-aoi-xml/*"),
    Case(converter="sigmaquest", files="sigmaquest-xml/*"),
    Case(converter="wsjf", files="wsjf/*"),
    Case(converter="wsxf", files="wsxf/*"),
    Case(converter="atml", files="atml/*"),
)
"""Every format that is covered."""
