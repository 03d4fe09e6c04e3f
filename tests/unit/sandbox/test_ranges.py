"""Parts of files, as a server gives them to who asks."""

import pytest

from pywats.sandbox.answers import JSON, Answer
from pywats.sandbox.ranges import ranged

CONTENT = bytes(range(100))


def whole() -> Answer:
    return Answer(200, CONTENT, "application/zip", {"Content-Disposition": "attachment"})


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=90-", 90, 100), ("bytes=95-200", 95, 100), ("bytes=-5", 95, 100)],
)
def test_a_part_is_given(asked, start, stop):
    answer = ranged(whole(), {"Range": asked})
    assert (answer.status, answer.body) == (206, CONTENT[start:stop])
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/100"
    assert answer.headers["Content-Disposition"] == "attachment"


@pytest.mark.parametrize("asked", ["", "bytes=-", "bytes=1-2,5-6", "lines=1-2"])
def test_the_whole_says_that_there_are_parts(asked):
    answer = ranged(whole(), {"Range": asked})
    assert (answer.status, answer.body, answer.headers["Accept-Ranges"]) == (200, CONTENT, "bytes")


def test_another_file_is_given_whole():
    etag = ranged(whole(), {}).headers["ETag"]
    assert ranged(whole(), {"Range": "bytes=5-", "If-Range": etag}).status == 206
    assert ranged(whole(), {"Range": "bytes=5-", "If-Range": '"other"'}).status == 200


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=9-5"])
def test_what_lies_behind_the_end_is_refused(asked):
    answer = ranged(whole(), {"Range": asked})
    assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */100")


def test_json_is_no_file():
    answer = ranged(Answer(200, b"[1]", JSON), {"Range": "bytes=0-0"})
    assert (answer.status, answer.headers) == (200, {})
