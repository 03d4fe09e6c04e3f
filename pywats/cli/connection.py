"""Which server a command talks to, with which token, and where both were read from."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from pywats.cli.exits import CommandError
from pywats.client import AsyncPyWATS
from pywats.config import LimitsBlock, Loaded, ServerBlock, StationBlock
from pywats.config.document import decode, read_bytes
from pywats.errors import ConfigurationError
from pywats.settings import DEFAULT_TIMEOUT, ServerSettings, authorization_of
from pywats.station import Station

_LARGEST_TOKEN_FILE = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to reach a server, and as whom.

    Attributes:
        server: the server, and the way to it.
        token: never shown.
        token_source: where the token was read from, in words.
        timeout: seconds that the attempts of one call may take together.
        concurrency: requests at once at the most.
        station: who asks, where that is said.
    """

    server: ServerSettings
    token: str = field(repr=False)
    token_source: str
    timeout: float = DEFAULT_TIMEOUT
    concurrency: int = 100
    station: Station | None = None

    @classmethod
    def of_options(cls, config: Path | None, base_url: str | None, token_file: Path | None) -> Self:
        """Return what a configuration file says or, without one, what other options and the environment say.

        Raises:
            CommandError: both are given, or no server or no token is named.
            ConfigurationError: all that is wrong with the file.
        """
        if config is None:
            return cls.of_environment(base_url, token_file)
        if base_url or token_file:
            raise CommandError("give either --config, or --base-url and --token-file")
        from pywats.cli.configuration import load

        return cls.of_file(load(config))

    @classmethod
    def of_environment(cls, base_url: str | None = None, token_file: Path | None = None) -> Self:
        """Return what options say, and the environment where they say nothing.

        Raises:
            CommandError: no server or no token is named, or it makes no sense; what to do is said.
        """
        base_url = base_url or os.environ.get("WATS_BASE_URL")
        if not base_url:
            raise CommandError("no server is named: give --base-url URL, or set WATS_BASE_URL")
        token, source = _token(token_file)
        return cls(server=ServerSettings(base_url=base_url), token=token, token_source=source)

    @classmethod
    def of_file(cls, loaded: Loaded[Any]) -> Self:
        """Return what a configuration file says: its blocks ``server``, ``limits`` and ``station``."""
        server: ServerBlock = loaded.value.server
        limits: LimitsBlock = loaded.value.limits
        station: StationBlock | None = loaded.value.station
        return cls(
            server=ServerSettings(
                base_url=server.base_url,
                verify_ssl=server.verify_ssl,
                ca_file=None if server.ca_file is None else str(server.ca_file),
                proxy=server.proxy,
                trust_env=server.trust_env,
                rate_limit=limits.rate_limit,
            ),
            token=server.token.get_secret_value(),
            token_source=loaded.origin("server", "token"),
            timeout=server.timeout,
            concurrency=limits.concurrency,
            station=None if station is None else Station(station.name, station.location, station.purpose),
        )

    def client(self, **options: Any) -> AsyncPyWATS:
        """Return a client of this server; ``options`` go over what is known here.

        Raises:
            ConfigurationError: a value makes no sense.
        """
        server = self.server
        known: dict[str, Any] = {
            "station": self.station,
            "timeout": self.timeout,
            "verify_ssl": server.verify_ssl,
            "ca_file": server.ca_file,
            "proxy": server.proxy,
            "trust_env": server.trust_env,
            "rate_limit": server.rate_limit,
            "concurrency": self.concurrency,
            "token_source": self.token_source,
        }
        return AsyncPyWATS(server.base_url, self.token, **{**known, **options})


def _token(file: Path | None) -> tuple[str, str]:
    """Return the token and where it was read from."""
    if file is None:
        token, source = os.environ.get("WATS_AUTH_TOKEN", ""), "the environment variable WATS_AUTH_TOKEN"
        if not token.strip():
            raise CommandError("no token is given: set WATS_AUTH_TOKEN, or give --token-file FILE")
    else:
        token, source = decode(read_bytes(file, _LARGEST_TOKEN_FILE), str(file)), f"the file {file}"
        if not token.strip():
            raise CommandError(f"{file}: is empty; it should hold the token")
    try:
        authorization_of(token)
    except ConfigurationError as error:
        raise CommandError(f"{source}: {error}") from None
    return token.strip(), source
