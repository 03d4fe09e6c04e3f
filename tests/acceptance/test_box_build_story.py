"""A box is designed, its parts are made, a wrong one is refused, it is put together, checked and repaired."""

import pytest

from pywats import ConflictError, Unit, UnitPhaseFlag, ValidationError, pyWATS


def make(api: pyWATS, serial_number: str, part_number: str, revision: str) -> None:
    api.production.create_units([Unit(serial_number=serial_number, part_number=part_number, revision=revision)])


def revision(api: pyWATS, part_number: str, name: str) -> None:
    if api.product.get_product(part_number) is None:
        api.product.create_product(part_number)
    api.product.create_revision(part_number, name)


def test_a_box_is_built(wats_api, make_report):
    api: pyWATS = wats_api

    # The engineer says what a box is built from: one board of any revision 2, and two fans.
    for part_number, names in (("BOX", ["A"]), ("BOARD", ["1.0", "2.0", "2.3"]), ("FAN", ["-"])):
        for name in names:
            revision(api, part_number, name)
    template = api.product.get_box_build_template("BOX", "A")
    template.add_subunit("BOARD", "2.0", revision_mask="2.%").add_subunit("FAN", "-", quantity=2).save()
    api.product.add_revision_tag("FAN", "-", "PhaseFinalized", "In Storage")

    # Boards come from their test, boxes and fans are registered.
    for number, (serial_number, name) in enumerate((("B-OLD", "1.0"), ("B-NEW", "2.3")), start=1):
        api.http.post("/api/Report/WSJF", make_report(number, sn=serial_number, pn="BOARD", rev=name))
    for serial_number in ("F1", "F2", "F3"):
        make(api, serial_number, "FAN", "-")
        api.production.set_unit_phase(serial_number, "FAN", "in storage")
    for serial_number in ("X1", "X2"):
        make(api, serial_number, "BOX", "A")

    # A board that is not finished may not go in, nor one of another revision, nor anything that no box has.
    with pytest.raises(ValidationError, match="is Under Production, not Finalized"):
        api.production.add_child_to_assembly("X1", "BOX", "B-NEW", "BOARD")
    for serial_number in ("B-OLD", "B-NEW"):
        api.production.set_unit_phase(serial_number, "BOARD", UnitPhaseFlag.FINALIZED)
    with pytest.raises(
        ValidationError, match=r"B-OLD of BOARD, revision 1\.0, is not what the box build of BOX A lists"
    ):
        api.production.add_child_to_assembly("X1", "BOX", "B-OLD", "BOARD")
    api.production.set_unit_phase("X2", "BOX", "finalized")
    with pytest.raises(ValidationError, match="X2 of BOX"):
        api.production.add_child_to_assembly("X1", "BOX", "X2", "BOX")

    # The right ones go in, each into one box only.
    for serial_number, part_number in (("B-NEW", "BOARD"), ("F1", "FAN"), ("F2", "FAN")):
        api.production.add_child_to_assembly("X1", "BOX", serial_number, part_number)
    with pytest.raises(ConflictError, match="F1 of FAN has a parent already"):
        api.production.add_child_to_assembly("X2", "BOX", "F1", "FAN")
    checked = api.production.verify_assembly("X1", "BOX", "A")
    assert checked is not None
    assert (checked["valid"], checked["messages"]) == (True, [])

    # One fan more than the template asks for is noticed by the check, and so is one too few.
    api.production.add_child_to_assembly("X1", "BOX", "F3", "FAN")
    checked = api.production.verify_assembly("X1", "BOX", "A")
    assert checked is not None
    assert checked["messages"] == ["2 of FAN - are required, there are 3."]
    for serial_number in ("F2", "F3"):
        api.production.remove_child_from_assembly("X1", "BOX", serial_number, "FAN")
    checked = api.production.verify_assembly("X1", "BOX", "A")
    assert checked is not None
    assert checked["messages"] == ["2 of FAN - are required, there are 1."]
    api.production.add_child_to_assembly("X1", "BOX", "F2", "FAN")

    # What happened can be read: by the box, by its parts, and by who follows the changes.
    box = api.production.get_unit("X1", "BOX")
    assert box is not None
    assert [(unit.serial_number, unit.parent_serial_number) for unit in box.sub_units] == [
        ("B-NEW", "X1"),
        ("F1", "X1"),
        ("F2", "X1"),
    ]
    fan = api.production.get_unit_history("F2", "FAN")
    assert [(change.new_parent_serial_number, change.new_unit_phase_id) for change in fan] == [
        (None, UnitPhaseFlag.UNDER_PRODUCTION),
        (None, UnitPhaseFlag.IN_STORAGE),
        ("X1", UnitPhaseFlag.IN_STORAGE),
        (None, UnitPhaseFlag.IN_STORAGE),
        ("X1", UnitPhaseFlag.IN_STORAGE),
    ]
    comments = [state["comment"] for state in api.production.get_unit_state_history("F2", "FAN")]
    assert comments[2:] == ["Built into X1 of BOX", "Taken out of X1 of BOX", "Built into X1 of BOX"]
    for change in api.production.iter_unit_changes(page_size=3):
        api.production.acknowledge_unit_change(str(change.id))
    assert api.production.get_unit_changes() == []

    # A box with parts in it is not deleted; an emptied one is.
    with pytest.raises(ConflictError, match="sub units"):
        api.production.delete_unit("X1", "BOX")
    api.production.remove_all_children_from_assembly("X1", "BOX")
    assert api.production.delete_unit("X1", "BOX")
    assert api.production.get_unit("X1", "BOX") is None
