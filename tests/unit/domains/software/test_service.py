"""What each method of the software domain sends, and what it makes of the answers."""

import io
import zipfile
from typing import Any
from uuid import UUID

import pytest

from pywats.domains.software.models import FileAttribute, Package, PackageStatus, PackageTag
from pywats.domains.software.service import SoftwareService
from pywats.errors import InvalidResponseError, NotFoundError, ServerError, ValidationError
from pywats.packages.manifest import PackageManifest
from pywats.service import Async

ODD = "A/B #1?%20 æ"
ID, OTHER = UUID(int=1), UUID(int=2)
AT, INTERNAL = "/api/Software", "/api/internal/Software"
LINE = "//*[Line[.='1' or .='Any']]"


def archive(name: str = "app/x.txt") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(name, "x")
    return file.getvalue()


@pytest.fixture
def software(line) -> SoftwareService[Async]:
    return SoftwareService(line)


REQUESTS: list[tuple[str, tuple[Any, ...], str, Any]] = [
    ("get_packages", (), f"GET {AT}/Packages", None),
    ("get_package", (ID,), f"GET {AT}/Package/{ID}", None),
    ("get_package_by_name", (ODD,), f"GET {AT}/PackageByName?name={ODD}", None),
    ("get_package_by_name", ("P", "draft", 3), f"GET {AT}/PackageByName?name=P&status=Draft&version=3", None),
    ("get_released_package", ("P",), f"GET {AT}/PackageByName?name=P&status=Released", None),
    ("get_packages_by_tag", ("Line", "a=b"), f"GET {AT}/PackagesByTag?tag=Line=a=b", None),
    (
        "get_packages_by_tag",
        ("Line", "1", PackageStatus.REVOKED),
        f"GET {AT}/PackagesByTag?tag=Line=1&status=Revoked",
        None,
    ),
    (
        "get_packages_by_tag_internal",
        (LINE,),
        f"GET {INTERNAL}/GetPackagesByTag?tags={LINE}&status=2",
        None,
    ),
    (
        "get_packages_by_tags",
        ({"Line": "1", "Site": "O'slo"}, "Draft"),
        f"GET {INTERNAL}/GetPackagesByTag?tags=//*[Line[.='1']][Site[.=\"O'slo\"]]&status=0",
        None,
    ),
    ("get_package_history", ("//*[Line]",), f"GET {INTERNAL}/GetPackageHistory?tags=//*[Line]", None),
    (
        "get_package_history",
        ("//*[Line]", 3, True),
        f"GET {INTERNAL}/GetPackageHistory?tags=//*[Line]&status=3&allVersions=true",
        None,
    ),
    ("get_package_internal", (ID,), f"GET {INTERNAL}/GetPackage?packageId={ID}", None),
    ("get_package_by_name_internal", (ODD,), f"GET {INTERNAL}/GetPackageByName?packageName={ODD}&status=2", None),
    ("get_software_entity_details", (ID,), f"GET {INTERNAL}/GetSoftwareEntityDetails?packageId={ID}", None),
    ("create_package", ("P",), f"POST {AT}/Package", {"name": "P", "installOnRoot": False}),
    (
        "create_package",
        ("P", "d", True, "C:\\Tests", 4, [PackageTag(key="Line", value="1")]),
        f"POST {AT}/Package",
        {
            "name": "P",
            "description": "d",
            "installOnRoot": True,
            "rootDirectory": "C:\\Tests",
            "priority": 4,
            "tags": [{"key": "Line", "value": "1"}],
        },
    ),
    (
        "update_package",
        (Package(package_id=ID, name="P", status=PackageStatus.PENDING),),
        f"PUT {AT}/Package/{ID}",
        {"packageId": str(ID), "name": "P", "status": "Pending"},
    ),
    ("delete_package", (ID,), f"DELETE {AT}/Package/{ID}", None),
    ("delete_package_by_name", (ODD, 2), f"DELETE {AT}/PackageByName?name={ODD}&version=2", None),
    ("submit_for_review", (ID,), f"POST {AT}/PackageStatus/{ID}?status=Pending", None),
    ("return_to_draft", (ID,), f"POST {AT}/PackageStatus/{ID}?status=Draft", None),
    ("release_package", (ID,), f"POST {AT}/PackageStatus/{ID}?status=Released", None),
    ("revoke_package", (ID,), f"POST {AT}/PackageStatus/{ID}?status=Revoked", None),
    ("get_package_files", (ID,), f"GET {AT}/PackageFiles/{ID}", None),
    ("update_file_attribute", (ID, "executeonce"), f"POST {AT}/Package/FileAttribute/{ID}?attribute=ExecuteOnce", None),
    (
        "update_file_attribute",
        (ID, FileAttribute.OVERWRITE_ON_NEW_VERSION),
        f"POST {AT}/Package/FileAttribute/{ID}?attribute=OverwriteOnNewPackageVersion",
        None,
    ),
    ("update_file_attribute", (ID, "None"), f"POST {AT}/Package/FileAttribute/{ID}?attribute=None", None),
    ("get_file", (ID,), f"GET {INTERNAL}/File/{ID}", None),
    ("download_file", (ID,), f"GET {INTERNAL}/DownloadFile?repositoryFolderFileId={ID}", None),
    (
        "check_file",
        (ID, OTHER, "a/x y", "00", 17),
        f"GET {INTERNAL}/CheckFile?packageId={ID}&parentFolderId={OTHER}&filePath=a/x y&checksum=00&fileDateEpoch=17",
        None,
    ),
    (
        "create_package_folder",
        (ID, {"name": "app"}),
        f"POST {INTERNAL}/PostPackageFolder?packageId={ID}",
        {"name": "app"},
    ),
    ("update_package_folder", ({"id": str(ID)},), f"POST {INTERNAL}/UpdatePackageFolder", {"id": str(ID)}),
    ("delete_package_folder", (ID,), f"POST {INTERNAL}/DeletePackageFolder?packageFolderId={ID}", None),
    (
        "delete_package_folder_files",
        ([ID, str(OTHER)],),
        f"POST {INTERNAL}/DeletePackageFolderFiles?packageFolderFileIds={ID},{OTHER}",
        None,
    ),
    ("get_virtual_folders", (), f"GET {AT}/VirtualFolders", None),
    (
        "create_virtual_folder",
        ("Line 1",),
        f"POST {AT}/VirtualFolder",
        {"name": "Line 1", "description": "", "isRestricted": False},
    ),
    (
        "update_virtual_folder",
        ("7", "Line 1", "6", "d", True),
        f"PUT {AT}/VirtualFolder",
        {"id": "7", "name": "Line 1", "description": "d", "isRestricted": True, "parentId": "6"},
    ),
    ("delete_virtual_folder", ("a/b",), f"DELETE {AT}/VirtualFolder/a%2Fb", None),
    ("is_connected", (), f"GET {INTERNAL}/isConnected", None),
    ("log_download", (ID, 5), f"GET {INTERNAL}/Log?packageId={ID}&downloadSize=5", None),
    ("get_package_download_history", (3,), f"GET {INTERNAL}/GetPackageDownloadHistory?clientId=3", None),
    (
        "get_revoked_packages",
        ([ID, str(OTHER)],),
        f"GET {INTERNAL}/GetRevokedPackages?installedPackages={ID},{OTHER}",
        None,
    ),
    (
        "get_revoked_packages",
        ([ID], True),
        f"GET {INTERNAL}/GetRevokedPackages?installedPackages={ID}&includeRevokedOnly=true",
        None,
    ),
    ("get_available_packages", ([ID],), f"GET {INTERNAL}/GetAvailablePackages?installedPackages={ID}", None),
]
NEVER_TWICE = {"create_package", "create_package_folder", "create_virtual_folder", "log_download"}


@pytest.mark.parametrize(("name", "arguments", "request_line", "body"), REQUESTS)
async def test_a_method_sends_one_request(software, line, name, arguments, request_line, body):
    await getattr(software, name)(*arguments)
    assert line.sent == [request_line]
    call = line.calls[0]
    assert call.internal == (INTERNAL in call.path)
    assert call.repeatable is (False if name in NEVER_TWICE else None)
    assert call.body is None if body is None else line.json() == body


@pytest.mark.parametrize(("clean", "query"), [(False, ""), (True, "?cleanInstall=true")])
async def test_an_archive_travels_as_a_form(software, line, clean, query):
    assert await software.upload_zip(ID, archive(), clean) is True
    assert line.sent == [f"POST {AT}/Package/UploadZip/{ID}{query}"]
    (call,) = line.calls
    assert call.content_type.startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="package.zip"\r\nContent-Type: application/zip\r\n\r\nPK' in call.body
    assert (call.repeatable, call.long) == (False, True)


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("upload_zip", (ID, b"x"), "zip_content is not sent: it is no zip archive"),
        ("upload_zip", (ID, archive("x.txt")), "zip_content is not sent: 'x.txt' is in no folder"),
        ("upload_zip", (ID, archive("a/../../x")), "zip_content is not sent"),
        ("update_package", (Package(name="P"),), "package_id is None"),
        ("update_file_attribute", (ID, "Explode"), "attributes"),
        ("update_file_attribute", (ID, FileAttribute(3)), "attributes is .* one that it knows at a time"),
        ("get_package_by_name", ("P", "Melted"), "status is 'Melted'; it must be one of Draft, Pending"),
        ("get_packages_by_tags", ({"a b": "1"},), "tags: the tag name 'a b'"),
        ("get_packages_by_tags", ({},), "tags: there is none"),
        ("get_package_history", ("//*", 7), "status is 7"),
        ("delete_package_folder_files", ([],), "file_ids is empty"),
        ("log_download", (ID, -1), "download_size is -1"),
        ("get_package", ("",), "cannot be part of a path"),
        ("create_package", ("P", None, False, None, "high"), "priority"),
        ("install", (Package(name="P"), "/nowhere"), "package_id is None"),
    ],
)
async def test_arguments_that_do_not_fit_are_named_and_nothing_is_sent(software, line, name, arguments, words):
    with pytest.raises(ValidationError, match=words):
        await getattr(software, name)(*arguments)
    assert line.calls == []


async def test_without_a_version_the_highest_is_deleted(software, line):
    line.answer({"name": "P", "version": 4})
    assert await software.delete_package_by_name("P") is True
    assert line.sent == [f"GET {AT}/PackageByName?name=P", f"DELETE {AT}/PackageByName?name=P&version=4"]
    with pytest.raises(NotFoundError, match="package 'P'"):
        await software.delete_package_by_name("P")
    assert len(line.calls) == 3


@pytest.mark.parametrize("said", [b"", b"null", b"{}"])
async def test_no_such_package_is_none(software, line, said):
    for name in ("get_package", "get_package_internal", "get_package_by_name", "get_file", "check_file"):
        line.answer(said)
        arguments = (ID, ID, "x", "y", 1) if name == "check_file" else (ID,)
        assert await getattr(software, name)(*arguments) is None
    line.answer({"Message": "no"}, 404)
    assert await software.download_file(ID) is None


@pytest.mark.parametrize(
    ("said", "connected"), [(b"true", True), (b'"yes"', True), (b"{}", True), (b"null", False), (b"", False)]
)
async def test_any_body_is_a_connection(software, line, said, connected):
    line.answer(said)
    assert await software.is_connected() is connected


async def test_a_web_page_or_an_error_is_no_connection(software, line):
    line.answer(b"<html></html>", kind="text/html")
    with pytest.raises(InvalidResponseError, match="web page"):
        await software.is_connected()
    line.answer({"Message": "no"}, 500)
    with pytest.raises(ServerError):
        await software.is_connected()


async def test_an_answer_of_another_shape_is_an_error_and_not_an_empty_list(software, line):
    for said, name, arguments in (
        ({"name": "P"}, "get_packages", ()),
        ([1], "get_revoked_packages", ([ID],)),
        ([{"Tags": "<a"}], "get_packages_by_tag_internal", ("//*",)),
    ):
        line.answer(said)
        with pytest.raises(InvalidResponseError, match="does not parse"):
            await getattr(software, name)(*arguments)


async def test_what_nobody_has_installed_is_not_asked_for(software, line, tmp_path):
    manifest = PackageManifest(tmp_path / "none.json")
    assert await software.get_revoked_packages([]) == []
    assert await software.get_available_packages([]) == []
    assert await software.get_available_packages(manifest=manifest) == []
    assert await software.check_for_updates(manifest=manifest) == []
    assert await software.cleanup_revoked(tmp_path, manifest=manifest) == []
    assert line.calls == []


async def test_a_file_of_any_kind_is_given_as_bytes(software, line):
    for kind, content in (
        ("application/zip", b"PK\x03\x04"),
        ("text/html", b"<html></html>"),
        ("application/json", b"{}"),
    ):
        line.answer(content, kind=kind)
        assert await software.download_file(ID) == content
