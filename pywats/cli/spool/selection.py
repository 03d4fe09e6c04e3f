"""Which reports the words of a command line mean."""

from collections.abc import Iterator, Sequence

from pywats.cli.exits import CommandError, ExitCode
from pywats.ingest.spool.entry import Entry
from pywats.ingest.spool.ledger import Ledger


def selected(ledger: Ledger, names: Sequence[str]) -> Iterator[Entry]:
    """Yield the reports that each name stands for, each report once.

    Raises:
        CommandError: a name stands for none.
    """
    seen: set[int] = set()
    for name in names:
        found = ledger.found(name)
        if not found:
            raise CommandError(f"no report in {ledger.path} goes by {name!r}", ExitCode.FAILED)
        for entry in found:
            if entry.number not in seen:
                seen.add(entry.number)
                yield entry
