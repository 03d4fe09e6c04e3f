"""What the auth domain sends, and what it makes of the answers."""

import pytest

from pywats.domains.auth.service import AuthService
from pywats.errors import InvalidResponseError, PyWATSError


@pytest.fixture
def auth(line):
    return AuthService(line)


async def test_the_request_is_sent_once(auth, line):
    await auth.get_token()
    await auth.get_token("a/b", reset=True)
    assert line.sent == ["GET /api/Auth/GetToken", "GET /api/Auth/GetToken/a%2Fb?reset=true"]
    assert {call.repeatable for call in line.calls} == {False}


@pytest.mark.parametrize(
    ("said", "token"), [(b'"YTpi"', "YTpi"), (b" YTpi\r\n", "YTpi"), (b"null", None), (b"", None), (b'""', None)]
)
async def test_a_token_is_a_text(auth, line, said, token):
    line.answer(said)
    assert await auth.get_token() == token


@pytest.mark.parametrize("said", [b'{"token": "YTpi"}', b'["YTpi"]', b"YTpi YTpi", b'"YT\xff"'])
async def test_an_answer_that_is_no_token_is_not_shown(auth, line, said):
    line.answer(said)
    with pytest.raises(InvalidResponseError) as caught:
        await auth.get_token()
    assert "YT" not in repr(vars(caught.value)) + str(caught.value)


async def test_a_web_page_is_no_token(auth, line):
    line.answer(b"<html>log in</html>", kind="text/html")
    with pytest.raises(PyWATSError, match="web page"):
        await auth.get_token()
