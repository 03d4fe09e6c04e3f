"""YAML read as nodes: values, places, bounds."""

import codecs
import os
import time
from pathlib import Path
from typing import Any

import pytest
from waiting import PATIENCE

from pywats.config import document
from pywats.config.validation import plain
from pywats.errors import ConfigurationError


def values(text: str) -> Any:
    return plain(document.parse(text, "c.yaml"))


def error(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        document.parse(text, "c.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("0", 0),
        ("1.5", 1.5),
        ("-2.5e3", -2500.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("on", "on"),
        ("yes", "yes"),
        ("0012", "0012"),
        ("12345678901234567890", "12345678901234567890"),
        ("1e5", "1e5"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("0x1F", "0x1F"),
        (".inf", ".inf"),
        ("1.0e999", "1.0e999"),
        ("2026-01-02", "2026-01-02"),
        ("500/60s", "500/60s"),
        ("none", "none"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("|\n  two\n  lines", "two\nlines"),
    ],
)
def test_a_scalar_becomes_the_value_a_reader_expects(text, value):
    assert values(f"a: {text}") == {"a": value}
    assert type(values(f"a: {text}")["a"]) is type(value)


def test_keys_are_text_whatever_they_look_like():
    assert values("on: 1\n2: x\nnull: y\ntrue: z") == {"on": 1, "2": "x", "null": "y", "true": "z"}


def test_an_alias_stands_for_its_anchor():
    assert values("a: &x [1, {b: 2}]\nc: *x") == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}


def test_every_key_and_value_knows_its_place():
    tree = document.parse("a: 1\nb:\n  - c: two\n", "c.yaml")
    assert str(tree.key_places["b"]) == "c.yaml:2:1"
    items = tree.items["b"]
    assert isinstance(items, document.Sequence)
    inner = items.items[0]
    assert isinstance(inner, document.Mapping)
    assert [str(place) for place in (items.place, inner.key_places["c"], inner.items["c"].place)] == [
        "c.yaml:3:3",
        "c.yaml:3:5",
        "c.yaml:3:8",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "c.yaml:1:1: is empty; a mapping of keys and values is needed"),
        ("# nothing", "c.yaml:1:1: is empty; a mapping of keys and values is needed"),
        ("word", "c.yaml:1:1: a mapping of keys and values is needed here"),
        ("- a", "c.yaml:1:1: a mapping of keys and values is needed here"),
        ("a: 1\nb: 2\na: 3", "c.yaml:3:1: a: is there twice, first in line 1"),
        ("a: {b: 1, b: 2}", "c.yaml:1:11: b: is there twice, first in line 1"),
        ("--- {a: 1}\n--- {b: 1}", "c.yaml:2:1: a second document starts here; a file holds one"),
        (
            "a: !!python/name:os.system x",
            "c.yaml:1:4: the tag tag:yaml.org,2002:python/name:os.system is not supported; write the plain value",
        ),
        ("a: !!int '1'", "c.yaml:1:4: the tag tag:yaml.org,2002:int is not supported; write the plain value"),
        ("a: !!set {b: 1}", "c.yaml:1:4: the tag tag:yaml.org,2002:set is not supported; write the plain value"),
        ("a: !mine [b]", "c.yaml:1:4: the tag !mine is not supported; write the plain value"),
        ("<<: {a: 1}", "c.yaml:1:1: <<: merging keys is not supported; use an overlay file, or repeat the keys"),
        ("a: *x", "c.yaml:1:4: *x refers to no anchor &x above; put text that starts with * in quotes"),
        ("a: &x [*x]", "c.yaml:1:8: *x refers to what it stands in"),
        ("a: \x07", "c.yaml:1:4: the character U+0007 is not allowed in YAML"),
        ("a: 1\nb: \ufeff", "c.yaml:2:4: the character U+FEFF is not allowed in YAML"),
        (
            "a: {{ vars.x }}",
            'c.yaml:1:5: a key must be text; put a value that starts with { or [ in quotes, such as "{{ vars.part }}"',
        ),
        (
            "a: *.xml",
            (
                "c.yaml:1:5: is not YAML: did not find expected alphabetic or numeric character, "
                "while scanning an alias; "
                "put text that starts with * or & in quotes"
            ),
        ),
        (
            "a:\n\tb: 1",
            (
                "c.yaml:2:1: is not YAML: found character that cannot start any token, "
                "while scanning for the next token; "
                "indent with spaces, not with tabs"
            ),
        ),
        (
            'watch: "C:\\data"',
            (
                "c.yaml:1:11: is not YAML: found unknown escape character, while parsing a quoted scalar; "
                "in double quotes a backslash starts an escape; use single quotes"
            ),
        ),
        (
            "a: b: c",
            (
                "c.yaml:1:5: is not YAML: mapping values are not allowed in this context; "
                'check the indentation, and put a value that holds ": " in quotes'
            ),
        ),
        (
            "a: {b: ${C}}",
            (
                "c.yaml:1:9: is not YAML: did not find expected ',' or '}', while parsing a flow mapping; "
                'put a value that holds { } [ ] or , in quotes, such as "${NAME}"'
            ),
        ),
        (
            "a: @x",
            (
                "c.yaml:1:4: is not YAML: found character that cannot start any token, "
                "while scanning for the next token; "
                "put a value that starts with such a character in quotes"
            ),
        ),
        ("a: 'x", "c.yaml:1:6: is not YAML: found unexpected end of stream, while scanning a quoted scalar"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_do(text, message):
    assert error(text) == message


def test_depth_is_bounded():
    assert error("a: " + "[" * 50_000) == "c.yaml:1:44: is nested deeper than 40 levels"


def test_aliases_cannot_multiply_without_bound():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    started = time.process_time()
    assert error(bomb) == "c.yaml:5:5: holds more than 50000 values, counting each use of an alias"
    assert time.process_time() - started < PATIENCE


def test_a_file_larger_than_the_bound_is_refused(write):
    path = write(b"a: " + b"x" * document.MAX_BYTES)
    with pytest.raises(ConfigurationError, match=r"^c\.yaml: is larger than 1048576 bytes$"):
        document.read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf_8_and_marked_utf_16_are_read(write, encoding):
    assert plain(document.read(write("a: Ærø\n".encode(encoding)))) == {"a": "Ærø"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1\nb: \xe6\n".encode("latin-1"), "c.yaml:2:4: byte 9 is not UTF-8 text; save the file as UTF-8"),
        (codecs.BOM_UTF16_LE + b"a\0:\0 ", "c.yaml:1:3: byte 7 is not UTF-16 text; save the file as UTF-8"),
        (b"a: \xed\xa0\x80", "c.yaml:1:4: byte 4 is not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_a_wrong_encoding_is_named_with_its_place(write, content, message):
    with pytest.raises(ConfigurationError) as caught:
        document.read(write(content))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.yaml", "absent.yaml: cannot be read: No such file or directory"),
        (".", ".: is not a regular file"),
        ("a\0b", "'a\\x00b': is not a file name"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(write, name, message):
    write("a: 1")
    with pytest.raises(ConfigurationError) as caught:
        document.read(Path(name))
    assert str(caught.value) == message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are made with os.mkfifo, which this system lacks")
def test_a_named_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigurationError, match=r"is not a regular file$"):
        document.read(tmp_path / "pipe")
