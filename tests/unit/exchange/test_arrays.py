"""Arrays that are parsed while they arrive: how much of one is held at a time."""

import json
from collections.abc import AsyncIterator

import pytest

from pywats import InvalidResponseError
from pywats.exchange.arrays import parsed


class Body:
    """An answer whose body comes in these chunks."""

    status = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody writes to it
    size = None

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk

    async def aclose(self) -> None:
        pass


async def test_a_great_chunk_is_parsed_bit_by_bit():
    rows = [{"number": number, "text": "x" * 1000} for number in range(2000)]
    pages = [page async for page in parsed(Body(json.dumps(rows).encode()), "item", "/")]
    assert [row for page in pages for row in page] == rows
    assert max(map(len, pages)) < 70


async def test_what_is_no_array_is_told_from_an_empty_one():
    for empty in (b"[]", b" [ ]", b"null"):
        assert [page async for page in parsed(Body(empty), "item", "/")] == []
    with pytest.raises(InvalidResponseError, match="no JSON array; where is it, for prefix="):
        [page async for page in parsed(Body(b'{"rows": [1]}'), "item", "/")]
    assert [page async for page in parsed(Body(b'{"rows": [1]}'), "rows.item", "/")] == [[1]]
