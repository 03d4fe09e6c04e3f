"""Job files: calls of client methods with their rows written to files, without a line of Python.

``pywats.config.load(path, JobFile)`` reads a job file, :func:`prepare` checks it against the methods of a client, and
:func:`run` does it.
"""

from pywats.jobs.plan import Plan, prepare
from pywats.jobs.planner import Job, PlannedStep
from pywats.jobs.runner import run
from pywats.jobs.schedule import Scheduler
from pywats.jobs.schema import STATE, Database, Into, JobFile, Parquet, Plot, Resume, Step, Table
from pywats.jobs.state import JobRunningError, PastRun, State, StateError
from pywats.jobs.summary import Progress, RunSummary, StepSummary

__all__ = [
    "STATE",
    "Database",
    "Into",
    "Job",
    "JobFile",
    "JobRunningError",
    "Parquet",
    "PastRun",
    "Plan",
    "PlannedStep",
    "Plot",
    "Progress",
    "Resume",
    "RunSummary",
    "Scheduler",
    "State",
    "StateError",
    "Step",
    "StepSummary",
    "Table",
    "prepare",
    "run",
]
