"""Rows of a job: headers from a server over a socket into a Parquet file, their rate and the peak of memory.

``python -m benchmarks.job_rows [ROWS]`` runs the server in a process of its own, so that the peak is the job's alone.
"""

import asyncio
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from aiohttp import web

from benchmarks.imports import CHECKOUT
from benchmarks.rounds import Finding
from pywats import AsyncPyWATS
from pywats.config import load
from pywats.jobs import JobFile, run

ROWS = 1_000_000

JOB = """
kind: job
name: rows
server: {base_url: "${URL}", token: token, trust_env: false}
steps:
  - id: headers
    call: report.iter_uut_headers
    with: {page_size: 10000}
    resume: {by: timeStamp, key: uuid}
    into: {parquet: headers.parquet}
"""


def header(number: int) -> dict[str, Any]:
    """Return one header, with the fields that a server fills."""
    return {
        "uuid": str(UUID(int=number)),
        "serialNumber": f"SN{number:08}",
        "partNumber": f"WIDGET-{number % 50:03}",
        "revision": "A",
        "reportType": "T",
        "stationName": f"FCT-{number % 8}",
        "location": "Oslo",
        "purpose": "Production",
        "processCode": 60,
        "processName": "Function test",
        "result": "P",
        "startUtc": "2026-01-05T08:00:00.123Z",
        "timeStamp": number,
        "operator": "anna",
        "executionTime": 2.5,
        "run": 1,
        "receiveCount": 1,
    }


def serve(rows: int, ready: Connection) -> None:
    """Answer queries of headers, oldest first or newest first, until the process is ended."""

    async def headers(request: web.Request) -> web.Response:
        top = int(request.query.get("$top", 10))
        if "desc" in request.query.get("$orderby", ""):
            return web.Response(body=orjson.dumps([header(rows)]), content_type="application/json")
        behind = re.search(r"timeStamp gt (\d+)", request.query.get("$filter", ""))
        first = int(behind[1]) + 1 if behind else 1
        page = [header(number) for number in range(first, min(first + top, rows + 1))]
        return web.Response(body=orjson.dumps(page), content_type="application/json")

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/api/Report/Query/Header", headers)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ready.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(main())


async def measure(url: str) -> tuple[int, float]:
    """Return the rows of a run and the seconds that it took."""
    Path("j.yaml").write_text(JOB)  # noqa: ASYNC240 - before anything is measured
    job = load("j.yaml", JobFile, environ={"URL": url})
    begun = time.perf_counter()
    async with AsyncPyWATS(url, "token", trust_env=False, rate_limit=None) as api:
        summary = await run(job, api)
    if summary.error:
        raise SystemExit(summary.error)
    return summary.rows, time.perf_counter() - begun


def writing(rows: int) -> Finding:
    """How fast a job writes rows into a Parquet file, and the peak of its memory, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.job_rows", str(rows)]
    found = subprocess.check_output(command, text=True, cwd=CHECKOUT)  # noqa: S603
    return Finding(f"a job: {rows:,} headers over a socket into a Parquet file", found.strip(), "peak 300 MB")


def peak() -> float:
    """The most memory that this process has had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # not what the process that started this one had, which the other way can give
        return int(next(line for line in status.read_text().splitlines() if "VmHWM" in line).split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure, and print a line."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    server = context.Process(target=serve, args=(rows, far), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{near.recv()}"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        before = peak()
        written, seconds = asyncio.run(measure(url))
        most = peak()
        size = Path("headers.parquet").stat().st_size / 1e6
    server.terminate()
    sys.stdout.write(
        f"{written:,} rows in {seconds:.1f} s, {written / seconds:,.0f} a second; peak {most:.0f} MB "
        f"({before:.0f} MB before the run); file {size:.1f} MB\n"
    )


if __name__ == "__main__":
    main()
