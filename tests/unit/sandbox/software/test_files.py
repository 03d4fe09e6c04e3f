"""Folders and files of the sandbox's packages."""

import base64
import hashlib

import pytest

AT, INTERNAL = "/api/Software", "/api/internal/Software"
UNKNOWN = "11111111-2222-3333-4444-555555555555"
FILES = {"app/main.seq": b"main", "app/sub/æ.bin": bytes(range(256)), "readme/x.txt": b""}


def listed(http, package):
    reply = http.get(f"{AT}/PackageFiles/{package['packageId']}")
    assert reply.status == 200, reply.body
    return {f"{each['packageFolderName']}/{each['name']}": each for each in reply.json()}


def tree(http, package):
    return http.get(f"{INTERNAL}/GetPackage", {"packageId": package["packageId"]}).json()["PackageFolders"]


def test_an_archive_becomes_folders_and_files(http, make, upload):
    package = make()
    reply = upload(package, FILES)
    assert (reply.status, reply.body) == (200, b"")
    files = listed(http, package)
    assert set(files) == set(FILES)
    assert {each["attributes"] for each in files.values()} == {"None"}
    app, _ = folders = tree(http, package)
    assert [folder["Name"] for folder in folders] == ["app", "readme"]
    assert [folder["Name"] for folder in app["PackageFolders"]] == ["sub"]
    (file,) = app["PackageFolderFiles"]
    content = file["RepositoryFolderFile"]
    assert (content["Name"], content["FileSize"], content["FileModifiedDate"]) == (
        "main.seq",
        4,
        "2026-01-05T08:00:00Z",
    )
    assert content["Checksum"] == base64.b64encode(hashlib.sha256(b"main").digest()).decode()
    assert (file["PackageFolderFileId"], file["Attributes"]) == (files["app/main.seq"]["packageFileId"], 0)


def test_files_come_back_byte_by_byte(http, make, upload):
    package = make()
    upload(package, {**FILES, "zip/inner.zip": b"PK\x05\x06" + bytes(18)})
    app, _, zipped = tree(http, package)
    for folder, content, kind in (
        (app["PackageFolders"][0], bytes(range(256)), "application/octet-stream"),
        (zipped, b"PK\x05\x06" + bytes(18), "application/zip"),
    ):
        content_id = folder["PackageFolderFiles"][0]["RepositoryFolderFileId"]
        reply = http.get(f"{INTERNAL}/DownloadFile", {"repositoryFolderFileId": content_id})
        assert (reply.body, reply.headers["Content-Type"]) == (content, kind)
    assert http.get(f"{INTERNAL}/DownloadFile", {"repositoryFolderFileId": UNKNOWN}).status == 404


def test_archives_are_merged_unless_it_is_to_be_clean(http, make, upload):
    package = make()
    upload(package, FILES)
    before = listed(http, package)
    upload(package, {"app/main.seq": b"other", "more/y": b"y"})
    after = listed(http, package)
    assert set(after) == {*FILES, "more/y"}
    assert after["app/main.seq"]["packageFileId"] == before["app/main.seq"]["packageFileId"]
    upload(package, {"only/z": b"z"}, "?cleanInstall=true")
    assert set(listed(http, package)) == {"only/z"}


def test_equal_contents_are_stored_once(http, make, upload):
    first, second = make(), make()
    upload(first, {"a/x": b"1"})
    upload(second, {"b/x": b"1", "c/x": b"2"})
    ids = [
        (file["RepositoryFolderFileId"], file["RepositoryFolderFile"]["Version"])
        for package in (first, second)
        for folder in tree(http, package)
        for file in folder["PackageFolderFiles"]
    ]
    assert ids[0] == ids[1]
    assert [version for _, version in ids] == [1, 1, 2]


@pytest.mark.parametrize(
    "files", [{"x": b"on root"}, {"a/../../x": b""}, {"/etc/x": b""}, {"a/x": b"", "A/X": b""}, {}, b"no archive"]
)
def test_an_archive_that_must_not_be_is_refused_and_nothing_is_stored(http, make, upload, files):
    package = make()
    reply = upload(package, files, "?cleanInstall=true")
    assert reply.status == 400
    assert "zip file" in reply.message
    assert listed(http, package) == {}


def test_an_archive_travels_as_a_form_of_the_right_type(http, make, upload):
    package = make()
    assert upload(package, FILES, kind="application/octet-stream").status == 400
    raw = http.ask("POST", f"{AT}/Package/UploadZip/{package['packageId']}", b"PK", Content_Type="application/zip")
    assert raw.status == 400
    assert upload({"packageId": UNKNOWN}, FILES).status == 404
    assert upload(make("Widget", 1), FILES).status == 400


def test_attributes_are_added_and_taken_away(http, make, upload):
    package = make()
    upload(package, FILES)
    file_id = listed(http, package)["app/main.seq"]["packageFileId"]

    def add(word):
        return http.post(f"{AT}/Package/FileAttribute/{file_id}", query={"attribute": word}).status

    assert (add("executeONCE"), add("TopLevelFile")) == (200, 200)
    assert listed(http, package)["app/main.seq"]["attributes"] == "ExecuteOnce, TopLevelFile"
    assert tree(http, package)[0]["PackageFolderFiles"][0]["Attributes"] == 10
    assert add("Explode") == 400
    assert add("None") == 200
    assert listed(http, package)["app/main.seq"]["attributes"] == "None"
    http.post(f"{AT}/PackageStatus/{package['packageId']}", query={"status": "Pending"})
    assert add("TopLevelFile") == 400
    assert http.post(f"{AT}/Package/FileAttribute/{UNKNOWN}", query={"attribute": "None"}).status == 404


def test_folders_are_made_renamed_and_deleted(http, make, upload):
    package, other = make(), make("Gadget")
    upload(package, FILES)
    post = f"{INTERNAL}/PostPackageFolder?packageId={package['packageId']}"
    made = http.post(post, {"name": "new"}).json()
    inner = http.post(post, {"name": "inner", "parentId": made["id"]}).json()
    assert (made["name"], made["parentId"], inner["parentId"]) == ("new", None, made["id"])
    assert http.post(post, {"name": "new"}).status == 409
    assert http.post(post, {"name": ""}).status == 400
    wrong = f"{INTERNAL}/PostPackageFolder?packageId={other['packageId']}"
    assert http.post(wrong, {"name": "x", "parentId": made["id"]}).status == 400
    assert http.post(f"{INTERNAL}/UpdatePackageFolder", {"id": made["id"], "name": "newer"}).json()["name"] == "newer"
    assert http.post(f"{INTERNAL}/UpdatePackageFolder", {"id": UNKNOWN, "name": "x"}).status == 404
    delete = f"{INTERNAL}/DeletePackageFolder"
    assert http.post(delete, query={"packageFolderId": made["id"]}).json()["name"] == "newer"
    assert http.post(delete, query={"packageFolderId": inner["id"]}).status == 404
    ids = [each["packageFileId"] for path, each in listed(http, package).items() if path.startswith("app")]
    files = f"{INTERNAL}/DeletePackageFolderFiles"
    assert http.post(files, query={"packageFolderFileIds": f"{ids[0]},{UNKNOWN}"}).status == 404
    assert len(listed(http, package)) == 3
    assert http.post(files, query={"packageFolderFileIds": ",".join(ids)}).json() == {"deleted": 2}
    assert set(listed(http, package)) == {"readme/x.txt"}


def test_files_are_described_and_recognised(http, make, upload):
    package = make()
    upload(package, FILES)
    (file,) = tree(http, package)[0]["PackageFolderFiles"]
    for identity in (file["PackageFolderFileId"], file["RepositoryFolderFileId"]):
        assert http.get(f"{INTERNAL}/File/{identity}").json() == file["RepositoryFolderFile"]
    assert http.get(f"{INTERNAL}/File/{UNKNOWN}").json() is None
    details = http.get(f"{INTERNAL}/GetSoftwareEntityDetails", {"packageId": package["packageId"]}).json()
    assert sorted((each["type"], each["name"]) for each in details["entities"]) == [
        (0, "main.seq"),
        (0, "x.txt"),
        (0, "æ.bin"),
        (1, "app"),
        (1, "readme"),
        (1, "sub"),
    ]
    assert http.get(f"{INTERNAL}/GetSoftwareEntityDetails", {"packageId": UNKNOWN}).json() is None
    asked = {
        "packageId": package["packageId"],
        "parentFolderId": file["PackageFolderId"],
        "filePath": "C:\\work\\main.seq",
        "fileDateEpoch": 0,
    }
    known = hashlib.sha256(b"main")
    for checksum, there in (
        (known.hexdigest(), True),
        (base64.b64encode(known.digest()).decode(), True),
        ("00", False),
    ):
        found = http.get(f"{INTERNAL}/CheckFile", {**asked, "checksum": checksum}).json()
        assert found == {"exists": there, "repositoryFolderFileId": file["RepositoryFolderFileId"] if there else None}
    assert http.get(f"{INTERNAL}/CheckFile", {**asked, "checksum": "0", "packageId": UNKNOWN}).status == 404
    assert http.get(f"{INTERNAL}/CheckFile", {**asked, "checksum": "0", "fileDateEpoch": "x"}).status == 400
    assert http.get(f"{AT}/PackageFiles/{UNKNOWN}").status == 404


def test_a_deleted_package_takes_its_files_along(http, make, upload):
    package = make()
    upload(package, FILES)
    assert http.delete(f"{AT}/Package/{package['packageId']}").status == 204
    assert http.get(f"{INTERNAL}/GetPackage", {"packageId": package["packageId"]}).json() is None
