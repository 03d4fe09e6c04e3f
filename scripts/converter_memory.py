"""Measure what converters take of memory for large files: `python scripts/converter_memory.py --megabytes 100`.

For each format a file is made of one small unit that is repeated, and converted in a process of its own; what its peak
grew by tells whether memory grows with the file.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from specimens import LONG, SPECIMENS, WIDE, Specimen  # noqa: E402

from pywats.ingest.conversion.order import Found, Order, convert  # noqa: E402
from pywats.ingest.files.reading import Stamp  # noqa: E402

Split = Callable[[bytes], tuple[bytes, bytes, bytes]]


def between(begin: bytes, end: bytes) -> Split:
    """Return what cuts a content into what stands before the units, one unit, and what stands behind them."""

    def split(content: bytes) -> tuple[bytes, bytes, bytes]:
        found = re.search(re.escape(begin) + b".*?" + re.escape(end), content, re.DOTALL)
        if found is None:
            raise ValueError(f"there is no {begin!r}")
        last = content.rindex(end) + len(end)
        return content[: found.start()], found[0], content[last:]

    return split


def _two_units(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Return all the suites as one unit: suites of the same unit are one report."""
    first, end = content.index(b"<testsuite "), content.index(b"</testsuites>")
    return content[:first], content[first:end], content[end:]


def _two_serials(serial: bytes) -> Split:
    """Return what makes two units of a whole content: the same unit, tested twice, is reported once."""
    return lambda content: (b"", content + content.replace(serial, serial[:-1] + b"0"), b"")


def _outermost_run(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the outermost run, which holds others."""
    first, end = content.index(b"<TestRun "), content.rindex(b"</UnitReport>")
    return content[:first], content[first:end], content[end:]


def _long_run(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Return a run of many groups: the directory of an archive is bounded, and so is the number of runs."""
    before, group, after = between(b"<testgroup", b"</testgroup>")(content)
    return b"", before + group * 300 + after, b""


FORMATS: dict[str, Split] = {
    "saki": between(b"<Image ", b"</Image>"),
    "viscom": between(b"<SinglePCB ", b"</SinglePCB>"),
    "atml": between(b"<trc:TestResults ", b"</trc:TestResults>"),
    "wsxf": between(b"<Report ", b"</Report>"),
    "wstf": between(b"--Header-Start--", b"--UUT-End--"),
    "junit": _two_units,
    "keysight-i3070": lambda content: (b"", content, b""),
    "spea": between(b"START;", b"END;FAIL;10/12/2024;16:15:21\n"),
    "stdf": between(b"\x02\x00\x05\x0a", b"P1"),
    "teradyne-gr228x": between(b"@31-JUL-12  14:19:32", b"/31-JUL-12  14:19:49\n"),
    "teradyne-spectrum": lambda content: (b"", content, b""),
    "teststand-xml": between(b"<Report ", b"</Report>"),
    "sigmaquest": _outermost_run,
    "soundcheck": between(b"S/N 13", b"NO VERDICT\t\t\n"),
    "takaya quotes.atd": _two_serials(b"11111-BV0001"),
    "takaya run.atdx": _two_serials(b"WO25-0162"),
    "xjtag": _long_run,
    "wsjf": lambda content: (b"[", content[1:-1].strip() + b",", content[1:-1].strip() + b"]"),
    "openhtf": lambda content: (b"[", content.strip()[1:-1] + b",", content.strip()[1:-1] + b"]"),
}
"""How a file of each format is repeated; behind a blank stands which specimen it is, if there are several."""

SERIALS = {"saki": b"SN1"}
"""The serial number in a unit, of formats in which a file has it once."""
FINDINGS = {"viscom": (between(b"<Window>", b"</Window>"), b"Number>1</")}
"""What stands behind all units and belongs to one of them, and the number that tells to which."""


Rows = Callable[[int], str]


def _units(number: int) -> str:
    return f"SN{number},2026-01-31T12:00:00,3.31,12,ok\n"


def _steps(number: int) -> str:
    return f"SN{number};PCB-7;31.01.2026 12:00:00;step;3,31;3,2;3,4;V;PASS\n" * 40


def _in_turn(number: int) -> str:
    """Return the rows of eight units, which are tested at once."""
    return "".join(_steps(8 * number + each).partition("\n")[0] + "\n" for each in range(8)) * 40


def _come_back(number: int) -> str:
    """Return rows of which a hundred thousand lie between two of the same unit."""
    return f"SN{number % 100_000};PCB-7;31.01.2026 12:00:00;step;3,31;3,2;3,4;V;PASS\n"


_LONG = "Serial;Type;Time;Test;Value;Min;Max;Unit;Result\n"
_LONG_OPTIONS = {name: value for name, value in LONG.items() if name != "step"} | {
    "step": {name: column for name, column in LONG["step"].items() if name != "kind"}
}
TABLES: dict[str, tuple[str, Rows, str, dict[str, object]]] = {
    "csv-units": ("Serial,Time,Supply,Ripple,Lamp\n", _units, "SUM\n", {**WIDE, "limits": None}),
    "csv-head": (f"Type=PCB-7\n{_LONG}", _steps, "END\n", {**_LONG_OPTIONS, "head": "=", "begin": "Serial"}),
    "csv-steps": (_LONG, _steps, "END\n", _LONG_OPTIONS),
    "csv-in-turn": (_LONG, _in_turn, "END\n", _LONG_OPTIONS),
    "csv-come-back": (_LONG, _come_back, "END\n", _LONG_OPTIONS),
}
"""Tables: what stands before the rows, the rows of one unit or of several, what stands behind, and the options."""


def specimen_of(kind: str) -> Specimen:
    """Return the specimen that is repeated."""
    converter, _, name = kind.partition(" ")
    found = [each for each in SPECIMENS if each.converter == converter and name in each.name]
    return next((each for each in found if each.options == WIDE), found[0])


def write(converter: str, path: Path, size: int) -> None:
    """Write a large file."""
    if converter in TABLES:
        _write_table(converter, path, size)
        return
    before, unit, after = FORMATS[converter](specimen_of(converter).content)
    if converter == "xjtag":
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(1, 1 + size // len(unit)):
                archive.writestr(f"Run {number}.xml", unit)
        return
    if converter in FINDINGS:
        _write_findings(path, size, before, unit, after, *FINDINGS[converter])
        return
    with path.open("wb") as file:
        file.write(before)
        serial = SERIALS.get(converter, b"")
        for number in range(size // len(unit)):
            numbered = unit.replace(serial, b"%s-%d" % (serial, number)) if serial else unit
            file.write(numbered + (b"\n" if unit.startswith(b"--") else b""))
        file.write(after)


def _write_findings(
    path: Path, size: int, before: bytes, unit: bytes, after: bytes, split: Split, number: bytes
) -> None:
    """Write units, and behind them what was found on them, from the last to the first."""
    between_them, finding, after = split(after)
    count = size // len(unit + finding)
    with path.open("wb") as file:
        file.write(before)
        file.writelines(unit.replace(number, b"Number>%d</" % each) for each in range(count))
        file.write(between_them)
        file.writelines(finding.replace(number, b"Number>%d</" % (count - 1 - each)) for each in range(count))
        file.write(after)


def _write_table(name: str, path: Path, size: int) -> None:
    before, rows, after, _ = TABLES[name]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(before)
        written = number = 0
        while written < size:
            written += file.write(rows(number))
            number += 1
        file.write(after)


def peak() -> int:
    """Return the largest resident size of this process in bytes; only Linux tells."""
    said = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    return 1024 * int(said[1]) if said else 0


def measure(converter: str, path: Path) -> str:
    """Convert a file in this process; return a row of the table."""
    before, began = peak(), time.process_time()
    options = TABLES[converter][3] if converter in TABLES else dict(specimen_of(converter).options)
    name = "csv" if converter in TABLES else converter.partition(" ")[0]
    order = Order(path=path, stamp=Stamp.of(path.stat()), converter=name, options=options)
    count = sum(1 for _ in convert(order, Found(converter=name)))
    size, seconds = path.stat().st_size / 1e6, time.process_time() - began
    return f"{converter:18}{size:8.0f} MB{count:10,} reports{(peak() - before) / 1e6:8.0f} MB{size / seconds:8.1f} MB/s"


def main() -> None:
    """Measure each format in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("converters", nargs="*", default=[*FORMATS, *TABLES])
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.file is not None:
        sys.stdout.write(f"{measure(given.converters[0], given.file)}\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        wanted = [each for name in given.converters for each in (TABLES if name == "csv" else (name,))]
        for converter in wanted:
            path = Path(folder) / "large"
            write(converter, path, given.megabytes * 1_000_000)
            command = [sys.executable, __file__, converter, "--file", os.fspath(path)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
