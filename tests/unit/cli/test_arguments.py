"""From words of a command line to the arguments of a method."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats import AsyncPyWATS
from pywats.cli.arguments import bind, usage
from pywats.cli.exits import CommandError
from pywats.exchange.wire import PyWATSModel
from pywats.jobs import calls
from pywats.service import Face, Service, method


class Filter(PyWATSModel):
    part_number: str | None = None
    period_count: int | None = None


class Things(Service[Face]):
    domain = "things"

    @method
    async def get(self, name: str, number: int = 0, *, deep: bool | None = None) -> str | None:
        """Return a thing."""

    @method
    async def send(self, body: bytes) -> None:
        """Send bytes."""

    @method
    async def search(self, filter: Filter | str | None = None, since: datetime | None = None) -> list[str]:
        """Search."""
        return [str(filter), str(since)]

    @method
    async def put(self, model: Filter, values: list[int] | None = None, anything: Any = None) -> None:
        """Put a model."""

    @method
    async def download(self, path: Path) -> None:
        """Download."""


class Api:
    things = Things(None)


def bound(name, *words):
    return bind(calls.find(Api(), f"things.{name}"), words)


def refused(name, *words):
    with pytest.raises(CommandError) as caught:
        bound(name, *words)
    return caught.value.message


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["X"], {"name": "X"}),
        (["X", "7"], {"name": "X", "number": 7}),
        (["name=X", "number=7"], {"name": "X", "number": 7}),
        (["--name", "X", "--number", "-7"], {"name": "X", "number": -7}),
        (["--name=X", "--deep"], {"name": "X", "deep": True}),
        (["--deep", "X"], {"name": "X", "deep": True}),
        (["--deep", "false", "X"], {"name": "X", "deep": False}),
        (["number=7", "X"], {"name": "X", "number": 7}),
        (["--number=7", "X", "deep=true"], {"name": "X", "number": 7, "deep": True}),
        (["A/B #1?%20 æ"], {"name": "A/B #1?%20 æ"}),
        (["name=a=b"], {"name": "a=b"}),
        (["12"], {"name": "12"}),
        (["[1]"], {"name": "[1]"}),
        (["{"], {"name": "{"}),
        (["@@home"], {"name": "@home"}),
        (["name=--odd"], {"name": "--odd"}),
    ],
)
def test_words_become_arguments_by_place_and_by_name(words, expected):
    assert bound("get", *words) == expected


def test_json_becomes_a_model_where_the_method_takes_one():
    given = bound("search", '{"part_number": "X", "periodCount": 3}', "2026-01-02T03:04:05Z")
    assert given["filter"] == Filter(part_number="X", period_count=3)
    assert given["since"] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_text_stays_text_where_the_method_takes_both():
    assert bound("search", "partNumber eq 'X'") == {"filter": "partNumber eq 'X'"}


def test_lists_and_anything_are_read_as_json():
    given = bound("put", "{}", "[1, 2]", '{"a": null}')
    assert given == {"model": Filter(), "values": [1, 2], "anything": {"a": None}}
    assert bound("put", "{}", "anything=plain")["anything"] == "plain"


def test_a_file_gives_bytes_as_they_are_and_text_where_text_is_wanted(tmp_path):
    file = tmp_path / "body"
    file.write_bytes(b'\xef\xbb\xbf{"part_number": "X"}\r\n')
    assert bound("send", f"@{file}") == {"body": file.read_bytes()}
    assert bound("put", f"@{file}") == {"model": Filter(part_number="X")}
    assert bound("get", f"@{file}") == {"name": '{"part_number": "X"}'}


def test_a_path_is_a_path():
    assert bound("download", "out/x.zip") == {"path": Path("out/x.zip")}


@pytest.mark.parametrize(
    ("name", "words", "parts"),
    [
        ("get", [], ["things.get", "name is missing", "things.get NAME"]),
        ("get", ["X", "1", "true", "more"], ["one value too many", "'more'"]),
        ("get", ["X", "--numbr", "1"], ["no argument --numbr", 'did you mean "number"']),
        ("get", ["X", "numbr=1"], ["no argument numbr=", 'did you mean "number"']),
        ("get", ["A=B"], ["no argument A=", "name=VALUE"]),
        ("get", ["X", "name=Y"], ["name is given twice"]),
        ("get", ["X", "number=seven"], ["number", "valid integer"]),
        ("get", ["X", "--number"], ["--number needs a value"]),
        ("put", ['{"period_count": "many"}'], ["model", "valid integer"]),
        ("put", ['{"part_number": '], ["model", "JSON"]),
        ("send", ["@/nowhere/at/all"], ["body", "/nowhere/at/all", "No such file", "@@"]),
        ("search", ["since=yesterday"], ["since", "datetime"]),
    ],
)
def test_a_word_that_fits_nothing_is_named_with_what_would(name, words, parts):
    message = refused(name, *words)
    for part in parts:
        assert part in message
    assert "\n" not in message


def test_a_value_that_is_wrong_is_not_repeated():
    assert "s3cret" not in refused("get", "X", "number=s3cret")


def test_usage_names_what_is_needed_and_what_may_be_left_out():
    assert usage(calls.find(Api(), "things.get")) == "things.get NAME [number=…] [deep=…]"


@given(st.lists(st.text(max_size=20), max_size=5))
def test_no_words_end_in_anything_but_arguments_or_a_command_error(words):
    for name in ("get", "send", "search", "put"):
        try:
            given = bound(name, *(word for word in words if not word.startswith("@")))
        except CommandError:
            continue
        assert set(given) <= set(calls.find(Api(), f"things.{name}").parameters)


def test_every_argument_of_every_method_can_be_read():
    found = list(calls.targets(AsyncPyWATS(base_url="http://127.0.0.1:1", token="t")))
    assert len(found) > 100
    for target in found:
        for kind in target.types.values():
            assert pydantic.TypeAdapter[Any](kind).core_schema
