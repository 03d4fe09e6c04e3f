"""Filters of any text: never an error of the server, and the same answer as Python gives."""

import operator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pywats.sandbox import Sandbox

PATH = "/api/Report/Query/Header"
WORDS = (
    "( ) , / : ' '' 'x' 'O''Brien' eq ne gt ge lt le in and or not any all add has null true false 5 -5 1.5 1e400 99L"
    " 2026-01-05 2026-01-05T00:00:00Z 2026-01-05T00:00:00 5e0f7d52-0000-4000-8000-000000000003 startswith( endswith("
    " contains( tolower( length( substring( indexof( concat( trim( year( subUnits/any( miscInfo/any( s: s/partNumber"
    " partNumber serialNumber processCode start uuid run measuresDeleted comment nothing $it æ %"
)


@pytest.fixture(scope="module")
def filled(make_report, client):
    with Sandbox() as wats:
        texts = ["", "a", "A b", "O'Brien", "æ%_", "b"]
        for number, text in enumerate(texts, start=1):
            uut = {"user": "u", "comment": text or None, "execTime": number / 2}
            unit = {"partType": "p", "pn": f"PN{number % 3}", "sn": text or "empty"}
            units = [unit] * (number % 3)
            wats.seed(reports=[make_report(number, uut=uut, subUnits=units, processCode=10 if number % 2 else 60)])
        yield client(wats.url, wats.token)


def sound(http, path, filter):
    reply = http.get(path, {"$filter": filter})
    assert reply.status in {200, 400}, (filter, reply.body)
    if reply.status == 400:
        assert reply.message.startswith("The query specified in the URI is not valid. ")


@settings(max_examples=300, deadline=None)
@given(filter=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_any_text_is_answered(filled, filter):
    sound(filled, PATH, filter)
    sound(filled, "/api/Product/Query", filter)


@settings(max_examples=500, deadline=None)
@given(tokens=st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=25))
def test_any_row_of_tokens_is_answered(filled, tokens):
    sound(filled, PATH, " ".join(tokens))


@pytest.mark.parametrize(
    "filter",
    [
        "not (" * 11 + "true" + ")" * 11,
        "startswith(" + "concat(" * 12 + "'a'" + ",'b')" * 12 + ",'a')",
        "(" * 49 + "true" + ")" * 49,
        "subUnits/any(s: " + "not (" * 10 + "s/partNumber eq 'x'" + ")" * 10 + ")",
        " or ".join(f"run eq {number}" for number in range(400)),
        " and ".join(["not true"] * 249),
        "processCode in (" + ",".join(str(number) for number in range(1500)) + ")",
        "partNumber eq '" + "x" * 10_000 + "'",
    ],
    ids=lambda text: text[:12],
)
def test_large_filters_are_served(filled, filter):
    assert filled.get(PATH, {"$filter": filter}).status == 200


@pytest.mark.parametrize("name", ["not (", "tolower("])
def test_what_is_too_complex_is_refused(filled, name):
    for depth in range(1, 50):
        inner = name * depth + "true" + ")" * depth
        sound(filled, PATH, inner)
        sound(filled, PATH, f"subUnits/any(s: startswith(s/partNumber, {name * depth}'x'{')' * depth}))")
    assert filled.get(PATH, {"$filter": "not (" * 24 + "true" + ")" * 24}).message.endswith("too complex.")


def test_a_longer_address_than_any_server_takes(filled):
    assert filled.get(PATH, {"$filter": "x" * 20_000}).status == 400


COMPARISONS = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
texts = st.sampled_from(["", "a", "A b", "O'Brien", "æ%_", "b", "B", "%", "'"])
zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def compared(name, word, value):
    """Nothing is greater or less than nothing, and equal only to itself."""
    compare = COMPARISONS[word]

    def holds(header):
        given = header[name]
        if given is None and word not in {"eq", "ne"}:
            return False
        return compare(given, value)

    return holds


@st.composite
def leaves(draw):
    """A condition as OData and as Python."""
    word = draw(st.sampled_from(sorted(COMPARISONS)))
    kind = draw(st.integers(0, 5))
    if kind == 0:
        text = draw(texts)
        return f"comment {word} {quoted(text)}", compared("comment", word, text)
    if kind == 1:
        number = draw(st.sampled_from([1, 2, 1.5, 0.5, -3]))
        return f"executionTime {word} {number}", compared("executionTime", word, number)
    if kind == 2:
        moment = datetime(2026, 1, 5, 7, draw(st.integers(0, 8)), tzinfo=UTC)
        literal = moment.astimezone(draw(zones)).isoformat()
        compare = COMPARISONS[word]
        return f"start {word} {literal}", lambda header: compare(datetime.fromisoformat(header["start"]), moment)
    if kind == 3:
        name, test = draw(
            st.sampled_from(
                [("contains", lambda a, b: b in a), ("startswith", str.startswith), ("endswith", str.endswith)]
            )
        )
        text = draw(texts)
        return (
            f"{name}(comment, {quoted(text)})",
            lambda header: header["comment"] is not None and test(header["comment"], text),
        )
    if kind == 4:
        values = draw(st.lists(texts, min_size=1, max_size=3))
        return f"comment in ({', '.join(map(quoted, values))})", lambda header: header["comment"] in values
    text = draw(texts)
    return (
        f"subUnits/any(u: u/serialNumber eq {quoted(text)})",
        lambda header: any(unit["serialNumber"] == text for unit in header["subUnits"]),
    )


def joined(children):
    def both(pair):
        (left, one), (right, other) = pair
        return f"({left}) and ({right})", lambda header: one(header) and other(header)

    def either(pair):
        (left, one), (right, other) = pair
        return f"({left}) or ({right})", lambda header: one(header) or other(header)

    def neither(child):
        return f"not ({child[0]})", lambda header: not child[1](header)

    pairs = st.tuples(children, children)
    return pairs.map(both) | pairs.map(either) | children.map(neither)


@settings(max_examples=300, deadline=None)
@given(condition=st.recursive(leaves(), joined, max_leaves=6))
def test_filters_mean_what_python_means(filled, condition):
    text, holds = condition
    everything = filled.headers_of(expand="subUnits", orderby="timestamp")
    found = filled.headers_of(text, orderby="timestamp")
    assert [header["uuid"] for header in found] == [header["uuid"] for header in everything if holds(header)]
