"""Checked by mypy and pyright, never run: each face of a facade has its own types."""

import asyncio
import concurrent.futures
from collections.abc import AsyncGenerator
from typing import assert_type

from workers import Async, AsyncStream, Blocking, BlockingStream, Facade, Face, Mailbox, Message, method, stream


class Thing: ...


class Things(Facade[Face]):
    @method
    async def get_thing(self, name: str, *, fresh: bool = False) -> Thing | None:
        return Thing()

    @method
    async def get_pair(self: "Things[Async]", first: str, second: str) -> list[Thing | None]:
        return [await self.get_thing(first), await self.get_thing(second)]

    @stream
    async def iter_things(self, page_size: int = 100) -> AsyncGenerator[list[Thing], None]:
        yield [Thing()]


def blocking(things: Things[Blocking]) -> None:
    assert_type(things.get_thing("X", fresh=True), Thing | None)
    assert_type(things.get_thing.submit("X"), concurrent.futures.Future[Thing | None])
    assert_type(things.iter_things(page_size=3), BlockingStream[Thing])
    for item in things.iter_things():
        assert_type(item, Thing)


async def awaiting(things: Things[Async]) -> None:
    assert_type(await things.get_thing("X", fresh=True), Thing | None)
    assert_type(things.get_thing.submit("X"), asyncio.Future[Thing | None])
    assert_type(await things.get_pair("X", "Y"), list[Thing | None])
    assert_type(things.iter_things(page_size=3), AsyncStream[Thing])
    async for item in things.iter_things():
        assert_type(item, Thing)


class Question(Message[int]): ...


async def asking(mailbox: Mailbox) -> None:
    assert_type(await mailbox.ask(Question()), int)
