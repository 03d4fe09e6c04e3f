"""A pytest plug-in: a run of pytest is the test of one unit, and goes to WATS as a report.

    pytest examples/pytest_station --serial-number W-0001

A test function is a step. What it compares with ``measure`` becomes a measurement with its limits; a test that fails,
for whatever reason, is a failed step. Without ``--serial-number`` nothing is sent.
"""

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from pywats import Outbox, Station, pyWATS


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a station."""
    group = parser.getgroup("station")
    group.addoption("--serial-number", help="the unit that is tested")
    group.addoption("--part-number", default="WIDGET-001", help="what it is")
    group.addoption("--outbox", default="outbox.db", help="where the report waits for the server")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a report if a unit is named."""
    if serial_number := config.getoption("--serial-number"):
        config.pluginmanager.register(
            UnitReport(config.getoption("--part-number"), serial_number, config.getoption("--outbox")), "unit-report"
        )


class UnitReport:
    """The report of one unit, from the first test to the last."""

    def __init__(self, part_number: str, serial_number: str, outbox: str) -> None:
        self._end = ExitStack()
        station = Station("PYTEST-1", location="Oslo", purpose="Development")
        api = self._end.enter_context(pyWATS(station=station))
        self._outbox = self._end.enter_context(Outbox(outbox, api))
        self.report = api.report.create_uut_report("pytest", part_number, "A", serial_number, 60)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a step for a test that has run, or that could not."""
        if report.when == "call" or report.failed:
            self.report.root.passed(report.nodeid.rpartition("::")[2], report.passed)

    def pytest_sessionfinish(self) -> None:
        """Have the report on the disk before pytest ends; it is sent now, or by the next run."""
        with self._end:
            self._outbox.put(self.report)
            self._outbox.flush(timeout=10.0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which report it was."""
        terminalreporter.write_line(f"report {self.report.id}: {self.report.result}")


@pytest.fixture
def measure(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare a value with its limits: it goes into the report, and the test fails when it lies outside."""
    unit = request.config.pluginmanager.get_plugin("unit-report")

    def measure(name: str, value: float, unit_of: str, *, low: float, high: float) -> None:
        if isinstance(unit, UnitReport):
            unit.report.root.numeric(f"{request.node.name}: {name}", value, unit_of, low=low, high=high)
        assert low <= value <= high, f"{name} is {value} {unit_of}; it must be from {low} to {high}"

    return measure
