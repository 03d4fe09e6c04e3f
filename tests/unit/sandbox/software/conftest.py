"""What the tests of the sandbox's packages have in common."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

AT = "/api/Software"


@pytest.fixture
def make(http) -> Callable[..., dict[str, Any]]:
    """Makes a package and brings it to a status."""

    def make(name: str = "Widget", status: int = 0, /, **more: Any) -> dict[str, Any]:
        reply = http.post(f"{AT}/Package", {"name": name, **more})
        assert reply.status == 200, reply.body
        package = reply.json()
        for word in ("Pending", "Released", "Revoked")[:status]:
            package = http.post(f"{AT}/PackageStatus/{package['packageId']}", query={"status": word}).json()
        return package

    return make


@pytest.fixture
def upload(http) -> Callable[..., Any]:
    """Uploads files, given by their paths, as an archive."""

    def upload(
        package: dict[str, Any], files: dict[str, bytes] | bytes, query: str = "", kind: str = "application/zip"
    ):
        content = files if isinstance(files, bytes) else packed(files)
        head = (
            f'--bound\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\nContent-Type: {kind}\r\n\r\n'
        )
        path = f"{AT}/Package/UploadZip/{package['packageId']}{query}"
        body = head.encode() + content + b"\r\n--bound--\r\n"
        return http.ask("POST", path, body, Content_Type="multipart/form-data; boundary=bound")

    return upload


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for path, content in files.items():
            made.writestr(zipfile.ZipInfo(path, (2026, 1, 5, 8, 0, 0)), content)
    return file.getvalue()
