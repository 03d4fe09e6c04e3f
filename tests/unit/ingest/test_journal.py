"""Everything that happens is told once, counted once, and says what to do where a person has to."""

import pytest
import structlog.testing

from pywats.ingest.journal import Event, Journal, Kind, Summary
from pywats.ingest.reasons import WHAT_TO_DO, Reason

GIVES_NO_REPORT = list(Reason)[list(Reason).index(Reason.EMPTY) :]
HELD = (
    Reason.ID_CONFLICT,
    Reason.IDENTITY_COLLISION,
    Reason.OTHER_ID,
    Reason.OUTCOME_UNKNOWN,
    Reason.CONTENT_LOST,
)


def test_an_event_reaches_the_log_the_listener_and_the_summary():
    heard = []
    journal = Journal(heard.append)
    event = Event(kind=Kind.REPORT_REFUSED, source="ict", file="/in/a.json", reason=Reason.REFUSED, detail="no")
    with structlog.testing.capture_logs() as lines:
        journal.tell(event)
    assert heard == [event]
    assert journal.news.is_set()
    assert journal.summary == Summary(quarantined=1)
    assert lines == [
        {
            "event": "report_refused",
            "log_level": "error",
            "source": "ict",
            "file": "/in/a.json",
            "reason": "refused",
            "detail": "no",
            "what_to_do": WHAT_TO_DO[Reason.REFUSED],
        }
    ]


def test_what_needs_nobody_is_no_error():
    with structlog.testing.capture_logs() as lines:
        for kind in (Kind.FILE_TAKEN, Kind.REPORT_UPLOADED, Kind.REPORT_DUPLICATE, Kind.LINE_DOWN):
            Journal().tell(Event(kind=kind))
    assert [line["log_level"] for line in lines] == ["info", "info", "warning", "warning"]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        *((Kind.FILE_QUARANTINED, reason) for reason in GIVES_NO_REPORT),
        *((Kind.REPORT_HELD, reason) for reason in HELD),
        *((Kind.LINE_STOPPED, reason) for reason in (Reason.CREDENTIALS_REFUSED, Reason.MISDIRECTED)),
        (Kind.REPORT_REFUSED, Reason.REFUSED),
        *((kind, None) for kind in (Kind.FILE_STUCK, Kind.FILE_LEFT, Kind.SOURCE_FAILED, Kind.RELOAD_REFUSED)),
    ],
)
def test_what_needs_a_person_is_one_line_at_error_that_says_what_to_do(kind, reason):
    with structlog.testing.capture_logs() as lines:
        Journal().tell(Event(kind=kind, reason=reason))
    (line,) = lines
    assert (line["event"], line["log_level"]) == (kind.value, "error")
    assert line["what_to_do"].endswith(".")


def test_a_run_is_good_when_everything_that_was_found_is_in_the_server():
    assert Summary(found=9, taken=9, uploaded=8, duplicates=1).exit_code == 0
    for trouble in ("quarantined", "held", "left", "waiting"):
        assert Summary(**{trouble: 1}).exit_code == 1


def test_every_reason_for_which_a_person_is_needed_says_what_to_do():
    on_its_way = {
        Reason.ACCEPTED,
        Reason.CLAIMED,
        Reason.STORED,
        Reason.RESTED,
        Reason.DUPLICATE,
        Reason.GIVEN_AGAIN,
        Reason.RETRIED,
        Reason.RELEASED,
        Reason.DROPPED,
        Reason.RESTARTED,
        Reason.LEASE_EXPIRED,
        Reason.NOT_SENT,
        Reason.NO_ANSWER,
        Reason.SERVER_BUSY,
        Reason.SERVER_FAILED,
    }
    assert set(WHAT_TO_DO) == set(Reason) - on_its_way
