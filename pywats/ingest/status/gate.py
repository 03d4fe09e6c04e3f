"""Who may see the page, and who may press its buttons."""

import asyncio
import base64
import binascii
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from pywats.ingest.schema import StatusBlock

DELAY: Final = 1.0
"""Seconds that each wrong password costs; one after the other, so that many connections guess no faster than one."""

QUEUE: Final = 20
"""Wrong passwords that wait for their answer; more are refused at once."""


class RefusedError(Exception):
    """A request is not answered; the text says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Gate:
    """Checks each request: the name it was asked under, the password, and for changes where they come from."""

    def __init__(self, block: StatusBlock) -> None:
        password = block.password
        self._password = None if password is None else password.get_secret_value().encode()
        names = (block.host, "localhost", socket.gethostname(), *block.names)
        self._names = {name.lower().rstrip(".") for name in names}
        self._judging = asyncio.Lock()
        self._waiting = 0
        self.token = secrets.token_urlsafe(24)
        """In every form; another site cannot read it."""

    async def check(self, headers: Mapping[str, str]) -> None:
        """Let a request in.

        Raises:
            RefusedError: it was asked under a foreign name, as after DNS rebinding, or without the password.
        """
        if not self._is_ours(headers.get("Host", "")):
            raise RefusedError(
                421, "this page does not answer to that name; use the address, or add the name to status.names"
            )
        if self._password is not None and not self._knows(headers.get("Authorization", ""), self._password):
            if headers.get("Authorization"):
                await self._delay()
            raise RefusedError(401, "a password is needed")

    def check_change(self, headers: Mapping[str, str], token: str) -> None:
        """Let a change through.

        Raises:
            RefusedError: it comes from another page than this one.
        """
        origin = headers.get("Origin") or headers.get("Referer") or ""
        try:
            place = urlsplit(origin).netloc
        except ValueError:
            place = ""
        if not place or place.lower() != headers.get("Host", "").lower():
            raise RefusedError(403, "changes are taken from this page alone")
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            raise RefusedError(403, "this form is from before the last start of the daemon; load the page again")

    def _is_ours(self, host: str) -> bool:
        name = (host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]).lower().rstrip(".")
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _knows(self, authorization: str, password: bytes) -> bool:
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            _, _, told = base64.b64decode(given.strip(), validate=True).partition(b":")
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(told, password)

    async def _delay(self) -> None:
        if self._waiting >= QUEUE:
            raise RefusedError(429, "too many wrong passwords at once")
        self._waiting += 1
        try:
            async with self._judging:
                await asyncio.sleep(DELAY)
        finally:
            self._waiting -= 1
