"""``service install|remove|status``: the ingest daemon under the machine's service manager."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pywats import config
from pywats.cli.aside import note
from pywats.cli.configuration import job_files
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_json, write_line
from pywats.cli.service import systemd, task
from pywats.cli.service.definition import Definition, environment_of, variables_in
from pywats.ingest.schema import IngestConfig
from pywats.jobs import JobFile
from pywats.text import line, reason_of

VERBS: Final = ("install", "remove", "status")


def service(
    verb: str, file: Path, overlays: Sequence[Path], *, name: str | None, user: str | None, printed: bool, json: bool
) -> ExitCode:
    """Install a daemon as a service, remove it, or show how it stands.

    With ``json`` what was done is one document, and of the service manager's own words only its complaints are said.

    Raises:
        CommandError: there is no such verb, or the service manager refused.
        ConfigurationError: the file is wrong; nothing was done.
    """
    if verb not in VERBS:
        raise CommandError(f"service: {verb!r} is no command; there is {', '.join(VERBS)}")
    windows = sys.platform == "win32"
    variables = {} if windows else variables_in(environment_of(file))  # a task of Windows has those of the machine
    environ = {**os.environ, **variables}
    loaded = config.load(file, IngestConfig, overlays=overlays, environ=environ)
    files = job_files(loaded) if verb == "install" else []
    jobs = [config.load(path, JobFile, environ=environ) for path in files]
    definition = Definition.of(file, overlays, loaded.value, [job.value for job in jobs], name=name, user=user)
    if verb == "install":
        wanted = loaded.variables().union(*(job.variables() for job in jobs))
        _warn_of(sorted(wanted - set(variables)), definition)
    text = task.xml(definition) if windows else systemd.unit(definition)
    if printed:
        if json:
            write_json({"name": definition.name, "definition": text})
        else:
            write_line_by_line(text)
        return ExitCode.OK
    machine = _on_windows if windows else _on_linux
    code = machine(verb, definition, text, quiet=json)
    if json:
        write_json({"name": definition.name, "verb": verb, "ok": code is ExitCode.OK})
    return code


def _warn_of(missing: Sequence[str], definition: Definition) -> None:
    """Say which variables of this shell the service will not have, and which folders."""
    if sys.platform == "win32":
        remedy = "set them for the machine, `setx /M NAME value`"
    else:
        remedy = f"write them into {definition.environment}, NAME=value a line, readable for its owner alone"
    if missing:
        note(f"the service does not have {', '.join(missing)} of this shell: {remedy}")
    if sys.platform != "win32" and (folders := definition.not_there()):
        names = ", ".join(map(str, folders))
        note(f"the service cannot make {names}: make them, and let {definition.user} write there, before it is started")


def write_line_by_line(text: str) -> None:
    """Print a definition."""
    for each in text.splitlines():
        write_line(each)


def _on_linux(verb: str, definition: Definition, text: str, *, quiet: bool) -> ExitCode:
    unit = systemd.FOLDER / f"{definition.name}.service"
    if verb == "status":
        found = _run("systemctl", "--no-pager", "status", unit.name, check=False, quiet=quiet)
        return ExitCode.OK if found == 0 else ExitCode.FAILED
    if verb == "install":
        _written(unit, text)
        _run("systemctl", "daemon-reload", quiet=quiet)
        _run("systemctl", "enable", "--now", unit.name, quiet=quiet)
        note(f"{unit.name} runs, and starts with the machine; `journalctl -u {unit.name}` shows its log")
        return ExitCode.OK
    if not unit.is_file():
        advice = "`systemctl list-units 'pywats-*'` shows what there is"
        raise CommandError(f"there is no service {unit.name}; {advice}", ExitCode.FAILED)
    _run("systemctl", "disable", "--now", unit.name, quiet=quiet)
    unit.unlink()
    _run("systemctl", "daemon-reload", quiet=quiet)
    note(f"{unit.name} is removed; its spool and its files are where they were")
    return ExitCode.OK


def _on_windows(verb: str, definition: Definition, text: str, *, quiet: bool) -> ExitCode:
    if verb == "status":
        found = _run("schtasks", "/Query", "/TN", definition.name, "/V", check=False, quiet=quiet)
        return ExitCode.OK if found == 0 else ExitCode.FAILED
    if verb == "install":
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "task.xml"
            file.write_text(text, encoding="utf-16")
            _run("schtasks", "/Create", "/TN", definition.name, "/XML", str(file), "/F", quiet=quiet)
        _run("schtasks", "/Run", "/TN", definition.name, quiet=quiet)
        note(f"{definition.name} runs, and starts with the machine")
        return ExitCode.OK
    _run("schtasks", "/End", "/TN", definition.name, check=False, quiet=quiet)
    _run("schtasks", "/Delete", "/TN", definition.name, "/F", quiet=quiet)
    note(f"{definition.name} is removed; its spool and its files are where they were")
    return ExitCode.OK


def _written(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(
            f"{path} cannot be written: {reason_of(error)}; run this as root, or print the unit with --print",
            ExitCode.FAILED,
        ) from error


def _run(*command: str, check: bool = True, quiet: bool) -> int:
    out, err = (subprocess.DEVNULL, subprocess.PIPE) if quiet else (None, None)
    try:
        done = subprocess.run(command, check=False, stdout=out, stderr=err, text=True, errors="replace")  # noqa: S603 - a service manager
    except OSError as error:
        reason = f"{reason_of(error)}; is it on this machine?"
        raise CommandError(f"{command[0]} cannot be run: {reason}", ExitCode.FAILED) from error
    complaint = line(done.stderr or "")
    if check and done.returncode:
        what = f"`{' '.join(command)}` failed with exit code {done.returncode}"
        raise CommandError(f"{what}: {complaint}" if complaint else what, ExitCode.FAILED)
    if complaint:
        note(complaint)
    return done.returncode
