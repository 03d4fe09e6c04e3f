"""Where a redirect leads, and whether to go there."""

from typing import Any

from yarl import URL

from pywats.errors import RedirectError
from pywats.exchange.call import Call, Exchange

MAX_REDIRECTS = 5
STATUSES = frozenset({301, 302, 303, 307, 308})


def followed(exchange: Exchange[Any], status: int, location: str, target: URL, steps: int) -> URL:
    """The address to go on to: only a GET is redirected, and only within its origin.

    A redirected POST would arrive as a GET, be answered 200, and its report would be lost; another origin would get to
    see the token.

    Raises:
        RedirectError: the request must not go there. The text names where the server pointed, without the query, and
            the base URL that would have been right.
    """
    call = exchange.call
    try:
        there = target.join(URL(location))
        origin = there.origin()
    except ValueError:
        raise _error(exchange, status, "the server redirects to an address that is none") from None
    if origin == target.origin() and call.verb in {"GET", "HEAD"}:
        if steps < MAX_REDIRECTS:
            return there
        raise _error(exchange, status, f"the server redirected more than {MAX_REDIRECTS} times")
    words = f"the server redirects to {origin}{there.raw_path}, which was not followed"
    base = _base_of(there, call)
    raise _error(exchange, status, f"{words}; set base_url to {base}" if base else f"{words}; is base_url right?")


def _base_of(there: URL, call: Call[Any]) -> str | None:
    """The base URL under which the call would have gone to this address, if there is one."""
    if not there.raw_path.lower().endswith(call.path.lower()):
        return None
    return f"{there.origin()}{there.raw_path[: -len(call.path)]}"


def _error(exchange: Exchange[Any], status: int, words: str) -> RedirectError:
    call = exchange.call
    return RedirectError(words, status=status, method=call.verb, path=call.path, attempts=exchange.attempts)
