"""Packages of the sandbox: what is written can be read back, and the rules of a server hold."""

import pytest

AT, INTERNAL = "/api/Software", "/api/internal/Software"
UNKNOWN = "11111111-2222-3333-4444-555555555555"
TAGS = [{"key": "Line", "value": "One"}, {"key": "Site", "value": "O'slo"}]


def move(http, package, status):
    return http.post(f"{AT}/PackageStatus/{package['packageId']}", query={"status": status})


def names(reply):
    assert reply.status == 200, reply.body
    return [(each.get("name", each.get("Name")), each.get("version", each.get("Version"))) for each in reply.json()]


def test_a_package_is_a_draft_and_read_back(http, make):
    package = make("Widget", description="d", installOnRoot=True, rootDirectory="C:\\x", priority=3, tags=TAGS)
    assert {
        name: package[name] for name in ("name", "version", "status", "installOnRoot", "priority", "createdBy")
    } == {
        "name": "Widget",
        "version": 1,
        "status": "Draft",
        "installOnRoot": True,
        "priority": 3,
        "createdBy": "sandbox",
    }
    assert [(tag["key"], tag["value"]) for tag in package["tags"]] == [("Line", "One"), ("Site", "O'slo")]
    assert http.get(f"{AT}/Package/{package['packageId'].upper()}").json() == package
    assert http.get(f"{AT}/Packages").json() == [package]


def test_the_next_package_of_a_name_is_its_next_version(http, make):
    assert [make(name)["version"] for name in ("Widget", "Widget", "Gadget", "Widget")] == [1, 2, 1, 3]
    assert names(http.get(f"{AT}/Packages")) == [("Gadget", 1), ("Widget", 1), ("Widget", 2), ("Widget", 3)]


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 5}, "text"),
        ({"name": "x", "priority": "high"}, "whole number"),
        ({"name": "x", "virtualFolderId": UNKNOWN}, "virtual folder"),
        ({"name": "x", "tags": [{"key": "a b", "value": "1"}]}, "tag name"),
        ({"name": "x", "tags": [{"key": "a", "value": "\x01"}]}, "XML"),
    ],
)
def test_a_wrong_package_is_refused_and_nothing_is_stored(http, package, words):
    reply = http.post(f"{AT}/Package", package)
    assert reply.status == 400
    assert words in reply.message
    assert http.get(f"{AT}/Packages").json() == []


def test_a_package_goes_only_its_ways(http, make):
    ways = {("Draft", "Pending"), ("Pending", "Draft"), ("Pending", "Released"), ("Released", "Revoked")}
    for number, before in enumerate(("Draft", "Pending", "Released", "Revoked")):
        for after in ("Draft", "Pending", "Released", "Revoked"):
            package = make("Widget", number)
            assert package["status"] == before
            reply = move(http, package, after.lower())
            assert reply.status == (200 if (before, after) in ways else 400), (before, after)
            if reply.status == 200:
                assert reply.json()["status"] == after
    assert move(http, make(), "Melted").status == 400
    assert move(http, {"packageId": UNKNOWN}, "Pending").status == 404


def test_all_of_a_draft_and_the_tags_of_others_are_changed(http, make):
    package = make(description="d")
    path = f"{AT}/Package/{package['packageId']}"
    reply = http.put(path, {**package, "name": "Gadget", "description": None, "tags": TAGS})
    assert (reply.status, reply.body) == (200, b"")
    changed = http.get(path).json()
    assert (changed["name"], changed["description"], len(changed["tags"])) == ("Gadget", None, 2)
    assert http.put(path, {"status": "Pending"}).status == 200
    assert http.put(path, {"description": "other"}).status == 400
    assert http.put(path, {**http.get(path).json(), "tags": TAGS[:1], "status": "Released"}).status == 200
    released = http.get(path).json()
    assert (released["status"], len(released["tags"]), released["releasedBy"]) == ("Released", 1, "sandbox")
    assert http.put(path, {"status": "Draft", "tags": []}).status == 400
    assert len(http.get(path).json()["tags"]) == 1
    assert move(http, package, "Revoked").json()["revoked"]
    assert http.put(path, {"tags": []}).status == 400
    assert http.put(f"{AT}/Package/{UNKNOWN}", {}).status == 404


def test_two_packages_are_not_the_same_version(http, make):
    make("Widget")
    gadget = make("Gadget")
    assert http.put(f"{AT}/Package/{gadget['packageId']}", {"name": "Widget"}).status == 409


def test_only_drafts_and_revoked_packages_are_deleted(http, make):
    for status, deleted in ((0, 204), (1, 400), (2, 400), (3, 204)):
        package = make("Widget", status)
        path = f"{AT}/Package/{package['packageId']}"
        assert http.delete(path).status == deleted
        assert http.get(path).status == (404 if deleted == 204 else 200)
    package = make("Gadget")
    by_name = f"{AT}/PackageByName?name=Gadget"
    assert http.delete(by_name).status == 400
    assert http.delete(f"{by_name}&version=2").status == 404
    assert http.delete(f"{by_name}&version=1").status == 204


def test_packages_are_found_by_name(http, make):
    make("A/B #1", 2)
    make("A/B #1", 3)
    make("A/B #1")
    by_name = f"{AT}/PackageByName"
    assert http.get(by_name, {"name": "A/B #1"}).json()["version"] == 3
    assert http.get(by_name, {"name": "A/B #1", "status": "released"}).json()["version"] == 1
    assert http.get(by_name, {"name": "A/B #1", "status": "Revoked", "version": 2}).json()["version"] == 2
    assert http.get(by_name, {"name": "A/B #1", "status": "Pending"}).status == 404
    assert http.get(by_name, {"name": "A/B #1", "status": "Melted"}).status == 400
    assert http.get(by_name).status == 400
    found = http.get(f"{INTERNAL}/GetPackageByName", {"packageName": "A/B #1", "status": 2}).json()
    assert (found["Version"], found["Status"], found["PackageFolder"], found["Tags"]) == (1, 2, True, "<PackageInfo />")
    assert http.get(f"{INTERNAL}/GetPackageByName", {"packageName": "x", "status": 2}).json() is None
    for status in ("Released", "4", None):
        query = {"packageName": "x"} | ({"status": status} if status else {})
        assert http.get(f"{INTERNAL}/GetPackageByName", query).status == 400


def test_packages_are_found_by_tags(http, make):
    make("Widget", 2, tags=TAGS)
    make("Widget", tags=TAGS)
    make("Gadget", 2, tags=TAGS[:1])
    by_tag = f"{AT}/PackagesByTag"
    assert names(http.get(by_tag, {"tag": "Line=ONE", "status": "Released"})) == [("Gadget", 1), ("Widget", 1)]
    assert names(http.get(by_tag, {"tag": "Site=o'slo"})) == [("Widget", 1), ("Widget", 2)]
    assert names(http.get(by_tag, {"tag": "line=One"})) == []
    assert http.get(by_tag, {"tag": "Line"}).status == 400
    xpath = "//*[Line[.='One']][Site[.=\"O'slo\" or .='Any']]"
    internal = {"tags": xpath, "status": 2}
    assert names(http.get(f"{INTERNAL}/GetPackagesByTag", internal)) == [("Widget", 1)]
    assert http.get(f"{INTERNAL}/GetPackagesByTag", {"tags": "//*[", "status": 2}).status == 400
    history = f"{INTERNAL}/GetPackageHistory"
    assert names(http.get(history, {"tags": "//*[Line]"})) == [("Gadget", 1), ("Widget", 2)]
    everything = {"tags": "//*[Line]", "allVersions": "true"}
    assert names(http.get(history, everything)) == [("Gadget", 1), ("Widget", 1), ("Widget", 2)]
    assert names(http.get(history, {**everything, "status": 0})) == [("Widget", 2)]
    assert http.get(history, {"tags": "x"}).status == 400


def test_stations_hear_of_newer_and_of_revoked_versions(http, make):
    old, bad = make("Widget", 2), make("Gadget", 3)
    make("Widget", 2)
    make("Widget", 1)
    installed = f"{old['packageId']},{bad['packageId']},{UNKNOWN}"
    assert names(http.get(f"{INTERNAL}/GetAvailablePackages", {"installedPackages": installed})) == [("Widget", 2)]
    assert http.get(f"{INTERNAL}/GetRevokedPackages", {"installedPackages": installed}).json() == [bad["packageId"]]
    assert http.get(f"{INTERNAL}/GetRevokedPackages", {"installedPackages": "x"}).status == 400


def test_downloads_are_noted(http, make):
    package = make("Widget")
    for size in (5, 2**40):
        noted = http.get(f"{INTERNAL}/Log", {"packageId": package["packageId"], "downloadSize": size}).json()
        assert (noted["PackageId"], noted["DownloadSize"]) == (package["packageId"], size)
    history = http.get(f"{INTERNAL}/GetPackageDownloadHistory", {"clientId": 1}).json()
    assert [(each["Name"], each["DownloadSize"]) for each in history] == [("Widget", 5), ("Widget", 2**40)]
    assert http.get(f"{INTERNAL}/GetPackageDownloadHistory", {"clientId": 2}).json() == []
    assert http.get(f"{INTERNAL}/GetPackageDownloadHistory").status == 400
    assert http.get(f"{INTERNAL}/Log", {"packageId": UNKNOWN, "downloadSize": 1}).status == 404
    assert http.get(f"{INTERNAL}/Log", {"packageId": package["packageId"], "downloadSize": "x"}).status == 400


def test_the_web_pages_must_be_named(http):
    assert http.get(f"{INTERNAL}/isConnected").json() is True
    assert http.get(f"{INTERNAL}/isConnected", Referer="").status == 403


def test_virtual_folders(http, make):
    made = http.post(f"{AT}/VirtualFolder", {"name": "Lines", "description": "d"}).json()
    inner = http.post(f"{AT}/VirtualFolder", {"name": "One", "parentId": made["id"], "isRestricted": True}).json()
    assert (inner["parentId"], inner["isRestricted"]) == (made["id"], True)
    assert [each["name"] for each in http.get(f"{AT}/VirtualFolders").json()] == ["Lines", "One"]
    assert http.post(f"{AT}/VirtualFolder", {"name": "Lines"}).status == 409
    assert http.post(f"{AT}/VirtualFolder", {"name": "x", "parentId": UNKNOWN}).status == 404
    changed = http.put(f"{AT}/VirtualFolder", {"id": inner["id"], "name": "Two"}).json()
    assert (changed["name"], changed["parentId"], changed["isRestricted"]) == ("Two", None, False)
    http.put(f"{AT}/VirtualFolder", {"id": inner["id"], "name": "Two", "parentId": made["id"]})
    assert http.put(f"{AT}/VirtualFolder", {"id": made["id"], "name": "x", "parentId": inner["id"]}).status == 409
    assert http.put(f"{AT}/VirtualFolder", {"id": UNKNOWN, "name": "x"}).status == 404
    assert http.put(f"{AT}/VirtualFolder", {"name": "x"}).status == 400
    package = make("Widget", virtualFolderId=inner["id"])
    assert package["virtualFolderId"] == inner["id"]
    assert http.delete(f"{AT}/VirtualFolder/{made['id']}").status == 409
    assert http.delete(f"{AT}/VirtualFolder/{inner['id']}").status == 409
    http.delete(f"{AT}/Package/{package['packageId']}")
    assert [http.delete(f"{AT}/VirtualFolder/{each['id']}").status for each in (inner, made)] == [204, 204]
    assert http.delete(f"{AT}/VirtualFolder/{made['id']}").status == 404
    assert http.delete(f"{AT}/VirtualFolder/7").status == 404
