"""What each method of the product domain sends, and what it makes of the answers."""

from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from pywats.domains.product.box_build import BoxBuildTemplate
from pywats.domains.product.models import BomItem, Product, ProductRevision, ProductState, PublicBom
from pywats.domains.product.service import ProductService
from pywats.errors import InvalidResponseError, NotFoundError, ServerError, ValidationError
from pywats.exchange.wire import Setting
from pywats.service import Async

ODD = "A/B #1?%20 æ"
PATH = "/api/Product/A%2FB%20%231%3F%2520%20%C3%A6"
INTERNAL = "/api/internal/Product"
PARENT, CHILD, RELATION = (UUID(int=number) for number in (1, 2, 3))
BOM = PublicBom(part_number="P", revision="A")
AT = "?partNumber=P&revision=A"


@pytest.fixture
def product(line) -> ProductService[Async]:
    return ProductService(line)


REQUESTS: list[tuple[str, tuple[Any, ...], str, Any]] = [
    ("get_product", (ODD,), f"GET {PATH}", None),
    ("get_product_with_relations", (ODD,), f"GET {INTERNAL}/GetProductByPN?PN={ODD}", None),
    (
        "query_products",
        ("state eq 1", 5, "name"),
        "GET /api/Product/Query?$filter=state eq 1&$top=5&$orderby=name",
        None,
    ),
    ("create_product", ("P",), "PUT /api/Product", {"partNumber": "P", "nonSerial": False, "state": 1}),
    ("update_product", (Product(part_number="P", name="n"),), "PUT /api/Product", {"name": "n"}),
    ("bulk_save_products", ([Product(part_number="P")],), "PUT /api/Products", [{"partNumber": "P"}]),
    ("delete_product", (ODD,), f"DELETE {PATH}", None),
    ("get_revision", (ODD, "1.0/b"), f"GET {PATH}/1.0%2Fb", None),
    ("update_revision", (ProductRevision(revision="A"),), "PUT /api/Product/Revision", {"revision": "A"}),
    ("bulk_save_revisions", ([ProductRevision(revision="A")],), "PUT /api/Products/Revisions", [{"revision": "A"}]),
    ("delete_revision", (ODD, "A"), f"DELETE {PATH}/A", None),
    ("get_groups", (), "GET /api/Product/Groups", None),
    ("create_group", ("G", "d"), "PUT /api/Product/Group", {"productGroupName": "G", "description": "d"}),
    ("get_groups_for_product", (ODD,), f"GET {INTERNAL}/GetGroupsForProduct?partNumber={ODD}", None),
    ("get_product_groups", (), "GET /api/Product/ProductGroup", None),
    ("get_product_groups", (7, True), "GET /api/Product/ProductGroup?id=7&includeFilters=true", None),
    (
        "create_product_group",
        ("G",),
        "POST /api/Product/ProductGroup",
        {"name": "G", "description": "", "isPublic": True},
    ),
    ("update_product_group", (7, "G", "d", False), "PUT /api/Product/ProductGroup", {"id": 7, "isPublic": False}),
    ("delete_product_group", (7,), "DELETE /api/Product/ProductGroup/7", None),
    ("get_product_group_filters", (7, 8), "GET /api/Product/ProductGroupFilter?productGroupId=7&id=8", None),
    (
        "create_product_group_filter",
        ("G", "P%", "A", True),
        "POST /api/Product/ProductGroupFilter?productGroup=G&partNumber=P%&revision=A&exclude=true",
        None,
    ),
    ("get_product_groups_by_product", (ODD,), f"GET /api/Product/ProductGroupsByProduct?partNumber={ODD}", None),
    ("get_bom_public", ("P", "A"), f"GET /api/Product/BOM{AT}", None),
    ("upload_bom_json", (BOM,), "PUT /api/Product/BOM", {"partNumber": "P", "revision": "A", "components": []}),
    ("get_bom", ("P", "A"), f"GET {INTERNAL}/Bom{AT}", None),
    ("get_bom_items", ("P", "A"), f"GET {INTERNAL}/Bom{AT}", None),
    ("upload_bom", ("P", "A", [{"x": 1}]), f"PUT {INTERNAL}/BOM{AT}&format=json", [{"x": 1}]),
    ("get_product_hierarchy", ("P", "A"), f"GET {INTERNAL}/GetProductInfo{AT}", None),
    ("get_box_build_subunits", ("P", "A"), f"GET {INTERNAL}/GetProductInfo{AT}", None),
    (
        "remove_subunit",
        (RELATION,),
        f"DELETE {INTERNAL}/DeleteProductRevisionRelation?productRevisionRelationId={RELATION}",
        None,
    ),
    ("get_internal_product_tags", ("P",), f"GET {INTERNAL}/GetProductTags?partNumber=P", None),
    ("put_internal_product_tags", ("P", [{"key": "k"}]), f"PUT {INTERNAL}/PutProductTags?partNumber=P", [{"key": "k"}]),
    ("get_internal_revision_tags", ("P", "A"), f"GET {INTERNAL}/GetRevisionTags{AT}", None),
    ("put_internal_revision_tags", ("P", "A", [{"key": "k"}]), f"PUT {INTERNAL}/PutRevisionTags{AT}", [{"key": "k"}]),
    ("get_product_categories", (), f"GET {INTERNAL}/GetProductCategories", None),
    ("save_product_categories", ([{"Name": "PCB"}],), f"PUT {INTERNAL}/PutProductCategories", [{"Name": "PCB"}]),
    ("get_vendors", (), "GET /api/Product/Vendors", None),
    ("save_vendor", ("ACME",), "PUT /api/Product/Vendors", [{"VendorName": "ACME"}]),
    ("save_vendor", ("ACME", "7"), "PUT /api/Product/Vendors", {"name": "ACME", "vendorId": "7"}),
    ("delete_vendors", (["A", "B"],), "DELETE /api/Product/Vendors", [{"VendorName": "A"}, {"VendorName": "B"}]),
    ("delete_vendor", ("a/b",), "DELETE /api/Product/Vendors/a%2Fb", None),
]


@pytest.mark.parametrize(("name", "arguments", "request_line", "body"), REQUESTS)
async def test_a_method_sends_one_request(product, line, name, arguments, request_line, body):
    await getattr(product, name)(*arguments)
    assert line.sent == [request_line]
    call = line.calls[0]
    assert call.internal == (INTERNAL in call.path)
    assert call.repeatable is None
    if body is None:
        assert call.body is None
    else:
        assert covers(line.json(), body)


def covers(sent: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return len(sent) == len(wanted) and all(map(covers, sent, wanted))
    return {name: sent.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("state", [0, "0", "Inactive", "INACTIVE", ProductState.INACTIVE])
async def test_a_state_is_a_number_or_a_word(product, line, state):
    await product.create_product("P", state=state)
    assert line.json()["state"] == 0


async def test_arguments_that_do_not_fit_are_named_and_nothing_is_sent(product, line):
    with pytest.raises(ValidationError, match="product_category_id"):
        await product.create_product("P", product_category_id="no id")
    with pytest.raises(ValidationError, match="cannot be part of a path"):
        await product.get_product("")
    assert line.calls == []


@pytest.mark.parametrize("said", [b"", b"null", b"{}", b"[]"])
async def test_no_such_product_is_none(product, line, said):
    line.answer(said)
    assert await product.get_product("P") is None
    line.answer({"Message": "no"}, 404)
    assert await product.get_product("P") is None


async def test_a_web_page_with_404_is_no_absence(product, line):
    line.answer(b"<!DOCTYPE html><html></html>", 404, kind="text/html")
    with pytest.raises(NotFoundError, match="base_url"):
        await product.get_product("P")


async def test_what_a_server_adds_is_kept_and_sent_back(product, line):
    stored = {
        "partNumber": "P",
        "state": 7,
        "revisions": [{"revision": "A", "PartNumber": "P", "x": 1}],
        "new": {"a": 1},
    }
    line.answer(stored)
    found = await product.get_product("P")
    assert (found.state, found.revisions[0].part_number, found.new) == (7, "P", {"a": 1})
    await product.update_product(found)
    assert covers(line.json(), {"partNumber": "P", "state": 7, "new": {"a": 1}})
    assert line.json()["revisions"][0]["x"] == 1


async def test_an_answer_of_another_shape_is_an_error_and_not_an_empty_list(product, line):
    line.answer({"partNumber": "P"})
    with pytest.raises(InvalidResponseError, match="does not parse"):
        await product.query_products()


async def test_all_products_are_walked_by_part_number(product, line):
    line.answer([{"partNumber": "A"}, {"partNumber": "O'B"}])
    line.answer([{"partNumber": "P"}])
    line.answer([])
    assert [found.part_number async for found in product.iter_products("state eq 1", page_size=2)] == ["A", "O'B", "P"]
    query = "GET /api/Product/Query?$filter={}&$top=2&$orderby=partNumber"
    assert line.sent == [
        query.format("state eq 1"),
        query.format("(state eq 1) and partNumber gt 'O''B'"),
        query.format("(state eq 1) and partNumber gt 'P'"),
    ]
    assert all(call.bulk for call in line.calls)


async def test_the_products_in_use(product, line):
    line.answer([{"partNumber": "A"}, {"partNumber": "B", "state": 0}])
    line.answer([])
    assert [found.part_number for found in await product.get_active_products()] == ["A"]
    assert product.is_active(Product(part_number="A"))


async def test_what_the_list_leaves_out_is_asked_product_by_product(product, line):
    line.answer([{"partNumber": "A", "revisions": [{"revision": "1"}]}, {"partNumber": "B"}])
    line.answer([])
    line.answer({"partNumber": "B", "revisions": [{"revision": "2"}]})
    found = await product.get_products_full()
    assert [(each.part_number, each.revisions[0].revision) for each in found] == [("A", "1"), ("B", "2")]
    assert line.sent[2:] == ["GET /api/Product/B"]


async def test_an_error_of_one_product_ends_the_search_for_all(product, line):
    line.answer([{"partNumber": name} for name in "ABC"])
    line.answer([])
    line.answer({"Message": "out of order"}, 500)
    with pytest.raises(ServerError, match="out of order"):
        await product.get_products_full()


async def test_saving_nothing_sends_nothing(product, line):
    assert await product.bulk_save_products([]) == []
    assert await product.bulk_save_revisions([]) == []
    assert line.calls == []


@pytest.mark.parametrize(
    ("said", "status", "result"),
    [
        (b"", 204, {"deleted": True, "serialNumbers": []}),
        ({"serialNumbers": ["1", "2"]}, 200, {"deleted": False, "serialNumbers": ["1", "2"]}),
        ({"SerialNumbers": None}, 200, {"deleted": False, "serialNumbers": []}),
        (["1"], 200, {"deleted": False, "serialNumbers": ["1"]}),
    ],
)
async def test_a_product_in_use_is_not_deleted(product, line, said, status, result):
    line.answer(said, status)
    assert await product.delete_product("P") == result


async def test_a_product_that_an_earlier_attempt_deleted_is_deleted(product, line):
    line.answer({"Message": "no such product"}, 404, attempts=2)
    assert (await product.delete_product("P"))["deleted"]
    line.answer({"Message": "no such product"}, 404)
    with pytest.raises(NotFoundError, match="no such product"):
        await product.delete_product("P")


async def test_revisions_come_with_their_product(product, line):
    line.answer({"partNumber": "P", "revisions": [{"revision": "A"}]})
    assert [each.revision for each in await product.get_revisions("P")] == ["A"]
    line.answer(b"null")
    assert await product.get_revisions("P") == []


async def test_a_revision_is_added_to_its_product(product, line):
    line.answer({"partNumber": "P", "productId": str(PARENT)})
    line.answer({"revision": "B"})
    made = await product.create_revision("P", "B", state="inactive")
    assert made.revision == "B"
    assert covers(line.json(), {"revision": "B", "partNumber": "P", "productId": str(PARENT), "state": 0})


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("create_revision", ("P", "B")),
        ("set_product_tags", ("P", [])),
        ("add_product_tag", ("P", "k", "v")),
        ("set_revision_tags", ("P", "A", [])),
        ("add_revision_tag", ("P", "A", "k", "v")),
        ("add_subunit", ("P", "A", "C", "1")),
        ("get_box_build_template", ("P", "A")),
    ],
)
async def test_what_needs_something_that_is_not_there_says_what(product, line, name, arguments):
    line.answer(b"null")
    with pytest.raises(NotFoundError, match="'P'"):
        await getattr(product, name)(*arguments)
    assert [call.verb for call in line.calls] == ["GET"]


TAGS = [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        (("set", [{"key": "a", "value": "1"}, {"key": "c", "value": "3"}]), [("c", "3", 1), ("b", "2", 3)]),
        (("set", [{"name": "a", "value": "9"}, {"key": "b", "value": "2"}]), [("a", "9", 2)]),
        (("add", "a", "9"), [("a", "9", 2)]),
        (("add", "c", "3"), [("c", "3", 1)]),
    ],
)
@pytest.mark.parametrize("owner", ["product", "revision"])
async def test_tags_travel_as_changes(product, line, owner, change, sent):
    stored = {"partNumber": "P", "tags": TAGS} if owner == "product" else {"revision": "A", "tags": TAGS}
    line.answer(stored)
    line.answer(stored)
    verb, *rest = change
    of = ("P",) if owner == "product" else ("P", "A")
    name = f"{verb}_{owner}_tag" + ("s" if verb == "set" else "")
    assert (await getattr(product, name)(*of, *rest)).tags == [Setting(**tag) for tag in TAGS]
    assert line.sent[1] == ("PUT /api/Product" if owner == "product" else "PUT /api/Product/Revision")
    assert [(tag["key"], tag["value"], tag["change"]) for tag in line.json()["tags"]] == sent


async def test_tags_are_pairs(product, line):
    line.answer({"partNumber": "P", "tags": [{"key": "a", "value": None, "change": 0}]})
    assert await product.get_product_tags("P") == [{"key": "a", "value": ""}]
    line.answer({"revision": "A", "tags": TAGS})
    assert await product.get_revision_tags("P", "A") == TAGS
    line.answer(b"null")
    assert await product.get_product_tags("P") == []


async def test_a_tag_without_a_name_is_refused(product, line):
    line.answer({"partNumber": "P"})
    with pytest.raises(ValidationError, match="key"):
        await product.set_product_tags("P", [{"value": "x"}])
    assert len(line.calls) == 1


async def test_a_vendor_is_found_in_the_list_that_is_answered(product, line):
    line.answer([{"VendorName": "Other"}, {"VendorName": "ACME", "x": 1}])
    assert await product.save_vendor("ACME") == {"VendorName": "ACME", "x": 1}
    line.answer({"name": "ACME", "vendorId": "7"})
    assert await product.save_vendor("ACME", "7", country="NO") == {"name": "ACME", "vendorId": "7"}
    assert line.json() == {"name": "ACME", "vendorId": "7", "country": "NO"}
    assert await product.save_vendor("ACME") is None


async def test_a_bill_of_material_is_written_whole(product, line):
    items = [
        BomItem(
            part_number="100200",
            revision="1.1",
            quantity=2,
            description='10k <"1%">',
            component_ref="R1;R2",
            function_block="A&B",
            manufacturer="ACME",
            manufacturer_pn="AC-10K",
            vendor="Parts & Co",
            vendor_pn="77",
        ),
        BomItem(part_number="100201"),
    ]
    assert await product.update_bom(ODD, "A", items, "Board")
    assert line.sent == ["PUT /api/Product/BOM"]
    assert line.calls[0].content_type == "application/xml"
    root = ET.fromstring(line.calls[0].body)
    namespace = "{http://wats.virinco.com/schemas/WATS/wsbf}"
    assert (root.tag, root.attrib) == (f"{namespace}BOM", {"Partnumber": ODD, "Revision": "A", "Desc": "Board"})
    assert [part.tag for part in root] == [f"{namespace}Component"] * 2
    assert root[0].attrib == {
        "Number": "100200",
        "Rev": "1.1",
        "Qty": "2",
        "Desc": '10k <"1%">',
        "Ref": "R1;R2",
        "FunctionBlock": "A&B",
        "Manufacturer": "ACME",
        "ManufacturerPN": "AC-10K",
        "Vendor": "Parts & Co",
        "VendorPN": "77",
    }
    assert root[1].attrib == {"Number": "100201", "Qty": "1"}


@pytest.mark.parametrize("text", ["a\x00b", "\x1b", "\ufffe", "\ud800"])
async def test_what_xml_cannot_hold_is_refused_by_name(product, line, text):
    with pytest.raises(ValidationError, match="Desc"):
        await product.update_bom("P", "A", [BomItem(part_number="1", description=text)])
    assert line.calls == []


async def test_a_bill_of_material_is_read_in_any_spelling(product, line):
    line.answer([{"PartNumber": "1", "compRef": "R1", "ManufacturerPn": "M", "Quantity": None}])
    (item,) = await product.get_bom("P", "A")
    assert (item.part_number, item.component_ref, item.manufacturer_pn, item.quantity) == ("1", "R1", "M", 1)
    line.answer({"PartNumber": "P", "Components": [{"Number": "1", "Rev": "A", "Qty": 2, "Ref": "R1"}]})
    bom = await product.get_bom_public("P", "A")
    assert bom.components[0].model_dump(exclude_none=True) == {
        "number": "1",
        "revision": "A",
        "quantity": 2,
        "reference": "R1",
    }


def row(level: int, child: UUID, **more: Any) -> dict[str, Any]:
    return {"hlevel": level, "ProductRevisionId": str(child), **more}


async def test_the_parts_of_a_revision_are_the_first_level(product, line):
    relation = {"ProductRevisionRelationId": str(RELATION)}
    line.answer(
        [
            row(0, PARENT),
            row(1, CHILD, **relation, PartNumber="C", Revision="1", Quantity=3),
            row(2, UUID(int=9), **relation, ParentProductRevisionId=str(CHILD)),
            row(1, UUID(int=8)),
        ]
    )
    (part,) = await product.get_box_build_subunits("P", "A")
    assert (part.parent_product_revision_id, part.child_product_revision_id) == (PARENT, CHILD)
    assert (part.relation_id, part.child_part_number, part.child_revision, part.quantity) == (RELATION, "C", "1", 3)


def ends(**more: Any) -> dict[str, Any]:
    return {"ParentProductRevisionId": str(PARENT), "ProductRevisionId": str(CHILD), **more}


@pytest.mark.parametrize(
    "said",
    [
        ends(ProductRevisionRelationId=str(RELATION)),
        [{**ends(), "ProductRevisionId": str(UUID(int=9))}, ends(), ends(ProductRevisionRelationId=str(RELATION))],
    ],
)
async def test_a_part_is_added_between_two_revisions(product, line, said):
    line.answer({"revision": "A", "productRevisionId": str(PARENT)})
    line.answer({"revision": "1", "productRevisionId": str(CHILD)})
    line.answer(said)
    relation = await product.add_subunit("P", "A", "C", "1", 2, "1.%")
    assert relation.relation_id == RELATION
    assert line.sent == [
        "GET /api/Product/P/A",
        "GET /api/Product/C/1",
        f"POST {INTERNAL}/PostProductRevisionRelation",
    ]
    assert line.json() == ends(Quantity=2, RevisionMask="1.%")


async def test_a_part_needs_a_quantity(product, line):
    for number in (PARENT, CHILD):
        line.answer({"revision": "A", "productRevisionId": str(number)})
    with pytest.raises(ValidationError, match="quantity is 0"):
        await product.add_subunit("P", "A", "C", "1", 0)
    assert len(line.calls) == 2


async def test_a_template_is_opened_with_its_parts(product, line):
    line.answer({"revision": "A", "productRevisionId": str(PARENT)})
    line.answer([row(0, PARENT), row(1, CHILD, ProductRevisionRelationId=str(RELATION), PartNumber="C", Revision="1")])
    template = await product.get_box_build_template("P", "A")
    assert isinstance(template, BoxBuildTemplate)
    assert (template.parent_part_number, template.parent_revision, template.parent_revision_id) == ("P", "A", PARENT)
    assert template.validate_subunit("C", "1")
    assert not template.validate_subunit("C", "2")
