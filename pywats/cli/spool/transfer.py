"""``spool export``, ``backup`` and ``import``."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import note, write_line
from pywats.cli.spool.selection import selected
from pywats.ingest.spool.ledger import Ledger


def export(ledger: Ledger, names: Sequence[str], out: Path) -> ExitCode:
    """Write each report that is named into a file of its own; nothing is overwritten."""
    code = ExitCode.OK
    for entry in selected(ledger, names):
        body = ledger.body(entry)
        if body is None:
            note(f"{entry.report_id} is {entry.state}; its content is no longer here")
            code = ExitCode.FAILED
            continue
        path = out / f"{entry.report_id}.json"
        try:
            out.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(body)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror or error}", ExitCode.FAILED) from error
        write_line(str(path))
    return code


def backup(ledger: Ledger, target: Path) -> ExitCode:
    """Copy the spool."""
    ledger.backup(target)
    write_line(str(target))
    return ExitCode.OK


def take_in(ledger: Ledger, files: Sequence[Path]) -> ExitCode:
    """Put the reports of files in, and say what became of them."""
    for file in files:
        counts = Counter(str(receipt.verdict) for receipt in ledger.take_in(file))
        write_line(f"{file}: {', '.join(f'{count} {verdict}' for verdict, count in counts.items()) or 'no reports'}")
    return ExitCode.OK
