"""Packages in both of the server's spellings, with what newer servers may add."""

import pytest

from pywats.domains.software.models import (
    FileAttribute,
    Package,
    PackageFile,
    PackageFolderFile,
    PackageStatus,
    RepositoryFolderFile,
)

PUBLIC = {
    "packageId": "00000000-0000-0000-0000-000000000001",
    "name": "P",
    "version": 2,
    "status": "Released",
    "installOnRoot": True,
    "tags": [{"key": "Line", "value": "1", "change": 0}],
    "created": "2026-01-05T08:00:00",
    "released": "2026-01-06T08:00:00Z",
    "newer": {"a": 1},
}


def test_a_package_of_the_public_api_comes_back_as_it_was():
    package = Package.from_wire(PUBLIC)
    assert (package.status, package.install_on_root, package.newer) == (PackageStatus.RELEASED, True, {"a": 1})
    assert package.created_utc.isoformat() == "2026-01-05T08:00:00+00:00"
    assert package.to_wire() == {**PUBLIC, "created": "2026-01-05T08:00:00Z"}


def test_a_package_of_the_web_pages_is_the_same_one():
    package = Package.from_wire(
        {
            "PackageId": PUBLIC["packageId"],
            "Name": "P",
            "Version": 2,
            "Status": 2,
            "PackageFolder": False,
            "Tags": "<PackageInfo><Line>1</Line><Empty/></PackageInfo>",
            "Created": "2026-01-05T08:00:00",
            "PackageFolders": None,
        }
    )
    assert (package.status, package.package_folder, package.version) == (PackageStatus.RELEASED, False, 2)
    assert [(tag.key, tag.value) for tag in package.tags or ()] == [("Line", "1"), ("Empty", None)]
    assert package.to_wire()["status"] == "Released"


@pytest.mark.parametrize("value", [2, "2", "Released", "released", "RELEASED", PackageStatus.RELEASED])
def test_a_status_is_a_number_or_a_word(value):
    assert Package.model_validate({"status": value}).status is PackageStatus.RELEASED


@pytest.mark.parametrize(("value", "kept"), [(7, "7"), ("Melted", "Melted")])
def test_a_status_that_nobody_knows_is_kept(value, kept):
    package = Package.model_validate({"status": value})
    assert package.status is not None
    assert (package.to_wire(), package.status.number) == ({"status": kept}, None)


@pytest.mark.parametrize("member", list(FileAttribute))
def test_an_attribute_is_read_from_its_number_its_word_and_its_name(member):
    for value in (member.value, str(member.value), member.name, member.word, str(member.word).lower()):
        assert PackageFolderFile.model_validate({"Attributes": value}).attributes is member


def test_attributes_add_up_and_unknown_ones_are_kept():
    assert FileAttribute("ExecuteOnce, TopLevelFile") == FileAttribute.EXECUTE_ONCE | FileAttribute.TOP_LEVEL_FILE
    file = PackageFolderFile.model_validate_json('{"Attributes": 65}')
    assert FileAttribute.EXECUTE_ALWAYS in file.attributes
    assert (file.to_wire()["Attributes"], file.attributes.word) == (65, None)
    assert PackageFolderFile.model_validate({"Attributes": None}).attributes is FileAttribute.NONE


def test_a_checksum_is_bytes_here_and_base64_there():
    content = RepositoryFolderFile.model_validate_json('{"Checksum": "AAH/"}')
    assert content.checksum == b"\x00\x01\xff"
    assert content.to_wire() == {"Checksum": "AAH/"}
    assert RepositoryFolderFile(checksum=b"\x00").checksum == b"\x00"
    with pytest.raises(ValueError, match="base64"):
        RepositoryFolderFile.model_validate_json('{"Checksum": "?"}')


def test_a_file_of_the_public_list():
    file = PackageFile.from_wire(
        {"packageFileId": PUBLIC["packageId"], "name": "x.seq", "packageFolderName": "app", "Description": "d"}
    )
    assert (file.filename, file.package_folder_name, file.description) == ("x.seq", "app", "d")
    assert str(file.file_id) == PUBLIC["packageId"]
