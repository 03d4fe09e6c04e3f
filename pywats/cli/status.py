"""``status``: several daemons in one table, by their status pages."""

import base64
import functools
import json as json_format
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, Any, Final, cast
from urllib.parse import urlsplit, urlunsplit

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


def status(urls: Sequence[str], password_file: Path | None, *, json: bool) -> ExitCode:
    """Print how daemons stand, a row each; exit code 1 if one of them is not well or does not answer.

    Raises:
        CommandError: an address is none, or there is no password in the file.
    """
    addresses = [_address(url) for url in urls]
    password = None if password_file is None else _password(password_file)
    with ThreadPoolExecutor(min(32, len(addresses))) as threads:
        standings = list(threads.map(functools.partial(_ask, password=password), addresses))
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
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
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


def _ask(url: str, password: str | None) -> Standing:
    request = urllib.request.Request(f"{url}status.json", headers={"Accept": "application/json"})  # noqa: S310 - http(s)
    if password is not None:
        request.add_header("Authorization", "Basic " + base64.b64encode(f":{password}".encode()).decode())
    try:
        with urllib.request.build_opener(_Here).open(request, timeout=PATIENCE) as answer:
            said = json_format.loads(answer.read(_LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            return Standing(url=url, problems=(_refusal(error.code, given=password is not None),))
    except urllib.error.URLError as error:
        return Standing(
            url=url, problems=(f"it does not answer: {getattr(error.reason, 'strerror', None) or error.reason}",)
        )
    except (OSError, ValueError) as error:
        return Standing(url=url, problems=(f"it does not answer as a daemon does: {error}",))
    if not isinstance(said, dict) or "well" not in said:
        return Standing(url=url, problems=("something else than a daemon answers there",))
    known = cast("dict[str, Any]", said)
    return Standing(
        url=url, well=known["well"] is True, problems=tuple(map(str, known.get("problems", ()))), status=known
    )


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
