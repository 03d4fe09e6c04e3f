"""``migrate check``: programs on the disk, looked through one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from pywats.cli.aside import note
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.migrate.notebook import cells
from pywats.cli.migrate.program import UNREADABLE, Finding, findings_in, findings_in_cells, unreadable
from pywats.cli.migrate.surface import Surface
from pywats.cli.output import write_json, write_line
from pywats.text import reason_of

NOTEBOOK: Final = ".ipynb"


def check(paths: Sequence[Path], *, json: bool) -> ExitCode:
    """Print each place that has to change; the code says whether there is none.

    Raises:
        CommandError: a path does not exist, or there is no program at all.
    """
    surface = Surface.read()
    looked_at = places = 0
    for path in _programs(paths):
        looked_at += 1
        findings = _in_file(path, surface)
        for finding in findings:
            places += 1
            if json:
                write_json({"file": str(path), **asdict(finding), "cell": finding.cell or None})
            else:
                cell = f"cell {finding.cell}:" if finding.cell else ""
                write_line(f"{path}:{cell}{finding.line}:{finding.column}: {finding.found}: {finding.instead}")
    if not looked_at:
        raise CommandError("migrate check: there is no Python file and no notebook")
    note(f"{looked_at} {_plural('file', looked_at)}, {places} {_plural('place', places)} to change")
    return ExitCode.FAILED if places else ExitCode.OK


def _in_file(path: Path, surface: Surface) -> list[Finding]:
    try:
        content = path.read_bytes()
        if path.suffix == NOTEBOOK:
            return findings_in_cells(cells(content), surface)
        return findings_in(content, surface)
    except OSError as error:
        return [Finding(0, 1, 1, f"cannot be read: {reason_of(error)}", "look here yourself")]
    except UNREADABLE as error:
        return [unreadable(error)]


def _programs(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path)
        elif path.exists():
            yield path
        else:
            raise CommandError(f"migrate check: {path} does not exist")


def _in_folder(folder: Path) -> Iterator[Path]:
    """Yield the programs below a folder, without hidden folders and virtual environments."""
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        note(f"{folder}: cannot be looked into: {reason_of(error)}")
        return
    for path in inside:
        if path.is_file() and path.suffix in {".py", ".pyw", NOTEBOOK}:
            yield path
        elif path.is_dir() and not _is_left_out(path):
            yield from _in_folder(path)


def _is_left_out(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name == "__pycache__"
    return hidden or folder.is_symlink() or (folder / "pyvenv.cfg").exists()


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
