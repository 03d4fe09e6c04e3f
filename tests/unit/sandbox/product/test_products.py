"""Products, revisions, tags and lists: what is written can be read back."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATH = "/api/Product"
ODD = "A/B #1?%20 æ"
ODD_PATH = "A%2FB%20%231%3F%2520%20%C3%A6"
UNKNOWN = "11111111-2222-3333-4444-555555555555"


def put(http, **product):
    reply = http.put(PATH, product)
    assert reply.status == 200, reply.body
    return reply.json()


def revision(http, part_number, name, /, **more):
    reply = http.put(f"{PATH}/Revision", {"partNumber": part_number, "revision": name, **more})
    assert reply.status == 200, reply.body
    return reply.json()


def test_a_product_is_stored_and_read_back(http):
    product = put(http, partNumber="X", name="Ex", description="d", nonSerial=True, state=0)
    assert product.pop("productId")
    assert product == {
        "partNumber": "X",
        "name": "Ex",
        "description": "d",
        "nonSerial": True,
        "state": 0,
        "xmlData": None,
        "productCategoryId": None,
        "productCategoryName": None,
        "revisions": [],
        "tags": [],
    }
    assert http.get(f"{PATH}/X").json()["name"] == "Ex"


def test_names_of_members_have_any_case(http):
    assert put(http, PartNumber="X", NAME="Ex", NonSerial=True)["nonSerial"] is True


def test_what_is_not_mentioned_stays(http):
    put(http, partNumber="X", name="Ex", description="d")
    product = put(http, partNumber="X", description=None)
    assert (product["name"], product["description"]) == ("Ex", None)


def test_an_odd_part_number_arrives_whole(http):
    put(http, partNumber=ODD)
    revision(http, ODD, "1/2")
    assert http.get(f"{PATH}/{ODD_PATH}").json()["partNumber"] == ODD
    assert http.get(f"{PATH}/{ODD_PATH}/1%2F2").json()["revision"] == "1/2"
    assert http.delete(f"{PATH}/{ODD_PATH}/1%2F2").status == 204
    assert http.delete(f"{PATH}/{ODD_PATH}").status == 204


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part_number=st.text(st.characters(codec="utf-8"), min_size=1, max_size=100))
def test_any_part_number_arrives_whole(http, part_number):
    put(http, partNumber=part_number)
    reply = http.get(f"{PATH}/{quote(part_number, safe='')}")
    assert reply.json()["partNumber"] == part_number


def test_an_unknown_product_is_a_404_of_the_api(http):
    for method in ("GET", "DELETE"):
        for path in (f"{PATH}/X", f"{PATH}/X/A"):
            reply = http.ask(method, path)
            assert reply.status == 404
            assert "X" in reply.message
    assert http.get(PATH, {"partNumber": "X", "revision": "A"}).status == 404


@pytest.mark.parametrize(
    ("product", "words"),
    [
        ({}, "partNumber"),
        ({"partNumber": ""}, "partNumber"),
        ({"partNumber": 5}, "text"),
        ({"partNumber": "x" * 101}, "100"),
        ({"partNumber": "X", "state": 2}, "state"),
        ({"partNumber": "X", "state": "1"}, "whole number"),
        ({"partNumber": "X", "state": True}, "whole number"),
        ({"partNumber": "X", "nonSerial": 1}, "true or false"),
        ({"partNumber": "X", "productId": "12"}, "GUID"),
        ({"partNumber": "X", "productCategoryId": UNKNOWN}, "category"),
        ({"partNumber": "X", "revisions": {}}, "array"),
        ({"partNumber": "X", "revisions": [{}]}, "revision"),
        ({"partNumber": "X", "tags": [{"key": ""}]}, "key"),
        ({"partNumber": "X", "xmlData": "<Root"}, "XML"),
        ({"partNumber": "X", "xmlData": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "document type"),
    ],
)
def test_a_wrong_product_is_refused_and_nothing_is_stored(http, product, words):
    reply = http.put(PATH, product)
    assert reply.status == 400
    assert words in reply.message
    assert http.get(f"{PATH}/Query").json() == []


def test_a_product_is_renamed_by_its_id(http):
    product = put(http, partNumber="X")
    put(http, partNumber="Z")
    assert put(http, productId=product["productId"].upper(), partNumber="Y")["productId"] == product["productId"]
    assert http.get(f"{PATH}/X").status == 404
    assert http.put(PATH, {"productId": product["productId"], "partNumber": "Z"}).status == 409
    assert http.put(PATH, {"productId": UNKNOWN, "partNumber": "Q"}).status == 404


def test_many_products_are_saved_together_or_not_at_all(http):
    saved = http.put(f"{PATH}/Products", [{"partNumber": "A"}, {"partNumber": "B", "name": "b"}]).json()
    assert [product["partNumber"] for product in saved] == ["A", "B"]
    assert http.put(f"{PATH}/Products", [{"partNumber": "C"}, {"partNumber": ""}]).status == 400
    assert http.get(f"{PATH}/C").status == 404


def test_a_revision_is_stored_with_its_product(http):
    put(http, partNumber="X")
    first = revision(http, "X", "A", name="First")
    assert (first["revision"], first["name"], first["PartNumber"], first["state"]) == ("A", "First", "X", 1)
    assert http.get(f"{PATH}/X").json()["revisions"] == [first]
    assert http.get(f"{PATH}/X/A").json() == first
    assert http.get(PATH, {"partNumber": "X", "revision": "A"}).json() == first


def test_a_revision_is_found_by_its_id_its_product_or_its_name(http):
    product = put(http, partNumber="X", revisions=[{"revision": "A"}])
    by_product = http.put(f"{PATH}/Revision", {"productId": product["productId"], "revision": "A", "name": "n"}).json()
    assert by_product["productRevisionId"] == product["revisions"][0]["productRevisionId"]
    renamed = {"productRevisionId": by_product["productRevisionId"], "revision": "B"}
    assert http.put(f"{PATH}/Revision", renamed).json()["name"] == "n"
    revision(http, "X", "C")
    assert http.put(f"{PATH}/Revision", {**renamed, "revision": "C"}).status == 409


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"revision": "A"}, 400),
        ({"productId": UNKNOWN, "revision": "A"}, 404),
        ({"partNumber": "nothing", "revision": "A"}, 404),
        ({"productRevisionId": UNKNOWN, "revision": "A"}, 404),
        ({"partNumber": "X"}, 400),
    ],
)
def test_a_revision_of_nothing_is_refused(http, values, status):
    put(http, partNumber="X")
    assert http.put(f"{PATH}/Revision", values).status == status


def test_many_revisions_in_one_request(http):
    put(http, partNumber="X")
    saved = http.put(f"{PATH}/Revisions", [{"partNumber": "X", "revision": each} for each in "AB"]).json()
    assert [each["revision"] for each in saved] == ["A", "B"]
    assert http.put(f"{PATH}/Revisions", [{"partNumber": "X", "revision": "C"}, {"revision": "D"}]).status == 400
    assert len(http.get(f"{PATH}/X").json()["revisions"]) == 2


def test_a_product_without_reports_is_deleted_with_its_revisions(http):
    put(http, partNumber="X", revisions=[{"revision": "A"}, {"revision": "B"}])
    assert http.delete(f"{PATH}/X/A").status == 204
    assert [each["revision"] for each in http.get(f"{PATH}/X").json()["revisions"]] == ["B"]
    assert http.delete(f"{PATH}/X").status == 204
    assert http.get(f"{PATH}/X/B").status == 404


def test_a_product_with_reports_becomes_inactive(http, make_report):
    assert http.submit(make_report(1)).status == 200
    assert http.submit(make_report(2, rev="B")).status == 200
    assert http.delete(f"{PATH}/WIDGET-001/B").json() == {"serialNumbers": ["SN00002"]}
    reply = http.delete(f"{PATH}/WIDGET-001")
    assert (reply.status, reply.json()) == (200, {"serialNumbers": ["SN00001", "SN00002"]})
    product = http.get(f"{PATH}/WIDGET-001").json()
    assert (product["state"], [each["state"] for each in product["revisions"]]) == (0, [1, 0])


def test_a_report_brings_its_product_and_revision(http, make_report):
    http.submit(make_report(1))
    product = http.get(f"{PATH}/WIDGET-001").json()
    assert (product["name"], [each["revision"] for each in product["revisions"]]) == (None, ["A"])


def tags(thing):
    return {tag["key"]: tag["value"] for tag in thing["tags"]}


def change(key, value, code):
    return {"key": key, "value": value, "change": code}


def test_tags_follow_their_change_codes(http):
    product = put(http, partNumber="X", tags=[change("a", "1", 1), change("b", "2", 1)])
    assert product["tags"] == [change("a", "1", 0), change("b", "2", 0)]
    product = put(http, partNumber="X", tags=[change("a", "3", 2), change("b", None, 3), change("c", "4", 0)])
    assert tags(product) == {"a": "3"}
    assert tags(put(http, partNumber="X", tags=[{"key": "d", "value": "5"}])) == {"a": "3"}


def test_tags_of_a_revision(http):
    put(http, partNumber="X")
    assert tags(revision(http, "X", "A", tags=[change("a", "1", 1)])) == {"a": "1"}


def test_tags_and_xml_data_are_one(http):
    text = '<Root>\n  <Site Value="01" />\n  <Odd/>\n</Root>'
    product = put(http, partNumber="X", xmlData=text)
    assert (product["xmlData"], tags(product)) == (text, {"Site": "01"})
    product = put(http, partNumber="X", xmlData=text, tags=[change("Line 1", 'a<"&', 1)])
    assert tags(product) == {"Site": "01", "Line 1": 'a<"&'}
    again = put(http, partNumber="Y", xmlData=product["xmlData"])
    assert tags(again) == tags(product)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20),
        max_size=4,
    )
)
def test_any_tag_names_survive_their_way_through_xml(http, wanted):
    put(http, partNumber="X")
    pairs = [{"key": key, "value": value} for key, value in wanted.items()]
    assert http.put("/api/internal/Product/PutProductTags", pairs, {"partNumber": "X"}).status == 200
    product = http.get(f"{PATH}/X").json()
    assert tags(product) == wanted
    if wanted and not any(char in "\ufffe\uffff" for value in wanted.values() for char in value):
        assert tags(put(http, partNumber="Z", xmlData=product["xmlData"])) == wanted


def test_tags_through_the_web_pages_operations(http):
    put(http, partNumber="X", revisions=[{"revision": "A"}], tags=[change("old", "1", 1)])
    of_product, of_revision = {"partNumber": "X"}, {"partNumber": "X", "revision": "A"}
    assert http.put("/api/internal/Product/PutProductTags", [{"key": "p", "value": "1"}], of_product).status == 200
    assert http.put("/api/internal/Product/PutRevisionTags", [{"key": "r", "value": "2"}], of_revision).status == 200
    assert http.get("/api/internal/Product/GetProductTags", of_product).json() == [{"key": "p", "value": "1"}]
    assert http.get("/api/internal/Product/GetRevisionTags", of_revision).json() == [{"key": "r", "value": "2"}]
    product = http.get(f"{PATH}/X").json()
    assert (tags(product), tags(product["revisions"][0])) == ({"p": "1"}, {"r": "2"})
    assert http.put("/api/internal/Product/PutProductTags", [], {"partNumber": "Q"}).status == 404
    assert http.put("/api/internal/Product/PutRevisionTags", [], {"partNumber": "X", "revision": "Q"}).status == 404
    assert http.get("/api/internal/Product/GetProductTags", {"partNumber": "Q"}).json() == []
    assert http.get("/api/internal/Product/GetRevisionTags", {"partNumber": "X", "revision": "Q"}).json() == []


def test_categories_and_their_products(http):
    assert (
        http.put("/api/internal/Product/PutProductCategories", [{"Name": "PCB", "Description": "boards"}]).status == 200
    )
    (category,) = http.get("/api/internal/Product/GetProductCategories").json()
    assert (category["Name"], category["Description"]) == ("PCB", "boards")
    product = put(http, partNumber="X", productCategoryId=category["ProductCategoryId"])
    assert product["productCategoryName"] == "PCB"
    http.put("/api/internal/Product/PutProductCategories", [{**category, "Name": "PCBA"}, {"name": "Box"}])
    http.put("/api/internal/Product/PutProductCategories", [{"name": "Box", "description": "again"}])
    names = [each["Name"] for each in http.get("/api/internal/Product/GetProductCategories").json()]
    assert names == ["Box", "PCBA"]
    assert http.get(f"{PATH}/X").json()["productCategoryName"] == "PCBA"
    found = http.get(f"{PATH}/Query", {"$filter": "Category eq 'PCBA'"}).json()
    assert [(each["partNumber"], each["category"]) for each in found] == [("X", "PCBA")]


def test_a_product_in_the_spelling_of_the_web_pages(http):
    put(http, partNumber="X", name="Ex", revisions=[{"revision": "A"}])
    shown = http.get("/api/internal/Product/GetProductByPN", {"PN": "X"}).json()
    assert (shown["PartNumber"], shown["Name"], shown["Revisions"][0]["Revision"]) == ("X", "Ex", "A")
    assert http.get("/api/internal/Product/GetProductByPN", {"PN": "Q"}).json() is None
    assert http.get("/api/internal/Product/GetProductByPN").status == 400


def test_vendors(http):
    saved = http.put(f"{PATH}/Vendors", {"name": "Acme", "country": "NO"}).json()
    assert (saved["name"], saved["VendorName"], saved["country"]) == ("Acme", "Acme", "NO")
    renamed = http.put(f"{PATH}/Vendors", {"name": "Acme AS", "vendorId": saved["vendorId"]}).json()
    http.put(f"{PATH}/Vendors", [{"VendorName": "Acme AS", "country": "SE"}, {"VendorName": "Bolt"}])
    assert [each["name"] for each in http.get(f"{PATH}/Vendors").json()] == ["Acme AS", "Bolt"]
    assert http.put(f"{PATH}/Vendors", {"name": "Bolt", "vendorId": saved["vendorId"]}).status == 409
    assert http.delete(f"{PATH}/Vendors/{renamed['vendorId']}").status == 204
    assert http.delete(f"{PATH}/Vendors/{renamed['vendorId']}").status == 404
    assert http.delete(f"{PATH}/Vendors", [{"VendorName": "Bolt"}]).status == 204
    assert http.get(f"{PATH}/Vendors").json() == []
