"""What a product revision is built from, as an object to look at and to change."""

import functools
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Generic, ParamSpec, Self, overload
from uuid import UUID

from pywats.domains.product.models import BoxBuildRow, ProductRevision, ProductRevisionRelation
from pywats.errors import ConflictError, ValidationError
from pywats.exchange.answer import Answer
from pywats.exchange.call import checked, is_nothing, parse, query
from pywats.service import Async, AsyncMethod, Blocking, BlockingMethod, Face, Line, Service, found, on_face
from workers.facade import Facade

if TYPE_CHECKING:
    from pywats.domains.product.service import ProductService

P = ParamSpec("P")
Relation = ProductRevisionRelation


class opens_template(Generic[P]):  # noqa: N801 - reads like a function where it is used
    """Declare a method that gives a `BoxBuildTemplate` of the face that it is called on."""

    def __init__(self, function: "Callable[Concatenate[Any, P], Coroutine[Any, Any, BoxBuildTemplate[Async]]]") -> None:
        self._function = function
        functools.update_wrapper(self, function)

    def __call__(self, obj: Facade[Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Call the method of an object, as ``Class.method(obj, ...)``."""
        return self.__get__(obj, type(obj))(*args, **kwargs)

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, obj: Facade[Blocking], owner: type[Any]) -> "BlockingMethod[P, BoxBuildTemplate[Blocking]]": ...
    @overload
    def __get__(self, obj: Facade[Async], owner: type[Any]) -> "AsyncMethod[P, BoxBuildTemplate[Async]]": ...
    def __get__(self, obj: Facade[Any] | None, owner: type[Any]) -> Any:
        """Give the method in the form that the object's face needs."""
        return self if obj is None else on_face(self._function, obj)


class Relations(Service[Face]):
    """Which product revisions are built from which others, relation by relation."""

    domain: ClassVar[str] = "product"

    async def _add_relation(self, relation: Relation) -> Relation | None:
        """POST a relation; the server answers with it, or with all relations of its parent."""

        def read(answer: Answer) -> Relation | None:
            said: list[Relation] | Relation = [] if is_nothing(answer) else parse(list[Relation] | Relation, answer)
            relations = said if isinstance(said, list) else [said]
            return next((each for each in relations if each.relation_id and each.joins_as(relation)), None)

        path = "/api/internal/Product/PostProductRevisionRelation"
        return await self._write("POST", path, relation, read, internal=True)

    async def _change_relation(self, relation: Relation) -> Relation | None:
        path = "/api/internal/Product/PutProductRevisionRelation"
        return await self._put(path, relation, Relation, internal=True)

    async def _remove_relation(self, relation_id: UUID | str | None) -> bool:
        path = "/api/internal/Product/DeleteProductRevisionRelation"
        return await self._delete(path, query(productRevisionRelationId=relation_id), internal=True)


class BoxBuildTemplate(Relations[Face]):
    """What a product revision is built from. Changes are gathered here and sent by ``save``.

    A part is known by its part number and revision. Methods that change something return the template.
    """

    def __init__(
        self,
        line: Line,
        service: "ProductService[Async]",
        parent_revision: ProductRevision,
        existing_relations: Iterable[Relation] = (),
    ) -> None:
        super().__init__(line)
        self._service = service
        self._parent = parent_revision
        # Both faces of a template share these two, so they are filled and emptied in place.
        self._saved: dict[UUID | None, Relation] = {}
        self._parts: list[Relation] = []
        self._take(existing_relations)

    @property
    def parent_part_number(self) -> str | None:
        """Part number of what is built."""
        return self._parent.part_number

    @property
    def parent_revision(self) -> str:
        """Revision of what is built."""
        return self._parent.revision

    @property
    def parent_revision_id(self) -> UUID | None:
        """Id of the revision that is built."""
        return self._parent.product_revision_id

    @property
    def subunits(self) -> list[Relation]:
        """The parts, with the changes that are not saved yet."""
        return [part.model_copy() for part in self._parts]

    @property
    def has_pending_changes(self) -> bool:
        """Whether there is something to save."""
        return len(self._parts) != len(self._saved) or any(map(self._is_changed, self._parts))

    @opens_template
    async def add_subunit(
        self: "BoxBuildTemplate[Async]",
        part_number: str,
        revision: str,
        quantity: int = 1,
        item_number: str | None = None,
        revision_mask: str | None = None,
    ) -> "BoxBuildTemplate[Async]":
        """Add a part.

        Args:
            part_number: of the part.
            revision: of the part.
            quantity: how many go into one unit.
            item_number: its place in drawings.
            revision_mask: other revisions that will do, such as ``1.%``.

        Raises:
            ConflictError: it is in the template already.
            NotFoundError: there is no such revision.
        """
        if self._find_part(part_number, revision):
            raise ConflictError(f"{part_number!r} {revision!r} is in the template already; update_subunit changes it")
        child = found(
            await self._service.get_revision(part_number, revision), f"revision {revision!r} of {part_number!r}"
        )
        part = relation_of(self._parent, child, quantity, item_number=item_number, revision_mask=revision_mask)
        part.child_part_number, part.child_revision = part_number, revision
        self._parts.append(part)
        return self

    def update_subunit(
        self,
        part_number: str,
        revision: str,
        quantity: int | None = None,
        item_number: str | None = None,
        revision_mask: str | None = None,
    ) -> Self:
        """Change what is given of a part.

        Raises:
            NotFoundError: it is not in the template.
        """
        part = self._needed_part(part_number, revision)
        part.quantity = part.quantity if quantity is None else _counted(quantity)
        part.item_number = part.item_number if item_number is None else item_number
        part.revision_mask = part.revision_mask if revision_mask is None else revision_mask
        return self

    def set_quantity(self, part_number: str, revision: str, quantity: int) -> Self:
        """Change how many of a part go into one unit."""
        return self.update_subunit(part_number, revision, quantity=quantity)

    @opens_template
    async def remove_subunit(
        self: "BoxBuildTemplate[Async]", part_number: str, revision: str
    ) -> "BoxBuildTemplate[Async]":
        """Take a part out.

        Raises:
            NotFoundError: it is not in the template.
        """
        self._parts.remove(self._needed_part(part_number, revision))
        return self

    def clear_all(self) -> Self:
        """Take all parts out."""
        self._parts.clear()
        return self

    def discard(self) -> Self:
        """Forget the changes that are not saved."""
        self._take(list(self._saved.values()))
        return self

    @opens_template
    async def reload(self: "BoxBuildTemplate[Async]") -> "BoxBuildTemplate[Async]":
        """Read the parts from the server again and forget the changes that are not saved."""
        part_number = found(self.parent_part_number, "part number of the template")
        self._take(await self._service.get_box_build_subunits(part_number, self.parent_revision))
        return self

    @opens_template
    async def save(self: "BoxBuildTemplate[Async]") -> "BoxBuildTemplate[Async]":
        """Send the changes: first what goes, then what changes, then what is new.

        After an error, what was sent counts as saved, and another ``save`` sends the rest.
        """
        kept = {part.relation_id for part in self._parts}
        for relation_id in [key for key in self._saved if key not in kept]:
            await self._remove_relation(relation_id)
            del self._saved[relation_id]
        for part in [part for part in self._parts if part.relation_id and self._is_changed(part)]:
            await self._change_relation(part)
            self._saved[part.relation_id] = part.model_copy()
        for part in [part for part in self._parts if not part.relation_id]:
            stored = found(await self._add_relation(part), f"relation to {part.child_part_number!r} in the answer")
            part.relation_id = stored.relation_id
            self._saved[part.relation_id] = part.model_copy()
        return self

    def validate_subunit(self, part_number: str, revision: str) -> bool:
        """Whether a unit of this part number and revision may go in, by revision or mask."""
        return any(part.matches_revision(revision) for part in self.get_matching_subunits(part_number))

    def get_matching_subunits(self, part_number: str) -> list[Relation]:
        """Return the parts of one part number."""
        return [part for part in self.subunits if part.child_part_number == part_number]

    def get_required_parts(self) -> list[dict[str, Any]]:
        """Return the parts as rows: ``part_number``, ``revision``, ``quantity``, ``item_number``, ``revision_mask``."""
        return [
            {
                "part_number": part.child_part_number,
                "revision": part.child_revision,
                "quantity": part.quantity,
                "item_number": part.item_number,
                "revision_mask": part.revision_mask,
            }
            for part in self._parts
        ]

    def _take(self, relations: Iterable[Relation]) -> None:
        self._parts[:] = [relation.model_copy() for relation in relations]
        self._saved.clear()
        self._saved.update((part.relation_id, part.model_copy()) for part in self._parts)

    def _is_changed(self, part: Relation) -> bool:
        return part != self._saved.get(part.relation_id)

    def _find_part(self, part_number: str, revision: str) -> Relation | None:
        ends = (part_number, revision)
        return next((part for part in self._parts if (part.child_part_number, part.child_revision) == ends), None)

    def _needed_part(self, part_number: str, revision: str) -> Relation:
        return found(self._find_part(part_number, revision), f"{part_number!r} {revision!r} in the template")


def relation_of(parent: ProductRevision, child: ProductRevision, quantity: int, **texts: str | None) -> Relation:
    """The relation that makes one revision a part of another, not stored yet.

    Raises:
        NotFoundError: a revision has no id, so that it is not stored either.
        ValidationError: the quantity is less than 1.
    """
    ends = {
        "parent_product_revision_id": found(parent.product_revision_id, f"id of revision {parent.revision!r}"),
        "child_product_revision_id": found(child.product_revision_id, f"id of revision {child.revision!r}"),
    }
    return checked(Relation, {**ends, "quantity": _counted(quantity), **texts})


def relations_of(rows: Sequence[BoxBuildRow]) -> list[Relation]:
    """The first level of a flat list; a row that does not name its parent belongs to the row of level 0."""
    root = next((row.child_product_revision_id for row in rows if row.level == 0), None)
    return [
        Relation.model_validate(
            {
                **row.model_dump(include=set(Relation.model_fields)),
                "parent_product_revision_id": row.parent_product_revision_id or root,
            }
        )
        for row in rows
        if row.level == 1 and row.relation_id and row.child_product_revision_id
    ]


def _counted(quantity: int) -> int:
    if quantity < 1:
        raise ValidationError(f"quantity is {quantity}; it must be 1 or more")
    return quantity
