"""The embedded WATS server: in a thread of its own, for tests and scripts."""

import asyncio
import secrets
import threading
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from pywats.errors import ConfigurationError
from pywats.sandbox.answers import Refusal
from pywats.sandbox.app import Front
from pywats.sandbox.callers import Caller
from pywats.sandbox.demo import seed_demo as seed_world
from pywats.sandbox.faults import Fault, read_faults
from pywats.sandbox.limits import rate_limit as limit_of
from pywats.sandbox.listener import kept_port, listen
from pywats.sandbox.process.store import Process
from pywats.sandbox.production.serial_numbers import SerialNumberType
from pywats.sandbox.records import Recorded, Stats
from pywats.sandbox.store import MEMORY
from pywats.sandbox.times import TICKS
from pywats.sandbox.world import World
from workers import RateLimit

HISTORY = 10_000
"""So many requests a sandbox in a thread remembers."""

_STOP = 10.0
_MINUTE = 60.0


class Sandbox:
    """A real WATS server on a real socket, in a daemon thread, for sync and async callers alike.

    ``with Sandbox() as wats:`` starts it and closes it. What is written can be read back; ``stop`` keeps the state for
    a later ``start`` on the same port, ``close`` gives it up. All methods may be called from any thread.

    Args:
        token: what clients must send; a random one if none is given.
        host: the address to listen on.
        port: 0 takes a free one.
        db: the database file, or ``:memory:``.
        latency_ms: how long every request takes before it is served.
        rate_limit: ``500/60s`` or the like: more is answered with 429 and ``Retry-After``.
        faults: a YAML file of faults, or faults.
        processing_delay: seconds from the receipt of a report to its processing.
        read_only_token: another token, which may not write (403).
        page_limit: the most rows that any list answers, however many are asked for.
        keepalive: seconds after which an idle connection is closed.
        history: how many requests ``requests`` remembers.
        seed_demo: begins with a small factory and its last thirty days.

    Raises:
        ConfigurationError: something of this is wrong; the text says what.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        db: str | Path = MEMORY,
        latency_ms: float = 0.0,
        rate_limit: RateLimit | str | None = None,
        faults: Path | str | Iterable[Fault] | None = None,
        processing_delay: float = 0.0,
        read_only_token: str | None = None,
        page_limit: int | None = None,
        keepalive: float = 75.0,
        history: int = HISTORY,
        seed_demo: bool = False,
    ) -> None:
        self.token = secrets.token_urlsafe(16) if token is None else _checked(token)
        self.host = host
        self.port = port
        self._limit = limit_of(rate_limit)
        orders = _orders(faults)
        self.world = World(db, delay=processing_delay, page_limit=page_limit)
        tokens = {self.token: Caller("admin", writes=True)}
        if read_only_token:
            tokens[read_only_token] = Caller("reader", writes=False)
        self.front = Front(
            self.world, tokens, limit=self._limit, latency=latency_ms / 1000, keepalive=keepalive, history=history
        )
        for fault in orders:
            self.front.faults.add(fault)
        if seed_demo:
            seed_world(self.world)
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], None] = _nothing
        self._let_port_go: Callable[[], object] = _nothing

    def __enter__(self) -> Self:
        """Start; what cannot is closed."""
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def __repr__(self) -> str:
        """Show where it listens."""
        return f"<Sandbox {self.url if self._thread else 'stopped'}>"

    @property
    def url(self) -> str:
        """The base URL for clients."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def start(self) -> Self:
        """Listen; return when it does. A port that was given out once is kept.

        Raises:
            ConfigurationError: the address cannot be listened on.
        """
        if self._thread is None:
            if self.port == 0 and (kept := kept_port(self.host)) is not None:
                self.port = kept.getsockname()[1]
                self._let_port_go = weakref.finalize(self, kept.close)
            ready: Future[None] = Future()
            thread = threading.Thread(target=self._run, args=(ready,), name="wats-sandbox", daemon=True)
            thread.start()
            ready.result()
            self._thread = thread
        return self

    def stop(self) -> None:
        """Stop listening and drop all connections; new ones are refused. The state stays."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stop()
            thread.join(_STOP)

    def close(self) -> None:
        """Stop, and give up the state; what is in a database file stays there."""
        self.stop()
        self._let_port_go()
        self.world.database.close()

    def down(self) -> None:
        """Be down: connections are refused until ``up``."""
        self.stop()

    def busy(self, retry_after: float = 1.0) -> None:
        """Be busy: every request is answered with 429 and ``Retry-After`` until ``up``."""
        self.front.busy = retry_after

    def up(self) -> None:
        """Be neither down nor busy any more."""
        self.front.busy = None
        self.start()

    def fail(self, match: str, **order: Any) -> None:
        """Order a fault for the next request that fits, or for several.

        Args:
            match: the verb and the path, such as ``GET /api/Product/X``, or the path alone; ``*`` stands for any text.
            order: what happens, as `Fault` has it: ``status``, ``times``, ``reset``, ``body``, ``delay``, ``hang``, …

        Raises:
            ValueError: there is no such fault.
        """
        self.front.faults.add(Fault(match=match, **order))

    def clear_faults(self) -> None:
        """Forget the faults that are still on order."""
        self.front.faults.clear()

    def seed(
        self,
        products: Iterable[dict[str, Any] | str] = (),
        reports: Iterable[dict[str, Any] | bytes] = (),
        *,
        alarms: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Store what a test needs, past the network.

        Args:
            products: as ``PUT /api/Product`` takes them, or part numbers.
            reports: in WSJF.
            alarms: logs as ``Trigger/GetAlarmAndNotificationLogs`` shows them; ``type`` is needed, ``logDate`` is now.

        Raises:
            ValueError: the server would refuse one of them, and why; nothing is stored then.
        """
        documents = [orjson.loads(each) if isinstance(each, bytes) else each for each in reports]
        with self.world.database.lock, _refusals_as_errors(), self.world.database.transaction():
            for product in products:
                self.world.products.save({"partNumber": product} if isinstance(product, str) else product)
            self.world.reports.seed(documents)
            for alarm in alarms:
                self.world.alarms.add(alarm, int(self.world.clock() * TICKS))

    def reports(self) -> list[dict[str, Any]]:
        """Return the processed reports as they were sent, in the order of their processing."""
        with self.world.database.lock:
            return [orjson.loads(body) for body in self.world.reports.bodies()]

    def report_bytes(self) -> list[bytes]:
        """Return the bodies of the processed reports, byte by byte as they were sent, in the order of processing."""
        with self.world.database.lock:
            return self.world.reports.bodies()

    def received(self, report_id: object) -> int:
        """Return how often a report of this id was received and found valid."""
        with self.world.database.lock:
            return self.world.reports.received(str(report_id))

    def queued(self) -> int:
        """Return how many reports wait for their processing."""
        with self.world.database.lock:
            return self.world.reports.queued()

    def quarantined(self) -> dict[str, str]:
        """Return the ids of the reports in quarantine, with the reasons."""
        with self.world.database.lock:
            return dict(self.world.reports.quarantined())

    def process_now(self) -> None:
        """Process all reports that wait, whatever the processing delay says."""
        with self.world.database.lock:
            self.world.reports.process_due(float("inf"))

    @property
    def processes(self) -> tuple[Process, ...]:
        """The processes that reports may refer to."""
        with self.world.database.lock:
            return tuple(self.world.processes)

    def add_process(self, process: Process) -> None:
        """Add a process, or replace the one of its code."""
        with self.world.database.lock:
            self.world.processes.add(process)

    def remove_process(self, code: int) -> None:
        """Remove a process."""
        with self.world.database.lock:
            self.world.processes.remove(code)

    def begin_inspection(
        self, definition_id: object, unit_id: object, serial_number: str, part_number: str, revision: str = ""
    ) -> str:
        """Begin a manual inspection for a unit, as an operator does; return its id.

        Raises:
            ValueError: there is no such definition.
        """
        with self.world.database.lock, _refusals_as_errors():
            return self.world.sequences.begin(str(definition_id), str(unit_id), serial_number, part_number, revision)

    def add_serial_number_type(self, kind: SerialNumberType) -> None:
        """Add a type of serial numbers, or replace the one of its name."""
        with self.world.database.lock:
            self.world.serial_numbers.add_type(kind)

    @property
    def requests(self) -> list[Recorded]:
        """The latest requests, oldest first."""
        with self.world.database.lock:
            return self.front.records.all()

    @property
    def stats(self) -> Stats:
        """How many requests there were, and how many at most in any window of the rate limit."""
        with self.world.database.lock:
            return self.front.records.stats(self._limit.period if self._limit else _MINUTE)

    def most_starts(self, period: float) -> int:
        """Return the most requests that came in within any window of this many seconds."""
        with self.world.database.lock:
            return self.front.records.most_starts(period)

    def clear_requests(self) -> None:
        """Forget the requests and their counts."""
        with self.world.database.lock:
            self.front.records.clear()

    def clear(self) -> None:
        """Forget products, reports, requests and faults; the processes are those of a new sandbox."""
        self.world.clear()
        self.clear_requests()
        self.clear_faults()

    def _run(self, ready: "Future[None]") -> None:
        def started(port: int, stop: Callable[[], None]) -> None:
            self.port, self._stop = port, stop
            ready.set_result(None)

        try:
            asyncio.run(listen(self.front, self.world, self.host, self.port, started))
        except Exception as error:
            if ready.done():
                raise
            ready.set_exception(error)


def _nothing() -> None:
    """Stop nothing: it never started."""


def _checked(token: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError("the sandbox's token is required to be printable ASCII characters without blanks")
    return token


def _orders(faults: Path | str | Iterable[Fault] | None) -> Iterable[Fault]:
    if faults is None:
        return ()
    return read_faults(faults) if isinstance(faults, str | Path) else faults


@contextmanager
def _refusals_as_errors() -> Generator[None]:
    """Turn a refusal of the server into a ``ValueError`` with its words."""
    try:
        yield
    except Refusal as error:
        raise ValueError(error.words) from error
