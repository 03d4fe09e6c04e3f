"""The run of a job that dies: at a named point, the nth time that it is reached.

It is a server for one test process, so that pywats is imported once: each line of JSON on standard input is a run, and
gets a process of its own by ``fork``; the answer says how it ended. The points are functions that are wrapped here;
pywats itself knows nothing of them. A run without a point to die at writes down how often it has reached each.
"""

import functools
import importlib
import json
import os
import signal
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import duckdb  # noqa: F401 - once, and not in each run
import matplotlib.figure  # noqa: F401
import pyarrow.parquet  # noqa: F401
from victim import redirect, wrap

from pywats import cli, jobs

POINTS = {
    "request written": ("aiohttp:ClientResponse.start", "before"),
    "answer read": ("aiohttp:ClientResponse.start", "after"),
    "part noted": ("pywats.jobs.state:State.note", "after"),
    "row written": ("pywats.jobs.runner:_UnderWay.take", "after"),
    "step done": ("pywats.jobs.runner:_Run._step", "after"),
    "intent written": ("pywats.jobs.state:State._carry_out", "before"),
    "table taken": ("pywats.jobs.tables:load", "after"),
    "placed": ("pywats.jobs.placing:Placement.place", "after"),
    "marks moved": ("pywats.jobs.state:State._carry_out", "after"),
}
"""By name: the function that stands for a point, and on which side of it the point lies."""


def arm(order, reached):
    for point, (where, side) in POINTS.items():
        module, _, name = where.partition(":")
        owner = importlib.import_module(module)
        *classes, name = name.split(".")
        for each in classes:
            owner = getattr(owner, each)

        def count(*_, point=point):
            reached[point] = reached.get(point, 0) + 1
            if (point, reached[point]) == (order["point"], order["nth"]):
                os.kill(os.getpid(), signal.SIGKILL)

        wrap(owner, name, **{side: count})


def run(order):
    os.chdir(order["folder"])
    os.environ.update(order["environ"])
    tempfile.tempdir = order["temporary"]
    redirect(order)
    vars(jobs)["run"] = functools.partial(jobs.run, started=datetime.fromisoformat(order["started"]))
    reached = {}
    arm(order, reached)
    code = cli.main(order["arguments"])
    Path(order["reached"]).write_text(json.dumps(reached))
    return code


def main():
    for text in sys.stdin:
        child = os.fork()
        if not child:
            code = 99
            try:
                code = run(json.loads(text))
                sys.stdout.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
