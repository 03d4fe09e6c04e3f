"""``spool retry``, ``release`` and ``drop``."""

from collections.abc import Sequence

from pywats.cli.aside import note
from pywats.cli.exits import ExitCode
from pywats.cli.output import write_json, write_line
from pywats.cli.spool.selection import selected
from pywats.ingest.errors import NotPossibleError
from pywats.ingest.spool.ledger import Ledger

_DONE = {"retry": "queued again", "release": "released", "drop": "dropped"}


def decide(ledger: Ledger, what: str, names: Sequence[str], *, json: bool) -> ExitCode:
    """Do one thing to all reports that are named; what cannot be done to one of them is said, and the rest goes on."""
    code = ExitCode.OK
    for entry in list(selected(ledger, names)):
        refusal = ""
        try:
            getattr(ledger, what)(entry)
        except NotPossibleError as error:
            refusal = str(error)
            code = ExitCode.FAILED
        if json:
            told = {"report_id": entry.report_id, "serial_number": entry.identity.sn}
            write_json({**told, "done": None if refusal else _DONE[what], "error": refusal or None})
        elif refusal:
            note(f"{entry.report_id}: {refusal}")
        else:
            write_line(f"{entry.report_id} ({entry.identity.sn}): {_DONE[what]}")
    return code
