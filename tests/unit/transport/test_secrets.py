"""What must stay secret is in no text that anybody could see."""

import base64
import pickle
import traceback

import pytest

from pywats.errors import ConfigurationError, InvalidResponseError, PyWATSError
from pywats.settings import NO_RETRY, Options, ServerSettings, authorization_of, normal_base_url

PROXY_PASSWORD = "pr0xy-pa55word"
PROXY_BASIC = base64.b64encode(f"me:{PROXY_PASSWORD}".encode()).decode()


def texts_of(error: BaseException) -> str:
    """Everything that an error, its causes and contexts say of themselves."""
    found, queue, seen = [], [error], set()
    while queue:
        one = queue.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        found += [str(one), repr(one), repr(one.args), repr(vars(one)), "".join(traceback.format_exception(one))]
        queue += [one.__cause__, one.__context__]
    return "\n".join(found)


FAULTS = ["close", "reset", "half", "hang", "status", "html", "garbage", "redirect", "proxy", "packed"]


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_neither_errors_nor_logs_show_the_token(server, connect, ask, step, logs, fault, verb):
    token = ask().options.authorization.removeprefix("Basic ")
    server.script = [
        {
            "status": step.answer(b'{"Message": "no"}', status=500),
            "html": step.answer(b"<html>", kind="text/html"),
            "garbage": b"garbage\r\n\r\n",
            "redirect": step.answer(status=302, Location="http://elsewhere/"),
            "proxy": step.answer(status=407),
            "packed": step.answer(b"x", Content_Encoding="gzip"),
        }.get(fault)
        or getattr(step, fault)
    ]
    exchange = ask(verb, timeout=0.2 if fault == "hang" else 60.0, query=(("apiKey", "hidden-in-query"),))
    transport = connect(server.url)
    with pytest.raises(PyWATSError) as caught:
        await transport.send(exchange)
    said = texts_of(caught.value) + repr(logs) + repr(exchange) + repr(transport) + repr(transport.settings)
    assert {entry["event"] for entry in logs} & {"request_failed", "request_answered"}
    assert token not in said
    assert "hidden-in-query" not in said
    assert "aiohttp" not in "".join(traceback.format_exception(caught.value))


async def test_log_lines_tell_the_request_and_share_its_id(server, connect, ask, step, logs):
    server.script = [step.answer(status=503), step.answer()]
    exchange = ask()
    await connect(server.url).send(exchange)
    assert [entry["event"] for entry in logs] == ["request_answered", "request_repeated", "request_answered"]
    assert {entry["request_id"] for entry in logs} == {exchange.request_id}
    assert [entry.get("status") for entry in logs] == [503, 503, 200]
    assert [entry["attempt"] for entry in logs] == [1, 1, 2]
    assert all((entry["method"], entry["path"]) == ("GET", "/api/Product/X") for entry in logs)


async def test_a_program_that_asked_for_no_logs_gets_none(server, connect, ask, step, capfd):
    server.script = [step.answer(status=503), step.answer()]
    await connect(server.url).send(ask())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("fault", ["refused", "407", "disconnect"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_nor_the_password_of_the_proxy(server, connect, ask, step, free_port, fault, scheme):
    server.script = [step.close if fault == "disconnect" else step.answer(status=407, Proxy_Authenticate="Basic")]
    port = free_port if fault == "refused" else server.port
    transport = connect(f"{scheme}://tenant.example", proxy=f"http://me:{PROXY_PASSWORD}@127.0.0.1:{port}")
    with pytest.raises(PyWATSError) as caught:
        await transport.send(ask())
    said = texts_of(caught.value) + repr(transport.settings) + repr(transport._session.route)
    assert PROXY_PASSWORD not in said
    assert PROXY_BASIC not in said
    if fault != "refused":
        assert PROXY_BASIC in server.requests[0].headers["proxy-authorization"]


@pytest.mark.parametrize("status", [200, 400])
async def test_a_server_that_repeats_the_token_does_not_spread_it(server, connect, ask, step, status):
    secret = ask().options.authorization
    page = f"<html>you sent {secret}</html>" if status == 200 else f"you sent {secret}"
    server.script = [step.answer(page.encode(), status=status, kind="text/html" if status == 200 else "text/plain")]
    with pytest.raises(PyWATSError, match=r"you sent Basic \*\*\*") as caught:
        await connect(server.url).send(ask())
    assert secret.removeprefix("Basic ") not in texts_of(caught.value)
    if isinstance(caught.value, InvalidResponseError):
        assert b"***" in caught.value.body


async def test_errors_survive_pickling(server, connect, ask, step):
    server.script = [step.answer(status=429, Retry_After="7")]
    transport = connect(server.url)
    with pytest.raises(PyWATSError) as caught:
        await transport.send(ask(retry=NO_RETRY))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.retry_after) == (type(caught.value), str(caught.value), 7)


class TestSettings:
    @pytest.mark.parametrize(
        "text", ["http://me:hush@host", "me:hush@host", "https://hush@host", "http://a:hu/sh@host"]
    )
    def test_a_base_url_with_credentials_is_refused_and_not_shown(self, text):
        with pytest.raises(ConfigurationError, match="holds a user name or a password") as caught:
            normal_base_url(text)
        assert "hush" not in texts_of(caught.value)

    @pytest.mark.parametrize("text", ["", "tenant", "ftp://tenant", "http://", "http://tenant:port", "http://[::1"])
    def test_a_base_url_that_is_no_address_is_refused(self, text):
        with pytest.raises(ConfigurationError, match="is not an address"):
            normal_base_url(text)

    @pytest.mark.parametrize(
        ("text", "normal"),
        [
            (" https://Tenant.wats.com/ ", "https://tenant.wats.com"),
            ("https://tenant.wats.com:443/api", "https://tenant.wats.com"),
            ("http://host:80/WATS/API/", "http://host/WATS"),
            ("http://host:8080/wats?x=1#y", "http://host:8080/wats"),
            ("http://[::1]:80", "http://[::1]"),
        ],
    )
    def test_a_base_url_has_one_form(self, text, normal):
        assert normal_base_url(text) == normal

    @pytest.mark.parametrize("token", ["abc", " abc\n", "Basic abc", "basic  abc"])
    def test_a_token_is_taken_with_or_without_its_scheme(self, token):
        assert authorization_of(token) == "Basic abc"

    @pytest.mark.parametrize("token", ["", "  ", "hush hush", "hush\nhush", "hush\x00", "hüsh"])
    def test_what_is_no_token_is_refused_and_not_shown(self, token):
        with pytest.raises(ConfigurationError) as caught:
            authorization_of(token)
        assert "sh" not in texts_of(caught.value).replace("authorization_of", "").split("ConfigurationError")[-1]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"timeout": 0},
            {"timeout": float("nan")},
            {"deadline": -1},
            {"headers": (("X-Bad", "a\r\nInjected: b"),)},
            {"headers": (("X Bad", "a"),)},
            {"authorization": "Basic a\nb"},
        ],
    )
    def test_options_that_cannot_travel_are_refused(self, wrong):
        with pytest.raises(ConfigurationError):
            Options(**wrong)

    @pytest.mark.parametrize("wrong", [{"max_connections": 0}, {"base_url": "tenant"}])
    def test_server_settings_that_make_no_sense_are_refused(self, wrong):
        with pytest.raises(ConfigurationError):
            ServerSettings(**{"base_url": "http://host", **wrong})
