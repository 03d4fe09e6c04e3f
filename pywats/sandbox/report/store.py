"""Reports on their way through the server: received, queued, processed, replaced, put into quarantine, listed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pywats.sandbox.answers import invalid, refusal
from pywats.sandbox.asset.upkeep import Upkeep
from pywats.sandbox.fields import guid
from pywats.sandbox.process.store import Processes
from pywats.sandbox.product.store import Products
from pywats.sandbox.production.reported import ReportedUnits
from pywats.sandbox.report import header as report_header
from pywats.sandbox.report.export import Facts
from pywats.sandbox.report.validation.report import problems_of
from pywats.sandbox.store import Database, Values
from pywats.sandbox.times import TICKS

SCHEMA = (
    report_header.SCHEMA
    + """
CREATE TABLE IF NOT EXISTS report_body (
    time_stamp INTEGER PRIMARY KEY REFERENCES report ON DELETE CASCADE,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS report_received (
    report_id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    count INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS report_queue (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    due REAL NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS report_quarantine (
    uuid TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    body BLOB NOT NULL
);
"""
)

MAX_RECEIVES = 100
"""A report that was received more often than this is not processed again."""
SAME_START = TICKS // 2
"""Two reports of one identity whose starts differ by no more than this are the same test run."""

_CHILDREN = (
    ("report_unit", report_header.units),
    ("report_misc", report_header.misc_infos),
    ("report_attachment", report_header.attachments),
)

_SELECT_STATS = (
    f"SELECT {', '.join(each.sql for each in report_header.ASSET_FIGURES)}, message FROM report_asset AS e"  # noqa: S608 - our own names
    " WHERE time_stamp = ? AND running_count IS NOT NULL GROUP BY serial_number ORDER BY min(e.rowid)"
)


@dataclass(frozen=True, slots=True)
class Received:
    """What the server answers to a report it accepted."""

    sent_id: str
    uuid: str
    report_id: int

    def answer(self) -> list[dict[str, Any]]:
        """Return the JSON of the answer: a list with one object."""
        return [{"ID": self.sent_id, "uuid": self.uuid, "Report_ID": self.report_id}]


class Reports:
    """The reports in the database.

    ``delay`` is how many seconds after its receipt a report is processed; until then nothing shows that it exists.
    ``on_queue`` is called when one begins to wait.
    """

    def __init__(
        self,
        database: Database,
        products: Products,
        processes: Processes,
        upkeep: Upkeep,
        units: ReportedUnits,
        *,
        delay: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._products = products
        self._processes = processes
        self._upkeep = upkeep
        self._units = units
        self.delay = delay
        self._clock = clock
        self.on_queue: Callable[[], None] = lambda: None

    def receive(self, body: bytes) -> Received:
        """Take a report in WSJF: validate it, count it, and process it at once or later.

        A report that breaks a rule is refused with 400 and a line for each problem.
        """
        report = self._read(body)
        uuid = str(guid(report["id"]))
        with self._database.transaction():
            row = self._database.row(
                "INSERT INTO report_received (uuid, count) VALUES (?, 1)"
                " ON CONFLICT (uuid) DO UPDATE SET count = count + 1 RETURNING report_id, count",
                (uuid,),
            )
            report_id, count = row or (0, 0)
            if count <= MAX_RECEIVES:
                if self.delay > 0:
                    insert = "INSERT INTO report_queue (due, body) VALUES (?, ?)"
                    self._database.insert(insert, (self._clock() + self.delay, body))
                    self.on_queue()
                else:
                    self._process(report, uuid, body, count)
        return Received(report["id"], uuid, report_id)

    def seed(self, reports: Sequence[dict[str, Any]]) -> None:
        """Store reports as if they had been received and processed; all of them, or none if one breaks a rule."""
        with self._database.transaction():
            for report in reports:
                body = orjson.dumps(report)
                checked = self._read(body)
                self._process(checked, str(guid(checked["id"])), body, 1)

    def process_due(self, now: float | None = None) -> float | None:
        """Process what has waited long enough by ``now``; return when the next one is due, if there is one."""
        moment = self._clock() if now is None else now
        with self._database.transaction():
            due = self._database.rows("SELECT number, body FROM report_queue WHERE due <= ? ORDER BY number", (moment,))
            for number, body in due:
                report = orjson.loads(body)
                uuid = str(guid(report["id"]))
                self._process(report, uuid, body, max(self.received(uuid), 1))
                self._database.run("DELETE FROM report_queue WHERE number = ?", (number,))
        next_due: float | None = self._database.value("SELECT min(due) FROM report_queue")
        return next_due

    def received(self, report_id: str) -> int:
        """Return how often a report of this id was received and found valid."""
        find = "SELECT count FROM report_received WHERE uuid = ?"
        return int(self._database.value(find, (guid(report_id) or report_id,)) or 0)

    def bodies(self) -> list[bytes]:
        """Return the processed reports as they were sent, in the order of their processing."""
        return [body for (body,) in self._database.rows("SELECT body FROM report_body ORDER BY time_stamp")]

    def count(self) -> int:
        """Return how many processed reports there are."""
        return int(self._database.value("SELECT count(*) FROM report"))

    def queued(self) -> int:
        """Return how many reports wait for their processing."""
        return int(self._database.value("SELECT count(*) FROM report_queue"))

    def quarantined(self) -> list[tuple[str, str]]:
        """Return the ids of the reports in quarantine, and why they are there."""
        return [(uuid, reason) for uuid, reason in self._database.rows("SELECT uuid, reason FROM report_quarantine")]

    def get(self, uuid: str) -> tuple[dict[str, Any], Facts] | None:
        """Return a fresh copy of a processed report, and what the server knows beside it, or ``None``."""
        row = self._database.row(
            "SELECT body, type, process_name, part_number, time_stamp FROM report JOIN report_body USING (time_stamp)"
            " WHERE uuid = ?",
            (uuid,),
        )
        if row is None:
            return None
        body, kind, process_name, part_number, time_stamp = row
        find = "SELECT uuid, start FROM report WHERE referenced_uut = ? ORDER BY start"
        repairs = tuple((other, start) for other, start in self._database.rows(find, (uuid,))) if kind == "T" else ()
        stats = tuple(_stats(each) for each in self._database.rows(_SELECT_STATS, (time_stamp,)))
        name = self._products.name_of(part_number)
        return orjson.loads(body), Facts(uuid, name, process_name, repairs, stats)

    def rows(self, selected: str, rest: str, values: Values) -> list[tuple[Any, ...]]:
        """Return columns of ``report AS r`` for the rest of a query."""
        return self._database.search(f"SELECT {selected} FROM report AS r {rest}", values)  # noqa: S608 - made of our own names

    def elements(self, source: str, names: str, time_stamp: int) -> list[tuple[Any, ...]]:
        """Return columns of what belongs to one report."""
        select = f"SELECT {names} FROM (SELECT time_stamp, type FROM report WHERE time_stamp = ?) AS r, "  # noqa: S608 - our own names
        return self._database.rows(select + source.removeprefix("FROM ") + " ORDER BY e.rowid", (time_stamp,))

    def serial_numbers(self, part_number: str, revision: str | None = None) -> list[str]:
        """Return the serial numbers that reports of a product, or of one revision, know."""
        find = (
            "SELECT DISTINCT serial_number FROM report"
            " WHERE part_number = :part_number AND (:revision IS NULL OR revision = :revision) ORDER BY 1"
        )
        values = {"part_number": part_number, "revision": revision}
        return [serial for (serial,) in self._database.rows(find, values)]

    def _read(self, body: bytes) -> dict[str, Any]:
        try:
            report = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise invalid([f"report: is not JSON: {error}"]) from error
        problems = problems_of(report, self._processes)
        if problems:
            raise invalid(problems)
        try:
            orjson.dumps(report)
        except TypeError as error:
            raise invalid(["report: is nested too deeply."]) from error
        return report  # type: ignore[no-any-return]  # validation made sure of it

    def _process(self, report: dict[str, Any], uuid: str, body: bytes, count: int) -> None:
        process = self._processes.get(int(report["processCode"]))
        columns = report_header.columns(report, process.name if process else report.get("processName"))
        if columns["start"] > self._clock() * TICKS:
            insert = "INSERT OR REPLACE INTO report_quarantine VALUES (?, ?, ?)"
            self._database.run(insert, (uuid, "the start is in the future", body))
            return
        self._database.run("DELETE FROM report_quarantine WHERE uuid = ?", (uuid,))
        replaced = self._replace(columns)
        columns |= {"receive_count": count, "report_size": (len(body) + 1023) // 1024}
        marks = ", ".join("?" * len(columns))
        insert = f"INSERT INTO report ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
        time_stamp = self._database.insert(insert, tuple(columns.values()))
        self._database.insert("INSERT INTO report_body VALUES (?, ?)", (time_stamp, body))
        used = report_header.objects(report, "assets")
        figures = self._upkeep.count_report(time_stamp, columns["start"], used, replaced)
        children = [(table, rows_of(report)) for table, rows_of in _CHILDREN]
        for table, rows in (*children, ("report_asset", report_header.assets(report, figures))):
            if rows:
                marks = ", ".join("?" * (len(rows[0]) + 1))
                insert = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 - our own names
                self._database.insert_all(insert, [(time_stamp, *row) for row in rows])
        if columns["type"] == "T":
            self._count_runs(time_stamp, columns, again=bool(replaced))
        self._products.ensure(columns["part_number"], columns["revision"])
        self._units.take(report, columns)

    def _replace(self, columns: dict[str, Any]) -> list[int]:
        """Delete what a new report replaces, its own id and the same test run by its identity; return their numbers."""
        by_id = "DELETE FROM report WHERE uuid = ? RETURNING time_stamp"
        by_identity = (
            "DELETE FROM report WHERE type = ? AND serial_number = ? AND part_number = ? AND process_code = ?"
            " AND start BETWEEN ? AND ? RETURNING time_stamp"
        )
        identity = [columns[name] for name in ("type", "serial_number", "part_number", "process_code")]
        around = (columns["start"] - SAME_START, columns["start"] + SAME_START)
        rows = self._database.rows(by_id, (columns["uuid"],)) + self._database.rows(by_identity, (*identity, *around))
        return [time_stamp for (time_stamp,) in rows]

    def _count_runs(self, time_stamp: int, columns: dict[str, Any], *, again: bool) -> None:
        """Number the test runs of the unit in this operation by their starts, and note the first that passed."""
        unit = tuple(columns[name] for name in ("serial_number", "part_number", "process_code"))
        where = "WHERE type = 'T' AND serial_number = ? AND part_number = ? AND process_code = ?"
        last = self._database.row(
            f"SELECT start, run, passed_in_run FROM report {where} AND time_stamp <> ? ORDER BY start DESC LIMIT 1",  # noqa: S608
            (*unit, time_stamp),
        )
        set_run = "UPDATE report SET run = ?, passed_in_run = ? WHERE time_stamp = ?"
        passed = columns["result"] == "Passed"
        if last is None:
            self._database.run(set_run, (1, 1 if passed else None, time_stamp))
        elif not again and columns["start"] >= last[0] and (last[2] is not None or not passed):
            self._database.run(set_run, (last[1] + 1, last[2], time_stamp))
        else:
            rows = self._database.rows(
                f"SELECT time_stamp, result FROM report {where} ORDER BY start, time_stamp",  # noqa: S608 - our own names
                unit,
            )
            first = next((run for run, row in enumerate(rows, start=1) if row[1] == "Passed"), None)
            self._database.insert_all(set_run, [(run, first, row[0]) for run, row in enumerate(rows, start=1)])


def _stats(row: Sequence[Any]) -> dict[str, Any]:
    """The figures of an asset as a report shows them."""
    names = (each.name for each in report_header.ASSET_FIGURES[1:])
    figures = dict(zip(names, row[1:-1], strict=True))
    unknown = {
        f"isDaysSince{what}Unknown": figures[f"daysSince{what}"] is None for what in ("Calibration", "Maintenance")
    }
    return {"assetSN": row[0], **figures, **unknown, "message": row[-1]}


def not_found(uuid: str) -> Exception:
    """Return the refusal for a report that is not there, or not yet."""
    return refusal(404, f"There is no report with the id {uuid}.")
