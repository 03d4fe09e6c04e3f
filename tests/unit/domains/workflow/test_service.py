"""What each method of the workflow domain sends, and what it makes of the answers."""

from typing import Any

import pytest

from pywats.domains.workflow.models import WorkflowStatus
from pywats.domains.workflow.service import WorkflowService
from pywats.errors import InvalidResponseError, ValidationError
from pywats.service import Async

START, END = "GET /api/Workflow/StartTest", "GET /api/Workflow/EndTest"
AT = "?serialNumber=S/1&partNumber=P"


@pytest.fixture
def workflow(line) -> WorkflowService[Async]:
    return WorkflowService(line)


REQUESTS: list[tuple[str, tuple[Any, ...], str]] = [
    ("start_test", (), START + AT),
    (
        "start_test",
        ("anna", "FCT-1", WorkflowStatus.DRAFT),
        f"{START}{AT}&operatorName=anna&stationName=FCT-1&status=0",
    ),
    ("end_test", (), f"{END}{AT}&passed=true"),
    (
        "end_test",
        (False, "anna", "FCT-1", "revoked"),
        f"{END}{AT}&passed=false&operatorName=anna&stationName=FCT-1&status=3",
    ),
]


@pytest.mark.parametrize(("name", "more", "request_line"), REQUESTS)
@pytest.mark.parametrize(("said", "result"), [(b"true", True), (b"false", False), (b'"true"', True)])
async def test_a_test_begins_and_ends_by_one_request_which_is_not_repeated(
    workflow, line, name, more, request_line, said, result
):
    line.answer(said)
    assert await getattr(workflow, name)("S/1", "P", *more) is result
    assert line.sent == [request_line]
    assert line.calls[0].repeatable is False
    assert line.calls[0].body is None


async def test_a_workflow_is_given_to_a_unit(workflow, line):
    line.answer({"Position": 0})
    assert await workflow.initialize_workflow("S/1", "P", "pending") == {"Position": 0}
    assert line.sent == ["POST /api/internal/Workflow/Initialize?SerialNumber=S/1&PartNumber=P&Status=1"]
    assert line.calls[0].internal
    assert line.json() == {}


@pytest.mark.parametrize("said", [b"", b"null", b"7", b'"perhaps"', b"<html></html>"])
async def test_an_answer_that_is_neither_true_nor_false_is_an_error(workflow, line, said):
    line.answer(said)
    with pytest.raises(InvalidResponseError):
        await workflow.start_test("S", "P")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("", "P"), "serial_number is empty"),
        (("S", ""), "part_number is empty"),
        (("S", "P", None, None, "done"), "status is 'done'"),
        (("S", "P", None, None, 9), "status is 9"),
    ],
)
async def test_an_argument_that_cannot_do_is_named_and_nothing_is_sent(workflow, line, arguments, words):
    with pytest.raises(ValidationError, match=words):
        await workflow.start_test(*arguments)
    assert line.calls == []
