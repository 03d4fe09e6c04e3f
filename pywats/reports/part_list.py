"""A list of parts of a report, in its JSON."""

from collections.abc import Iterable, Iterator, MutableSequence
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

if TYPE_CHECKING:
    from pywats.reports.record import Record

Json = dict[str, Any]
R = TypeVar("R", bound="Record")


class PartList(MutableSequence[R]):
    """The parts in a list of a JSON object, which it changes. A ``null`` among them looks like an empty part."""

    __slots__ = ("_key", "_kind", "_owner")

    def __init__(self, owner: "Record", key: str, kind: type[R]) -> None:
        self._owner = owner
        self._key = key
        self._kind = kind

    def _seen(self, item: Json | None) -> R:
        return self._owner.inside(self._kind.over(item or {}))

    def _items(self) -> list[Json | None]:
        return self._owner.wire.get(self._key) or []

    def __len__(self) -> int:
        return len(self._items())

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> list[R]: ...
    def __getitem__(self, index: int | slice) -> R | list[R]:
        if isinstance(index, slice):
            return list(map(self._seen, self._items()[index]))
        return self._seen(self._items()[index])

    def __iter__(self) -> Iterator[R]:
        return map(self._seen, self._items())

    @overload
    def __setitem__(self, index: int, value: R) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[R]) -> None: ...
    def __setitem__(self, index: int | slice, value: R | Iterable[R]) -> None:
        if isinstance(index, slice):
            self._own()[index] = [each.wire for each in cast("Iterable[R]", value)]
        else:
            self._own()[index] = cast("R", value).wire

    def __delitem__(self, index: int | slice) -> None:
        del self._own()[index]

    def insert(self, index: int, value: R) -> None:
        """Insert a part before this index."""
        self._own().insert(index, value.wire)

    def _own(self) -> list[Json | None]:
        """The list in JSON, made if there is none."""
        items: list[Json | None] | None = self._owner.wire.get(self._key)
        if items is None:
            items = self._owner.wire[self._key] = []
        return items

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PartList):
            return self._items() == cast("PartList[R]", other)._items()
        return isinstance(other, list) and list(self) == other

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return repr(list(self))
