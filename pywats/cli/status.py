"""``status``: several daemons in one table, by their status pages."""

import base64
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit, urlunsplit

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_json, write_line, write_table
from pywats.config.document import decode, read_bytes

PATIENCE: Final = 10.0
"""Seconds in which a daemon must have answered."""

_LARGEST_ANSWER: Final = 4 * 1024 * 1024
_LARGEST_PASSWORD_FILE: Final = 4096
_UNAUTHORIZED: Final = 401


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one daemon stands.

    Attributes:
        url: the address of its page.
        well: whether nothing needs a look.
        problems: what does, or why nothing is known.
        status: what it says itself.
    """

    url: str
    well: bool = False
    problems: tuple[str, ...] = ()
    status: dict[str, Any] = field(default_factory=dict[str, Any])


class _Way(BaseModel):
    state: str = ""


class _Reports(BaseModel):
    waiting: int
    oldest_waiting_seconds: int | None
    held: int
    quarantined: int


class _Said(BaseModel):
    """What must stand in an answer before it is taken for that of a daemon."""

    model_config = ConfigDict(strict=True)

    well: bool
    problems: list[str]
    version: str
    reports: _Reports
    line: _Way = _Way()
    sources: list[dict[str, Any]]


def status(urls: Sequence[str], password_file: Path | None, *, json: bool) -> ExitCode:
    """Print how daemons stand, a row each; exit code 1 if one of them is not well or does not answer.

    Raises:
        CommandError: an address is none, or there is no password in the file.
    """
    addresses = [_address(url) for url in urls]
    password = None if password_file is None else _password(password_file)
    standings = _ask_all(addresses, password)
    if json:
        for standing in standings:
            write_json(asdict(standing))
    else:
        write_table([_row(standing) for standing in standings], list(_row(standings[0])))
        for standing in standings:
            for problem in standing.problems:
                write_line(f"{standing.url}: {problem}")
    return ExitCode.OK if all(standing.well for standing in standings) else ExitCode.FAILED


def _address(url: str) -> str:
    """Return the address of a page; a host and a port are enough."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        written = url.isprintable() and " " not in url
        valid = written and parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
        parts = urlsplit("")
    if not valid or parts.username is not None:
        hint = "; a password is given by --password-file" if parts.username is not None else ""
        raise CommandError(f"status: {parts.hostname or url!r} is no address such as http://station-7:8321{hint}")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + "/", "", ""))


def _password(file: Path) -> str:
    password = decode(read_bytes(file, _LARGEST_PASSWORD_FILE), str(file)).strip()
    if not password:
        raise CommandError(f"{file}: is empty; it should hold the password of the status pages")
    return password


class _Here(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the password is for this address alone."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Refuse."""
        del req, fp, code, msg, headers, newurl


def _ask_all(addresses: Sequence[str], password: str | None) -> list[Standing]:
    """Ask all at once; one that has not answered in time is left behind, however it dawdles."""
    late = f"it does not answer: nothing whole came within {PATIENCE:g} s"
    standings = [Standing(url=url, problems=(late,)) for url in addresses]

    def ask(index: int) -> None:
        standings[index] = _ask(addresses[index], password)

    threads = [threading.Thread(target=ask, args=(index,), daemon=True) for index in range(len(addresses))]
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return list(standings)


def _ask(url: str, password: str | None) -> Standing:
    request = urllib.request.Request(f"{url}status.json", headers={"Accept": "application/json"})  # noqa: S310 - http(s)
    if password is not None:
        request.add_header("Authorization", "Basic " + base64.b64encode(f":{password}".encode()).decode())
    try:
        with urllib.request.build_opener(_Here).open(request, timeout=PATIENCE) as answer:
            said = answer.read(_LARGEST_ANSWER)
        known = orjson.loads(said)
    except urllib.error.HTTPError as error:
        with error:
            return Standing(url=url, problems=(_refusal(error.code, given=password is not None),))
    except urllib.error.URLError as error:
        reason = getattr(error.reason, "strerror", None) or error.reason
        return Standing(url=url, problems=(f"it does not answer: {reason}",))
    except (OSError, HTTPException, ValueError) as error:
        return Standing(url=url, problems=(f"it does not answer as a daemon does: {error}",))
    try:
        daemon = _Said.model_validate_json(said)
    except ValidationError:
        return Standing(url=url, problems=("something else than a daemon answers there",))
    return Standing(url=url, well=daemon.well, problems=tuple(daemon.problems), status=known)


def _refusal(code: int, *, given: bool) -> str:
    if code == _UNAUTHORIZED:
        return "it refused the password" if given else "it wants a password: give --password-file FILE"
    return f"it answered {code}; is this the address of its page?"


def _row(standing: Standing) -> dict[str, Any]:
    said = standing.status
    reports = said.get("reports", {})
    return {
        "daemon": standing.url,
        "state": "well" if standing.well else "look" if said else "away",
        "line": said.get("line", {}).get("state", ""),
        "waiting": reports.get("waiting", ""),
        "oldest_s": reports.get("oldest_waiting_seconds", ""),
        "held": reports.get("held", ""),
        "refused": reports.get("quarantined", ""),
        "sources": len(said.get("sources", ())) or "",
        "version": said.get("version", ""),
    }
