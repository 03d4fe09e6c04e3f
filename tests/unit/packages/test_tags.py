"""Tags as an XML document, and the XPath expressions that select packages by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.packages.tags import document_of, pairs_of, selects, xpath_of

TAGS = document_of({"PartNumber": "ABC", "Station": "S1", "Note": 'it\'s "odd"', "Empty": ""})
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=8
)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)


@given(st.dictionaries(NAMES, TEXT, min_size=1, max_size=4))
def test_tags_come_back_from_their_document_and_are_found_by_their_own_expression(tags):
    document = document_of(tags)
    assert {name: value or "" for name, value in pairs_of(document)} == tags
    assert selects(xpath_of(tags), document)
    assert not selects(xpath_of({**tags, "not.there": "x"}), document)
    name, value = next(iter(tags.items()))
    assert not selects(xpath_of({name: value + "!"}), document)


@pytest.mark.parametrize(
    ("xpath", "found"),
    [
        ("//*[PartNumber[.='ABC']][Station[.='S1' or .='Any']]", True),
        ("//*[PartNumber[.='ABC']][Station[.='S2' or .='Any']]", False),
        ("//*[PartNumber='ABC' and Station=\"S1\"]", True),
        ("//*[PartNumber='abc']", False),
        ("//*[Station]", True),
        ("//*[Station != 'S2']", True),
        ("//*[Nowhere != 'S2']", False),
        ("//*[(Nowhere or Station) and (PartNumber[.='ABC'])]", True),
        ("/PackageInfo[Station]", True),
        ("/Other[Station]", False),
        ("//Station", True),
        ("//Station[.='S1']", True),
        ("//*[*[.='S1']]", True),
        ("//*[Note[.=concat('it', \"'s \", '\"odd\"')]]", True),
        ("//*[Empty='']", True),
    ],
)
def test_an_expression_selects(xpath, found):
    assert selects(xpath, TAGS) is found


@pytest.mark.parametrize(
    "xpath",
    [
        *("", "Station", "//", "//*[", "//*[]", "//*[Station", "//*[Station='S1", "//*[.]", "//*[Station=S1]", "//*]"),
        *("//*[contains(Station,'S')]", "//*[@id='1']", "//*/Station", "//*[concat('a']", "//*[$x]", "//*[1=1]"),
        "//*" + "[(" * 60,
    ],
)
def test_an_expression_that_is_not_understood_says_so(xpath):
    with pytest.raises(ValueError, match="cannot be read"):
        selects(xpath, TAGS)


@pytest.mark.parametrize("document", ["<a>", "x", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<a/><b/>"])
def test_tags_that_are_no_plain_document_are_an_error(document):
    with pytest.raises(ValueError, match="the tags"):
        pairs_of(document)


def test_no_tags_are_no_document():
    assert pairs_of(" ") == []
    assert not selects("//*[A]", "")


@pytest.mark.parametrize("tags", [{}, {"": "x"}, {"a b": "x"}, {"1": "x"}, {"a'": "x"}])
def test_names_that_are_none_are_refused(tags):
    with pytest.raises(ValueError, match=r"tag name|there is none"):
        xpath_of(tags)


@pytest.mark.parametrize("value", ["\x00", "a\rb", "\x1b", "\ufffe", "\ud800"])
def test_a_value_that_xml_cannot_hold_is_refused(value):
    with pytest.raises(ValueError, match="value of the tag 'A'"):
        document_of({"A": value})
