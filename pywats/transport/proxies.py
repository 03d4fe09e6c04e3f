"""Which proxy leads to a server, and what it wants from its users."""

import base64
import re
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from pywats.errors import ConfigurationError
from pywats.settings import ServerSettings

_SCHEME: Final = re.compile(r"(?:^|,)\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=\s*(?:,|$)|\s+[^\s=])")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy on the way to the server.

    Attributes:
        url: where it listens, without user name and password.
        authorization: value of the ``Proxy-Authorization`` header, or ``None``; never shown.
        source: the setting or the environment variable that names it.
    """

    url: str
    authorization: str | None = field(default=None, repr=False)
    source: str = "proxy"


def proxy_for(settings: ServerSettings) -> Proxy | None:
    """The proxy that these settings, or else the environment, put before the server; ``None``: there is none.

    The environment means ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` in either case, and on Windows
    and macOS the system's settings.

    Raises:
        ConfigurationError: the proxy cannot be used, and going around it would be wrong, too.
    """
    if settings.proxy is not None:
        return _proxy(settings.proxy, "proxy")
    if not settings.trust_env:
        return None
    server = urlsplit(settings.base_url)
    if urllib.request.proxy_bypass(server.netloc):
        return None
    found = urllib.request.getproxies()
    for kind in (server.scheme, "all"):
        if found.get(kind):
            return _proxy(found[kind], f"{kind.upper()}_PROXY")
    return None


def _proxy(text: str, source: str) -> Proxy:
    """Take an address apart. Its text is in no message: it may hold a password in any of its parts."""
    parts = _parts(text.strip())
    if parts is None:
        msg = (
            f"{source} is not an address such as http://proxy:8080; "
            "characters like / # @ in a user name or password must be percent-encoded"
        )
        raise ConfigurationError(msg)
    if parts.scheme not in {"http", "https"}:
        msg = f"{source} names a {parts.scheme} proxy; only http and https proxies are supported"
        raise ConfigurationError(msg)
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode()
    place = parts.netloc.rpartition("@")[2]
    return Proxy(f"{parts.scheme}://{place}", authorization, source)


def _parts(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        usable = parts.hostname and parts.port != 0 and parts.path in {"", "/"} and not parts.query + parts.fragment
    except ValueError:
        return None
    return parts if usable else None


def schemes_of(challenges: Iterable[str]) -> tuple[str, ...]:
    """The authentication schemes that ``Proxy-Authenticate`` headers offer (RFC 9110, section 11.6.1)."""
    found: dict[str, None] = {}
    for challenge in challenges:
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', challenge)  # commas and words in quotes are no schemes
        found.update(dict.fromkeys(_SCHEME.findall(bare)))
    return tuple(found)
