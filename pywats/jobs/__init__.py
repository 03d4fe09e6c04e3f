"""Job files: calls of client methods with their rows written to files, without a line of Python.

``pywats.config.load(path, JobFile)`` reads a job file, :func:`prepare` checks it against the methods of a client, and
:func:`run` does it.
"""

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
    "prepare",
    "run",
]
