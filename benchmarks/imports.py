"""What the imports cost, and a client, against the imports of aiohttp and pydantic: CPU time of fresh interpreters."""

import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rounds import Finding

CHECKOUT = Path(__file__).parent.parent
THEIRS = "import aiohttp; from pydantic import BaseModel, TypeAdapter"
OURS = ("import pywats", "from pywats import pyWATS", "from pywats import pyWATS; pyWATS('http://localhost', 'token')")
_TIMED = "import time; begun = time.process_time(); {}; print(time.process_time() - begun)"


def importing(rounds: int) -> Iterator[Finding]:
    """Yield what each import costs."""
    samples: dict[str, list[float]] = {code: [] for code in (THEIRS, *OURS)}
    for _ in range(rounds):
        for code, taken in samples.items():
            command = [sys.executable, "-c", _TIMED.format(code)]
            taken.append(float(subprocess.check_output(command, text=True, cwd=CHECKOUT)))  # noqa: S603
    theirs = statistics.median(samples[THEIRS])
    for code in OURS:
        ours = statistics.median(samples[code])
        found = f"{ours / theirs:.2f} x: {ours * 1e3:.0f} ms against {theirs * 1e3:.0f} ms"
        yield Finding(f"`{code}`, against aiohttp and pydantic, CPU", found, "1.5 x")
