"""What one check found."""

from dataclasses import dataclass
from enum import StrEnum

from pywats.text import line


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Attributes:
        check: the name of the check.
        state: how it ended.
        found: what was found.
        advice: what to do; empty when there is nothing to do.
    """

    check: str
    state: State
    found: str
    advice: str = ""

    def __str__(self) -> str:
        """Write it as one line."""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.state:<8} {self.check:<9} {line(f'{self.found}{advice}')}"


def ok(check: str, found: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(check, State.OK, found)


def warning(check: str, found: str, advice: str = "") -> Finding:
    """Return a finding that is worth a look; it fails nothing."""
    return Finding(check, State.WARNING, found, advice)


def failed(check: str, found: str, advice: str = "") -> Finding:
    """Return a finding that has to be put right."""
    return Finding(check, State.FAILED, found, advice)


def skipped(check: str, found: str) -> Finding:
    """Return a check that could not be made, with the reason."""
    return Finding(check, State.SKIPPED, found)
