"""What the server says of a report that it received."""

from pywats.domains.report.models import SubmitResult
from pywats.errors import OtherReportError
from pywats.exchange.answer import Answer
from pywats.exchange.call import parse
from pywats.reports.identity import same_id

_Said = SubmitResult | str


def confirmed(answer: Answer, sent: str | None) -> SubmitResult:
    """What the server says of a report, in any of its shapes: an object, a list with one, or the bare id."""
    said: _Said | list[_Said] = parse(_Said | list[_Said], answer)
    if isinstance(said, list):
        said = said[0] if len(said) == 1 else ""
    result = SubmitResult(id=said) if isinstance(said, str) else said
    confirmed = result.id or result.uuid
    if not confirmed:
        raise answer.invalid("the server did not say which report it received")
    if sent is not None and not same_id(confirmed, sent):
        error = answer.invalid(f"report {sent} was sent, and the server confirmed {confirmed}")
        raise OtherReportError(
            error.detail, status=error.status, method=error.method, path=error.path, attempts=error.attempts
        )
    result.id = sent or confirmed
    return result
