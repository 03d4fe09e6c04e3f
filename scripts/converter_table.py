"""Write the table of converters into docs/reference/converters.md: what they made of real files, and how quickly.

`python scripts/converter_table.py CORPUS` takes the folder of real files; the cases are those of the tests.
"""

import json
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "converters.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from corpus_cases import CASES, Case  # noqa: E402

from pywats.ingest.conversion.order import Found, Order, convert  # noqa: E402
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

    @property
    def line(self) -> str:
        """The whole row."""
        return f"{self.facts} {self.size / 1e6:.3f} | {self.size / 1e6 / self.seconds:.2f} |\n"


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
        steps=row.steps + sum(_steps(json.loads(body)["root"]) for body in bodies),
        size=row.size + path.stat().st_size,
        seconds=row.seconds + took,
    )


def _steps(step: Any) -> int:
    return sum(1 + _steps(inner) for inner in step.get("steps", ()))


def table(found: list[Row]) -> str:
    """Return the table."""
    machine = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}, one process"
    lines = "".join(row.line for row in found)
    return (
        f"{BEGIN}\n| Name | Files tried | Reports | Steps | MB | MB/s |\n|---|---|---|---|---|---|\n"
        f"{lines}\nMeasured with processor time of {machine}; sizes as the files are, compressed or not.\n\n{END}"
    )


def main() -> None:
    """Write the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{table(list(rows(Path(sys.argv[1]))))}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
