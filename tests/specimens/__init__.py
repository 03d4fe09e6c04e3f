"""A small file of each format, made here: what every converter is cut, damaged and explained with."""

import bz2
import gzip
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datalog import Datalog, cn, cns

HERE = Path(__file__).parent
FORMATS = HERE.parent / "unit" / "reports" / "formats"


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """A file.

    Attributes:
        converter: that reads it.
        name: of the file.
        content: of it.
        reports: that it holds.
        options: of the converter.
        beside: the content of other files that belong to it, by their paths.
        claimed: whether the converter recognises it by itself.
        ends: whether its format tells where it ends; if not, one that is cut between two lines may look whole.
    """

    converter: str
    name: str
    content: bytes
    reports: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, bytes] = field(default_factory=dict)
    claimed: bool = True
    ends: bool = True

    def __str__(self) -> str:
        return f"{self.converter} {self.name}"

    def write(self, folder: Path) -> Path:
        """Write it, and what belongs to it, into a folder; return its path."""
        for name, content in self.beside.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
            os.utime(folder / name, (0, 0))  # a converter may wait until nothing changes
        path = folder / self.name
        path.write_bytes(self.content)
        return path


def file(converter: str, name: str, reports: int = 1, **given: Any) -> Specimen:
    """Return the specimen in a file of this folder."""
    return Specimen(converter=converter, name=name, content=(HERE / name).read_bytes(), reports=reports, **given)


def stdf(order: str = "<") -> bytes:
    """Return a lot of two parts at two sites, whose records alternate."""
    made = Datalog(order, lot=("LOT1", "CHIP", "node"))
    made.add((1, 60), "HH", 1, 0, tail=cns("ch", "PIN1", "") + bytes([1, 1])).pir(1).pir(2)
    made.add((20, 10), "", tail=cn("section")).ptr(7, 1.5, tail=made.told("U", 1.0, 2.0, "V"))
    made.ptr(7, 2.5, site=2, flags=0x80)
    values = bytes([0]) + made.pack("ff", 1, 2) + cns("M", "")
    limits = made.pack("B3b4fH", 0x02, 0, 0, 0, 0.5, 1.5, 0, 0, 1) + cn("V")
    made.add((15, 15), "IBBBBHH", 8, 1, 1, 0, 0xC0, 1, 2, tail=values + limits).add((20, 20), "")
    made.add((15, 20), "IBBBB", 9, 1, 2, 0x80, 0).add((180, 10), "I", 5).add((50, 30), "", tail=cn("a note"))
    for site, flags in ((2, 0x08), (1, 0)):
        made.prr(f"P{site}", site=site, flags=flags, hard=5, soft=6, x=site, took=250)
    return made.mrr()


def zipped(name: str, content: bytes) -> bytes:
    """Return an archive of one file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def xjlog() -> bytes:
    """Return an archive of two runs."""
    target = io.BytesIO()
    run = (HERE / "run.xjtag.xml").read_bytes()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in (1, 2):
            archive.writestr(zipfile.ZipInfo(f"Run {number}.xml"), run.replace(b"SN1", b"SN%d" % number))
    return target.getvalue()


def wsjf() -> bytes:
    """Return a list of two reports."""
    number = {"name": "supply", "group": "M", "stepType": "ET_NLT", "status": "P"}
    number["numericMeas"] = [
        {"compOp": "GELE", "status": "P", "unit": "V", "value": 3.3, "lowLimit": 3.2, "highLimit": 3.4}
    ]
    root = {"name": "Main", "group": "M", "stepType": "SequenceCall", "status": "P", "seqCall": {}, "steps": [number]}
    report = {"type": "T", "pn": "PCB-7", "rev": "A", "processCode": 10, "machineName": "FCT-1", "result": "P"}
    report |= {"location": "Oslo", "purpose": "Production", "start": "2026-01-31T12:00:00+01:00", "uut": {"user": "a"}}
    return json.dumps([{**report, "sn": sn, "root": root} for sn in ("SN1", "SN2")], indent=1).encode()


def atml() -> bytes:
    """Return two results in ATML that both have a start."""
    start = b'name="Main" startDateTime="2024-05-06T08:08:09"'
    return (FORMATS / "atml_601.xml").read_bytes().replace(b'name="Main"', start)


WSXF = b"""<?xml version="1.0" encoding="utf-8"?>
<Reports xmlns="http://wats.virinco.com/schemas/WATS/Report/wsxf">
 <Report type="UUT" SN="SN1" PN="PCB-7" Rev="A" Result="Failed" Start="2026-01-31T12:00:00+01:00" MachineName="FCT-1">
  <Process Code="10"/><UUT UserLoginName="anna" ExecutionTime="2.5"><Comment>warm</Comment></UUT>
  <MiscInfo Description="shift" Numeric="2"/>
  <Step Group="Main" Name="Main" StepType="SequenceCall" Status="Failed"><SequenceCall Name="m" Version="1"/>
   <Step Group="Main" Name="supply" StepType="ET_NLT" Status="Failed" total_time="0.5">
    <NumericLimit NumericValue="3.5" Units="V" CompOperator="GELE" LowLimit="3.2" HighLimit="3.4" Status="Failed"/>
   </Step>
   <Step Group="Main" Name="curve" StepType="WATS_XYGMNLT" Status="Passed"><Chart ChartType="Line" Label="c">
    <Series Name="s" DataType="XYG"><xdata>1;2</xdata><ydata>3;4</ydata></Series></Chart></Step>
  </Step>
 </Report>
 <Report type="UUT" SN="SN2" PN="PCB-7" Rev="A" Result="Passed" Start="2026-01-31T12:05:00+01:00" MachineName="FCT-1">
  <Process Code="10"/><UUT UserLoginName="anna"/>
  <Step Group="Main" Name="Main" StepType="SequenceCall" Status="Passed"><SequenceCall Name="m" Version="1"/></Step>
 </Report>
</Reports>
"""
UNIT = {"serial_number": "Serial", "part_number": "Type", "start": "Time"}
ROWS = {"name": "Test", "kind": "Kind", "value": "Value", "low": "Min", "high": "Max", "unit": "Unit"}
LONG = {
    "decimal": ",",
    "end": "END",
    "fields": UNIT,
    "dates": ["%d.%m.%Y %H:%M:%S"],
    "step": {**ROWS, "status": "Result"},
}
WIDE = {
    "end": "SUM",
    "fields": {"serial_number": "Serial", "start": "Time"},
    "measures": [{"column": "Supply"}, {"column": 4, "name": "ripple"}, {"column": "Lamp"}],
    "limits": {"low": "LSL", "high": "USL", "unit": "Unit"},
}
TURNED = {
    "transposed": True,
    "decimal": ",",
    "end": "END",
    "fill": ["Lot"],
    "fields": {"serial_number": "Serial", "start": "Start", "batch": "Lot", "result": "Verdict"},
    "measures": "rest",
    "limits": {"unit": "Unit", "low": "Min", "high": "Max"},
    "values": r"(?P<value>\S+) (?P<unit>\S+) \[\.\. (?P<high>\S+)\]",
    "results": {"i.O.": "P", "n.i.O.": "F"},
}
FILLED = {
    "begin": "Serial",
    "end": "END",
    "fill": ["Serial", "Lot"],
    "fields": {"serial_number": "Serial", "batch": "Lot", "start": "Start"},
    "measures": "rest",
    "limits": {"high": "USL"},
    "results": {"OVERRANGE": "F"},
}
SECTIONS = {
    "comment": "#",
    "unit": "Serial number:",
    "head": [
        r"^(?P<key>Station): (?P<station>.+)",
        r"^Serial number: (?P<serial>.+)",
        r"^Type: (?P<type>.+); (?P<rev>.+)",
        r"^Start: (?P<start>.+)",
        r"^Duration: (?P<duration>.+)",
        r"^Result: (?P<result>.+)",
    ],
    "row": ["== (?P<group>.+) ==", "(?P<name>.{14})(?P<reading>.{10})(?P<limits>.{13})(?P<status>.+)"],
    "end": "Result:",
    "split": {"reading": r"(?P<value>\S+) (?P<unit>\S+)", "limits": r"(?P<low>\S*) ?\.\. ?(?P<high>\S+)"},
    "fields": {
        "serial_number": "serial",
        "part_number": "type",
        "revision": "rev",
        "station": "station",
        "start": "start",
        "seconds": "duration",
        "result": "result",
    },
    "dates": ["%m/%d/%Y %I:%M:%S %p"],
    "step": {**{name: name for name in ("name", "value", "unit", "low", "high", "status")}, "sequence": "group"},
}
KEYS = {
    "unit": "Serial=",
    "head": "=",
    "end": "END",
    "fields": {"serial_number": "Serial", "start": "Time"},
    "dates": ["epoch"],
    "measures": "rest",
    "titles": r"(?P<name>.+) \[(?P<unit>.+)\]",
    "results": {"on": "P", "off": "F"},
}
KLIPPEL = {path.relative_to(HERE).as_posix(): path.read_bytes() for path in (HERE / "unit.klippel").iterdir()}

SPECIMENS = (
    Specimen(converter="wsjf", name="two.json", content=wsjf(), reports=2),
    Specimen(converter="wsxf", name="two.xml", content=WSXF, reports=2),
    Specimen(converter="wstf", name="two.txt", content=(FORMATS / "two.wstf.txt").read_bytes(), reports=2),
    Specimen(converter="atml", name="two.xml", content=atml(), reports=2),
    file("csv", "table.csv", 2, options=LONG, claimed=False),
    file("csv", "wide.csv", 2, options=WIDE, claimed=False),
    file("csv", "turned.csv", 2, options=TURNED, claimed=False),
    file("csv", "filled.txt", 2, options=FILLED, claimed=False),
    file("csv", "units.txt", 2, options=SECTIONS, claimed=False),
    file("csv", "keys.txt", 2, options=KEYS, claimed=False),
    file("junit", "tests.junit.xml", 2),
    file("keysight-i3070", "panel.ict", 2),
    file("klippel", "unit.klippel.txt", beside=KLIPPEL, options={"settle": 0}),
    file("openhtf", "record.openhtf.json"),
    file("saki", "panel.saki.xml", 2),
    file("sigmaquest", "unit.sigmaquest.xml"),
    file("soundcheck", "soundcheck.txt", 2, ends=False),
    file("soundcheck", "curves.txt"),
    file("spea", "spea.csv", 2),
    Specimen(converter="stdf", name="lot.stdf", content=stdf(), reports=2),
    Specimen(converter="stdf", name="big.stdf", content=stdf(">"), reports=2),
    Specimen(converter="stdf", name="lot.stdf.gz", content=gzip.compress(stdf(), mtime=0), reports=2),
    Specimen(converter="stdf", name="lot.stdf.bz2", content=bz2.compress(stdf()), reports=2),
    Specimen(converter="stdf", name="lot.stdf.zip", content=zipped("lot.stdf", stdf(">")), reports=2),
    file("takaya", "quotes.atd"),
    file("takaya", "run.atdx", ends=False),
    file("teradyne-gr228x", "gr228x.log", 2),
    file("teradyne-spectrum", "spectrum.txt"),
    file("teststand-xml", "unit.teststand.xml"),
    file("viscom", "panel.viscom.xml", 2),
    file("xjtag", "run.xjtag.xml"),
    Specimen(converter="xjtag", name="runs.xjlog", content=xjlog(), reports=2),
)
"""Every format that is read."""
