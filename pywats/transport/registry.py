"""Which transport serves which server: one for each event loop and server, shared by all clients there."""

import asyncio
import os
import sys
from dataclasses import dataclass, fields

from pywats.errors import ConfigurationError
from pywats.settings import ServerSettings
from pywats.transport.transport import Transport

Key = tuple[asyncio.AbstractEventLoop, tuple[object, ...]]


@dataclass(slots=True)
class _Shared:
    transport: Transport
    users: int = 0


_shared: dict[Key, _Shared] = {}
_inherited: list[dict[Key, _Shared]] = []
"""The transports of parent processes: kept, so that nothing of theirs is closed here."""


def acquire(settings: ServerSettings) -> Transport:
    """The transport to this server in the running loop; to be given back with `release`.

    Raises:
        ConfigurationError: another client in this loop uses the same server with another rate, pool or other limit; or
            the proxy or ``ca_file`` cannot be used.
    """
    loop = asyncio.get_running_loop()
    for key in [key for key in _shared if key[0].is_closed()]:  # whoever let the loop end left it behind
        del _shared[key]
    key = (loop, settings.place)
    shared = _shared.get(key)
    if shared is None:
        shared = _shared[key] = _Shared(Transport(settings))
    else:
        _refuse_difference(shared.transport.settings, settings)
        if settings.rate_rule == "lead":
            shared.transport.change_rate(settings.rate_limit)
    shared.users += 1
    return shared.transport


async def release(transport: Transport) -> None:
    """Give a transport back; the last one to do so closes it."""
    for key, shared in _shared.items():
        if shared.transport is transport:
            shared.users -= 1
            if shared.users == 0:
                del _shared[key]
                await transport.close()
            return


def _refuse_difference(there: ServerSettings, asked: ServerSettings) -> None:
    free = {"rate_rule"} if asked.rate_rule == "equal" else {"rate_rule", "rate_limit"}
    for field in fields(ServerSettings):
        if field.name in free:
            continue
        one, other = getattr(there, field.name), getattr(asked, field.name)
        if one != other:
            msg = (
                f"{field.name} is {_shown(other)}, but another client of {asked.base_url} in this process has "
                f"{_shown(one)}; they share one limit, so give both the same or close the other one first"
            )
            raise ConfigurationError(msg)


def _shown(value: object) -> str:
    return "no limit" if value is None else str(value)


def _leave_to_parent() -> None:
    """In a forked child: begin without transports."""
    global _shared  # noqa: PLW0603
    for shared in _shared.values():
        shared.transport.leave_to_parent()
    _inherited.append(_shared)
    _shared = {}


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_leave_to_parent)
