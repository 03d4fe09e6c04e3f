"""The auth domain: tokens of the user who calls."""

import re
from typing import ClassVar, Final

from pywats.errors import InvalidResponseError
from pywats.exchange.answer import Answer
from pywats.exchange.call import Call, query, url
from pywats.service import Face, Service, method

_TOKEN: Final = re.compile(rb'"?([!-~]+?)"?')
_NOTHING: Final = (b"", b"null", b'""')


class AuthService(Service[Face]):
    """Tokens of the user who calls.

    The vendor has deprecated these operations: make tokens in the control panel of the server instead.
    """

    domain: ClassVar[str] = "auth"

    @method
    async def get_token(self, identifier: str | None = None, reset: bool = False) -> str | None:
        """Make a token of the user who calls and return it, or ``None`` where the server does not show one again.

        A server shows a token once. The request is sent once, whatever the retry settings say: a second one would not
        show the token, or would make the first one invalid. Errors never show what the server answered.

        Args:
            identifier: tells several tokens of one user apart.
            reset: make a new token in place of the old one, which is no longer valid then.
        """
        path = "/api/Auth/GetToken" if identifier is None else url("/api/Auth/GetToken/{}", identifier)
        wanted = query(reset=reset or None)
        return await self._line.send(Call(verb="GET", path=path, query=wanted, read=_token, repeatable=False))


def _token(answer: Answer) -> str | None:
    answer.refuse_html()
    content = answer.body.strip()
    if content in _NOTHING:
        return None
    found = _TOKEN.fullmatch(content)
    if found is None or content.startswith((b"{", b"[")):
        raise InvalidResponseError(
            "the answer is no token; it is not shown, since it may hold one",
            status=answer.status,
            method=answer.verb,
            path=answer.path,
            attempts=answer.attempts,
        )
    return found[1].decode()
