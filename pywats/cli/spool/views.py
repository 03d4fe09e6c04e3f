"""``spool ls``, ``find`` and ``show``."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from pywats.cli.aside import note
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_fields, write_json, write_line, write_table
from pywats.cli.spool.selection import selected
from pywats.ingest.reasons import Reason, State
from pywats.ingest.spool.entry import Change, Entry, FileEntry
from pywats.ingest.spool.entry import shown as shown_path
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
    """Print what goes by a name: reports with ids and times, and files of which these do not tell everything."""
    entries = ledger.found(name)
    files = [file for file in ledger.files(name) if file.duplicates or file.file.reason or not file.reports]
    if json or entries:
        _print(entries, json=json)
    if json:
        for file in files:
            write_json(_of_file(file))
    elif files:
        if entries:
            write_line("")
        write_table(map(_of_file, files))
    if not entries and not files:
        note(f"nothing in {ledger.path} goes by {name!r}")
    return ExitCode.OK if entries or files else ExitCode.FAILED


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
        "place": entry.place,
        "server_id": entry.server_id,
        "attempts": entry.attempts,
        "unanswered": entry.unknown,
        "accepted": _time(entry.accepted_at),
        "changed": _time(entry.changed_at),
    }


def _of_file(entry: FileEntry) -> dict[str, Any]:
    file = entry.file
    duplicate = entry.duplicates and not entry.reports
    return {
        "state": entry.state,
        "reason": str(file.reason or (Reason.DUPLICATE if duplicate else "")),
        "detail": f"{file.position}: {file.detail}" if file.position else file.detail,
        "reports": entry.reports,
        "duplicates": entry.duplicates,
        "duplicate_of": list(entry.duplicate_of),
        "source": file.source,
        "converter": file.converter,
        "size": entry.size,
        "taken": _time(entry.taken_at),
        "file": shown_path(file.path),
        "place": shown_path(file.here),
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
