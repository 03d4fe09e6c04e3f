"""Lines of a text are read one at a time, whatever its coding, and one without an end is refused."""

import io
from pathlib import Path

import pytest

from pywats.ingest.converters import Context, ConversionError, Source
from pywats.ingest.converters.text import begin_of, read_lines


def lines(content, encoding=None, **given):
    source = Source(io.BytesIO(content), Path("log.txt"))
    return list(read_lines(source, Context(encoding=encoding), **given))


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_tells_the_coding(coding):
    assert lines("Ω\r\nµ\r\rend\n".encode(coding)) == [(1, "Ω"), (2, "µ"), (3, ""), (4, "end")]
    assert begin_of("#1".encode(coding)) == b"#1"


def test_other_codings_are_named_by_the_source():
    assert lines(b"\xb5\n", "cp1252") == [(1, "µ")]
    with pytest.raises(ConversionError, match="name the encoding of this source"):
        lines(b"\xb5\n")


def test_a_last_line_without_an_end_is_refused_where_a_format_needs_it():
    with pytest.raises(ConversionError, match="byte 3: the last line has no end"):
        lines(b"a\nb")
    assert lines(b"a\nb", ended=False) == [(1, "a"), (2, "b")]


def test_a_line_that_is_too_long_is_not_held():
    assert lines(b"12345\n6\n", longest=6) == [(1, "12345"), (2, "6")]
    source = io.BytesIO(b"1\n" + b"x" * 10_000_000 + b"\n")
    with pytest.raises(ConversionError, match="line 2: the line has more than 6 characters"):
        list(read_lines(Source(source, Path("log.txt")), Context(), longest=6))
    assert source.tell() < 100_000
