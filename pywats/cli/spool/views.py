"""``spool ls``, ``find`` and ``show``."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from pywats.cli.aside import note
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_fields, write_json, write_line, write_table
from pywats.cli.spool.selection import selected
from pywats.ingest.reasons import State
from pywats.ingest.spool.entry import Change, Entry
from pywats.ingest.spool.ledger import Ledger


def listed(ledger: Ledger, *, state: str | None, source: str | None, limit: int, json: bool) -> ExitCode:
    """Print the newest reports, and how many there are in each state."""
    if state is not None and state not in set(State):
        raise CommandError(f"--state: {state!r} is none; it is {', '.join(State)}")
    _print(ledger.listed(state=State(state) if state else None, source=source, limit=limit), json=json)
    counts = [f"{count:,} {each}" for each, count in ledger.counts().items() if count]
    note(f"{', '.join(counts) or 'no reports'} in {ledger.path}")
    return ExitCode.OK


def found(ledger: Ledger, name: str, *, json: bool) -> ExitCode:
    """Print what goes by a name, with ids and times."""
    entries = ledger.found(name)
    _print(entries, json=json)
    if not entries:
        note(f"nothing in {ledger.path} goes by {name!r}")
    return ExitCode.OK if entries else ExitCode.FAILED


def shown(ledger: Ledger, names: Sequence[str], *, json: bool) -> ExitCode:
    """Print all that is known of reports, and their history."""
    for position, entry in enumerate(selected(ledger, names)):
        history = [_change(change) for change in ledger.history(entry)]
        if json:
            write_json({**_fields(entry), "history": history})
            continue
        if position:
            write_line("")
        write_fields(_fields(entry))
        write_line("")
        write_table(history)
    return ExitCode.OK


def _print(entries: Iterable[Entry], *, json: bool) -> None:
    if json:
        for entry in entries:
            write_json(_fields(entry))
    else:
        write_table(map(_row, entries))


def _row(entry: Entry) -> dict[str, Any]:
    """The fields of a report that find room in a table."""
    fields = _fields(entry)
    ids = ("number", "state", "reason", "serial_number", "part_number", "report_id", "server_id")
    return {name: fields[name] for name in (*ids, "accepted", "changed", "file")}


def _fields(entry: Entry) -> dict[str, Any]:
    identity = entry.identity
    return {
        "number": entry.number,
        "report_id": entry.report_id,
        "state": str(entry.state),
        "reason": str(entry.reason),
        "detail": entry.detail,
        "type": identity.type,
        "serial_number": identity.sn,
        "part_number": identity.pn,
        "process": identity.process,
        "start": datetime.fromtimestamp(identity.start / 1e6, UTC).isoformat(timespec="milliseconds"),
        "source": entry.source,
        "file": entry.file,
        "server_id": entry.server_id,
        "attempts": entry.attempts,
        "unanswered": entry.unknown,
        "accepted": _time(entry.accepted_at),
        "changed": _time(entry.changed_at),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "time": _time(change.at),
        "before": change.before or "",
        "after": change.after or "",
        "cause": str(change.cause),
        "detail": change.detail,
    }


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
