"""``doctor``: what stands between this machine and its WATS server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from pywats.cli.aside import note
from pywats.cli.connection import Connection
from pywats.cli.doctor import machine, network
from pywats.cli.doctor.bundle import Redaction, write_bundle
from pywats.cli.doctor.finding import Finding, State, failed
from pywats.cli.exits import ExitCode
from pywats.cli.output import write_json, write_line
from pywats.config import Loaded
from pywats.ingest.health import folders_of
from pywats.ingest.schema import IngestConfig


def doctor(
    connection: Connection | str,
    configuration: Loaded[Any] | None = None,
    *,
    bundle: Path | None = None,
    log: Path | None = None,
    json: bool = False,
) -> ExitCode:
    """Check everything, print a line for each check, and say whether all is well.

    Args:
        connection: the server and its token, or in words why there are none.
        configuration: the file whose folders are checked, too.
        bundle: where to write a zip file with everything but the secrets.
        log: a log file, the end of which goes into the bundle.
        json: print one JSON document instead of lines.

    Raises:
        CommandError: the bundle cannot be written.
    """
    redact = Redaction(None if isinstance(connection, str) else connection)
    findings = asyncio.run(_examine(connection, configuration, redact, quiet=json))
    well = all(finding.state is not State.FAILED for finding in findings)
    if json:
        write_json({"ok": well, "checks": findings})
    if bundle is not None:
        shown = configuration.show() if configuration else ""
        write_bundle(bundle, findings, redact=redact, configuration=shown, log=log)
        note(f"written to {bundle}; it holds no token and no password")
    return ExitCode.OK if well else ExitCode.FAILED


async def _examine(
    connection: Connection | str, configuration: Loaded[Any] | None, redact: Redaction, *, quiet: bool
) -> list[Finding]:
    """Return the findings; each is shown as soon as it is there."""
    findings: list[Finding] = []
    async for finding in _findings(connection, configuration):
        findings.append(redact.finding(finding))
        if not quiet:
            write_line(str(findings[-1]))
    return findings


async def _findings(connection: Connection | str, configuration: Loaded[Any] | None) -> AsyncIterator[Finding]:
    for finding in machine.examine_installation():
        yield finding
    if isinstance(connection, str):
        yield failed("server", connection)
    else:
        async for finding in network.examine(connection):
            yield finding
    folders = [Path()]
    if configuration is not None and isinstance(configuration.value, IngestConfig):
        folders = folders_of(configuration.value)
        for finding in machine.examine_folders(configuration.value):
            yield finding
        for finding in machine.examine_page(configuration.value):
            yield finding
    for finding in machine.examine_disks(folders):
        yield finding
