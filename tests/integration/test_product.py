"""Every method of the product domain on both faces, over a real socket."""

import ast
import concurrent.futures
from pathlib import Path

import pytest
from waiting import PATIENCE

from pywats import (
    BomItem,
    ConflictError,
    NotFoundError,
    Product,
    ProductRevision,
    ProductState,
    PublicBom,
    ServerError,
    ValidationError,
)
from pywats.domains.product.box_build import BoxBuildTemplate
from pywats.domains.product.models import PublicBomComponent
from pywats.domains.product.service import ProductService
from workers.face import method, stream

ODD = "A/B #1?%20 æ"
NOTHING = "no such product"


async def factory(either) -> None:
    """A board that is built into a unit, both with a revision."""
    for part_number in ("UNIT", "BOARD"):
        await either("product.create_product", part_number, f"The {part_number.lower()}")
        await either("product.create_revision", part_number, "A")


async def test_a_product_is_stored_changed_and_found(either):
    made = await either("product.create_product", ODD, "Widget", "a widget", True, "inactive", xml_data=None)
    assert (made.part_number, made.name, made.non_serial, made.state) == (ODD, "Widget", True, ProductState.INACTIVE)
    made.name, made.state = "Gadget", ProductState.ACTIVE
    changed = await either("product.update_product", made)
    assert (changed.name, changed.product_id) == ("Gadget", made.product_id)
    found = await either("product.get_product", ODD)
    assert found == changed
    assert await either("product.is_active", found)
    shown = await either("product.get_product_with_relations", ODD)
    assert shown["PartNumber"] == ODD


async def test_products_and_revisions_are_got_in_batches(either):
    await factory(either)
    present, missing = await either("product.get_products_batch", ["UNIT", NOTHING], max_concurrent=2)
    assert present.unwrap().name == "The unit"
    assert isinstance(missing.error, NotFoundError)
    assert f"product {NOTHING!r}" in missing.message
    present, missing = await either("product.get_revisions_batch", [("BOARD", "A"), ("BOARD", "B")])
    assert present.unwrap().revision == "A"
    assert "revision 'BOARD' 'B'" in missing.message


async def test_products_are_listed_queried_and_walked(either, wats_sandbox):
    wats_sandbox.seed(products=[ODD, "O'B", {"partNumber": "Z", "state": 0}])
    everything = ["A/B #1?%20 æ", "O'B", "Z"]
    for name in ("product.get_products", "product.get_products_full"):
        assert sorted(found.part_number for found in await either(name)) == everything
    assert sorted(each.part_number for each in await either.walk("product.iter_products", page_size=1)) == everything
    assert len(await either.walk("product.iter_products", page_size=2, max_items=2)) == 2
    assert [found.part_number for found in await either.walk("product.iter_products", "state eq 0")] == ["Z"]
    active = await either("product.get_active_products")
    assert sorted(found.part_number for found in active) == everything[:2]
    queried = await either("product.query_products", "partNumber eq 'O''B'", top=5, orderby="partNumber")
    assert [found.part_number for found in queried] == ["O'B"]


async def test_more_products_than_the_server_lists_at_a_time_all_come(either, wats_sandbox):
    wats_sandbox.seed(products=[f"P{number:05}" for number in range(2345)])
    assert len(await either("product.query_products")) == 1000
    found = await either("product.get_products")
    assert [each.part_number for each in found] == [f"P{number:05}" for number in range(2345)]


async def test_many_products_and_revisions_are_stored_with_one_request_each(either, wats_sandbox):
    products = await either("product.bulk_save_products", [Product(part_number=name) for name in (ODD, "B")])
    assert [each.part_number for each in products] == [ODD, "B"]
    revisions = [
        ProductRevision(revision=name, product_id=products[0].product_id, part_number=ODD) for name in ("A", "B", "C")
    ]
    wats_sandbox.clear_requests()
    stored = await either("product.bulk_save_revisions", revisions)
    assert [each.revision for each in stored] == ["A", "B", "C"]
    assert [(each.method, each.path) for each in wats_sandbox.requests] == [("PUT", "/api/Products/Revisions")]
    assert len(await either("product.get_revisions", ODD)) == 3


async def test_a_revision_is_stored_changed_and_found(either):
    await either("product.create_product", ODD)
    made = await either("product.create_revision", ODD, "1/2 #", "One half", state=0)
    assert (made.revision, made.name, made.state) == ("1/2 #", "One half", ProductState.INACTIVE)
    made.description = "new"
    assert (await either("product.update_revision", made)).description == "new"
    found = await either("product.get_revision", ODD, "1/2 #")
    assert (found.description, found.product_revision_id) == ("new", made.product_revision_id)


async def test_what_is_not_there_is_none_or_nothing(either):
    assert await either("product.get_product", NOTHING) is None
    assert await either("product.get_product_with_relations", NOTHING) is None
    assert await either("product.get_revision", NOTHING, "A") is None
    assert await either("product.get_bom_public", NOTHING, "A") is None
    for name in ("get_revisions", "get_product_tags", "get_groups_for_product", "get_product_groups_by_product"):
        assert await either(f"product.{name}", NOTHING) == []
    for name in ("get_bom", "get_bom_items", "get_product_hierarchy", "get_box_build_subunits", "get_revision_tags"):
        assert await either(f"product.{name}", NOTHING, "A") == []
    with pytest.raises(NotFoundError, match=NOTHING):
        await either("product.get_box_build_template", NOTHING, "A")
    with pytest.raises(NotFoundError, match=NOTHING):
        await either("product.create_revision", NOTHING, "A")


async def test_what_is_used_is_not_deleted(either, wats_sandbox, make_report):
    await factory(either)
    wats_sandbox.seed(reports=[make_report(1, pn="UNIT", rev="A")])
    serial_number = wats_sandbox.reports()[0]["sn"]
    for name, of in (("delete_revision", ("UNIT", "A")), ("delete_product", ("UNIT",))):
        assert await either(f"product.{name}", *of) == {"deleted": False, "serialNumbers": [serial_number]}
    assert (await either("product.get_product", "UNIT")).state is ProductState.INACTIVE
    assert await either("product.delete_revision", "BOARD", "A") == {"deleted": True, "serialNumbers": []}
    assert await either("product.get_revision", "BOARD", "A") is None
    assert (await either("product.delete_product", "BOARD"))["deleted"]
    assert await either("product.get_product", "BOARD") is None
    with pytest.raises(NotFoundError, match="BOARD"):
        await either("product.delete_product", "BOARD")


async def test_groups_of_the_administration(either):
    await factory(either)
    group = await either("product.create_group", "Boards", "all boards")
    assert group.name == "Boards"
    assert [(each.product_group_id, each.name) for each in await either("product.get_groups")] == [
        (group.product_group_id, "Boards")
    ]
    assert await either("product.create_product_group_filter", "Boards", "BOARD") is True
    assert [each.name for each in await either("product.get_groups_for_product", "BOARD")] == ["Boards"]
    assert await either("product.get_groups_for_product", "UNIT") == []


async def test_groups_that_clients_are_restricted_to(either):
    await factory(either)
    group = await either("product.create_product_group", "Oslo", "what Oslo makes", False)
    assert (group["name"], group["isPublic"]) == ("Oslo", False)
    assert await either("product.create_product_group_filter", "Oslo", "BO%") is True
    changed = await either("product.update_product_group", group["id"], "Bergen")
    assert (changed["name"], changed["description"], changed["isPublic"]) == ("Bergen", "", True)
    assert [each["name"] for each in await either("product.get_product_groups")] == ["Bergen"]
    (with_filters,) = await either("product.get_product_groups", group["id"], include_filters=True)
    (condition,) = await either("product.get_product_group_filters", group["id"])
    assert with_filters["filters"] == [condition]
    assert condition["partNumber"] == "BO%"
    assert await either("product.get_product_group_filters", filter_id=condition["id"]) == [condition]
    for part_number, names in (("BOARD", ["Bergen"]), ("UNIT", [])):
        found = await either("product.get_product_groups_by_product", part_number, "A")
        assert [each["name"] for each in found] == names
    assert await either("product.delete_product_group", group["id"]) is True
    assert await either("product.get_product_groups") == []
    with pytest.raises(NotFoundError):
        await either("product.delete_product_group", group["id"])


async def test_a_group_name_is_given_once(either):
    await either("product.create_product_group", "Oslo")
    with pytest.raises(ConflictError, match="Oslo"):
        await either("product.create_product_group", "Oslo")


ITEM = BomItem(
    part_number="100200",
    revision="1.1",
    quantity=2,
    description="10k <1%>",
    component_ref="R1;R2",
    function_block="A",
    manufacturer="ACME",
    manufacturer_pn="AC-10K",
    vendor="Parts & Co",
    vendor_pn="77",
)
OF_THE_SERVER = {"bom_item_id", "product_revision_id"}


@pytest.mark.parametrize("name", ["update_bom", "upload_bom"])
async def test_a_bill_of_material_comes_back_whole(either, name):
    await either("product.create_product", ODD)
    await either("product.create_revision", ODD, "A")
    assert await either(f"product.{name}", ODD, "A", [ITEM]) is True
    for read in ("product.get_bom", "product.get_bom_items"):
        (item,) = await either(read, ODD, "A")
        assert item.model_dump(exclude=OF_THE_SERVER) == ITEM.model_dump(exclude=OF_THE_SERVER)


async def test_a_bill_of_material_in_the_public_shape_comes_back(either):
    await factory(either)
    component = PublicBomComponent(number="100200", revision="1.1", quantity=2, reference="R1", function_block="A")
    bom = PublicBom(part_number="BOARD", revision="A", description="Board", components=[component])
    assert await either("product.upload_bom_json", bom) is True
    assert await either("product.get_bom_public", "BOARD", "A") == bom
    assert (await either("product.get_bom", "BOARD", "A"))[0].revision == "1.1"


async def test_a_bill_of_material_that_the_server_refuses(either):
    with pytest.raises((ServerError, ValidationError)):
        await either("product.update_bom", " ", "", [ITEM])
    with pytest.raises(ValidationError, match="partNumber and revision are required"):
        await either("http.put", "/api/internal/Product/BOM?format=json", [{}], {"partNumber": "A", "revision": ""})


async def test_a_part_is_added_and_removed(either):
    await factory(either)
    relation = await either("product.add_subunit", "UNIT", "A", "BOARD", "A", 2, "A%")
    (part,) = await either("product.get_box_build_subunits", "UNIT", "A")
    assert part == relation
    assert (part.child_part_number, part.quantity, part.revision_mask) == ("BOARD", 2, "A%")
    hierarchy = await either("product.get_product_hierarchy", "UNIT", "A")
    assert [(row["hlevel"], row["PartNumber"]) for row in hierarchy] == [(0, "UNIT"), (1, "BOARD")]
    with pytest.raises(ConflictError):
        await either("product.add_subunit", "UNIT", "A", "BOARD", "A")
    assert await either("product.remove_subunit", relation.relation_id) is True
    assert await either("product.get_box_build_subunits", "UNIT", "A") == []
    with pytest.raises(NotFoundError):
        await either("product.remove_subunit", relation.relation_id)


async def test_a_box_build_is_changed_and_saved(either, wats_sandbox):
    await factory(either)
    await either("product.create_product", "SCREW")
    await either("product.create_revision", "SCREW", "1.0")
    template = await either("product.get_box_build_template", "UNIT", "A")
    assert isinstance(template, BoxBuildTemplate)
    assert await either.of(template, "add_subunit", "BOARD", "A") is template
    await either.of(template, "add_subunit", "SCREW", "1.0", 4, "7", "1.%")
    assert template.has_pending_changes
    assert await either("product.get_box_build_subunits", "UNIT", "A") == []
    assert await either.of(template, "save") is template
    assert not template.has_pending_changes
    assert template.validate_subunit("SCREW", "1.9")

    template.set_quantity("SCREW", "1.0", 6).update_subunit("SCREW", "1.0", item_number="8")
    await either.of(template, "remove_subunit", "BOARD", "A")
    wats_sandbox.clear_requests()
    await either.of(template, "save")
    assert [each.method for each in wats_sandbox.requests] == ["DELETE", "PUT"]
    (screw,) = await either("product.get_box_build_subunits", "UNIT", "A")
    assert (screw.quantity, screw.item_number, screw.revision_mask) == (6, "8", "1.%")

    other = await either("product.get_box_build_template", "UNIT", "A")
    assert other.get_required_parts() == template.get_required_parts()
    await either.of(other.clear_all(), "save")
    await either.of(template, "reload")
    assert template.subunits == []


async def test_a_revision_is_no_part_of_itself(either):
    await factory(either)
    with pytest.raises(ConflictError):
        await either("product.add_subunit", "UNIT", "A", "UNIT", "A")


async def test_tags_of_products_and_revisions(either):
    await factory(either)
    for owner, of in (("product", ("UNIT",)), ("revision", ("UNIT", "A"))):
        wanted = [{"key": "Site #1", "value": "O'slo & <co>"}, {"key": "b", "value": "2"}]
        changed = await either(f"product.set_{owner}_tags", *of, wanted)
        assert [(tag.key, tag.value) for tag in changed.tags] == [("Site #1", "O'slo & <co>"), ("b", "2")]
        assert await either(f"product.get_{owner}_tags", *of) == wanted
        await either(f"product.add_{owner}_tag", *of, "b", "3")
        await either(f"product.add_{owner}_tag", *of, "c", "4")
        await either(f"product.set_{owner}_tags", *of, [{"key": "b", "value": "3"}, {"key": "c", "value": "4"}])
        kept = [{"key": "b", "value": "3"}, {"key": "c", "value": "4"}]
        assert await either(f"product.get_{owner}_tags", *of) == kept
        stored = await either(f"product.get_internal_{owner}_tags", *of)
        assert [(tag["key"], tag["value"]) for tag in stored] == [("b", "3"), ("c", "4")]
        assert await either(f"product.put_internal_{owner}_tags", *of, [{"key": "d", "value": "5"}]) is True
        assert await either(f"product.get_{owner}_tags", *of) == [{"key": "d", "value": "5"}]
    assert (await either("product.get_product", "UNIT")).name == "The unit"


async def test_categories(either):
    assert await either("product.save_product_categories", [{"Name": "PCB", "Description": "boards"}]) is True
    (category,) = await either("product.get_product_categories")
    assert (category["Name"], category["Description"]) == ("PCB", "boards")
    identity = category["ProductCategoryId"]
    made = await either("product.create_product", "P", product_category_id=identity)
    assert (str(made.product_category_id), made.product_category_name) == (identity, "PCB")


async def test_vendors(either):
    vendor = await either("product.save_vendor", "ACME / Oslo")
    assert vendor["VendorName"] == "ACME / Oslo"
    assert await either("product.save_vendor", "ACME / Oslo") == vendor
    changed = await either("product.save_vendor", "ACME", vendor["vendorId"], country="NO")
    assert (changed["name"], changed["country"]) == ("ACME", "NO")
    assert [each["name"] for each in await either("product.get_vendors")] == ["ACME"]
    assert await either("product.delete_vendor", vendor["vendorId"]) is True
    await either("product.save_vendor", "A & B")
    await either("product.save_vendor", "C")
    assert await either("product.delete_vendors", ["A & B", "no such vendor"]) is True
    assert await either("product.delete_vendors", []) is True
    assert [each["name"] for each in await either("product.get_vendors")] == ["C"]


@pytest.mark.parametrize(("status", "kind"), [(400, ValidationError), (409, ConflictError), (500, ServerError)])
async def test_errors_of_the_server_have_their_types(either, wats_sandbox, status, kind):
    wats_sandbox.fail("GET /api/Product/X", status=status, times=1)
    with pytest.raises(kind) as caught:
        await either.of(either.api.with_options(retry=None), "product.get_product", "X")
    assert (caught.value.status, caught.value.method, caught.value.path) == (status, "GET", "/api/Product/X")


async def test_internal_calls_name_the_web_page_they_stand_for(either, wats_sandbox):
    await either("product.get_product_categories")
    await either("product.get_vendors")
    internal, public = wats_sandbox.requests
    assert internal.headers.get("Referer", "").rstrip("/") == wats_sandbox.url
    assert "Referer" not in public.headers


async def test_any_method_can_be_started_and_waited_for(either):
    await factory(either)
    started = [either.api.product.get_box_build_template.submit("UNIT", "A") for _ in range(3)]
    if either.face == "blocking":
        templates = [each.result() for each in concurrent.futures.as_completed(started, PATIENCE)]
    else:
        templates = [await each for each in started]
    assert [template.parent_part_number for template in templates] == ["UNIT"] * 3
    assert await either.of(templates[0], "add_subunit", "BOARD", "A") is templates[0]


def test_every_method_is_called_here():
    declared = {name for name, member in vars(ProductService).items() if isinstance(member, method | stream)}
    declared |= {"is_active", "get_box_build_template"}
    texts = {
        node.value
        for node in ast.walk(ast.parse(Path(__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    called = {text.removeprefix("product.") for text in texts}
    for owner in ("product", "revision"):
        called |= {f"{verb}_{owner}_tags" for verb in ("get", "set", "get_internal", "put_internal")}
        called.add(f"add_{owner}_tag")
    assert declared - called == set()
