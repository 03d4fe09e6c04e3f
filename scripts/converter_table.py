"""Write the table of converters into docs/reference/converters.md: what they made of real files, and how quickly.

The memory that large files take is what `converter_memory.py` measures.

`python scripts/converter_table.py CORPUS` takes the folder of real files; the cases are those of the tests.
"""

import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "converters.md"
LARGE = 20
"""Megabytes of the files with which memory is measured."""
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from corpus_cases import CASES, Case  # noqa: E402

from pywats.ingest.conversion.order import Found, Order, convert  # noqa: E402
from pywats.ingest.converters.registry import names  # noqa: E402
from pywats.ingest.files.reading import Stamp  # noqa: E402


@dataclass(frozen=True, slots=True)
class Row:
    """What one converter made of its files."""

    converter: str
    files: int = 0
    reports: int = 0
    steps: int = 0
    size: int = 0
    seconds: float = 0.0

    @property
    def facts(self) -> str:
        """The cells that are the same everywhere."""
        return f"| `{self.converter}` | {self.files} | {self.reports:,} | {self.steps:,} |"

    def line(self, growths: Mapping[str, int]) -> str:
        """The whole row."""
        growth = growths.get(self.converter, "")
        size = self.size / 1e6
        speed = f"{size:.3f} | {size / self.seconds:.2f}" if self.files else " | "
        return f"{self.facts} {speed} | {growth} |\n"


def rows(corpus: Path) -> Iterator[Row]:
    """Yield what each converter makes of its files of the corpus, by name."""
    found: dict[str, Row] = {}
    for case in CASES:
        for path in case.paths(corpus):
            row = found.get(case.converter, Row(case.converter))
            found[case.converter] = _with(row, case, path)
    yield from (found[name] for name in sorted(found))


def _with(row: Row, case: Case, path: Path) -> Row:
    order = Order(
        path=path,
        stamp=Stamp.of(path.stat()),
        converter=case.converter,
        options=case.options,
        encoding=case.encoding,
    )
    began = time.process_time()
    bodies = list(convert(order, Found(converter=case.converter)))
    took = time.process_time() - began
    return replace(
        row,
        files=row.files + 1,
        reports=row.reports + len(bodies),
        steps=row.steps + sum(_steps(json.loads(body).get("root", {})) for body in bodies),
        size=row.size + path.stat().st_size,
        seconds=row.seconds + took,
    )


def _steps(step: Any) -> int:
    return sum(1 + _steps(inner) for inner in step.get("steps", ()))


def growths() -> dict[str, int]:
    """Return by how many megabytes each converter grew over a large file; the most, where there are several kinds."""
    command = [sys.executable, str(ROOT / "scripts" / "converter_memory.py"), "--megabytes", str(LARGE)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, int] = {}
    for name, growth in re.findall(r"^(\S+) .* reports +(\d+) MB", printed, re.MULTILINE):
        converter = next(each for each in names() if name == each or name.startswith(f"{each}-"))
        found[converter] = max(found.get(converter, 0), int(growth))
    return found


def table(found: list[Row], growths: Mapping[str, int]) -> str:
    """Return the table."""
    machine = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}, one process"
    read = {row.converter for row in found}
    rest = [Row(name) for name in growths if name not in read]
    lines = "".join(row.line(growths) for row in sorted((*found, *rest), key=lambda row: row.converter))
    return (
        f"{BEGIN}\n| Name | Files tried | Reports | Steps | MB | MB/s | Memory |\n|---|---|---|---|---|---|---|\n"
        f"{lines}\nMeasured with processor time of {machine}; sizes as the files are, compressed or not. Memory:\n"
        f"the megabytes by which a process grew that read a file of {LARGE} MB, one small unit again and again;\n"
        f"a format without an entry was not measured.\n\n{END}"
    )


def main() -> None:
    """Write the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{table(list(rows(Path(sys.argv[1]))), growths())}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
