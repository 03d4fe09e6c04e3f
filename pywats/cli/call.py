"""``call``: one method of the client, by its name."""

import asyncio
import base64
import contextlib
import sys
import types
from collections.abc import AsyncIterator, Sequence
from typing import Any

from pywats.cli.arguments import bind
from pywats.cli.aside import note
from pywats.cli.connection import Connection
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import Table, write_bytes, write_fields, write_json, write_line, write_table
from pywats.cli.progress import metered
from pywats.client import AsyncPyWATS
from pywats.jobs import calls, rows
from pywats.jobs.calls import Target
from pywats.tables.columns import VALUE


def call(connection: Connection, name: str, words: Sequence[str], *, json: bool) -> ExitCode:
    """Call ``DOMAIN.METHOD`` with the words of a command line and print what it gives.

    Raises:
        CommandError: there is no such method, or the words are not its arguments; nothing was sent.
        PyWATSError: the call failed.
    """
    return asyncio.run(_call(connection, name, words, json=json))


async def _call(connection: Connection, name: str, words: Sequence[str], *, json: bool) -> ExitCode:
    async with connection.client() as api:
        target = _target(api, name)
        arguments = bind(target, words)
        if target.streams:
            async with contextlib.aclosing(target.start(arguments)) as stream:
                return await _print_stream(name, stream, json=json)
        return _print(await target.start(arguments), target, json=json)


def _target(api: AsyncPyWATS, name: str) -> Target:
    try:
        return calls.find(api, name)
    except calls.UnknownCallError as error:
        raise CommandError(f"{name}: {error}; `call --list` shows all methods") from None


async def _print_stream(name: str, stream: AsyncIterator[Any], *, json: bool) -> ExitCode:
    """Print rows as they come; where they go elsewhere than to the terminal, how it goes on is shown there."""
    table = Table()
    count = 0
    with metered(quiet=sys.stdout.isatty() or not sys.stderr.isatty()) as meter:
        try:
            async for item in stream:
                count += 1
                if json:
                    write_json(rows.plain(item))
                else:
                    table.add(rows.record(item))
                meter.update(name, count)
        finally:
            table.close()
        meter.end(name, f"{count:,} rows")
    if not json and not count:
        note("nothing found")
    return ExitCode.OK


def _print(result: Any, target: Target, *, json: bool) -> ExitCode:
    """Print one result; only where there could have been one and is none, the code says so."""
    if isinstance(result, bytes | bytearray):
        if json:
            write_json({"base64": base64.b64encode(result).decode(), "size": len(result)})
        else:
            write_bytes(bytes(result))
        return ExitCode.OK
    if json:
        write_json(rows.plain(result))
    elif result is None:
        note("done" if target.result is None or target.result is types.NoneType else "nothing found")
    elif isinstance(result, list):
        write_table(rows.record(item) for item in rows.items(result))
        if not result:
            note("nothing found")
    else:
        record = rows.record(result)
        if set(record) == {VALUE}:
            write_line(rows.cell(record[VALUE]))
        else:
            write_fields(record)
    absent = result is None and target.result not in {None, types.NoneType}
    return ExitCode.FAILED if absent else ExitCode.OK
