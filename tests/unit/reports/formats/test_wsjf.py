"""WSJF: an object, a list, a line each; what is refused."""

import json
import os
import stat
import sys
import tracemalloc
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.errors import FormatError
from pywats.reports.formats import wsjf

ONE = b'{"type":"T","pn":"P","sn":"1","new":{"a":null}}'
TWO = b'{"type":"R","pn":"P","sn":"2","uur":{}}'


def serials(content):
    return [report.sn for report in wsjf.read(content)]


@pytest.mark.parametrize(
    "content",
    [
        b"[%b,%b]" % (ONE, TWO),
        b" [ %b\r\n,\n%b ] \n" % (ONE, TWO),
        b"%b\n%b\n" % (ONE, TWO),
        b"%b%b" % (ONE, TWO),
        b"\xef\xbb\xbf[%b,%b]" % (ONE, TWO),
        (b"[%b,%b]" % (ONE, TWO)).decode().encode("utf-16"),
    ],
)
def test_an_object_a_list_or_a_line_each(content):
    assert serials(content) == ["1", "2"]
    assert serials(BytesIO(content)) == ["1", "2"]


def test_what_nobody_knows_is_kept():
    (report,) = wsjf.read(ONE)
    assert report.wire == json.loads(ONE)


def test_one_report_is_an_object_and_several_are_a_list():
    (report,) = wsjf.read(ONE)
    for given_, wanted in ((report, json.loads(ONE)), ([report], [json.loads(ONE)]), ([], [])):
        target = BytesIO()
        wsjf.write(given_, target)
        assert json.loads(target.getvalue()) == wanted


@pytest.mark.parametrize(
    ("content", "position", "words"),
    [
        (b"", "line 1, column 1", "no report"),
        (b"  \n ", "line 2, column 2", "no report"),
        (b"[]", "line 1, column 3", "no report"),
        (b"[1]", "line 1, column 2", "a report is a JSON object, this is 1"),
        (b'{"pn":"P"}', "line 1, column 1: sn", "required"),
        (b'\n\n {"pn" 1}', "line 3, column 8", "delimiter"),
        (b'{"pn": "P', "line 1, column 8", "Unterminated string$"),
        (b"[%b %b]" % (ONE, TWO), f"line 1, column {len(ONE) + 3}", "a comma"),
        (b"[%b,%b" % (ONE, TWO), "line 1", "does not end"),
        (b"[%b]%b" % (ONE, TWO), f"line 1, column {len(ONE) + 3}", "behind the list"),
        (b'[%b,\n{"pn":"P","sn":1}]' % ONE, "line 2, column 1: sn", "string"),
        (b'{"pn":"P","sn":"S","root":{"steps":[{"name":1}]}}', "line 1, column 1: root.steps.0.name", "string"),
        (b'{"pn":"\xff"}', "byte 7", "UTF-8"),
        (b"\xff\xfe\x00\xd8", "byte 2", "UTF-16"),
        (b'{"pn":"P","sn":"S","x":NaN}', "line 1", "NaN is no number"),
        (b'{"pn":"P","sn":"S","x":1e999}', "line 1", "1e999 is no number"),
        (b"[" * 100_000, "line 1", "too deeply"),
        (b'{"a":' * 100_000, "line 1", "too deeply"),
        (b'{"pn":"P","sn":"S","x":' + b"1" * 5000 + b"}", "line 1", "digits"),
    ],
)
def test_an_error_names_the_place(content, position, words):
    with pytest.raises(FormatError, match=words) as caught:
        list(wsjf.read(content))
    assert caught.value.position.startswith(position)


@given(st.integers(1, 40), st.text(alphabet='aé€😀\\"{}[], \n', max_size=9))
def test_where_the_pieces_end_does_not_matter(size, text):
    class Pieces(BytesIO):
        def read(self, wanted=-1):
            return super().read(min(size, wanted))

    report = {"pn": text, "sn": "S", "type": "T"}
    content = json.dumps([report, report], ensure_ascii=False, indent=1).encode()
    assert [each.pn for each in wsjf.read(Pieces(content))] == [text, text]


def test_a_list_of_thousands_is_read_in_little_memory():
    content = b"[" + b",".join([ONE[:-1] + b',"fill":"' + b"x" * 5000 + b'"}'] * 4000) + b"]"
    tracemalloc.start()
    assert sum(1 for _ in wsjf.read(BytesIO(content))) == 4000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000 < len(content)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes, and links need a privilege")
def test_a_pipe_is_not_replaced_and_a_link_stays_one(tmp_path):
    pipe, link = tmp_path / "pipe", tmp_path / "link.json"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="no file that could be replaced"):
        wsjf.write([], pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    link.symlink_to(tmp_path / "real.json")
    wsjf.write([], link)
    assert link.is_symlink()
    assert (tmp_path / "real.json").is_file()
