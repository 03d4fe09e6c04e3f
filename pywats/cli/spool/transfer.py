"""``spool export``, ``backup`` and ``import``."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pywats.cli.aside import note
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_json, write_line
from pywats.cli.spool.selection import selected
from pywats.ingest.spool.ledger import Ledger
from pywats.text import reason_of


def export(ledger: Ledger, names: Sequence[str], out: Path, *, json: bool) -> ExitCode:
    """Write each report that is named into a file of its own; nothing is overwritten."""
    code = ExitCode.OK
    for entry in selected(ledger, names):
        body = ledger.body(entry)
        path = None if body is None else _written(body, out / f"{entry.report_id}.json")
        gone = f"it is {entry.state}; its content is no longer here"
        if path is None:
            code = ExitCode.FAILED
        if json:
            told = {"report_id": entry.report_id, "file": None if path is None else str(path)}
            write_json({**told, "error": gone if path is None else None})
        elif path is None:
            note(f"{entry.report_id}: {gone}")
        else:
            write_line(str(path))
    return code


def _written(body: bytes, path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(body)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {reason_of(error)}", ExitCode.FAILED) from error
    return path


def backup(ledger: Ledger, target: Path, *, json: bool) -> ExitCode:
    """Copy the spool."""
    ledger.backup(target)
    if json:
        write_json({"file": str(target)})
    else:
        write_line(str(target))
    return ExitCode.OK


def take_in(ledger: Ledger, files: Sequence[Path], *, json: bool) -> ExitCode:
    """Put the reports of files in, and say what became of them."""
    for file in files:
        counts = Counter(str(receipt.verdict) for receipt in ledger.take_in(file))
        if json:
            write_json({"file": str(file), "reports": counts})
        else:
            said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
            write_line(f"{file}: {said or 'no reports'}")
    return ExitCode.OK
