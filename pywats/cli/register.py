"""``register``: a token of the station's own, for one that may only register."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Generator
from pathlib import Path
from typing import Final

from pywats.cli.connection import Connection
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_json, write_line
from pywats.client import AsyncPyWATS
from pywats.domains.system.models import ClientRegistration
from pywats.errors import AuthorizationError
from pywats.text import reason_of

ROOM: Final = 1024
"""Bytes that a token has room in."""


def register(
    connection: Connection,
    client_id: str | None,
    name: str | None,
    location: str,
    purpose: str,
    out: Path,
    force: bool,
    *,
    json: bool,
) -> ExitCode:
    """Register this station and write its own token into a file that nobody else can read.

    Raises:
        CommandError: the file is there already, or cannot be written, or the id is taken; nothing was registered.
        PyWATSError: the server refused.
    """
    known = client_id or socket.gethostname()
    with _new_file(out, replaces=force) as part:
        made = asyncio.run(_register(connection, known, name or known, location, purpose, force))
        _write(part, made.token.encode("ascii"))
    if json:
        write_json({"client_id": made.client_id, "token_file": str(out)})
    else:
        write_line(f"registered as {made.client_id}; its token is in {out}")
    return ExitCode.OK


async def _register(
    connection: Connection, client_id: str, name: str, location: str, purpose: str, force: bool
) -> ClientRegistration:
    async with connection.client() as api:
        if not force and await _is_known(api, client_id):
            raise CommandError(
                f"a client {client_id} is registered already, and would lose its token; --force takes its place",
                ExitCode.FAILED,
            )
        return await api.system.register_client(client_id, name, location, purpose)


async def _is_known(api: AsyncPyWATS, client_id: str) -> bool:
    try:
        return await api.system.get_client(identifier=client_id) is not None
    except AuthorizationError:  # a token that may only register may not ask; the server decides
        return False


@contextlib.contextmanager
def _new_file(path: Path, *, replaces: bool) -> Generator[Path]:
    """Give a file beside the wanted one that only its owner can read, and put it in place if all went well."""
    if path.exists() and not replaces:
        raise CommandError(f"{path} is there already; name another file, or replace it with --force")
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _write(part, bytes(ROOM))  # a disk that is full shows now, and not when the former token is invalid
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {reason_of(error)}", ExitCode.FAILED) from error
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Write over the beginning of a file, which ends there then, and bring it to the disk."""
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
