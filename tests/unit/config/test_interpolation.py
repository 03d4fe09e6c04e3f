"""References in values: what they become, and what is said when they cannot be resolved."""

import os
import socket
from pathlib import Path

import pytest

from pywats.config import document
from pywats.config.interpolation import Interpolation
from pywats.config.validation import plain

ENVIRON = {"NAME": "value", "EMPTY": "", "WATS_AUTH_TOKEN": "s3cret-token", "DOLLAR": "${NAME}", "NUMBER": "7"}


def resolve(text, name="c.yaml"):
    interpolation = Interpolation(ENVIRON)
    return interpolation.resolve(document.parse(text, name)), interpolation


def value(text):
    node, interpolation = resolve(f"a: '{text}'")
    assert not interpolation.problems
    return plain(node)["a"]


def problem(text):
    _, interpolation = resolve(f"a: '{text}'")
    (found,) = interpolation.problems
    return str(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${NAME}", "value"),
        ("x-${NAME}-${NAME}-y", "x-value-value-y"),
        ("${NUMBER}", "7"),
        ("${EMPTY}", ""),
        ("${EMPTY:-other}", "other"),
        ("${ABSENT:-other}", "other"),
        ("${ABSENT:-}", ""),
        ("${ABSENT:-a:-b}", "a:-b"),
        ("${NAME:-${ABSENT}}", "value"),
        ("${ABSENT:-${NAME}}", "value"),
        ("${ABSENT:-<${ALSO_ABSENT:-${NAME}}>}", "<value>"),
        ("$${NAME}", "${NAME}"),
        ("$$", "$"),
        ("$$$${NAME}$$", "$${NAME}$"),
        ("$NAME costs 5$", "$NAME costs 5$"),
        ("${DOLLAR}", "${NAME}"),
        ("${ABSENT:-$$}", "$"),
        ("}", "}"),
        ("{{ vars.x }}", "{{ vars.x }}"),
    ],
)
def test_a_reference_is_replaced(text, expected):
    assert value(text) == expected


def test_hostname_is_the_name_of_this_machine():
    assert value("${hostname}") == socket.gethostname()
    assert value("${ABSENT:-${hostname}}") == socket.gethostname()


def test_only_values_are_interpolated():
    node, _ = resolve("'${NAME}': '${NAME}'")
    assert plain(node) == {"${NAME}": "value"}


def test_a_file_is_read_beside_the_configuration_and_stripped(write, tmp_path):
    (tmp_path / "etc").mkdir()
    write("  s3cret\n\n", "etc/token")
    node, interpolation = resolve("a: ${file:token}", "etc/c.yaml")
    assert plain(node) == {"a": "s3cret"}
    assert node.items["a"].secret
    assert node.items["a"].sources == (f"the file {Path('etc/token')}",)
    assert not interpolation.warnings


def test_a_file_name_takes_references_and_a_home_folder(write, tmp_path, monkeypatch):
    write("s3cret", "value")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert value("${file:${NAME}}") == "s3cret"
    assert value("${file:~/value}") == "s3cret"


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_secret_file_open_to_all_is_a_warning(write):
    write("s3cret", "token").chmod(0o644)
    _, interpolation = resolve("a: ${file:token}")
    assert interpolation.warnings == [
        "c.yaml:1:4: a: every user of this machine can read token; chmod o-r would keep it secret"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "${ABSENT}",
            "c.yaml:1:4: a: ${ABSENT}: the environment variable ABSENT is not set; set it, or write ${ABSENT:-default}",
        ),
        (
            "${WATS_AUTH_TOKN}",
            (
                "c.yaml:1:4: a: ${WATS_AUTH_TOKN}: the environment variable WATS_AUTH_TOKN is not set; "
                "set it, or write "
                '${WATS_AUTH_TOKN:-default} (did you mean "WATS_AUTH_TOKEN"?)'
            ),
        ),
        (
            "${ABSENT:-${GONE}}",
            "c.yaml:1:4: a: ${GONE}: the environment variable GONE is not set; set it, or write ${GONE:-default}",
        ),
        ("x${NAME", "c.yaml:1:4: a: holds a ${ that no } closes; $$ stands for a dollar sign"),
        ("${ABSENT:-${NAME}", "c.yaml:1:4: a: holds a ${ that no } closes; $$ stands for a dollar sign"),
        ("${file:absent}", "c.yaml:1:4: a: ${file:absent}: absent: cannot be read: No such file or directory"),
        ("${file:.}", "c.yaml:1:4: a: ${file:.}: .: is not a regular file"),
        ("${file:}", "c.yaml:1:4: a: ${file:} names no file; write ${file:PATH}"),
        *(
            (
                wrong,
                (
                    "c.yaml:1:4: a: holds an unknown kind of reference; allowed are ${NAME}, ${NAME:-default}, "
                    "${file:PATH}, ${hostname}, and $$ for a dollar sign"
                ),
            )
            for wrong in ("${}", "${1A}", "${env:NAME}", "${NAME-x}", "${ NAME }")
        ),
    ],
)
def test_a_reference_that_cannot_be_resolved_says_what_to_do(write, text, message):
    write("")
    assert problem(text) == message


def test_a_secret_file_must_be_small_text(write):
    write(b"x" * 70_000, "large")
    assert problem("${file:large}") == "c.yaml:1:4: a: ${file:large}: large: is larger than 65536 bytes"
    write(b"\xff\x01", "binary")
    assert problem("${file:binary}") == (
        "c.yaml:1:4: a: ${file:binary}: binary:1:1: byte 1 is not UTF-8 text; save the file as UTF-8"
    )


def test_nesting_is_bounded():
    deep = "${A:-" * 5000 + "}" * 5000
    assert problem(deep) == "c.yaml:1:4: a: has references nested deeper than 10"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("{token: abc}", True),
        ("{Password: abc}", True),
        ("{proxy_password: abc}", True),
        ("{api_key: 12345}", True),
        ("{secret: {inner: abc}}", True),
        ("{name: abc}", False),
        ("{token_file: abc}", False),
        ('{name: "${NAME}"}', False),
        ('{name: "${WATS_AUTH_TOKEN}"}', True),
        ('{name: "a${WATS_AUTH_TOKEN}b"}', True),
    ],
)
def test_a_value_is_secret_by_its_key_or_by_where_it_comes_from(text, secret):
    node, _ = resolve(text)
    while isinstance(node, document.Mapping):
        (node,) = node.items.values()
    assert node.secret is secret
    assert "abc" not in repr(node)


def test_a_secret_that_stands_in_the_file_is_a_warning():
    _, interpolation = resolve("server: {token: abcdef}")
    assert interpolation.warnings == [
        "c.yaml:1:17: server.token: the secret stands in this file; ${file:PATH} or ${NAME} would keep it out"
    ]
