"""Requests and answers as values: paths, queries, bodies, and what is read from an answer."""

import json
import math
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from yarl import URL

from pywats.errors import InvalidResponseError, NotFoundError, ValidationError
from pywats.exchange.answer import Answer
from pywats.exchange.call import (
    body,
    checked,
    deleted,
    file_or_none,
    many,
    maybe,
    maybe_by,
    nothing,
    one,
    query,
    raw_or_none,
    text,
    url,
    wire_text,
)
from pywats.exchange.wire import PyWATSModel, Setting

ODD = "A/B #1?%20 æ"
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def answer(body: bytes | str = b"", status: int = 200, kind: str = "application/json", **more: Any) -> Answer:
    content = body.encode() if isinstance(body, str) else body
    return Answer(status, {"content-type": kind}, content, "GET", "/api/X", **more)


@given(names, names)
@example(ODD, "1.0/β")
@example("%2F", "a%")
def test_a_segment_decodes_back_to_itself_and_is_one_segment(part_number: str, revision: str):
    assume(part_number not in {".", ".."} and revision not in {".", ".."})
    path = url("/api/Product/{}/{}", part_number, revision)
    assert [unquote(segment) for segment in path.split("/")] == ["", "api", "Product", part_number, revision]
    assert urlsplit("http://h" + path).path == path
    assert URL("http://h" + path, encoded=True).raw_path == path


@pytest.mark.parametrize("segment", [None, "", ".", "..", "\ud800"])
def test_what_cannot_be_a_segment_is_refused(segment):
    with pytest.raises(ValidationError, match="cannot be part of a path"):
        url("/api/Product/{}", segment)


def test_a_segment_may_be_an_id_or_a_number():
    identity = UUID("6F9619FF-8B86-D011-B42D-00C04FC964FF")
    assert url("/x/{}/{}", identity, 7) == "/x/6f9619ff-8b86-d011-b42d-00c04fc964ff/7"


def test_query_values_are_written_as_the_server_reads_them():
    class Mode(Enum):
        FAST = "f"

    values = query(filter_="a eq 'b'", top_=3, skip_=None, flag=True, mode=Mode.FAST, names=["a", "b"])
    assert values == (("$filter", "a eq 'b'"), ("$top", "3"), ("flag", "true"), ("mode", "f"), ("names", "a,b"))


@given(names)
def test_a_query_value_survives_the_url(value: str):
    pairs = query(filter_=value)
    written = "&".join(f"{quote(name)}={quote(text, safe='')}" for name, text in pairs)
    assert parse_qsl(written, keep_blank_values=True) == [("$filter", value)]


def test_an_instant_is_written_with_its_offset_and_one_without_a_zone_is_refused():
    assert wire_text(datetime(2026, 1, 5, 8, tzinfo=timezone(timedelta(hours=1)))) == "2026-01-05T08:00:00+01:00"
    with pytest.raises(ValidationError, match="no time zone"):
        wire_text(datetime(2026, 1, 5, 8))  # noqa: DTZ001 - the mistake itself


def test_a_body_holds_wire_names_and_leaves_out_what_is_none():
    assert json.loads(body([Setting(key="a"), {"b": 1}])) == [{"key": "a"}, {"b": 1}]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_have_is_refused_and_never_becomes_null(number):
    with pytest.raises(ValidationError, match="JSON has no number"):
        body({"a": [number]})


def test_the_words_nan_and_infinity_are_ordinary_text():
    assert json.loads(body({"a": "NaN and Infinity"})) == {"a": "NaN and Infinity"}


@pytest.mark.parametrize("value", [{"a": object()}, {"a": "\ud800"}])
def test_what_json_cannot_write_is_refused(value):
    with pytest.raises(ValidationError, match="cannot be written as JSON"):
        body(value)


def test_arguments_that_do_not_fit_are_named():
    class Args(PyWATSModel):
        count: int
        state: bool

    assert checked(Args, {"count": "3", "state": True}).count == 3
    with pytest.raises(ValidationError, match=r"count: .*; state: "):
        checked(Args, {"count": "x", "state": []})


@pytest.mark.parametrize("nothing_there", ["", "null", "{}", "[]", "  "])
def test_nothing_is_none_or_an_empty_list(nothing_there):
    assert maybe(Setting)(answer(nothing_there)) is None
    assert many(Setting)(answer(nothing_there)) == []
    with pytest.raises(InvalidResponseError, match="Setting was expected"):
        one(Setting)(answer(nothing_there))


def test_a_404_of_the_api_is_nothing():
    said = answer('{"Message": "no"}', 404)
    assert maybe(Setting)(said) is None
    assert many(Setting)(said) == []
    assert raw_or_none(said) is None
    assert file_or_none(said) is None
    assert maybe_by(json.loads)(said) is None


def test_values_are_read():
    assert one(Setting)(answer('{"key": "a"}')) == Setting(key="a")
    assert many(Setting)(answer('[{"key": "a"}]')) == [Setting(key="a")]
    assert raw_or_none(answer("{ }")) == b"{ }"


def test_what_does_not_parse_says_where_and_shows_the_first_bytes():
    broken = answer('[{"key": "a"}, {"key": 3}]' + " " * 300)
    with pytest.raises(InvalidResponseError, match=r"does not parse at 1\.key") as caught:
        many(Setting)(broken)
    assert caught.value.body == broken.body[:200]
    assert (caught.value.status, caught.value.path) == (200, "/api/X")


@pytest.mark.parametrize("read", [one(Setting), maybe(Setting), many(Setting), raw_or_none, text, nothing, deleted])
def test_a_web_page_is_never_data(read):
    with pytest.raises(InvalidResponseError, match="web page"):
        read(answer("<!DOCTYPE html><html></html>", kind="text/html"))


@given(st.text(st.characters(exclude_categories=["Cs"])).map(str.strip).filter(lambda words: not words.startswith('"')))
def test_a_text_comes_in_quotes_or_bare(words: str):
    assume(not words.lower().startswith(("<html", "<!doctype")) and not words.startswith("\ufeff") and words != "null")
    assert text(answer(json.dumps(words))) == words
    assert text(answer(words)) == words


def test_a_null_is_no_text():
    assert text(answer("null")) == ""


def test_a_text_with_broken_quotes_is_an_error():
    with pytest.raises(InvalidResponseError, match="no JSON text"):
        text(answer('"a"b"'))


def test_a_file_may_be_of_any_kind_but_a_json_null_is_none():
    assert file_or_none(answer("null", kind="application/json; charset=utf-8")) is None
    assert file_or_none(answer("null", kind="text/plain")) == b"null"
    assert file_or_none(answer(b"")) is None
    assert file_or_none(answer("<html>", kind="text/html")) == b"<html>"


def test_a_404_says_deleted_only_if_an_earlier_attempt_may_have_done_it():
    gone = answer('{"Message": "no such product"}', 404, attempts=2)
    deleted(gone)
    gone.attempts = 1
    with pytest.raises(NotFoundError, match="no such product"):
        deleted(gone)
