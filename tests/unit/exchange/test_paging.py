"""Walks over lists that grow, are cut short, or whose server cannot do all that is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.errors import InvalidResponseError, ValidationError
from pywats.exchange.paging import Page, check_page, walk


@dataclass
class Table:
    """A list as a server keeps it: the newest row first, each row a growing number."""

    rows: list[int]
    cap: int = 1000
    takes_key: bool = True
    refuses_key: bool = False
    skips: bool = True
    asked: list[Page] = field(default_factory=list)
    before_page: Callable[[int], None] = lambda _: None

    async def ask(self, page: Page) -> list[int]:
        self.before_page(len(self.asked))
        self.asked.append(page)
        rows = sorted(self.rows, reverse=True)
        if page.after is not None:
            if self.refuses_key:
                raise ValidationError("this field cannot be compared", status=400)
            rows = [row for row in rows if row < page.after] if self.takes_key else rows
        return rows[page.skip if self.skips else 0 :][: min(page.top, self.cap)]


def key(row: int) -> int:
    return row


def no_key(row: int) -> None:
    del row


async def walked(table: Table, **options) -> list[int]:
    pages = [
        page async for page in walk(table.ask, options.pop("key", key), **{"page_size": 3, "name": key, **options})
    ]
    assert all(pages)
    return [row for page in pages for row in page]


tables = st.builds(
    Table,
    rows=st.lists(st.integers(0, 1000), unique=True, max_size=30),
    cap=st.integers(1, 5),
    takes_key=st.booleans(),
    refuses_key=st.booleans(),
)


@given(tables, st.integers(1, 7), st.sampled_from([key, no_key]))
async def test_every_row_comes_once_whatever_the_server_can_do(table, page_size, by):
    assert await walked(table, page_size=page_size, key=by) == sorted(table.rows, reverse=True)


@given(tables, st.integers(1, 7), st.sampled_from([key, no_key]), st.data())
async def test_a_list_that_grows_meanwhile_gives_what_was_there_once(table, page_size, by, data):
    table.takes_key = True
    there = sorted(table.rows, reverse=True)
    new = iter(range(2000, 3000))

    def grow(number: int) -> None:
        if number:
            table.rows += [next(new) for _ in range(data.draw(st.integers(0, 6)))] if number < 20 else []

    table.before_page = grow
    got = await walked(table, page_size=page_size, key=by)
    assert len(got) == len(set(got))
    assert [row for row in got if row < 2000] == there


@given(st.lists(st.integers(0, 1000), unique=True, max_size=30), st.data())
async def test_rows_that_go_meanwhile_take_no_others_with_them(rows, data):
    table = Table(list(rows))
    gone: set[int] = set()

    def shrink(number: int) -> None:
        if number and table.rows:
            row = data.draw(st.sampled_from(table.rows))
            table.rows.remove(row)
            gone.add(row)

    table.before_page = shrink
    got = await walked(table)
    assert len(got) == len(set(got))
    assert set(rows) - gone <= set(got)


@given(tables, st.integers(0, 40), st.integers(1, 7))
async def test_the_wished_number_of_rows_comes_and_no_more_is_asked_for(table, most, page_size):
    assert await walked(table, page_size=page_size, max_items=most) == sorted(table.rows, reverse=True)[:most]
    assert all(1 <= page.top <= min(page_size, most) for page in table.asked)


async def test_a_short_page_is_not_the_end():
    table = Table(list(range(10)), cap=2)
    assert await walked(table, page_size=5) == list(range(9, -1, -1))
    assert [page.top for page in table.asked] == [5] * 6


async def test_a_page_is_asked_for_only_when_it_is_wanted():
    table = Table(list(range(10)))
    pages = walk(table.ask, key, page_size=3)
    assert await anext(pages) == [9, 8, 7]
    assert len(table.asked) == 1
    await pages.aclose()
    assert len(table.asked) == 1


async def test_a_server_that_cannot_compare_the_key_is_walked_by_number():
    table = Table(list(range(7)), refuses_key=True)
    assert await walked(table) == list(range(6, -1, -1))
    assert [(page.after, page.skip) for page in table.asked] == [(None, 0), (4, 0), (None, 3), (None, 6), (None, 7)]


async def test_a_first_page_that_is_refused_is_an_error():
    async def refuse(page: Page) -> list[int]:
        del page
        raise ValidationError("no such field", status=400)

    with pytest.raises(ValidationError, match="no such field"):
        await anext(walk(refuse, key, page_size=3))


async def test_a_refusal_while_rows_are_counted_is_an_error():
    table = Table(list(range(7)), refuses_key=True)

    def fail(number: int) -> None:
        if number == 3:
            raise ValidationError("too far", status=400)

    table.before_page = fail
    with pytest.raises(ValidationError, match="too far"):
        await walked(table)


async def test_a_short_list_that_ignores_everything_ends():
    assert await walked(Table([1, 2], takes_key=False, skips=False)) == [2, 1]


async def test_a_full_page_again_and_again_is_an_error_and_not_the_end():
    with pytest.raises(InvalidResponseError, match="same page again"):
        await walked(Table([1, 2, 3, 4], takes_key=False, skips=False))


async def test_rows_that_are_not_wanted_count_for_nothing():
    table = Table(list(range(20)))
    assert await walked(table, wanted=lambda row: row % 5 == 0, max_items=3) == [15, 10, 5]


async def test_the_walk_ends_before_the_first_row_beyond():
    table = Table(list(range(20)))
    assert await walked(table, beyond=lambda row: row < 14) == [19, 18, 17, 16, 15, 14]
    assert len(table.asked) == 3


@pytest.mark.parametrize(("page_size", "max_items"), [(0, None), (-1, None), (1001, None), (10, -1)])
def test_sizes_that_make_no_sense_are_refused(page_size, max_items):
    with pytest.raises(ValidationError, match=r"page_size|max_items"):
        check_page(page_size, max_items, largest=1000)
