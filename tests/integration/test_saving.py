"""Downloads into files: whole or not there, resumed where they broke off. Over a real socket."""

import asyncio
import gzip
import hashlib
import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from waiting import soon

from pywats import (
    AsyncPyWATS,
    ConnectionError,  # noqa: A004 - the package's own, which is Python's too
    NotFoundError,
    PyWATSError,
    RetryConfig,
    ValidationError,
)
from pywats.filelock import lock

CONTENT = bytes(range(256)) * 8192  # 2 MiB
PATH = "/api/Software/File/1"


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


class Files:
    """A server that breaks off after a number of bytes, as often as it is told."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.ranges = True
        self.heeds_if_range = True
        self.tells_etag = True
        self.longest = len(CONTENT)  # of what is sent at once
        self.packs = False
        self.empty = False
        self.break_after: list[int] = []
        self.asked: list[str | None] = []
        self.arrived = 0

    def look(self, done: int, _: int | None) -> None:
        """Be told what has arrived; what the client has not taken when the connection breaks is lost."""
        self.arrived = done

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.headers.get("Range"))
        assert request.headers["Accept-Encoding"] == "identity"
        etag = f'"{hashlib.sha256(self.content).hexdigest()}"'
        if self.empty:
            return web.Response(status=204)
        content = gzip.compress(self.content, 1) if self.packs else self.content
        start, status, headers = 0, 200, {"Content-Type": "application/zip"}
        if self.packs:
            headers["Content-Encoding"] = "gzip"
        if self.ranges:
            same = request.headers.get("If-Range", etag) == etag or not self.heeds_if_range
            if "Range" in request.headers and same:
                start, status = int(request.headers["Range"][6:-1]), 206
            headers |= {"Accept-Ranges": "bytes"}
            if self.tells_etag or status == 200:
                headers["ETag"] = etag
        part = content[start : start + self.longest]
        if len(part) < len(content):
            status = 206
            headers["Content-Range"] = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
        response = web.StreamResponse(status=status, headers=headers)
        response.content_length = len(part)
        await response.prepare(request)
        if self.break_after:
            part = part[: self.break_after.pop(0)]
            await response.write(part)
            assert request.transport is not None
            await soon(lambda: not request.transport.get_write_buffer_size())
            await soon(lambda: not part or self.packs or self.arrived == start + len(part))
            request.transport.abort()
            return response
        await response.write(part)
        return response


@pytest.fixture
async def files(aiohttp_server: Any) -> Any:
    files = Files()
    app = web.Application()
    app.router.add_get(PATH, files.serve)
    files.url = str((await aiohttp_server(app)).make_url(""))
    return files


@pytest.fixture
async def api(files: Any) -> Any:
    settings: dict[str, Any] = {"rate_limit": None, "retry_config": RetryConfig(base_delay=0.01)}
    async with AsyncPyWATS(files.url, "token", **settings) as api:
        yield api


async def test_a_file_appears_when_it_is_whole(api, tmp_path):
    target = tmp_path / "package.zip"
    target.write_bytes(b"old")
    told: list[tuple[int, int | None]] = []

    def look(done: int, total: int | None) -> None:
        told.append((done, total))
        assert target.read_bytes() == b"old"

    saved = await api.http.download(PATH, target, progress=look)
    assert (saved.size, saved.content_type, saved.resumed) == (len(CONTENT), "application/zip", 0)
    assert target.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert names(tmp_path) == ["package.zip"]


@pytest.mark.usefixtures("files")
async def test_what_a_killed_program_left_is_removed_and_what_another_writes_is_not(api, tmp_path):
    target = tmp_path / "package.zip"
    left, written, *others = (
        tmp_path / f".package.zip.{name}.part" for name in ("00000001", "00000002", "gz.00000003", "former")
    )
    for path in (left, written, *others):
        path.write_bytes(b"half")
    with written.open("r+b") as file:
        lock(file.fileno())
        await api.http.download(PATH, target)
    assert sorted(names(tmp_path)) == sorted([written.name, *(other.name for other in others), "package.zip"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows moves no open file")
@pytest.mark.usefixtures("files")
async def test_a_download_is_locked_until_it_is_in_its_place(api, tmp_path, monkeypatch):
    target, replace = tmp_path / "package.zip", Path.replace

    def in_the_last_moment(part, to):
        with part.open("r+b") as file, pytest.raises(BlockingIOError):
            lock(file.fileno())
        return replace(part, to)

    monkeypatch.setattr(Path, "replace", in_the_last_moment)
    await api.http.download(PATH, target)
    assert target.read_bytes() == CONTENT


async def test_it_goes_on_where_it_broke_off(api, files, tmp_path):
    files.break_after = [300_000, 500_000, 0]
    saved = await api.http.download(PATH, tmp_path / "package.zip", progress=files.look)
    assert (tmp_path / "package.zip").read_bytes() == CONTENT
    assert saved.resumed == 3
    assert files.asked == [None, "bytes=300000-", "bytes=800000-", "bytes=800000-"]


async def test_a_file_that_changed_meanwhile_is_begun_anew(api, files, tmp_path):
    files.break_after = [300_000]
    download = asyncio.create_task(api.http.download(PATH, tmp_path / "package.zip", progress=files.look))
    await soon(lambda: files.asked)
    files.content = CONTENT[::-1]
    await download
    assert (tmp_path / "package.zip").read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize(("tells_etag", "changed"), [(True, CONTENT[::-1]), (False, CONTENT[::-1] + b"more")])
async def test_the_rest_of_another_file_is_not_joined_to_the_first_part(api, files, tmp_path, tells_etag, changed):
    files.break_after = [300_000]
    files.heeds_if_range = False
    files.tells_etag = tells_etag
    files.longest = len(changed)
    download = asyncio.create_task(api.http.download(PATH, tmp_path / "package.zip", progress=files.look))
    await soon(lambda: files.asked)
    files.content = changed
    await download
    assert (tmp_path / "package.zip").read_bytes() == changed
    assert files.asked == [None, "bytes=300000-", None]


async def test_parts_that_are_shorter_than_asked_for_are_no_whole_file(api, files, tmp_path):
    files.longest = 900_000
    saved = await api.http.download(PATH, tmp_path / "package.zip")
    assert (saved.size, saved.resumed) == (len(CONTENT), 2)
    assert (tmp_path / "package.zip").read_bytes() == CONTENT
    assert files.asked == [None, "bytes=900000-", "bytes=1800000-"]


async def test_what_is_packed_unasked_is_begun_anew(api, files, tmp_path):
    files.packs = True
    files.break_after = [2_000]
    await api.http.download(PATH, tmp_path / "package.zip")
    assert (tmp_path / "package.zip").read_bytes() == CONTENT
    assert files.asked == [None, None]


async def test_no_content_is_no_file(api, files, tmp_path):
    files.empty = True
    with pytest.raises(NotFoundError):
        await api.http.download(PATH, tmp_path / "package.zip")
    assert names(tmp_path) == []


async def test_without_ranges_it_begins_anew(api, files, tmp_path):
    files.ranges = False
    files.break_after = [300_000]
    told: list[tuple[int, int | None]] = []

    def look(done: int, total: int | None) -> None:
        files.look(done, total)
        told.append((done, total))

    await api.http.download(PATH, tmp_path / "package.zip", progress=look)
    assert (tmp_path / "package.zip").read_bytes() == CONTENT
    assert files.asked == [None, None]
    assert max(told) == told[-1] == (len(CONTENT), len(CONTENT))


async def test_what_breaks_off_at_the_same_place_each_time_comes_to_an_end(api, files, tmp_path):
    files.ranges = False
    files.break_after = [300_000] * 50
    with pytest.raises(ConnectionError, match="middle of the answer"):
        await api.http.download(PATH, tmp_path / "package.zip", progress=files.look)
    assert len(files.asked) == 6
    assert names(tmp_path) == []


async def test_what_never_comes_through_leaves_nothing_behind(api, files, tmp_path):
    files.break_after = [300_000] + [0] * 50
    with pytest.raises(ConnectionError, match="middle of the answer"):
        await api.http.download(PATH, tmp_path / "package.zip", progress=files.look)
    assert names(tmp_path) == []
    assert len(files.asked) == 6


async def test_a_cancelled_download_leaves_nothing_behind(api, tmp_path):
    reached = asyncio.Event()
    download = asyncio.create_task(api.http.download(PATH, tmp_path / "p.zip", progress=lambda *_: reached.set()))
    await reached.wait()
    download.cancel()
    await asyncio.wait({download})
    assert names(tmp_path) == []
    assert download.cancelled() or download.result()


async def test_a_file_object_gets_the_bytes_and_stays_open(api, files):
    files.break_after = [300_000]
    file = io.BytesIO(b"head")
    file.seek(4)
    saved = await api.http.download(PATH, file, progress=files.look)
    assert file.getvalue() == b"head" + CONTENT
    assert saved.resumed == 1


async def test_a_pipe_cannot_begin_anew(api, files):
    files.ranges = False
    files.break_after = [10]

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return len(data)

    with pytest.raises(ConnectionError):
        await api.http.download(PATH, Pipe(), progress=files.look)


@pytest.mark.parametrize(("to", "words"), [(".", "folder"), ("none/x.zip", "no folder"), (io.StringIO(), "for bytes")])
async def test_a_target_that_cannot_be_is_refused_before_anything_is_asked(api, files, tmp_path, to, words):
    with pytest.raises(ValidationError, match=words):
        await api.http.download(PATH, tmp_path / to if isinstance(to, str) else to)
    assert files.asked == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
async def test_what_is_no_file_is_not_replaced_by_one(api, files, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValidationError, match="no file that could be replaced"):
        await api.http.download(PATH, tmp_path / "pipe")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert files.asked == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
@pytest.mark.usefixtures("files")
async def test_a_link_stays_one_to_the_new_file(api, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "latest.zip").symlink_to(tmp_path / "store" / "package.zip")
    await api.http.download(PATH, tmp_path / "latest.zip")
    await api.http.download(PATH, tmp_path / "latest.zip")
    assert (tmp_path / "latest.zip").is_symlink()
    assert (tmp_path / "store" / "package.zip").read_bytes() == CONTENT
    assert names(tmp_path / "store") == ["package.zip"]


@pytest.mark.usefixtures("files")
async def test_a_name_may_have_as_many_bytes_as_the_system_allows(api, tmp_path):
    target = tmp_path / ("報" * 84)
    await api.http.download(PATH, target)
    assert target.read_bytes() == CONTENT


@pytest.mark.usefixtures("files")
async def test_a_folder_is_listed_once_however_many_files_come_into_it(api, tmp_path, monkeypatch):
    listed = []

    def looking(plain: Any) -> Any:
        def look(folder: Any) -> Any:
            listed.append(Path(folder))
            return plain(folder)

        return look

    for name in ("listdir", "scandir"):  # pathlib takes the one or the other, by its version
        monkeypatch.setattr(os, name, looking(getattr(os, name)))
    for number in range(3):
        await api.http.download(PATH, tmp_path / f"{number}.zip")
    assert listed == [tmp_path]


async def test_what_is_not_there_is_an_error_of_a_raw_call(api, tmp_path):
    with pytest.raises(NotFoundError):
        await api.http.download("/api/Software/File/2", tmp_path / "x")
    assert names(tmp_path) == []


async def test_both_faces_save_what_a_report_has(either, wats_sandbox, make_report, tmp_path):
    wats_sandbox.seed(reports=[make_report(1)])
    target = tmp_path / "certificate.pdf"
    wats_sandbox.fail("GET /api/Report/Certificate/*", reset="mid-body", times=1)
    saved = await either("report.download_certificate", make_report(1)["id"], target)
    assert target.read_bytes() == await either("report.get_certificate", make_report(1)["id"])
    assert saved.resumed == 1
    assert await either("report.download_certificate", make_report(2)["id"], tmp_path / "none") is None
    assert names(tmp_path) == ["certificate.pdf"]


async def test_a_file_is_sent_without_being_loaded(either, wats_sandbox, make_report, tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(make_report(1)))
    wats_sandbox.fail("POST /api/Report/WSJF", status=503, times=1)
    quick = either.api.with_options(retry=RetryConfig(base_delay=0.01))
    answer = await either.of(quick, "http.post", "/api/Report/WSJF", path, repeatable=True)
    assert answer.is_success
    assert wats_sandbox.reports() == [make_report(1)]
    assert wats_sandbox.requests[-1].headers["Content-Length"] == str(path.stat().st_size)
    with pytest.raises(ValidationError, match="No such file"):
        await either("http.post", "/api/Report/WSJF", Path(tmp_path / "none"))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(lambda path: path.write_bytes(b"x"), "became shorter while it was sent"), (Path.unlink, "No such file")],
)
async def test_a_file_that_cannot_be_read_to_its_end_is_no_fault_of_the_server(
    wats_async_api, wats_sandbox, tmp_path, spoil, words
):
    path = tmp_path / "report.xml"
    path.write_bytes(b"x" * 1_000_000)
    wats_sandbox.fail("PUT /api/Report/WSXF", status=503, times=1)
    wats_async_api.on("retry", lambda _: spoil(path))
    quick = wats_async_api.with_options(retry=RetryConfig(base_delay=0.01, max_attempts=5))
    with pytest.raises(ValidationError, match=f"report.xml cannot be sent: .*{words}") as raised:
        await quick.http.put("/api/Report/WSXF", path)
    assert raised.value.attempts == 2


async def test_rows_are_parsed_while_they_arrive(either, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 31)])
    query = {"$top": 30, "$orderby": "timestamp"}
    rows = await either.walk("http.iter_json", "/api/Report/Query/Header", query)
    whole = await either("http.get", "/api/Report/Query/Header", query)
    assert rows == whole.data


@pytest.mark.parametrize("body", ["not-json", "wrong-json", "html", "half", "empty"])
async def test_what_is_no_array_is_an_error(either, wats_sandbox, body):
    wats_sandbox.seed(products=["A", "B"])
    wats_sandbox.fail("GET /api/Product/Query*", body=body, times=None)
    with pytest.raises(PyWATSError):
        await either.walk("http.iter_json", "/api/Product/Query")
