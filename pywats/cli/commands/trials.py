"""Commands to try things: ``demo`` and ``sandbox``."""

from pathlib import Path
from typing import Annotated

import typer

from pywats.cli.exits import ExitCode
from pywats.cli.options import Json, Level, LogLevel, Verbose, start_log


def demo(*, json: Json = False, log_level: Level = None, verbose: Verbose = 0) -> int:
    """Show it all on sample reports: sandbox, ingest, a job.

    Everything goes into the folder out/ here; each run begins anew.
    """
    start_log(log_level, verbose, json=json, default=LogLevel.CRITICAL)
    from pywats.cli.demo import demo as carry_out

    return carry_out(json=json)


def sandbox(
    *,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 0,
    token: Annotated[str | None, typer.Option("--token", help="What clients must send.  [default: sandbox]")] = None,
    db: Annotated[Path | None, typer.Option("--db", metavar="FILE", help="Keep the state in this file.")] = None,
    latency_ms: Annotated[float, typer.Option("--latency-ms", min=0, help="How long every request takes.")] = 0,
    rate_limit: Annotated[
        str | None, typer.Option("--rate-limit", metavar="500/60s", help="Answer 429 to more requests than this.")
    ] = None,
    faults: Annotated[Path | None, typer.Option("--faults", metavar="FILE.yaml", help="Faults to answer with.")] = None,
    processing_delay: Annotated[
        float, typer.Option("--processing-delay", min=0, help="Seconds until a report can be queried.")
    ] = 0,
    seed_demo: Annotated[
        bool, typer.Option("--seed-demo", help="Begin with a small factory and its last thirty days.")
    ] = False,
    json: Json = False,
    log_level: Level = None,
    verbose: Verbose = 0,
) -> int:
    """Run a WATS server for trials and tests, until Ctrl-C.

    It prints one line when it listens: sandbox ready http://127.0.0.1:PORT
    """
    start_log(log_level, verbose, json=json)
    from pywats.cli.output import write_json
    from pywats.sandbox.serving import say_ready, serve

    def say_in_json(url: str) -> None:
        write_json({"event": "ready", "url": url})

    serve(
        host=host,
        port=port,
        token=token,
        db=db or ":memory:",
        latency_ms=latency_ms,
        rate_limit=rate_limit,
        faults=faults,
        processing_delay=processing_delay,
        seed_demo=seed_demo,
        announce=say_in_json if json else say_ready,
    )
    return ExitCode.OK
