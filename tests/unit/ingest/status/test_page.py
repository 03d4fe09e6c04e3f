"""The page as HTML."""

from pathlib import Path

import jinja2
import pytest

from pywats.ingest.status import page
from pywats.ingest.status.board import Board


@pytest.fixture
def board():
    standing = {"station": "station-7", "pid": 1, "since": "2026-01-05T08:00:00+00:00", "server": "", "spool": ""}
    return Board(Path("spool.db"), lambda: standing, list)


def test_it_needs_no_file_once_the_daemon_runs(board, monkeypatch):
    def gone(*_):
        raise AssertionError("a new version may have been installed meanwhile")

    monkeypatch.setattr(jinja2.PackageLoader, "get_source", gone)
    assert "station-7" in page.whole(board, "token")
    assert page.inside(board, "token") in page.whole(board, "token")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (2e5, "2 days")]
)
def test_a_span_is_said_as_people_say_it(seconds, said):
    assert page.span(seconds) == said


def test_a_moment_of_another_day_has_its_date():
    assert "2026-01-0" in page._clock("2026-01-05T08:00:00+00:00").striptags()
