"""The page of a report: whole, escaped, and it works in a browser without a script."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from measuring import seconds_of

from pywats.reports.models import UURReport, UUTReport, read_report
from pywats.reports.page.curves import chart_picture
from pywats.reports.page.limits import compared, limit_picture

CHROMIUM = next((path for path in map(Path, ("/usr/bin/chromium", "/usr/bin/chromium-browser")) if path.exists()), None)
VOID = {"meta", "img", "path", "rect", "circle"}
EVIL = '</script><img src=x onerror="alert(1)">&amp;\'"'


class Checker(HTMLParser):
    """Counts elements, and notes what is not closed in its place."""

    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.found: dict[str, int] = {}
        self.attributes: list[tuple[str, str]] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found[tag] = self.found.get(tag, 0) + 1
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def checked(page):
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert checker.wrong == []
    return checker


@pytest.fixture
def report():
    report = UUTReport(pn="P", sn="S", rev="A", process_code=10)
    report.root.numeric("good", 3.3, "V", low=3.2, high=3.4)
    with report.root.sequence("Power") as power:
        power.numeric("bad", 9.0, "V", low=3.2, high=3.4)
        power.chart("curve", {"a": [1, 2, 4], "b": [3, 2, 1]}, y_label="U", y_unit="V")
    with report.root.loop("again") as loop:
        loop.passed()
    report.root.action("file", report_text="said")
    report.add_misc_info("lot", "77")
    report.add_additional_data("more", {"a": [1, 2], "b": {"c": True}})
    return report


def test_failures_come_first_and_lead_to_their_steps(report):
    page = report.to_html()
    assert page.index("Failures") < page.index("Steps") < page.index("Misc infos")
    (anchor,) = re.findall(r'<a href="#(s\d+)">Main / Power / bad</a>', page)
    assert f'<details class="step" id="{anchor}" open>' in page


def test_it_is_well_formed_and_needs_nothing_else(report):
    checker = checked(report.to_html())
    assert "script" not in checker.found
    assert "link" not in checker.found
    assert [value for name, value in checker.attributes if name in {"src", "href"} and not value.startswith("#")] == []
    assert checker.found["svg"] >= 3


def test_everything_is_escaped():
    report = UUTReport(pn=EVIL, sn=EVIL, rev=EVIL)
    report.root.string(EVIL, EVIL, limit=EVIL, report_text=EVIL, step_type=EVIL)
    report.root.numeric(EVIL, 1.0, EVIL, low=2)
    report.root.chart(EVIL, {EVIL: [1, 2]}, y_label=EVIL, x_unit=EVIL)
    report.root.wire["status"] = EVIL
    report.root.wire["steps"][0]["group"] = EVIL
    report.root.wire["steps"][1]["numericMeas"][0]["compOp"] = EVIL
    report.add_misc_info(EVIL, EVIL)
    report.add_asset(EVIL)
    report.add_sub_unit(EVIL, EVIL, EVIL)
    report.add_additional_data(EVIL, {EVIL: EVIL})
    page = report.to_html()
    assert "<img" not in page
    assert "onerror=&quot;" in page
    checked(page)


def test_a_repair_shows_what_was_wrong():
    report = UURReport(pn="P", sn="S", process_code=500)
    report.add_failure("Component", "Burned <b>", com_ref="R12", comment="hot")
    page = report.to_html()
    assert "Component: Burned &lt;b&gt;" in page
    assert "R12" in page
    checked(page)


def test_pictures_are_shown_and_other_files_only_named():
    report = read_report(
        b'{"pn":"P","sn":"S","type":"R","uur":{},"binaryData":[{"name":"a.png","contentType":"image/png","data":"aGk="},'
        b'{"name":"a.svg","contentType":"image/svg+xml","data":"aGk="},{"name":"b","contentType":"image/png","data":"!"}]}'
    )
    checker = checked(report.to_html())
    assert checker.found["img"] == 1
    assert ("src", "data:image/png;base64,aGk=") in checker.attributes
    assert "cannot be read" in report.to_html()


@pytest.mark.parametrize(
    "wire",
    [
        b'{"pn":"P","sn":"S","root":{"name":"M","steps":[null,{"name":"x","numericMeas":[null],"chart":{"series":[null]}}]}}',
        b'{"pn":"P","sn":"S","root":{"name":"M","chart":{"series":[{"name":"c","ydata":"1;x;;NaN;3e999"}]}}}',
        b'{"pn":"P","sn":"S","root":{"name":"M","numericMeas":[{"value":1e308,"lowLimit":-1e308,"highLimit":1e308,"compOp":"GELE"}]}}',
        b'{"pn":"P","sn":"S"}',
    ],
)
def test_odd_reports_have_a_page_too(wire):
    checked(read_report(wire).to_html())


@pytest.mark.parametrize(
    ("operator", "low", "high", "words", "bands"),
    [
        ("GELE", 1, 2, "1 ≤ x ≤ 2", 1),
        ("GTLT", 1, 2, "1 &lt; x &lt; 2", 1),
        ("LTGT", 1, 2, "x &lt; 1 or x &gt; 2", 2),
        ("GE", 1, None, "≥ 1", 1),
        ("LT", 1, None, "&lt; 1", 1),
        ("EQ", 1, None, "= 1", 1),
        ("NE", 1, None, "≠ 1", 2),
    ],
)
def test_the_range_that_passes_is_drawn(operator, low, high, words, bands):
    picture = limit_picture({"compOp": operator, "value": 1.5, "lowLimit": low, "highLimit": high, "status": "P"})
    assert f"passes: {words}" in picture
    assert picture.count('class="passing"') == bands
    assert 'class="good"' in picture


def test_what_was_not_compared_has_no_picture():
    assert limit_picture({"compOp": "LOG", "value": 1}) == ""
    assert compared({"compOp": "LOG", "value": 1}) == ""
    assert limit_picture({"compOp": "GELE", "value": 1, "lowLimit": 0}) == ""


def test_a_logarithmic_axis_leaves_out_what_is_not_positive():
    series = [{"name": "c", "xdata": "0;1;10;100", "ydata": "1;2;3;-4"}]
    picture = chart_picture({"chartType": "LineLogXY", "series": series})
    assert picture.count("curve") == 1
    assert chart_picture({"chartType": "LineLogY", "series": [{"name": "c", "ydata": "-1;0"}]}) == ""


def test_a_long_curve_is_thinned_out():
    series = [{"name": "c", "ydata": ";".join(str(n % 100) for n in range(10_000))}]
    assert len(chart_picture({"series": series})) < 40_000


def test_ten_thousand_steps_take_ten_times_as_long_as_a_thousand():
    def seconds(count):
        report = UUTReport(pn="P", sn="S")
        for number in range(count):
            report.root.numeric(f"step {number}", 1.0, "V", low=0, high=2)
        return seconds_of(report.to_html)

    assert seconds(10_000) < 40 * max(seconds(1000), 0.01)


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
def test_a_browser_shows_it_without_a_script(report, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    path = tmp_path / "report.html"
    path.write_text(report.to_html(), "utf-8")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        context = browser.new_context(java_script_enabled=False, color_scheme="dark")
        page = context.new_page()
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.on("request", lambda request: problems.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri())
        passed = page.locator("details.step", has_text="good").last
        assert passed.locator("svg.limits").is_visible() is False
        passed.locator("summary").click()
        assert passed.locator("svg.limits").is_visible()
        assert page.get_by_text("Main / Power / bad").is_visible()
        assert page.locator("figure.chart svg path.curve").count() == 2
        assert problems == []
        browser.close()
