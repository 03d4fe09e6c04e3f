"""Forms with files: what the client writes is what the sandbox reads."""

from hypothesis import given
from hypothesis import strategies as st

from pywats.exchange import call
from pywats.sandbox import multipart
from pywats.sandbox.routing import Request


@given(
    content=st.binary(max_size=200) | st.lists(st.sampled_from([b"\r\n", b"--", b"\n", b"x"])).map(b"".join),
    filename=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
)
def test_any_file_comes_through_byte_by_byte(content, filename):
    body, content_type = call.form_file(content, filename, "application/zip")
    found = multipart.form_file(Request("POST", "/", {}, {"Content-Type": content_type}, body))
    assert (found.content, found.media_type) == (content, "application/zip")
    quoted = filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    assert found.filename == quoted
