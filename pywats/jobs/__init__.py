"""Job files: calls of client methods with their rows written to files, without a line of Python.

:func:`load` reads a job file, :func:`prepare` checks it against the client's methods, :func:`run` does it.
"""

from pywats.jobs.loading import connect, load
from pywats.jobs.plan import Job, Plan, PlannedStep, prepare
from pywats.jobs.runner import run
from pywats.jobs.schema import Into, JobFile, Step, Table
from pywats.jobs.summary import Progress, RunSummary, StepSummary

__all__ = [
    "Into",
    "Job",
    "JobFile",
    "Plan",
    "PlannedStep",
    "Progress",
    "RunSummary",
    "Step",
    "StepSummary",
    "Table",
    "connect",
    "load",
    "prepare",
    "run",
]
