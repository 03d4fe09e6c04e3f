"""Converts in processes of their own: one that hangs, dies or eats memory costs one file."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import BinaryIO, Final, cast

from pywats.ingest.conversion.frames import Answer, read_frame, write_order
from pywats.ingest.conversion.order import Found, Order
from pywats.ingest.conversion.workshop import Converted, Job, convert_file
from pywats.ingest.faults import ConversionError, NotReadyError
from pywats.ingest.reasons import Reason
from workers.log import get_logger

log = get_logger(__name__)

LIFE: Final = 5_000
"""Files after which a process is replaced: what converters lose of their memory, it does not keep for months."""

BEGIN: Final = """
import json, sys
sys.path[:] = json.loads(sys.argv[3])
from pywats.ingest.conversion.worker import main
main()
"""
"""How a process begins: with the same packages as this one, whatever folder it is in."""

_KEPT: Final = re.compile(
    r"(?i:PATH|PATHEXT|SYSTEMROOT|SYSTEMDRIVE|WINDIR|TEMP|TMP|TMPDIR|HOME|USERPROFILE|LANG|LC_\w+|TZ|PYTHON\w*|COVERAGE\w*"
    r"|VIRTUAL_ENV|LD_LIBRARY_PATH|DYLD_\w+)\Z"
)
"""Variables that a process gets of the environment, which may hold the token."""


class Processes:
    """A `Workshop` of worker processes, each with limits of its own; they begin with the first files.

    Args:
        workers: files that are converted at the same time.
        timeout: seconds that one may take.
        memory: bytes that a converter may have for one.
    """

    def __init__(self, workers: int = 2, *, timeout: float = 60.0, memory: int = 1024**3) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="convert")
        self._slots = [Slot(timeout, memory) for _ in range(workers)]
        self._free: SimpleQueue[Slot] = SimpleQueue()
        for slot in self._slots:
            self._free.put(slot)

    async def convert(self, job: Job) -> Converted:
        """Return what came of a file; see `Workshop`."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._convert, job)

    async def close(self) -> None:
        """End the processes; files that they are working on are as if they had not been taken."""
        for slot in self._slots:
            slot.stop()
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
        for slot in self._slots:
            slot.end()

    def _convert(self, job: Job) -> Converted:
        slot = self._free.get()
        try:
            return convert_file(job, slot.read)
        finally:
            self._free.put(slot)


class Slot:
    """Room for one process, which is replaced when it ends. A thread at a time uses it."""

    def __init__(self, timeout: float, memory: int) -> None:
        self._timeout = timeout
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._converted = 0
        self._idle = True
        self._late = False
        self._closed = False
        self._lock = threading.Lock()

    def read(self, order: Order, found: Found) -> Generator[bytes]:
        """Yield the reports of a file as the process reads them; see ``conversion.convert``."""
        process = self._ready()
        timer = threading.Timer(self._timeout, partial(self._stop, process))
        timer.daemon = True
        timer.start()
        self._idle = False
        answers = self._answers(process, order, found)
        try:
            for body in answers:  # noqa: UP028 - they must not be closed: what is left of them is needed below
                yield body
        finally:
            with suppress(ConversionError, NotReadyError):
                deque(answers, maxlen=0)  # what is left when its reports are not wanted any more
            timer.cancel()
            timer.join()
            self._converted += 1
            if self._late or not self._idle or self._converted >= LIFE:
                self.end()

    def stop(self) -> None:
        """Stop the process, whatever it is doing, and start no other."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def _answers(self, process: "subprocess.Popen[bytes]", order: Order, found: Found) -> Generator[bytes]:
        requests, answers = _pipes(process)
        with suppress(OSError):  # when it is gone, the lack of an answer says so
            write_order(requests, order)
        while (frame := read_frame(answers)) is not None:
            answer, content = frame
            if answer is Answer.FOUND:
                what = json.loads(content)
                found.converter, found.said = what["converter"], what["said"]
                found.digest = bytes.fromhex(what["digest"])
            elif answer is Answer.REPORT:
                yield content
            elif answer is Answer.REFUSED:
                what = json.loads(content)
                reason = Reason(what["reason"])
                self._idle = reason is not Reason.CONVERTER_MEMORY
                raise ConversionError(reason, what["detail"], what["position"])
            elif answer is Answer.NOT_READY:
                self._idle = True
                raise NotReadyError(content.decode())
            else:
                self._idle = True
                return
        raise self._death(process)

    def _death(self, process: "subprocess.Popen[bytes]") -> ConversionError | NotReadyError:
        code = process.wait()
        if self._closed:
            return NotReadyError("the daemon ends")
        if self._late:
            return ConversionError(Reason.CONVERTER_TIMEOUT, f"the converter was not done after {self._timeout:g} s")
        return ConversionError(Reason.CONVERTER_DIED, f"the converter's process ended: {_how(code)}")

    def _stop(self, process: "subprocess.Popen[bytes]") -> None:
        self._late = True
        process.kill()

    def _ready(self) -> "subprocess.Popen[bytes]":
        """Return a process that waits for orders.

        Raises:
            NotReadyError: none can be started now.
        """
        process = self._process
        if process is not None and process.poll() is None:
            return process
        self.end()
        with self._lock:
            if self._closed:
                raise NotReadyError("the daemon ends")
            self._process = process = self._start()
        frame = read_frame(_pipes(process)[1])
        if frame is None:  # before it saw any file
            code = process.wait()
            if not self._closed:
                log.warning("worker_not_started", detail=_how(code))
            raise NotReadyError(f"no process to convert it could be started: {_how(code)}")
        return process

    def _start(self) -> "subprocess.Popen[bytes]":
        limits = (str(self._memory), str(self._timeout), json.dumps(sys.path))
        command = [sys.executable, "-P", "-c", BEGIN, *limits]
        self._converted, self._late = 0, False
        try:
            return subprocess.Popen(  # noqa: S603 - this very interpreter
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={name: value for name, value in os.environ.items() if _KEPT.match(name)},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise NotReadyError(f"no process to convert it could be started: {error}") from error

    def end(self) -> None:
        """Let go of the process."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in _pipes(process):
                with suppress(OSError):  # what was never read by a process that is dead
                    pipe.close()
            process.wait()


def _pipes(process: "subprocess.Popen[bytes]") -> tuple[BinaryIO, BinaryIO]:
    return cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
