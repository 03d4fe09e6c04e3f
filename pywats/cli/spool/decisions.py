"""``spool retry``, ``release`` and ``drop``."""

from collections.abc import Sequence

from pywats.cli.exits import ExitCode
from pywats.cli.output import note, write_line
from pywats.cli.spool.selection import selected
from pywats.ingest.errors import NotPossibleError
from pywats.ingest.spool.ledger import Ledger

_DONE = {"retry": "queued again", "release": "released", "drop": "dropped"}


def decide(ledger: Ledger, what: str, names: Sequence[str]) -> ExitCode:
    """Do one thing to all reports that are named; what cannot be done to one of them is said, and the rest goes on."""
    code = ExitCode.OK
    for entry in list(selected(ledger, names)):
        try:
            getattr(ledger, what)(entry)
        except NotPossibleError as error:
            note(f"{entry.report_id}: {error}")
            code = ExitCode.FAILED
        else:
            write_line(f"{entry.report_id} ({entry.identity.sn}): {_DONE[what]}")
    return code
