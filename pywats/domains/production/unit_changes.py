"""The changes of units: a list that others read to keep up, and from which they delete what they have dealt with."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import ClassVar, Final

from pywats.domains.production.arguments import check_name, name_of_unit
from pywats.domains.production.models import UnitChange
from pywats.errors import ValidationError
from pywats.exchange.call import query, url
from pywats.exchange.paging import Cursor, check_page
from pywats.progress import Progress, meter_of
from pywats.service import Async, Face, Service, method, stream
from workers.prefetch import MarkedPage

_PATH: Final = "/api/Production/Units/Changes"
_MOST: Final = 2**31 - 1
_ORDER: Final = "id"


class UnitChanges(Service[Face]):
    """Reading and acknowledging the changes of units."""

    domain: ClassVar[str] = "production"

    @method
    async def get_unit_changes(
        self,
        serial_number: str | None = None,
        part_number: str | None = None,
        top: int | None = None,
        skip: int | None = None,
    ) -> list[UnitChange]:
        """Return changes of units that nobody has acknowledged yet, oldest first, as one page.

        Args:
            serial_number: only of units of this serial number.
            part_number: only of units of this part number, where the server knows how.
            top: the most to give; without it as many as there are.
            skip: how many to leave out first.
        """
        for name, number in (("top", top), ("skip", skip)):
            if number is not None and number < 0:
                raise ValidationError(f"{name} is {number}; it must be 0 or more")
        rows = await self._page(serial_number, part_number, top, skip or 0)
        if top is not None and len(rows) > top:  # the server counts from the first change, whatever is to be skipped
            rows = rows[skip or 0 :]
        return _of(serial_number, rows)

    @stream
    def iter_unit_changes(
        self,
        serial_number: str | None = None,
        part_number: str | None = None,
        *,
        page_size: int = 1000,
        max_items: int | None = None,
        resume_from: str | None = None,
        progress: Progress = False,
    ) -> AsyncGenerator[Sequence[UnitChange], None]:
        """Walk over the changes of units that nobody has acknowledged yet, oldest first.

        They may be acknowledged on the way; none is passed over, and none comes twice. ``resume_from`` is an earlier
        walk's ``cursor``; changes up to there are left out, whether they were acknowledged or not.
        """
        check_page(page_size, max_items, largest=_MOST)
        start = Cursor.read(resume_from, _ORDER)
        return self._walk(serial_number, part_number, page_size, max_items, start, progress)

    @method
    async def get_unit_history(self: "UnitChanges[Async]", serial_number: str, part_number: str) -> list[UnitChange]:
        """Return all changes of one unit that nobody has acknowledged yet, oldest first."""
        name_of_unit(serial_number, part_number)
        return [change async for change in self.iter_unit_changes(serial_number, part_number)]

    @method
    async def delete_unit_change(self, change_id: int | str) -> bool:
        """Delete a change once it is dealt with; no list has it any more."""
        return await self._delete(url(_PATH + "/{}", change_id))

    @method
    async def acknowledge_unit_change(self: "UnitChanges[Async]", change_id: int | str) -> bool:
        """Do the same as ``delete_unit_change``."""
        return await self.delete_unit_change(change_id)

    async def _page(
        self, serial_number: str | None, part_number: str | None, top: int | None, skip: int, *, bulk: bool = False
    ) -> list[UnitChange]:
        """One page, asked for in both ways: ``maxCount`` counts from the first change, ``$top`` from behind ``$skip``.

        A server that knows only ``maxCount`` also gives what was to be skipped.
        """
        for name, value in (("serial_number", serial_number), ("part_number", part_number)):
            if value is not None:
                check_name(name, value)
        most = _MOST if top is None else min(skip + top, _MOST)
        wanted = query(maxCount=most, serialNumber=serial_number, partNumber=part_number, top_=top, skip_=skip or None)
        return await self._list(_PATH, UnitChange, wanted, bulk=bulk, fresh=True)

    async def _walk(
        self,
        serial_number: str | None,
        part_number: str | None,
        page_size: int,
        max_items: int | None,
        start: Cursor,
        progress: Progress,
    ) -> AsyncGenerator[MarkedPage[UnitChange], None]:
        """The pages of `_fresh_rows`, cut to what is wanted of them."""
        left = max_items
        meter = meter_of(progress, "rows", max_items)
        try:
            if left == 0:
                return
            async with aclosing(self._fresh_rows(serial_number, part_number, page_size)) as pages:
                async for rows in pages:
                    given = [change for change in _of(serial_number, rows) if _is_behind(start, change)][:left]
                    if given:
                        meter.advance(len(given))
                        yield MarkedPage(given, partial(_mark, given))
                    left = None if left is None else left - len(given)
                    if left == 0:
                        return
        finally:
            meter.close()

    async def _fresh_rows(
        self, serial_number: str | None, part_number: str | None, page_size: int
    ) -> AsyncGenerator[list[UnitChange], None]:
        """Pages that overlap by one row: where it is missing, rows before it were deleted, and the list begins anew."""
        known: set[int | None] = set()
        passed: list[int | None] = []  # the ids of the list, as far as it was read
        longest = 0
        while True:
            overlap = 1 if passed else 0
            rows = await self._rows(serial_number, part_number, page_size + overlap, len(passed) - overlap, passed[:1])
            longest = max(longest, len(rows))
            if [row.id for row in rows[:overlap]] != passed[-1:]:
                passed = []
                continue
            rows = rows[overlap:]
            if not rows and longest == 1:  # one row at a time is all that the server gives, or all that there is
                rows = await self._rows(serial_number, part_number, page_size, len(passed), passed[:1])
            if not rows:
                return
            passed += [row.id for row in rows]
            fresh = [change for change in rows if change.id not in known]
            known.update(change.id for change in fresh)
            yield fresh

    async def _rows(
        self, serial_number: str | None, part_number: str | None, top: int, skip: int, first: list[int | None]
    ) -> list[UnitChange]:
        """The rows behind those to be skipped, also of a server that gives these, too, from the first one on."""
        page = await self._page(serial_number, part_number, top, skip, bulk=True)
        return page[skip:] if skip and [row.id for row in page[:1]] == first else page


def _of(serial_number: str | None, changes: Sequence[UnitChange]) -> list[UnitChange]:
    """The changes of one serial number, also where the server gives those of others besides."""
    return [change for change in changes if serial_number in {None, change.unit_serial_number}]


def _is_behind(start: Cursor, change: UnitChange) -> bool:
    return not isinstance(start.after, int) or change.id is None or change.id > start.after


def _mark(given: Sequence[UnitChange], count: int) -> str:
    return str(Cursor(order=_ORDER, after=given[count - 1].id))
