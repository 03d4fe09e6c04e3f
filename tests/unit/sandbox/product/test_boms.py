"""Bills of material in their three shapes, and box builds."""

import pytest

PATH = "/api/Product/BOM"
PAGES = "/api/internal/Product"
X = {"partNumber": "X", "revision": "A"}
COMPONENT = {
    "number": "100200",
    "revision": "1.0",
    "quantity": 2,
    "description": "Resistor",
    "reference": "R1;R2",
    "functionBlock": "A",
}
WSBF = """<?xml version="1.0" encoding="utf-16"?>
<BOM Partnumber="X" Revision="A" Desc="Product æ" xmlns="http://wats.virinco.com/schemas/WATS/wsbf ">
 <Component Number="100200" Rev="1.0" Qty="2" Desc="Resistor" Ref="R1;R2" FunctionBlock="A" />
 <Component Number="100201" />
</BOM>"""


def test_a_bom_as_json(http):
    bom = {**X, "description": "d", "components": [COMPONENT]}
    assert http.put(PATH, bom).status == 200
    assert http.get(PATH, X).json() == bom
    assert http.put(PATH, {**X, "components": []}).status == 200
    assert http.get(PATH, X).json() == {**X, "description": None, "components": []}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_bom_as_wsbf(http, encoding):
    reply = http.put(PATH, WSBF.encode(encoding), Content_Type="application/xml")
    assert reply.status == 200, reply.body
    bom = http.get(PATH, X).json()
    assert bom["description"] == "Product æ"
    assert bom["components"] == [COMPONENT, dict.fromkeys(COMPONENT) | {"number": "100201"}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<BOM", "cannot be read"),
        ("<Bom Partnumber='X' Revision='A'/>", "root element"),
        ("<a:BOM xmlns:a='urn:other' Partnumber='X' Revision='A'/>", "root element"),
        ("<BOM Revision='A'/>", "Partnumber"),
        ("<BOM Partnumber='X' Revision='A'><Component Qty='two'/></BOM>", "Qty"),
        ("<!DOCTYPE x [<!ENTITY y 'z'>]><BOM Partnumber='X' Revision='A'/>", "document type"),
    ],
)
def test_a_wrong_wsbf_is_the_servers_own_error(http, text, words):
    reply = http.put(PATH, text.encode(), Content_Type="application/xml")
    assert reply.status == 500
    assert reply.json()["Message"] == "An error has occurred."
    assert words in reply.json()["ExceptionMessage"]
    assert http.get("/api/Product/X").status == 404


def test_bytes_that_are_no_text(http):
    assert http.put(PATH, b"<BOM \xff/>", Content_Type="application/xml").status == 500


def test_a_wrong_bom_in_json_is_refused(http):
    for bom in ({}, {"partNumber": "X"}, {**X, "components": {}}, {**X, "components": [{"quantity": "2"}]}):
        assert http.put(PATH, bom).status == 400


def test_no_bom_and_no_revision(http):
    http.put("/api/Product", {"partNumber": "X", "revisions": [{"revision": "A"}]})
    assert http.get(PATH, X).json() is None
    assert http.get(PATH, {**X, "revision": "B"}).status == 404
    assert http.get(f"{PAGES}/Bom", X).json() == []
    assert http.get(PATH, {"partNumber": "X"}).status == 400


def test_the_lines_of_the_web_pages(http):
    lines = [{"partNumber": "100200", "componentRef": "R1", "quantity": 3, "manufacturer": "Acme", "vendorPn": "V-1"}]
    assert http.put(f"{PAGES}/BOM", lines, {**X, "format": "json"}).status == 200
    (item,) = http.get(f"{PAGES}/Bom", X).json()
    assert {name: item[name] for name in lines[0]} == lines[0]
    assert item["bomItemId"]
    assert item["productRevisionId"] == http.get("/api/Product/X/A").json()["productRevisionId"]
    (component,) = http.get(PATH, X).json()["components"]
    assert (component["number"], component["reference"], component["quantity"]) == ("100200", "R1", 3)
    assert http.put(f"{PAGES}/BOM", lines, {**X, "format": "xml"}).status == 400


@pytest.fixture
def ids(http):
    products = [{"partNumber": each, "revisions": [{"revision": "1"}]} for each in ("BOX", "BOARD", "CHIP")]
    saved = http.put("/api/Product/Products", products).json()
    return {product["partNumber"]: product["revisions"][0]["productRevisionId"] for product in saved}


def relate(http, parent, child, **more):
    values = {"ParentProductRevisionId": parent, "ProductRevisionId": child, **more}
    return http.post(f"{PAGES}/PostProductRevisionRelation", values)


def tree(http, part_number="BOX"):
    return http.get(f"{PAGES}/GetProductInfo", {"partNumber": part_number, "revision": "1"}).json()


def test_a_box_build_is_a_tree(http, ids):
    board = relate(http, ids["BOX"], ids["BOARD"], Quantity=2, RevisionMask="1%", ItemNumber="10").json()
    chip = relate(http, ids["BOARD"], ids["CHIP"]).json()
    assert (board["Quantity"], board["RevisionMask"], board["ItemNumber"]) == (2, "1%", "10")
    assert (board["ChildPartNumber"], board["ChildRevision"], chip["Quantity"]) == ("BOARD", "1", 1)
    rows = tree(http)
    assert [(row["hlevel"], row["PartNumber"], row["Quantity"]) for row in rows] == [
        (0, "BOX", None),
        (1, "BOARD", 2),
        (2, "CHIP", 1),
    ]
    assert rows[1]["ProductRevisionRelationId"] == board["ProductRevisionRelationId"]
    assert (rows[0]["ProductRevisionRelationId"], rows[2]["ParentProductRevisionId"]) == (None, ids["BOARD"])
    assert tree(http, "CHIP")[0]["hlevel"] == 0
    assert tree(http, "nothing") == []


def test_a_relation_is_changed_and_deleted(http, ids):
    relation = relate(http, ids["BOX"], ids["BOARD"]).json()
    changed = http.put(f"{PAGES}/PutProductRevisionRelation", {**relation, "Quantity": 5}).json()
    assert changed == {**relation, "Quantity": 5}
    gone = {"productRevisionRelationId": relation["ProductRevisionRelationId"]}
    assert http.delete(f"{PAGES}/DeleteProductRevisionRelation", query=gone).status == 200
    assert http.delete(f"{PAGES}/DeleteProductRevisionRelation", query=gone).status == 404
    assert http.put(f"{PAGES}/PutProductRevisionRelation", relation).status == 404
    assert http.put(f"{PAGES}/PutProductRevisionRelation", {}).status == 400
    assert http.delete(f"{PAGES}/DeleteProductRevisionRelation", query={"productRevisionRelationId": "x"}).status == 400
    assert len(tree(http)) == 1


def test_relations_never_form_a_circle(http, ids):
    relate(http, ids["BOX"], ids["BOARD"])
    chip = relate(http, ids["BOARD"], ids["CHIP"]).json()
    assert relate(http, ids["BOX"], ids["BOX"]).status == 409
    assert relate(http, ids["CHIP"], ids["BOX"]).status == 409
    assert relate(http, ids["BOX"], ids["BOARD"]).status == 409
    turned = {**chip, "ParentProductRevisionId": ids["CHIP"], "ProductRevisionId": ids["BOX"]}
    assert http.put(f"{PAGES}/PutProductRevisionRelation", turned).status == 409


def test_relations_of_nothing(http, ids):
    unknown = "11111111-2222-3333-4444-555555555555"
    assert relate(http, ids["BOX"], unknown).status == 404
    assert relate(http, None, ids["BOX"]).status == 400
    assert relate(http, ids["BOX"], ids["CHIP"], Quantity=0).status == 400


def test_what_is_deleted_takes_its_relations_along(http, ids):
    relate(http, ids["BOX"], ids["BOARD"])
    relate(http, ids["BOARD"], ids["CHIP"])
    assert http.delete("/api/Product/BOARD").status == 204
    assert len(tree(http)) == 1
