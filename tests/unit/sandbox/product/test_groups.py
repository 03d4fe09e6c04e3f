"""Product groups and the filters that fill them."""

import pytest

PATH = "/api/Product"


@pytest.fixture
def group(http):
    return http.post(f"{PATH}/ProductGroup", {"name": "Widgets", "description": "d", "isPublic": True}).json()


def add(http, part_number, *, group="Widgets", **more):
    query = {"productGroup": group, "partNumber": part_number, **more}
    reply = http.post(f"{PATH}/ProductGroupFilter", query=query)
    assert reply.status == 200, reply.body
    return reply.json()


def names(http, part_number, **more):
    found = http.get(f"{PATH}/ProductGroupsByProduct", {"partNumber": part_number, **more}).json()
    return [each["name"] for each in found]


def test_groups_of_the_administration(http):
    saved = http.put(f"{PATH}/Group", {"productGroupName": "G", "description": "d"}).json()
    assert saved == {"productGroupId": saved["productGroupId"], "productGroupName": "G", "description": "d"}
    assert http.put(f"{PATH}/Group", {"productGroupName": "G"}).json() == saved
    renamed = http.put(f"{PATH}/Group", {**saved, "productGroupName": "H"}).json()
    assert http.get(f"{PATH}/Groups").json() == [renamed]
    http.put(f"{PATH}/Group", {"productGroupName": "G"})
    assert http.put(f"{PATH}/Group", {**saved, "productGroupName": "G"}).status == 409
    assert http.put(f"{PATH}/Group", {"productGroupId": 999, "productGroupName": "Q"}).status == 404
    assert http.put(f"{PATH}/Group", {}).status == 400


def test_groups_of_clients_are_a_list_of_their_own(http, group):
    assert group == {"id": group["id"], "name": "Widgets", "description": "d", "isPublic": True}
    assert http.get(f"{PATH}/Groups").json() == []
    assert http.get(f"{PATH}/ProductGroup").json() == [group]
    assert http.get(f"{PATH}/ProductGroup", {"id": group["id"] + 1}).json() == []
    assert http.post(f"{PATH}/ProductGroup", {"name": "Widgets"}).status == 409


def test_a_group_of_clients_is_changed_and_deleted(http, group):
    assert http.put(f"{PATH}/ProductGroup", {"id": group["id"], "isPublic": False}).json()["isPublic"] is False
    assert http.put(f"{PATH}/ProductGroup", {"id": group["id"], "name": "W", "description": None}).json() == {
        "id": group["id"],
        "name": "W",
        "description": None,
        "isPublic": False,
    }
    http.post(f"{PATH}/ProductGroup", {"name": "Other"})
    assert http.put(f"{PATH}/ProductGroup", {"id": group["id"], "name": "Other"}).status == 409
    assert http.put(f"{PATH}/ProductGroup", {"id": 999, "description": "q"}).status == 404
    assert http.put(f"{PATH}/ProductGroup", {"name": "q"}).status == 400
    assert http.delete(f"{PATH}/ProductGroup/{group['id']}").status == 204
    for gone in (group["id"], "x", 10**30):
        assert http.delete(f"{PATH}/ProductGroup/{gone}").status == 404


def test_filters_are_listed_in_their_order(http, group):
    first, second = add(http, "A%"), add(http, "AB", revision="1", exclude="true")
    assert first == {
        "id": first["id"],
        "productGroupId": group["id"],
        "partNumber": "A%",
        "revision": None,
        "exclude": False,
        "orderNo": 1,
    }
    assert (second["revision"], second["exclude"], second["orderNo"]) == ("1", True, 2)
    assert http.get(f"{PATH}/ProductGroupFilter").json() == [first, second]
    assert http.get(f"{PATH}/ProductGroupFilter", {"id": second["id"]}).json() == [second]
    assert http.get(f"{PATH}/ProductGroupFilter", {"productGroupId": 999}).json() == []
    assert http.get(f"{PATH}/ProductGroup", {"includeFilters": "true"}).json()[0]["filters"] == [first, second]
    assert http.post(f"{PATH}/ProductGroupFilter", query={"productGroup": "Q", "partNumber": "A"}).status == 404
    assert http.post(f"{PATH}/ProductGroupFilter", query={"partNumber": "A"}).status == 400


@pytest.mark.usefixtures("group")
def test_the_last_filter_that_fits_decides(http):
    add(http, "PSU*")
    add(http, "PSU-2%V", exclude="true")
    add(http, "PSU-24V", revision="2.%")
    assert names(http, "PSU-12V") == ["Widgets"]
    assert names(http, "PSU-25V") == []
    assert names(http, "PSU-24V", revision="2.1") == ["Widgets"]
    assert names(http, "PSU-24V", revision="1.0") == []
    assert names(http, "psu-12V") == []


@pytest.mark.usefixtures("group")
def test_groups_of_both_kinds_for_a_product(http):
    http.put(f"{PATH}/Group", {"productGroupName": "Administration"})
    add(http, "X")
    add(http, "X", group="Administration")
    found = http.get("/api/internal/Product/GetGroupsForProduct", {"partNumber": "X"}).json()
    assert {each["productGroupName"] for each in found} == {"Widgets", "Administration"}
    assert names(http, "X") == ["Widgets"]
