"""The processes that the server knows: test and repair operations, and what may be wrong in a repair."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import orjson

from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS process (
    code INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    failures TEXT NOT NULL,
    misc TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1
);
"""

Kind = Literal["test", "repair", "wip"]


@dataclass(frozen=True, slots=True)
class Process:
    """An operation type.

    Attributes:
        code: the number that reports refer to.
        name: compared with regard to case.
        kind: ``test``, ``repair`` or ``wip`` (work in progress, which has no reports).
        failures: of a repair: the failure codes by category; empty allows any.
        misc: of a repair: the descriptions that its misc infos may have; empty allows any.
        active: lists show it without being asked for those out of use.
    """

    code: int
    name: str
    kind: Kind = "test"
    failures: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    misc: Sequence[str] = ()
    active: bool = True

    @property
    def process_id(self) -> str:
        """The GUID by which the web pages know it; it follows from the code."""
        return self.part_id()

    def part_id(self, *names: str) -> str:
        """The GUID of something in it, such as a failure code in a category."""
        return str(uuid.uuid5(_IDS, "/".join((str(self.code), *names))))


_IDS = uuid.UUID("6f3c7d51-8a54-4f0e-9b53-0d7a4c1f6e20")


_FAILURES: Mapping[str, Sequence[str]] = {
    "Component": ("Burned Component", "Defect Component", "Missing Component", "Wrong Component"),
    "Solder": ("Bad Solder Joint", "Short Circuit", "Missing Solder"),
    "Assembly": ("Wrong Polarity", "Misplaced Part", "Loose Connector", "Cable Fault"),
    "Software": ("Wrong Version", "Not Programmed", "Wrong Configuration"),
    "Other": ("No Fault Found", "Mechanical Damage", "Unknown"),
}
_MISC = ("Work Order", "Firmware", "Operator Note", "Root Cause")

DEFAULTS = (
    Process(10, "SW Debug"),
    Process(20, "ICT"),
    Process(30, "Flying Probe"),
    Process(40, "Boundary Scan"),
    Process(50, "PCBA Test"),
    Process(60, "Functional Test"),
    Process(70, "Calibration"),
    Process(80, "System Test"),
    Process(90, "Burn In test"),
    Process(100, "Final Function"),
    Process(110, "Optical Inspection"),
    Process(200, "Assembly", "wip"),
    Process(500, "Repair", "repair", _FAILURES, _MISC),
    Process(510, "RMA Repair", "repair", _FAILURES, _MISC),
)
"""What a new sandbox knows."""


class Processes:
    """The list of processes, kept in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, Process] = {}
        self.load()

    def load(self) -> None:
        """Read the list; an empty one becomes the default."""
        if not self._database.value("SELECT count(*) FROM process"):
            self.replace(DEFAULTS)
        self._known = {
            code: Process(code, name, kind, orjson.loads(failures), orjson.loads(misc), bool(active))
            for code, name, kind, failures, misc, active in self._database.rows("SELECT * FROM process ORDER BY code")
        }

    def __iter__(self) -> Iterator[Process]:
        """Go through the processes by their codes."""
        return iter(self._known.values())

    def get(self, code: object) -> Process | None:
        """Return the process of a code, or ``None``."""
        return self._known.get(code) if isinstance(code, int) else None

    def by_id(self, process_id: str) -> Process | None:
        """Return the process of a GUID, or ``None``."""
        return next((process for process in self if process.process_id == process_id), None)

    def replace(self, processes: Iterable[Process]) -> None:
        """Make this the list."""
        with self._database.lock, self._database.transaction():
            self._database.run("DELETE FROM process")
            for process in processes:
                self._write(process)
        self.load()

    def add(self, process: Process) -> None:
        """Add a process, or replace the one of its code."""
        with self._database.lock:
            self._write(process)
        self.load()

    def remove(self, code: int) -> None:
        """Remove a process; reports that name it stay."""
        self._database.run("DELETE FROM process WHERE code = ?", (code,))
        self._known.pop(code, None)

    def _write(self, process: Process) -> None:
        failures = orjson.dumps({category: list(codes) for category, codes in process.failures.items()}).decode()
        misc = orjson.dumps(list(process.misc)).decode()
        self._database.run(
            "INSERT OR REPLACE INTO process VALUES (?, ?, ?, ?, ?, ?)",
            (process.code, process.name, process.kind, failures, misc, process.active),
        )
