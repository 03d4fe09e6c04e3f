"""The status page in a browser, of a daemon that is a process of its own."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from waiting import PATIENCE, put, until

from pywats.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "the-token-of-this-very-test"


@pytest.fixture
def line(tmp_path):
    """A daemon with its page; its log, events and address."""
    with Sandbox(token=TOKEN) as wats:
        (tmp_path / "ict").mkdir()
        document = {
            "kind": "ingest",
            "server": {"base_url": wats.url, "token": "${LINE_TOKEN}", "trust_env": False},
            "limits": {"rate": "none"},
            "spool": {"path": str(tmp_path / "spool.db")},
            "status": {"port": 0},
            "sources": [{"name": "ict", "watch": str(tmp_path / "ict"), "settle": "10ms"}],
        }
        (tmp_path / "line.yaml").write_text(json.dumps(document))
        command = [sys.executable, str(ROOT / "run.py"), "ingest", str(tmp_path / "line.yaml"), "--json", "-vv"]
        with (tmp_path / "log").open("w") as log, (tmp_path / "events").open("w") as events:
            process = subprocess.Popen(command, stdout=events, stderr=log, env={"LINE_TOKEN": TOKEN})
            try:
                yield Line(tmp_path, wats, process)
            finally:
                process.kill()
                process.wait()


class Line:
    def __init__(self, root, wats, process):
        self.root, self.wats, self.process = root, wats, process

    @property
    def url(self):
        said = self.until(lambda: re.search(r'"address": "(http://127\.0\.0\.1:\d+)"', (self.root / "log").read_text()))
        return said[1]

    def until(self, happened):
        def look():
            assert self.process.poll() is None, (self.root / "log").read_text()
            return happened()

        return until(look)

    def put(self, name, report):
        put(self.root / "ict" / name, json.dumps(report))


def test_a_person_sees_what_happens_and_sends_again(line, browser, make_report):
    page = browser.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(line.url)
    page.get_by_text("Live.").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "All is well"
    line.put("good.json", make_report(1))
    page.get_by_text("good.json").wait_for()
    line.wats.fail("POST /api/Report/WSJF", status=400, times=1)
    line.put("refused <b>.json", make_report(2))
    page.get_by_role("button", name="Send again").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "1 thing needs a look"
    page.get_by_role("button", name="Send again").click()
    page.get_by_text("is sent again").wait_for()
    page.get_by_role("heading", name="All is well").wait_for()
    line.until(lambda: len(line.wats.reports()) == 2)
    assert said == []  # nothing that the policy of the page forbids, and no error


def test_another_site_cannot_press_a_button(line, browser):
    page = browser.new_page()
    page.route("http://evil.example/", lambda route: route.fulfill(body=EVIL % line.url, content_type="text/html"))
    page.goto("http://evil.example/")
    with page.expect_navigation():
        page.click("button")
    assert "changes are taken from this page alone" in page.inner_text("body")


EVIL = '<form method="post" action="%s/do"><input name="verb" value="pause"><button>Free phones</button></form>'


def test_the_page_works_on_a_phone_without_scripts(line, browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640}, is_mobile=True)
    page = context.new_page()
    page.goto(line.url)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").wait_for()
    width = page.get_by_role("heading", name="Sources").bounding_box()["width"]
    assert width <= 360


def test_long_names_break_no_word_of_ours(line, browser, make_report):
    page = browser.new_page(viewport={"width": 840, "height": 640})
    page.goto(line.url)
    line.put(f"{'name' * 50}.json", make_report(1, processCode=9999, sn="serial" * 16))
    page.get_by_role("button", name="Send again").wait_for()
    lines = "each => { const all = new Range(); all.selectNodeContents(each); return all.getClientRects().length }"
    shown = page.evaluate(f"[...document.querySelectorAll('time, button')].map({lines})")
    assert len(shown) >= 5
    assert set(shown) == {1}
    assert page.evaluate("document.documentElement.scrollWidth") == 840


def test_what_is_being_copied_stays_until_it_is_let_go(line, browser, make_report):
    page = browser.new_page()
    page.goto(line.url)
    page.get_by_text("Live.").wait_for()
    page.evaluate("getSelection().selectAllChildren(inside.querySelector('h2'))")
    line.put("good.json", make_report(1))
    line.until(lambda: len(line.wats.reports()) == 1)
    line.until(lambda: page.evaluate("waiting !== null"))
    assert page.evaluate("getSelection().toString()").strip() == "Sources"
    page.evaluate("getSelection().removeAllRanges()")
    page.get_by_text("good.json").wait_for()


def test_the_token_is_in_no_answer_log_or_file(line, make_report):
    line.put("good.json", make_report(1))
    line.put("refused.json", make_report(2, processCode=9999))
    status = f"{line.url}/status.json"
    line.until(lambda: len(json.loads(urllib.request.urlopen(status).read())["recent"]) >= 2)
    for path in ("/", "/status.json", "/metrics", "/healthz", "/readyz", "/page.js", "/page.css"):
        answer = urllib.request.urlopen(line.url + path)
        assert TOKEN not in str(answer.headers)
        assert TOKEN.encode() not in answer.read()
    line.process.terminate()
    assert line.process.wait(PATIENCE) == 0
    read = [path for path in line.root.rglob("*") if path.is_file()]
    assert {"log", "events", "spool.db"} <= {path.name for path in read}
    assert [path for path in read if TOKEN.encode() in path.read_bytes()] == []
