"""A test station without a screen: scan a unit, ask whether it may be tested, test it, and keep the report safe.

Serial numbers come from the command line, or one a line from standard input, as a barcode scanner types them. A report
is on the disk before the next unit is taken; it is sent in the background, now or when the server is back.
"""

import argparse
import random
import sys
from collections.abc import Iterable, Iterator

from pywats import Outbox, PyWATSError, Station, pyWATS
from pywats.reports.models import UUTReport

PART_NUMBER, REVISION, TEST_OPERATION = "WIDGET-001", "A", 60


def measure(serial_number: str) -> dict[str, float]:
    """Stand for the instruments; the same unit measures the same."""
    noise = random.Random(serial_number)
    return {"3V3": noise.gauss(3.3, 0.02), "5V": noise.gauss(5.0, 0.05)}


def run_test(api: pyWATS, serial_number: str) -> UUTReport:
    """Test one unit, and return its report."""
    report = api.report.create_uut_report("station", PART_NUMBER, REVISION, serial_number, TEST_OPERATION)
    with report:
        volts = measure(serial_number)
        with report.root.sequence("Power") as power:
            power.numeric("3V3", volts["3V3"], "V", low=3.2, high=3.4)
            power.numeric("5V", volts["5V"], "V", low=4.75, high=5.25)
        report.root.passed("Self test", True)
    return report


def needs_a_test(api: pyWATS, serial_number: str) -> bool:
    """Ask the server whether the unit has passed everything already; a station that cannot ask goes on testing."""
    try:
        verification = api.with_options(deadline=3, retry=None).production.verify_unit(serial_number, PART_NUMBER)
    except PyWATSError as error:
        print(f"{serial_number}: cannot ask ({type(error).__name__}), testing all the same")
        return True
    return verification is None or not verification.ready


def scanned(given: Iterable[str]) -> Iterator[str]:
    """Yield serial numbers without blanks."""
    yield from filter(None, (line.strip() for line in given))


def main() -> int:
    """Run until there are no more units; the code says whether every report is in the server."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("serial_numbers", nargs="*", help="else read from standard input")
    options.add_argument("--outbox", default="outbox.db", help="where reports wait for the server")
    chosen = options.parse_args()
    station = Station("LOOP-1", location="Oslo", purpose="Production")
    with pyWATS(station=station) as api, Outbox(chosen.outbox, api) as outbox:
        for serial_number in scanned(chosen.serial_numbers or sys.stdin):
            if not needs_a_test(api, serial_number):
                print(f"{serial_number}: has passed already")
                continue
            report = run_test(api, serial_number)
            outbox.put(report)
            print(f"{serial_number}: {report.result}")
        waiting = outbox.flush(timeout=10.0)
    print(f"{waiting} waiting for the server" if waiting else "all sent")
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
