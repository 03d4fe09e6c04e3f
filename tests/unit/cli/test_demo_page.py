"""The page of the demo: shapes of the right sizes, and nothing of others that is taken for HTML."""

import re

from lxml import etree

from pywats.cli.demo_page import Period, Yield, page_of, period_chart, yield_chart


def boxes(svg, kind):
    return [
        {key: float(box.get(key)) for key in ("x", "y", "width", "height")}
        for box in etree.fromstring(svg).iter("rect")
        if box.get("class") == kind
    ]


def test_a_bar_is_as_long_as_its_yield():
    svg = yield_chart([Yield("A", 4, 100.0), Yield("B", 1, 25.0), Yield("C", 0, None)])
    (whole, *_), bars = boxes(svg, "track"), boxes(svg, "pass")
    assert [bar["width"] / whole["width"] for bar in bars] == [1.0, 0.25, 0.0]
    assert [text for text in ("4 units", "1 unit<", "no units", "25.0 %") if text not in svg] == []


def test_columns_are_as_high_as_their_tests_and_stand_on_each_other():
    svg = period_chart([Period("07:00", 3, 1), Period("07:15", 0, 0), Period("07:30", 2, 0)])
    passed, failed = boxes(svg, "pass")[:3], boxes(svg, "fail")[:3]
    assert [round(box["height"] / passed[0]["height"] * 3) for box in passed] == [3, 0, 2]
    assert failed[0]["y"] + failed[0]["height"] == passed[0]["y"]
    assert re.findall(r"<title>(\d.*?)</title>", svg)[1] == "07:15: 0 passed, 0 failed"


def test_names_are_shown_and_not_run():
    rows = [{"what": "files", "count": "1", "where": "<script>"}]
    page = page_of(rows, [Yield("<b>\"&'", 1, 50.0)], [])
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
