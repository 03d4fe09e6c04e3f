"""What each answer of the server means for the report and for the line."""

import pytest

from pywats import errors
from pywats.ingest.reasons import Reason
from pywats.ingest.upload.outcomes import Line, judge


def failed(kind, *, status=None, unsent=False, attempts=1):
    error = kind("the server's words", status=status, method="POST", path="/api/Report/WSJF", attempts=attempts)
    error.unsent = unsent
    return error


@pytest.mark.parametrize(
    ("error", "line", "reason"),
    [
        (failed(errors.ValidationError, status=400), Line.GOOD, Reason.REFUSED),
        (failed(errors.ConflictError, status=409), Line.GOOD, Reason.REFUSED),
        (failed(errors.WatsApiError, status=413), Line.GOOD, Reason.REFUSED),
        (failed(errors.OtherReportError, status=200), Line.GOOD, Reason.OTHER_ID),
        (failed(errors.AuthenticationError, status=401), Line.STOPPED, Reason.CREDENTIALS_REFUSED),
        (failed(errors.AuthorizationError, status=403), Line.STOPPED, Reason.CREDENTIALS_REFUSED),
        (failed(errors.NotFoundError, status=404), Line.STOPPED, Reason.MISDIRECTED),
        (failed(errors.WatsApiError, status=405), Line.STOPPED, Reason.MISDIRECTED),
        (failed(errors.RedirectError, status=302), Line.STOPPED, Reason.MISDIRECTED),
        (failed(errors.ProxyError, status=407), Line.STOPPED, Reason.MISDIRECTED),
        (failed(errors.ConfigurationError), Line.STOPPED, Reason.MISDIRECTED),
        (failed(errors.RateLimitError, status=429), Line.DOWN, Reason.SERVER_BUSY),
        (failed(errors.ServerError, status=500), Line.DOWN, Reason.SERVER_FAILED),
        (failed(errors.ServerError, status=503), Line.DOWN, Reason.SERVER_FAILED),
        (failed(errors.ConnectionError, unsent=True), Line.DOWN, Reason.NOT_SENT),
        (failed(errors.TimeoutError, unsent=True), Line.DOWN, Reason.NOT_SENT),
        (failed(errors.CircuitOpenError, attempts=0), Line.DOWN, Reason.NOT_SENT),
        (failed(errors.QueueFullError, attempts=0), Line.DOWN, Reason.NOT_SENT),
        (failed(errors.ClientClosedError, attempts=0), Line.DOWN, Reason.NOT_SENT),
        (failed(errors.ClientClosedError, attempts=1), Line.DOWN, Reason.NO_ANSWER),
        (failed(errors.ConnectionError), Line.DOWN, Reason.NO_ANSWER),
        (failed(errors.TimeoutError), Line.DOWN, Reason.NO_ANSWER),
        (failed(errors.InvalidResponseError, status=200), Line.DOWN, Reason.NO_ANSWER),
        (failed(errors.RuntimeFailedError), Line.DOWN, Reason.NO_ANSWER),
    ],
    ids=lambda value: f"{type(value).__name__}-{value.status}" if isinstance(value, Exception) else str(value),
)
def test_an_answer_is_about_the_report_the_line_or_neither(error, line, reason):
    outcome = judge(error)
    assert (outcome.line, outcome.reason) == (line, reason)
    assert "the server's words" in outcome.detail
    assert outcome.refused is (reason is Reason.REFUSED)
    assert outcome.unknown is (reason is Reason.NO_ANSWER)
    assert outcome.rest is (reason in {Reason.NO_ANSWER, Reason.SERVER_FAILED})


def test_the_wait_that_the_server_asks_for_is_kept():
    error = failed(errors.RateLimitError, status=429)
    error.retry_after = 7.5
    assert judge(error).retry_after == 7.5
    held = failed(errors.CircuitOpenError, attempts=0)
    held.retry_after = 12.0
    assert judge(held).retry_after == 12.0


def test_every_error_of_the_client_has_a_meaning():
    kinds = [errors.PyWATSError]
    while kinds:
        kind = kinds.pop()
        kinds += [each for each in kind.__subclasses__() if each is not errors.FormatError]  # of files, not of sends
        assert judge(failed(kind)).reason in Reason
