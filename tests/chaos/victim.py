"""The process that dies: the daemon, or a program with an outbox, that meets a fault at a named point.

It is a server for one test process, so that pywats is imported once: each line of JSON on standard input is a run, and
gets a process of its own by ``fork``; the answers are its number and, when it has ended, how it ended. The points are
functions of pywats that are wrapped here; pywats itself knows nothing of them.
"""

import ctypes
import errno
import functools
import importlib
import inspect
import json
import os
import signal
import sys
import threading
import time

from pywats import Outbox, cli, pyWATS
from pywats.ingest import daemon, intake, outbox, pipeline
from pywats.ingest.conversion.workshop import Threads
from pywats.ingest.errors import SpoolError
from pywats.ingest.journal import Journal, Kind
from pywats.ingest.spool import parcel
from pywats.ingest.spool.store import Spool
from pywats.ingest.upload import line, uploader

POINTS = {
    "seen": ("files.candidates:Candidates.see", "after"),
    "settled": ("files.candidates:Candidates.take", "after"),
    "read": ("intake:Intake._convert", "before"),
    "parsed": ("intake:Intake._convert", "after"),
    "laid": ("spool.parcel:Parcel._lay", "after"),
    "part taken": ("intake:Intake._submit_part", "after"),
    "before insert": ("spool.books:Books.submit", "before"),
    "after insert": ("spool.books:Books.submit", "after"),
    "committed": ("spool.database:Database._transaction", "after"),
    "refused file": ("spool.books:Books.refuse", "after"),
    "before move": ("files.shelf:move", "before"),
    "name reserved": ("files.moves:_reserve", "after"),
    "renamed": ("files.moves:_rename", "after"),
    "moved": ("files.shelf:move", "after"),
    "before placed": ("spool.books:Books.placed", "before"),
    "after placed": ("spool.books:Books.placed", "after"),
    "explained": ("files.shelf:_write_explanation", "after"),
    "redirected": ("spool.books:Books.redirect", "after"),
    "before lease": ("spool.queue:Queue.claim", "before"),
    "after lease": ("spool.queue:Queue.claim", "after"),
    "leased": ("upload.uploader:Uploader._carry", "before"),
    "request written": ("aiohttp:ClientResponse.start", "before"),
    "answer read": ("upload.outcomes:Outcome.__init__", "before"),
    "before ack": ("spool.queue:Queue.ack", "before"),
    "after ack": ("spool.queue:Queue.ack", "after"),
    "acked": ("spool.store:Spool.ack", "after"),
    "refusal recorded": ("spool.queue:Queue.term", "after"),
    "reload asked": ("daemon:Daemon._reload", "before"),
    "reloaded": ("daemon:Daemon._adopt", "after"),
    "put": ("spool.store:Spool.submit", "before"),
    "put committed": ("spool.store:Spool.submit", "after"),
    "put placed": ("spool.store:Spool.placed", "after"),
}
"""By name: the function that stands for a point, and on which side of it the point lies."""

AT_ONCE = "start"
"""The point at which the process begins."""

ON_DISK = {"written": ("-wal", False), "synced": ("-wal", True), "checkpointed": ("spool.db", False)}
"""Points inside SQLite, where only the process can die: in a write, or before a sync, of a file."""

QUICK = {
    intake: {"SPOOL_PAUSE": 0.1, "ROOM_PAUSE": 0.1, "MOVE_PAUSE": 0.1},
    pipeline: {"SHELF_PAUSE": 0.1},
    line: {"FIRST_WAIT": 0.05},
    uploader: {"BOOKING_PAUSE": 0.05},
    daemon: {"LOOK": 0.1, "REPAIR_PAUSE": 0.1},
    outbox: {"LOOK": 0.1, "REST": 0.5},
    parcel: {"PART": 2},
}
"""Pauses that would only make the tests long, and parts so small that a file has several."""


class Fault:
    """What happens at the point, the ``nth`` time that it is reached."""

    def __init__(self, order, disk):
        self.kind, self.nth, self.times, self.disk = order["kind"], order["nth"], order["times"], disk
        self.lock = threading.Lock()

    def reached(self):
        with self.lock:
            self.nth -= 1
            due = self.nth == 0
        if due and self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif due:
            self.disk.disk_fail(getattr(errno, self.kind), self.times, int(self.kind == "EIO"))


def wrap(owner, name, before=None, after=None):
    plain = getattr(owner, name)
    if inspect.iscoroutinefunction(plain):

        @functools.wraps(plain)
        async def wrapped(*args, **kwargs):
            if before:
                before(*args)
            result = await plain(*args, **kwargs)
            if after:
                after(*args)
            return result
    else:

        @functools.wraps(plain)
        def wrapped(*args, **kwargs):
            if before:
                before(*args)
            result = plain(*args, **kwargs)
            if after:
                after(*args)
            return result

    setattr(owner, name, wrapped)


def arm(order, disk):
    fault = Fault(order, disk)
    if order["point"] == AT_ONCE:
        fault.reached()
        return
    if order["point"] in ON_DISK:
        part, syncs = ON_DISK[order["point"]]
        disk.disk_kill(part.encode(), int(syncs), order["nth"])
        return
    where, side = POINTS[order["point"]]
    module, _, name = where.partition(":")
    owner = importlib.import_module(module if module == "aiohttp" else f"pywats.ingest.{module}")
    *classes, name = name.split(".")
    for each in classes:
        owner = getattr(owner, each)
    wrap(owner, name, **{side: lambda *_: fault.reached()})


def note(path):
    """Write down at once what has happened: the ids whose acknowledgement has returned, and when the first came."""
    begun = time.monotonic()
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def acked(_, claim, *__):
        os.write(log, f"{claim.report_id} {time.monotonic() - begun:.3f}\n".encode())

    wrap(Spool, "ack", after=acked)


def reload_after_the_first_upload():
    told = []

    def tell(_, event):
        if event.kind is Kind.REPORT_UPLOADED and not told:
            told.append(event)
            os.kill(os.getpid(), signal.SIGHUP)

    wrap(Journal, "tell", after=tell)


def put(url, token, path, reports):
    """A test program that puts reports into an outbox, and again where it was told that this failed."""
    with pyWATS(url, token, rate_limit=None, trust_env=False) as api, Outbox(path, api) as box:
        for report in reports:
            sys.stdout.write(f"{until_it_works(box.put, report)}\n")
            sys.stdout.flush()
        return 0 if until_it_works(box.flush, 60.0) == 0 else 1


def until_it_works(ask, *arguments):
    while True:
        try:
            return ask(*arguments)
        except SpoolError:
            time.sleep(0.02)


def redirect(order):
    for name, descriptor in (("out", 1), ("err", 2)):
        target = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(target, descriptor)
        os.close(target)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def run(order):
    redirect(order)
    disk = ctypes.CDLL(os.environ["LD_PRELOAD"]) if order["disk"] else None
    for module, constants in QUICK.items():
        vars(module).update({name: value for name, value in constants.items() if name in vars(module)})
    vars(pipeline)["Processes"] = lambda *_, **__: Threads()  # to start processes would take most of the time
    note(order["acks"])
    if order["reloads"]:
        reload_after_the_first_upload()
    if disk is not None:
        disk.disk_begin(order["root"].encode(), order["synced"].encode())
        signal.signal(signal.SIGUSR1, lambda *_: disk.disk_fail(0, 0, 0))  # there is room again
    if order["fault"]:
        arm(order["fault"], disk)
    return put(*order["puts"]) if order["puts"] else cli.main(order["arguments"])


def main():
    for text in sys.stdin:
        order = json.loads(text)
        child = os.fork()
        if not child:
            code = 99
            try:
                code = run(order)
                sys.stdout.flush()
            finally:
                os._exit(code)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
