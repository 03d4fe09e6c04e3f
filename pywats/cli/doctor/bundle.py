"""A zip file for whoever helps: what is known about an installation, without its secrets."""

import contextlib
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import orjson

from pywats.cli.connection import Connection
from pywats.cli.doctor.finding import Finding
from pywats.cli.doctor.machine import versions
from pywats.cli.exits import CommandError
from pywats.text import reason_of

LOG_TAIL = 256 * 1024
"""Bytes of a log that are taken along."""

_SHORTEST_SECRET = 4
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_AUTHORIZATION = re.compile(r"(authorization\W{1,6}(?:basic|bearer)\s+)[^\s'\",;]+", re.IGNORECASE)
_VARIABLES = re.compile(r"WATS_|PYWATS_|(HTTPS?|ALL|NO)_PROXY$|SSL_CERT_|PYTHON", re.IGNORECASE)


class Redaction:
    """Takes secrets out of texts: those known by value, and what looks like credentials."""

    def __init__(self, connection: Connection | None) -> None:
        proxies = [value for name, value in os.environ.items() if name.upper().endswith("_PROXY")]
        tokens = [os.environ.get("WATS_AUTH_TOKEN", "")]
        if connection is not None:
            proxies.append(connection.server.proxy or "")
            tokens.append(connection.token)
        found = {*tokens, *(token.strip().removeprefix("Basic ").strip() for token in tokens), *_passwords(proxies)}
        self._secrets = sorted((each for each in found if len(each) >= _SHORTEST_SECRET), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text with ``***`` for every secret."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _AUTHORIZATION.sub(r"\1***", _CREDENTIALS.sub("***@", text))

    def finding(self, finding: Finding) -> Finding:
        """Return the finding without secrets."""
        return replace(finding, found=self(finding.found), advice=self(finding.advice))


def write_bundle(
    path: Path,
    findings: Sequence[Finding],
    *,
    redact: Redaction,
    configuration: str = "",
    log: Path | None = None,
) -> None:
    """Write a zip file: the findings, versions, names of variables, effective configuration, and the end of a log.

    Raises:
        CommandError: there is such a file already, or it or the log cannot be used.
    """
    members = {
        "doctor.txt": "".join(f"{finding}\n" for finding in findings),
        "doctor.json": orjson.dumps(list(findings), option=orjson.OPT_INDENT_2).decode(),
        "versions.json": orjson.dumps(versions(), option=orjson.OPT_INDENT_2).decode(),
        "variables.txt": "".join(f"{name} is set\n" for name in sorted(os.environ) if _VARIABLES.match(name)),
    }
    if configuration:
        members["configuration.txt"] = f"{configuration}\n"
    try:
        if log is not None:
            members["log.txt"] = _tail(log)
        with path.open("xb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in members.items():
                archive.writestr(name, redact(text))
    except FileExistsError:
        raise CommandError(f"{path}: is there already; name another file for the bundle") from None
    except OSError as error:
        raise CommandError(f"{error.filename or path}: {reason_of(error)}") from None


def _passwords(proxies: Iterable[str]) -> Iterator[str]:
    for proxy in proxies:
        with contextlib.suppress(ValueError):
            password = urlsplit(proxy if "://" in proxy else f"http://{proxy}").password or ""
            yield from (password, unquote(password))


def _tail(log: Path) -> str:
    """Return the last whole lines: half a line might hold half a secret, which nothing would recognise."""
    with log.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - LOG_TAIL))
        content = stream.read(LOG_TAIL)
    if size > LOG_TAIL:
        content = content.partition(b"\n")[2]
    return content.decode(errors="replace")
