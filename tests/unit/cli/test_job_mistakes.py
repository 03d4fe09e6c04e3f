"""What is wrong with a job file is said by each command: a line with its place, exit code 2, and nothing was done."""

import os
import re

import pytest

JOB = """kind: job
name: products
server: {base_url: "https://wats.invalid", token: "${WATS_AUTH_TOKEN}"}
steps:
  - id: all
    call: product.get_products
    into: {csv: all.csv}
"""


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATS_AUTH_TOKEN", "t0ken")


def laughs(levels, times):
    lines = ['a0: &a0 ["ha"]']
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * times)}]" for level in range(1, levels)]
    return "\n".join(lines)


ODD = {
    "empty": ("", "1:1: is empty"),
    "only a comment": ("# nothing\n", "1:1: is empty"),
    "no mapping": ("- kind: job\n", "1:1: a mapping of keys and values is needed here"),
    "one word": ("job\n", "1:1: a mapping"),
    "a tab": (JOB.replace("    call", "\tcall"), "6:1: is not YAML"),
    "a key twice": (JOB + "name: again\n", "8:1: name: is there twice, first in line 2"),
    "a key of a step twice": (JOB.replace("    into", "    id: again\n    into"), "7:5: id: is there twice"),
    "a merge key": (JOB.replace("  - id: all", "  - <<: {when: true}\n    id: all"), "5:5: <<: merging keys is not"),
    "no such anchor": (JOB.replace("product.get_products", "*call"), "6:11: *call refers to no anchor"),
    "an anchor in itself": (JOB + "vars: &v {a: *v}\n", "8:14: *v refers to what it stands in"),
    "a billion laughs": (JOB + "vars:\n" + re.sub("(?m)^", "  ", laughs(9, 9)), ": holds more than"),
    "nested deeply": (JOB + "vars: {a: " + "[" * 60 + "]" * 60 + "}", "nested deeper than"),
    "a tag": (JOB.replace("products\n", "!!python/name:os.system products\n", 1), "2:7: the tag"),
    "two documents": (JOB + "---\nkind: job\n", "8:1: a second document starts here"),
    "an open quote": (JOB + "vars: {a: 'b}\n", "is not YAML: found unexpected end of stream"),
    "an open brace": (JOB + "vars: {a: 1\n", "is not YAML"),
    "a template without quotes": (
        JOB + "vars: {a: {{ run.date }}}\n",
        "a key must be text; put a value that starts with",
    ),
    "a wrong indentation": (JOB.replace("    call", "   call"), "is not YAML"),
    "a backslash in double quotes": (JOB + 'vars: {a: "C:\\data"}\n', "unknown escape character"),
    "a control character": (JOB + "vars: {a: \x07}\n", "8:11: the character U+0007 is not allowed in YAML"),
    "binary": (bytes(range(256)), "2:118: byte 129 is not UTF-8 text"),
    "Latin-1": (JOB.encode() + b"vars: {a: \xe6}\n", "8:11: byte"),
    "half of UTF-16": (b"\xff\xfe" + JOB.encode("utf-16-le")[:-1], "is not UTF-16 text"),
    "too large": (JOB.encode() + b"#" * 2**20, "is larger than 1048576 bytes"),
    "no kind": (JOB.removeprefix("kind: job\n"), "1:1: kind: is missing"),
    "another kind": (JOB.replace("kind: job", "kind: jbo"), '(did you mean "job"?)'),
}


@pytest.mark.parametrize(("content", "said"), ODD.values(), ids=ODD)
@pytest.mark.parametrize("command", ["run", "validate"])
def test_an_odd_file_is_one_line_with_its_place(cli, tmp_path, command, content, said):
    (tmp_path / "j.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    told = cli(command, "j.yaml")
    assert (told.code, told.out) == (2, "")
    (line,) = told.err.splitlines()
    assert re.match(r"j\.yaml(:\d+:\d+)?: ", line)
    assert said in line
    assert [path.name for path in tmp_path.iterdir()] == ["j.yaml"]


@pytest.mark.parametrize("command", ["run", "validate"])
def test_what_is_no_file_is_one_line(cli, tmp_path, command):
    (tmp_path / "folder.yaml").mkdir()
    for name, said in (("folder.yaml", "is not a regular file"), ("none.yaml", "No such file")):
        told = cli(command, name)
        assert (told.code, told.out, len(told.err.splitlines())) == (2, "", 1)
        assert said in told.err


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may read everything")
def test_a_file_that_may_not_be_read_is_one_line(cli, tmp_path):
    (tmp_path / "j.yaml").write_text(JOB)
    (tmp_path / "j.yaml").chmod(0)
    told = cli("run", "j.yaml")
    assert (told.code, told.err) == (2, "j.yaml: cannot be read: Permission denied\n")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + JOB.encode(),
        JOB.encode("utf-16"),
        JOB.replace("\n", "\r\n").encode(),
        JOB.encode().rstrip(),
        (JOB + "vars: {a: &a [1], b: *a}\n").encode(),
        b"--- # a comment\n" + JOB.encode() + b"...\n",
    ],
    ids=["a byte order mark", "UTF-16", "CRLF", "no last line feed", "an anchor", "document marks"],
)
def test_what_is_allowed_is_read(cli, tmp_path, content):
    (tmp_path / "j.yaml").write_bytes(content)
    assert cli("validate", "j.yaml").out == "j.yaml: ok (job)\n"


def test_several_mistakes_are_a_line_each_and_nothing_is_done(cli, tmp_path):
    (tmp_path / "j.yaml").write_text(JOB.replace("get_products", "get_prodcts").replace("csv:", "csw:"))
    for command in ("run", "validate"):
        told = cli(command, "j.yaml")
        assert (told.code, told.out) == (2, "")
        assert 'did you mean "csv"?' in told.err
        assert all(re.match(r"j\.yaml:\d+:\d+: steps\[0\]", line) for line in told.err.splitlines())
    assert [path.name for path in tmp_path.iterdir()] == ["j.yaml"]
