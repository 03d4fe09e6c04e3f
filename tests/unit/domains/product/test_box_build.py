"""Changing what a revision is built from: nothing is sent before ``save``, and then only what changed."""

from uuid import UUID

import pytest

from pywats.domains.product.box_build import BoxBuildTemplate
from pywats.domains.product.models import ProductRevision, ProductRevisionRelation
from pywats.domains.product.service import ProductService
from pywats.errors import ConflictError, NotFoundError, ServerError, ValidationError

PARENT, CABLE, BOARD, NEW = (UUID(int=number) for number in range(1, 5))
INTERNAL = "/api/internal/Product"


def stored(child: UUID, part_number: str, quantity: int = 1) -> ProductRevisionRelation:
    return ProductRevisionRelation(
        relation_id=UUID(int=child.int + 100),
        parent_product_revision_id=PARENT,
        child_product_revision_id=child,
        child_part_number=part_number,
        child_revision="1",
        quantity=quantity,
    )


@pytest.fixture
def template(line):
    parent = ProductRevision(revision="A", part_number="P", product_revision_id=PARENT)
    return BoxBuildTemplate(line, ProductService(line), parent, [stored(CABLE, "CABLE"), stored(BOARD, "BOARD", 2)])


def order_revision(line, child: UUID = NEW) -> None:
    line.answer({"revision": "1", "productRevisionId": str(child)})


def order_relation(line, child: UUID = NEW) -> None:
    ends = {"ParentProductRevisionId": str(PARENT), "ProductRevisionId": str(child)}
    line.answer({**ends, "ProductRevisionRelationId": str(UUID(int=child.int + 100))})


def parts(template) -> dict[str, int]:
    return {str(part.child_part_number): part.quantity for part in template.subunits}


async def test_an_untouched_template_has_nothing_to_save(template, line):
    assert not template.has_pending_changes
    assert await template.save() is template
    assert line.calls == []


async def test_only_what_changed_is_sent_first_what_goes_then_what_changes_then_what_is_new(template, line):
    order_revision(line)
    await template.add_subunit("SCREW", "1", 4, item_number="7", revision_mask="1.%")
    await template.remove_subunit("CABLE", "1")
    template.set_quantity("BOARD", "1", 3)
    assert template.has_pending_changes
    assert parts(template) == {"BOARD": 3, "SCREW": 4}
    assert line.sent == ["GET /api/Product/SCREW/1"]
    line.answer()
    line.answer()
    order_relation(line)
    await template.save()
    cable = UUID(int=CABLE.int + 100)
    assert line.sent[1:] == [
        f"DELETE {INTERNAL}/DeleteProductRevisionRelation?productRevisionRelationId={cable}",
        f"PUT {INTERNAL}/PutProductRevisionRelation",
        f"POST {INTERNAL}/PostProductRevisionRelation",
    ]
    assert all(call.internal for call in line.calls[1:])
    assert line.json(2)["Quantity"] == 3
    assert {name: line.json(3)[name] for name in ("ProductRevisionId", "Quantity", "ItemNumber", "RevisionMask")} == {
        "ProductRevisionId": str(NEW),
        "Quantity": 4,
        "ItemNumber": "7",
        "RevisionMask": "1.%",
    }
    assert not template.has_pending_changes
    await template.save()
    assert len(line.calls) == 4


async def test_after_an_error_the_rest_is_still_to_be_saved(template, line):
    template.clear_all()
    line.answer()
    line.answer({"Message": "busy"}, 500)
    with pytest.raises(ServerError):
        await template.save()
    assert template.has_pending_changes
    await template.save()
    assert [call.query[0][1] for call in line.calls] == [str(UUID(int=n)) for n in (102, 103, 103)]
    assert not template.has_pending_changes


async def test_a_part_is_updated_by_what_is_given(template):
    template.update_subunit("BOARD", "1", item_number="9").update_subunit("BOARD", "1", revision_mask="1.%")
    (board,) = template.get_matching_subunits("BOARD")
    assert (board.quantity, board.item_number, board.revision_mask) == (2, "9", "1.%")
    assert template.validate_subunit("BOARD", "1.4")


async def test_changes_can_be_forgotten(template, line):
    template.set_quantity("BOARD", "1", 9).clear_all().discard()
    assert parts(template) == {"CABLE": 1, "BOARD": 2}
    assert not template.has_pending_changes
    assert line.calls == []


async def test_a_template_can_be_read_again(template, line):
    line.answer([])
    template.set_quantity("BOARD", "1", 9)
    assert await template.reload() is template
    assert parts(template) == {}
    assert line.sent == [f"GET {INTERNAL}/GetProductInfo?partNumber=P&revision=A"]


async def test_a_part_is_in_a_template_once(template, line):
    with pytest.raises(ConflictError, match="'CABLE' '1' is in the template already"):
        await template.add_subunit("CABLE", "1")
    assert line.calls == []


async def test_what_is_not_there_is_named(template, line):
    with pytest.raises(NotFoundError, match="'SCREW' '1' in the template"):
        template.set_quantity("SCREW", "1", 2)
    with pytest.raises(NotFoundError, match="'SCREW' '1' in the template"):
        await template.remove_subunit("SCREW", "1")
    line.answer(b"null")
    with pytest.raises(NotFoundError, match="revision '9' of 'SCREW'"):
        await template.add_subunit("SCREW", "9")


async def test_a_quantity_is_at_least_one(template, line):
    with pytest.raises(ValidationError, match="quantity is 0"):
        template.set_quantity("BOARD", "1", 0)
    order_revision(line)
    with pytest.raises(ValidationError, match="quantity is -1"):
        await template.add_subunit("SCREW", "1", -1)
    assert parts(template) == {"CABLE": 1, "BOARD": 2}


async def test_an_answer_without_the_new_relation_is_an_error(template, line):
    order_revision(line)
    await template.add_subunit("SCREW", "1")
    with pytest.raises(NotFoundError, match="relation to 'SCREW'"):
        await template.save()


def test_what_is_needed_is_listed(template):
    assert template.get_required_parts()[1] == {
        "part_number": "BOARD",
        "revision": "1",
        "quantity": 2,
        "item_number": None,
        "revision_mask": None,
    }


def test_looking_at_the_parts_changes_nothing(template):
    template.subunits[0].quantity = 99
    assert parts(template)["CABLE"] == 1
