"""``migrate check``: programs on the disk, looked through one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from pywats.cli.aside import note
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.migrate.program import Finding, findings_in
from pywats.cli.migrate.surface import Surface
from pywats.cli.output import write_json, write_line


def check(paths: Sequence[Path], *, json: bool) -> ExitCode:
    """Print each place that has to change; the code says whether there is none.

    Raises:
        CommandError: a path does not exist, or there is no program at all.
    """
    surface = Surface.read()
    looked_at = places = 0
    for path in _programs(paths):
        looked_at += 1
        try:
            findings = findings_in(path.read_bytes(), surface)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            words = error.msg if isinstance(error, SyntaxError) else str(error) or "too deeply nested"
            line = (isinstance(error, SyntaxError) and error.lineno) or 1
            findings = [Finding(line, 1, f"cannot be read as Python: {words}", "look here yourself")]
        except OSError as error:
            findings = [Finding(1, 1, f"cannot be read: {error.strerror or error}", "look here yourself")]
        for finding in findings:
            places += 1
            if json:
                write_json({"file": str(path), **asdict(finding)})
            else:
                write_line(f"{path}:{finding.line}:{finding.column}: {finding.found}: {finding.instead}")
    if not looked_at:
        raise CommandError("migrate check: there is no Python file")
    note(f"{looked_at} {_plural('file', looked_at)}, {places} {_plural('place', places)} to change")
    return ExitCode.FAILED if places else ExitCode.OK


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
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix in {".py", ".pyw"}:
            yield path
        elif path.is_dir() and not _is_left_out(path):
            yield from _in_folder(path)


def _is_left_out(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name == "__pycache__"
    return hidden or folder.is_symlink() or (folder / "pyvenv.cfg").exists()


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
