"""The lot of an STDF file: what it says of all its parts, and the parts that are being tested."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.converters.building import new_test, shortened, tell_header
from pywats.ingest.converters.interface import Context
from pywats.ingest.converters.stdf.options import Options
from pywats.ingest.converters.stdf.records import Fields, Kind, Records
from pywats.ingest.converters.stdf.results import Part, Results
from pywats.ingest.converters.stdf.survey import Survey, Wafer
from pywats.ingest.converters.text import malformed
from pywats.ingest.faults import ConversionError
from pywats.ingest.reasons import Reason
from pywats.reports.models import UUTReport
from pywats.reports.units import MiscInfo

NOWHERE: Final = -32768
"""A coordinate that is not known."""
NO_NUMBER: Final = 0xFFFF
ALL: Final = 0xFF
"""A group of sites that is all of them."""
_BETWEEN_RUNS: Final = 1000
"""Milliseconds between the starts of two runs at the least; WATS takes those within half a second for one."""
_SUPERSEDES: Final = ((0x01, "runs of its part id"), (0x02, "runs at its coordinates"))
_NO_WAFER: Final = (Wafer(), None)
_MIR_TEXTS: Final = (
    *("lot", "part_type", "node", "tester", "job", "job_revision", "sublot", "operator", "exec", "exec_version"),
    *("test_code", "temperature", "user_text", "aux_file", "package", "family", "date_code", "facility", "floor"),
    *("process", "frequency", "spec", "spec_version", "flow", "setup", "design_revision", "engineer", "rom"),
    *("serial", "supervisor"),
)
_MISC: Final = {
    "sublot": "Sublot",
    "tester": "Tester type",
    "serial": "Tester serial number",
    "exec": "Tester software",
    "exec_version": "Tester software version",
    "test_code": "Test code",
    "temperature": "Temperature",
    "user_text": "User text",
    "aux_file": "Auxiliary file",
    "package": "Package",
    "family": "Family",
    "date_code": "Date code",
    "facility": "Facility",
    "floor": "Floor",
    "process": "Fabrication process",
    "frequency": "Operation frequency",
    "spec": "Specification",
    "spec_version": "Specification version",
    "flow": "Flow",
    "setup": "Setup",
    "engineer": "Engineer",
    "rom": "ROM code",
    "supervisor": "Supervisor",
}
"""Texts about the lot that become misc infos."""
_CODES: Final = ("Mode", "Lot retested", "Protection")
_EQUIPMENT: Final = (
    *("Handler", "Probe card", "Load board", "Interface board", "Cable", "Contactor", "Laser", "Other equipment"),
)


class Lot:
    """What is known of a lot so far.

    Args:
        records: of its file, to be taken in one after the other.
        survey: what was read of the file before.
        options: of the converter.
        context: what else the source says.
    """

    def __init__(self, records: Records, survey: Survey, options: Options, context: Context) -> None:
        self._records = records
        self._survey = survey
        self._options = options
        self._context = context
        self._results = Results(records, survey.tests, context.explain)
        self._texts: dict[str, str] = {}
        self._start: datetime | None = None
        self._misc: list[JsonObject] = []
        self._wafers: dict[tuple[int, int], tuple[Wafer, datetime | None]] = {}
        self._groups: dict[tuple[int, int], int] = {}
        self._equipment: dict[tuple[int, int], list[JsonObject]] = {}
        self._runs: dict[str, tuple[int, datetime | None]] = {}
        self._takes: dict[int, Callable[[Fields], object]] = {
            Kind.MPR: self._results.multiple,
            Kind.PIR: self._begin,
            Kind.MIR: self._begin_lot,
            Kind.SDR: self._site,
            Kind.RDR: self._again,
            Kind.PMR: self._pin,
            Kind.PGR: self._pins,
            Kind.WIR: self._wafer,
            Kind.WRR: lambda fields: self._wafers.pop(fields.several("BB"), None),
            Kind.BPS: self._begin_section,
            Kind.EPS: self._end_section,
            Kind.DTR: lambda fields: self._note(fields.text()),
            Kind.GDR: lambda fields: self._note(" ".join(fields.values())),
        }

    def reports(self) -> Iterator[UUTReport]:
        """Yield the report of each part when it ends.

        Raises:
            ConversionError: a record is damaged, or a result belongs to no part.
        """
        takes, records = self._takes, self._records
        parametric, functional = self._results.parametric, self._results.functional
        ptr, ftr, prr, mrr = map(int, (Kind.PTR, Kind.FTR, Kind.PRR, Kind.MRR))
        for kind, data, begin, end in records:
            if kind == ptr:
                parametric(data, begin, end)
            elif kind == ftr:
                functional(data, begin, end)
            elif kind in takes:
                takes[kind](Fields(records, kind, data, begin, end))
            elif kind == prr:
                yield self._end(Fields(records, kind, data, begin, end))
            elif kind == mrr:
                break
        for head, site in self._results.parts:
            raise malformed(f"the lot ends before its part at head {head}, site {site} does", records.place)

    def _begin_lot(self, fields: Fields) -> None:
        fields.number("I")
        self._start = self._moment(fields.needed("I"))
        station = fields.number("B")
        codes = [fields.letter() for _ in _CODES]
        burn_in, command = fields.number("H"), fields.letter()
        texts = self._texts = dict(zip(_MIR_TEXTS, fields.texts(len(_MIR_TEXTS)), strict=True))
        infos = [(title, texts[name]) for name, title in _MISC.items()]
        infos += [*zip(_CODES, codes, strict=True), ("Command mode", command)]
        infos += [("Station number", str(station or "")), ("Burn-in minutes", _number(burn_in, NO_NUMBER))]
        self._misc = _misc_infos(infos)
        for name, value in texts.items():
            self._tell(name, value, fields)
        self._tell("start", self._start, fields)

    def _site(self, fields: Fields) -> None:
        """Take in the equipment of sites (SDR)."""
        head, group, count = fields.several("BBB")
        sites = fields.numbers("B", count)
        texts = fields.texts(2 * len(_EQUIPMENT))
        infos = [
            (f"{title}{of}", text)
            for title, pair in zip(_EQUIPMENT, zip(texts[::2], texts[1::2], strict=True), strict=True)
            for of, text in zip((" type", ""), pair, strict=True)
        ]
        for site in sites:
            self._groups[head, site] = group
            self._equipment[head, site] = _misc_infos(infos)

    def _again(self, fields: Fields) -> None:
        """Take in which bins are tested again (RDR)."""
        count = fields.needed("H")
        bins = ", ".join(map(str, fields.numbers("H", count))) if count else "all"
        self._misc += _misc_infos([("Bins tested again", bins)])

    def _pin(self, fields: Fields) -> None:
        """Take in a pin (PMR): its logical name, else the one of the package, else that of the channel."""
        index, _ = fields.needed("H"), fields.number("H")
        channel, physical, logical = fields.texts(3)
        self._results.pins[index] = logical or physical or channel

    def _pins(self, fields: Fields) -> None:
        """Take in the name of a group of pins (PGR)."""
        index = fields.needed("H")
        self._results.pins[index] = fields.text()

    def _wafer(self, fields: Fields) -> None:
        """Take in that a wafer begins (WIR)."""
        place = fields.several("BB")
        start, name = self._moment(fields.number("I") or 0), fields.text()
        wafer = self._survey.wafers.get(self._records.number, Wafer())
        self._wafers[place] = wafer if wafer.name else replace(wafer, name=name), start

    def _begin_section(self, fields: Fields) -> None:
        """Begin a section of the program (BPS) for the parts that are being tested."""
        name = fields.text()
        for part in self._results.parts.values():
            part.begin(name)

    def _end_section(self, _: Fields) -> None:
        """End a section of the program (EPS) for the parts that are being tested."""
        for part in self._results.parts.values():
            part.end()

    def _note(self, text: str) -> None:
        """Note a text (DTR, GDR) for the parts that are being tested."""
        for part in self._results.parts.values():
            part.note(text)

    def _begin(self, fields: Fields) -> None:
        head, site = fields.several("BB")
        if not self._texts:
            raise malformed("a part begins before the lot does (MIR)", fields.place)
        if (head, site) in self._results.parts:
            raise malformed(f"a part begins at head {head}, site {site}, before the last one ended", fields.place)
        texts = self._texts
        report = new_test(
            part_number=texts["part_type"],
            revision=texts["design_revision"],
            station=texts["node"],
            operator=texts["operator"],
            batch=texts["lot"],
            sequence=texts["job"],
            version=texts["job_revision"],
            socket=site,
        )
        self._results.parts[head, site] = Part(report, [report.root])

    def _end(self, fields: Fields) -> UUTReport:
        head, site, flags = fields.several("BBB")
        part = self._results.parts.pop((head, site), None)
        if part is None:
            raise malformed(f"a part ends at head {head}, site {site} that has not begun", fields.place)
        _, hard, soft, x, y, took = fields.some("HHHhhI")
        took, name, text, repair = took or 0, fields.text(), fields.text(), fields.raw()
        wafer, start = self._wafer_of(head, site)
        report = part.close()
        given = {"lot": self._texts["lot"], "sublot": self._texts["sublot"], "wafer": wafer.name, "part": name}
        given |= {"x": _number(x, NOWHERE), "y": _number(y, NOWHERE)}
        report.sn = self._serial(given, fields)
        run, begins = self._run(report.sn, start or self._start, took, fields)
        if begins is not None:
            report.wire["start"] = begins.isoformat()
        letter = "T" if flags & 0x04 else "F" if (part.failed if flags & 0x10 else flags & 0x08) else "P"
        report.wire["result"] = report.root.wire["status"] = letter
        if took:
            report.wire["uut"]["execTime"] = took / 1000
        infos = (
            *(("Head", str(head)), ("Hard bin", _number(hard, NO_NUMBER)), ("Soft bin", _number(soft, NO_NUMBER))),
            ("Hard bin name", self._survey.hard_bins.get(-1 if hard is None else hard, "")),
            ("Soft bin name", self._survey.soft_bins.get(-1 if soft is None else soft, "")),
            *(("Wafer", wafer.name), ("Fab wafer", wafer.fab), ("Wafer frame", wafer.frame), ("Mask", wafer.mask)),
            *(("X", given["x"]), ("Y", given["y"]), ("Part text", text), ("Part repair", repair.hex())),
            ("Run", str(run) if run > 1 else ""),
            ("Supersedes", " and ".join(what for bit, what in _SUPERSEDES if flags & bit)),
        )
        shared = (*self._misc, *self._equipment.get((head, site), ()))
        report.wire["miscInfos"] = [*(dict(info) for info in shared), *_misc_infos(infos)]
        tell_header(self._context.explain, report, fields.place)
        return report

    def _serial(self, given: Mapping[str, str], fields: Fields) -> str:
        lacking = self._options.lacks(given)
        if lacking:
            detail = f"serial_number is made of what the part does not have: {lacking}; see the options of stdf"
            raise ConversionError(Reason.MISSING_FIELD, detail, fields.place)
        return self._options.serial_number.format(**given)

    def _run(self, serial: str, start: datetime | None, took: int, fields: Fields) -> tuple[int, datetime | None]:
        """Return which run of a part this is, and its start.

        A file tells the start of the lot and of wafers alone. A part that is tested again begins at the earliest when
        its runs before have taken their time, and has that start: WATS would take runs of one start for one.
        """
        runs, free = self._runs.get(serial, (0, None))
        begins = start if start is None or free is None else max(start, free)
        try:
            free = None if begins is None else begins + timedelta(milliseconds=max(took, _BETWEEN_RUNS))
        except OverflowError as error:
            raise malformed(f"the runs of this part take longer than any calendar ({took} ms)", fields.place) from error
        self._runs[serial] = runs + 1, free
        return runs + 1, begins

    def _wafer_of(self, head: int, site: int) -> tuple[Wafer, datetime | None]:
        """Return the wafer that is tested at a site, and its start."""
        found = {group: wafer for (at, group), wafer in self._wafers.items() if at == head}
        if len(found) == 1:
            return next(iter(found.values()))
        return found.get(self._groups.get((head, site), ALL), _NO_WAFER)

    def _moment(self, seconds: int) -> datetime | None:
        """Return a time of the tester, unless it is none: local times have no zone."""
        moment = datetime.fromtimestamp(seconds, UTC)
        return None if not seconds else moment if self._options.times == "utc" else moment.replace(tzinfo=None)

    def _tell(self, what: str, value: object, fields: Fields) -> None:
        if value is not None:
            self._context.tell(what, value, fields.place)


def _number(value: int | None, none: int) -> str:
    """Return a number as a text, unless it is the one that stands for none."""
    return "" if value is None or value == none else str(value)


def _misc_infos(infos: Iterable[tuple[str, str]]) -> list[JsonObject]:
    """Return texts by their titles as misc infos, without those that are empty."""
    return [dict(_misc_info(title, text)) for title, text in infos if text]


@lru_cache(1024)
def _misc_info(title: str, text: str) -> JsonObject:
    return MiscInfo(description=title, string_value=shortened(text)).wire
