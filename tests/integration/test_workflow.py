"""Every method of the workflow domain on both faces, over a real socket."""

import pytest

from pywats import NotFoundError, PyWATSError, ServerError, Unit, ValidationError, WorkflowStatus


async def unit_with_workflow(either, activities: str = "Test;Repair", status: WorkflowStatus | None = None) -> None:
    await either("product.create_product", "P")
    await either("product.create_revision", "P", "A")
    await either("product.set_product_tags", "P", [{"key": "Workflow", "value": activities}])
    await either("production.create_units", [Unit(serial_number="S", part_number="P", revision="A")])
    made = await either("workflow.initialize_workflow", "S", "P", status)
    assert made == {"Activities": activities.split(";"), "Position": 0}


async def test_a_unit_goes_through_its_test(either):
    await unit_with_workflow(either)
    assert await either("workflow.end_test", "S", "P") is False
    assert await either("workflow.start_test", "S", "P", "anna", "FCT-1") is True
    assert await either("workflow.start_test", "S", "P") is False
    assert await either("workflow.end_test", "S", "P", True, "anna", "FCT-1") is True
    assert await either("workflow.start_test", "S", "P") is False
    history = await either("production.get_unit_state_history", "S", "P")
    assert [state["comment"] for state in history][1:] == [
        "Test started by anna on FCT-1",
        "Test passed by anna on FCT-1",
    ]


async def test_a_unit_that_failed_is_tested_again(either):
    await unit_with_workflow(either, "Test")
    for passed in (False, True):
        assert await either("workflow.start_test", "S", "P") is True
        assert await either("workflow.end_test", "S", "P", passed=passed) is True
    assert await either("workflow.start_test", "S", "P") is False


async def test_a_workflow_counts_for_the_status_of_its_definition(either):
    await unit_with_workflow(either, "Test", WorkflowStatus.DRAFT)
    assert await either("workflow.start_test", "S", "P") is False
    assert await either("workflow.start_test", "S", "P", status="draft") is True
    assert await either("workflow.end_test", "S", "P", status=0) is True


async def test_a_unit_that_is_not_there_or_has_no_workflow_is_not_to_be_tested(either):
    assert await either("workflow.start_test", "nobody", "P") is False
    assert await either("workflow.end_test", "nobody", "P") is False
    await unit_with_workflow(either, "Repair;Test")
    assert await either("workflow.start_test", "S", "P") is False


@pytest.mark.parametrize("reset", ["before", "after"])
async def test_what_was_sent_is_not_sent_again(either, wats_sandbox, reset):
    await unit_with_workflow(either)
    wats_sandbox.clear_requests()
    wats_sandbox.fail("GET /api/Workflow/StartTest*", reset=reset)
    with pytest.raises(PyWATSError):
        await either("workflow.start_test", "S", "P")
    wats_sandbox.fail("GET /api/Workflow/EndTest*", status=503)
    with pytest.raises(ServerError):
        await either("workflow.end_test", "S", "P")
    assert len(wats_sandbox.requests) == 2


async def test_a_product_without_a_workflow_gives_none(either):
    with pytest.raises(ValidationError, match="has no workflow"):
        await unit_with_workflow(either, "")
    with pytest.raises(NotFoundError):
        await either("workflow.initialize_workflow", "X", "P")
