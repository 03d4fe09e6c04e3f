"""Walking a long list page by page, so that each row is seen once although the list grows meanwhile."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final, Generic, Self, TypeVar

from pywats.errors import InvalidResponseError, ValidationError
from pywats.progress import Progress, meter_of
from workers.prefetch import MarkedPage

T = TypeVar("T")

_BEYOND_ALL: Final = 2**31 - 1
_RESUMABLE: Final[frozenset[type]] = frozenset({str, int})  # what a cursor can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which page to ask for.

    Attributes:
        top: how many rows to ask for; fewer may come.
        after: the page begins behind the row with this key; ``None``: at the beginning.
        skip: how many rows to leave out first, where the key cannot be used.
    """

    top: int
    after: Any = None
    skip: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a walk goes on that ended, or was left.

    Attributes:
        order: what the list is ordered by; a walk of another order cannot go on from here.
        after: the key of the row behind which it goes on, or ``None`` where rows are counted.
        skip: how many rows lie before it, where rows are counted.
    """

    order: str
    after: str | int | None = None
    skip: int = 0

    @classmethod
    def read(cls, text: str | None, order: str) -> Self:
        """The place that a cursor names, the beginning for ``None``.

        Raises:
            ValidationError: it is no cursor, or one of a walk in another order.
        """
        if text is None:
            return cls(order=order)
        try:
            found = cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise ValidationError(f"resume_from is {text!r}, which is no cursor of a walk") from error
        if found.order != order:
            raise ValidationError(f"resume_from is of a walk by {found.order}; this one goes by {order}")
        return found

    def __str__(self) -> str:
        """Write it as `read` reads it."""
        place = {"skip": self.skip} if self.after is None else {"after": self.after}
        return json.dumps({"order": self.order, **place})


async def walk(
    ask: Callable[[Page], Awaitable[list[T]]],
    key: Callable[[T], Hashable],
    *,
    page_size: int,
    max_items: int | None = None,
    name: Callable[[T], Hashable] | None = None,
    wanted: Callable[[T], bool] | None = None,
    beyond: Callable[[T], bool] | None = None,
    start: Cursor | None = None,
    progress: Progress = False,
) -> AsyncGenerator[MarkedPage[T], None]:
    """The pages of a list that is ordered by a key.

    Each page is asked for behind the last row of the one before, so rows that come or go elsewhere shift nothing. Only
    an empty page is the end, as a server may give fewer rows than it was asked for. Where rows have no key, or the
    server refuses (400) or ignores the condition on it, rows are skipped by number, and those that were shifted from
    one page into the next are recognised.

    Args:
        ask: fetches one page.
        key: what the list is ordered by; ``None`` for a row that has none.
        page_size: rows to ask for at a time.
        max_items: rows to give at the most.
        name: tells rows from each other; the key, unless given.
        wanted: whether to give a row; the others are left out.
        beyond: whether a row lies behind the end; the walk ends before the first such row.
        start: where to begin.
        progress: who is told of the rows that were read.

    Raises:
        InvalidResponseError: the server gives the same full page whatever is skipped.
    """
    place = _Place(key, name or key, start or Cursor(order=""))
    left = max_items
    meter = meter_of(progress, "rows", max_items)
    try:
        while left is None or left > 0:
            page = place.page(page_size if left is None else min(page_size, left))
            try:
                rows = await ask(page)
            except ValidationError:
                if not place.count_rows():
                    raise
                continue
            names = place.names(rows)
            if not rows or (place.is_repeated(names) and await _is_deaf(ask, page, rows)):
                return
            fresh = place.unknown(rows, names)
            within = fresh if beyond is None else list(takewhile(lambda row: not beyond(row), fresh))
            given = (within if wanted is None else list(filter(wanted, within)))[:left]
            marked = MarkedPage(given, place.mark(rows, given))
            place.advance(rows, names, fresh)
            is_last = len(within) < len(fresh)
            left = None if left is None else left - len(given)
            del rows, fresh, within, given  # while the next page comes, this one is nobody's but the reader's
            if marked:
                meter.advance(len(marked))
                yield marked
            del marked
            if is_last:
                return
    finally:
        meter.close()


class _Place(Generic[T]):
    """Where the next page begins, by a key or by a number of rows, and which of its rows are known already."""

    def __init__(self, key: Callable[[T], Hashable], name: Callable[[T], Hashable], start: Cursor) -> None:
        self._key, self._name = key, name
        self._order = start.order
        self._keyed = not start.skip
        self._after: Hashable = start.after
        self._skip = start.skip
        self._known: set[Hashable] = set()  # by key: the last page's rows; by number: all rows
        self._last: list[Hashable] = []

    def page(self, top: int) -> Page:
        """The next page."""
        return Page(top=top, after=self._after) if self._keyed else Page(top=top, skip=self._skip)

    def count_rows(self) -> bool:
        """Go on by number of rows; ``False`` if the key has no part in what was asked."""
        used, self._keyed = self._keyed and self._after is not None, False
        return used

    def mark(self, rows: Sequence[T], given: Sequence[T]) -> Callable[[int], str]:
        """Return what gives the cursor behind so many of the given rows of a page; it does not hold the rows."""
        order, before = self._order, self._skip
        keys = list(map(self._key, given)) if self._keyed else [None] * len(given)
        numbers: list[int] = []
        if not _RESUMABLE.issuperset(map(type, keys)):
            number_of = {id(row): number for number, row in enumerate(rows, 1)}
            numbers = [number_of[id(row)] for row in given]

        def mark(count: int) -> str:
            key = keys[count - 1]
            if isinstance(key, str | int):
                return str(Cursor(order=order, after=key))
            return str(Cursor(order=order, skip=before + numbers[count - 1]))

        return mark

    def names(self, rows: Sequence[T]) -> list[Hashable]:
        """Return what tells the rows of a page from others."""
        return list(map(self._name, rows))

    def is_repeated(self, names: Sequence[Hashable]) -> bool:
        """Whether this is the page before once more, although other rows were to be skipped."""
        return not self._keyed and names == self._last

    def unknown(self, rows: Sequence[T], names: Sequence[Hashable]) -> list[T]:
        """Return the rows of a page that were not on an earlier one."""
        return [row for row, name in zip(rows, names, strict=True) if name not in self._known]

    def advance(self, rows: Sequence[T], names: list[Hashable], fresh: Sequence[T]) -> None:
        """Move behind the rows of a page, of which these were unknown."""
        if not self._keyed:
            self._skip += len(rows)
            self._known.update(names)
            self._last = names
        elif fresh:
            self._skip += len(fresh)
            self._known = set(names)
            self._after = self._key(rows[-1])
            self._keyed = self._after is not None
        else:
            self._keyed = False


async def _is_deaf(ask: Callable[[Page], Awaitable[list[T]]], page: Page, rows: Sequence[T]) -> bool:
    """Whether the server takes no notice of ``skip``, so that these rows are all there is; else the list just grew.

    Raises:
        InvalidResponseError: it takes none, and there may be more rows than these.
    """
    if not await ask(Page(top=1, skip=_BEYOND_ALL)):
        return False
    if len(rows) < page.top:
        return True
    raise InvalidResponseError("the server gives the same page again, whatever is skipped", method="GET")


def check_page(page_size: int, max_items: int | None, *, largest: int) -> None:
    """Refuse sizes of a walk that make no sense.

    Raises:
        ValidationError: ``page_size`` is not from 1 to ``largest``, or ``max_items`` is negative.
    """
    if not 1 <= page_size <= largest:
        raise ValidationError(f"page_size is {page_size}; it must be from 1 to {largest}")
    if max_items is not None and max_items < 0:
        raise ValidationError(f"max_items is {max_items}; it must be 0 or more, or None for no limit")
