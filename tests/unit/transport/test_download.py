"""Bodies that are handed out as they arrive."""

import asyncio
import dataclasses
import gc
import gzip

import pytest
from waiting import leap, soon

from pywats import errors
from pywats.errors import ClientClosedError, InvalidResponseError, NotFoundError
from pywats.exchange.call import Exchange, download

CONTENT = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
def fetch(ask):
    """Makes exchanges for downloads."""

    def fetch(**options):
        return Exchange(download("GET", "/api/File"), ask(**options).options)

    return fetch


async def whole(body) -> bytes:
    return b"".join([chunk async for chunk in body])


def chunked(*chunks: bytes, end: bool = True) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n" * end


async def test_the_chunks_make_up_the_file(server, connect, fetch, step):
    server.script = [step.answer(CONTENT, kind="application/zip", X_Name="a.zip")]
    transport = connect(server.url, max_answer_size=10)  # which is a limit for what is kept in memory alone
    body = await transport.send(fetch())
    assert (body.status, body.size, body.headers["x-name"]) == (200, len(CONTENT), "a.zip")
    assert await whole(body) == CONTENT
    await body.aclose()
    assert server.requests[0].headers["accept"] == "*/*"


async def test_packed_content_is_unpacked_on_the_way(server, connect, fetch, step):
    server.script = [step.answer(gzip.compress(CONTENT), Content_Encoding="gzip")]
    body = await connect(server.url).send(fetch())
    assert body.size is None
    assert await whole(body) == CONTENT
    await body.aclose()


async def test_it_holds_a_long_slot_until_it_is_closed(server, connect, fetch, ask, step):
    server.script = [step.answer(CONTENT)]
    transport = connect(server.url, max_connections=2)
    body = await transport.send(fetch())
    assert (transport.statistics().slots.held, transport.statistics().slots.held_long) == (1, 1)
    second = asyncio.ensure_future(transport.send(fetch()))
    await transport.send(ask())  # a short call goes by
    assert not second.done()
    await body.aclose()
    await body.aclose()
    await (await second).aclose()
    assert transport.statistics().slots.held == 0


async def test_one_left_in_the_middle_does_not_spoil_the_connection(server, connect, fetch, ask, step):
    server.script = [step.answer(CONTENT), step.answer(b"next")]
    transport = connect(server.url)
    body = await transport.send(fetch())
    await anext(aiter(body))
    await body.aclose()
    with pytest.raises(ClientClosedError, match="the download is closed"):
        await whole(body)
    assert await transport.send(ask()) == b"next"


async def test_one_read_to_its_end_gives_its_connection_to_the_next(server, connect, fetch, ask, step):
    server.script = [step.answer(CONTENT), step.answer(b"next")]
    transport = connect(server.url)
    body = await transport.send(fetch())
    await whole(body)
    await body.aclose()
    await transport.send(ask())
    assert server.connections == 1


async def test_one_that_was_forgotten_is_closed_by_its_loop(server, connect, fetch, step):
    server.script = [step.answer(CONTENT)]
    transport = connect(server.url)
    body = await transport.send(fetch())
    await anext(aiter(body))
    del body
    gc.collect()
    await soon(lambda: transport.statistics().slots.held == 0)


async def test_an_answer_that_nobody_takes_any_more_frees_its_slot(server, connect, fetch, step):
    server.script = [step.hang]
    transport = connect(server.url)
    call = asyncio.ensure_future(transport.send(fetch()))
    await soon(lambda: server.requests)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert transport.statistics().slots.held == 0


async def test_a_failure_before_the_first_byte_is_retried(server, connect, fetch, step):
    server.script = [step.close, step.answer(status=503), step.answer(CONTENT)]
    exchange = fetch()
    body = await connect(server.url).send(exchange)
    assert await whole(body) == CONTENT
    assert exchange.attempts == 3
    await body.aclose()


async def test_an_error_status_is_an_error(server, connect, fetch, step):
    server.script = [step.answer(b'{"Message": "no such file"}', status=404)]
    with pytest.raises(NotFoundError, match="no such file"):
        await connect(server.url).send(fetch())


async def test_one_that_breaks_off_says_so_and_is_not_repeated(server, connect, fetch, step):
    async def break_off(_, writer):
        writer.write(chunked(b"a" * 1000, end=False))
        await writer.drain()
        await step.reset(_, writer)

    server.script = [break_off]
    transport = connect(server.url)
    body = await transport.send(fetch())
    with pytest.raises(errors.ConnectionError, match="the connection broke in the middle of the answer") as caught:
        await whole(body)
    assert (caught.value.method, caught.value.path) == ("GET", "/api/File")
    assert len(server.requests) == 1
    assert transport.statistics().slots.held == 0


async def test_one_that_is_badly_packed_says_so(server, connect, fetch, step):
    server.script = [step.answer(gzip.compress(CONTENT)[:-4], Content_Encoding="gzip")]
    body = await connect(server.url).send(fetch())
    with pytest.raises(InvalidResponseError, match="ends in the middle"):
        await whole(body)


async def test_each_chunk_has_the_timeout_for_itself(server, connect, fetch, step):
    async def slowly(_, writer):
        writer.write(chunked(end=False))
        for _ in range(4):
            known = len(found)
            writer.write(b"1\r\na\r\n")
            await soon(lambda known=known: len(found) > known)
            leap(30)
        await step.hang(_reader, writer)

    found = []
    _reader = asyncio.StreamReader()
    server.script = [slowly]
    body = await connect(server.url).send(fetch(timeout=100))

    async def collect():
        async for chunk in body:
            found.append(chunk)  # noqa: PERF401 - what came before the error counts

    collecting = asyncio.ensure_future(collect())
    await soon(lambda: len(found) == 4)
    leap(100)
    with pytest.raises(errors.TimeoutError, match="no answer within 100 s"):
        await collecting
    assert b"".join(found) == b"aaaa"
    _reader.feed_eof()


async def test_closing_while_somebody_reads_ends_the_reading(server, connect, fetch, step):
    async def begin(reader, writer):
        writer.write(chunked(b"a", end=False))
        await step.hang(reader, writer)

    server.script = [begin]
    body = await connect(server.url).send(fetch())
    reading = asyncio.ensure_future(whole(body))
    await asyncio.sleep(0)
    await body.aclose()
    with pytest.raises(errors.PyWATSError):
        await reading


def test_a_download_is_a_long_call_that_is_not_read():
    call = download("GET", "/api/File", (("a", "b"),))
    assert (call.long, call.stream, call.query) == (True, True, (("a", "b"),))
    assert dataclasses.replace(call, accept="application/zip").accept == "application/zip"
