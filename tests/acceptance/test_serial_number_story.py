"""Numbers are brought in, taken by stations at the same time, reserved for work without the server, and run out."""

from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest

from pywats import ConflictError, ValidationError, pyWATS
from pywats.domains.production.serial_file import parse_serial_numbers
from pywats.sandbox import SerialNumberType

KIND, MAC = "Gadget", "MAC Address"


def test_a_factory_hands_out_serial_numbers(wats_sandbox, wats_api):
    api: pyWATS = wats_api
    wats_sandbox.add_serial_number_type(SerialNumberType(KIND, reg_ex=r"G-\d{4}", format="G-0001"))
    (kind,) = [kind for kind in api.production.get_serial_number_types() if kind.name == KIND]
    assert (kind.reg_ex, kind.format) == (r"G-\d{4}", "G-0001")

    # The planner brings in a hundred numbers; a file with a wrong number, or with one that is there, changes nothing.
    numbers = [f"G-{number:04}" for number in range(1, 101)]
    api.production.import_serial_numbers("\n".join(["id", *numbers]).encode(), type_name=KIND)
    for wrong, error in ((b"id\nG-0101\nH-1\n", ValidationError), (b"id\nG-0101\nG-0100\n", ConflictError)):
        with pytest.raises(error):
            api.production.import_serial_numbers(wrong, type_name=KIND)
    assert api.production.get_serial_number_count(KIND) == 100

    # Eight stations take numbers at the same time, each for its own unit; nobody gets what another one has.
    with ThreadPoolExecutor(8) as stations:
        started = [
            stations.submit(
                api.production.take_serial_numbers, KIND, 3, f"UNIT-{number}", "GADGET", f"FCT-{number % 8}"
            )
            for number in range(20)
        ]
        taken = [number for station in as_completed(started) for number in station.result()]
    assert sorted(taken) == numbers[:60]
    mine = api.production.find_serial_numbers_by_reference(KIND, "UNIT-7", "GADGET")
    assert [(each.reference_sn, each.reference_pn, each.station_name) for each in mine] == [
        ("UNIT-7", "GADGET", "FCT-7")
    ] * 3

    # One station goes where there is no server: it reserves ten in a row, and reports the three that it used.
    reserved = api.production.reserve_serial_numbers(KIND, 10, only_in_sequence=True, station_name="VAN-1")
    assert reserved == numbers[60:70]
    used = [{"id": number, "taken": "2026-01-05T08:00:00Z"} for number in reserved[:3]]
    assert api.production.reserve_serial_numbers(KIND, 0, taken_entries=used) == []
    (whole,) = api.production.get_serial_number_ranges(KIND)
    assert (whole.total, whole.free, whole.taken, whole.reserved) == (100, 30, 63, 7)
    with pytest.raises(ConflictError, match="G-0061"):
        api.production.reserve_serial_numbers(KIND, 0, taken_entries=used)

    # The last ones: fewer come than asked for, and then none; what the van did not use goes back.
    with pytest.raises(ValidationError, match="no 31 free numbers in sequence"):
        api.production.take_serial_numbers(KIND, 31, only_in_sequence=True)
    assert api.production.take_serial_numbers(KIND, 31) == numbers[70:]
    assert api.production.take_serial_numbers(KIND) == []
    assert api.production.free_serial_numbers([whole]) == {"count": 7}
    assert api.production.take_serial_numbers(KIND, 10) == numbers[63:70]

    # What was handed out is exported, in both formats, with what it was taken for.
    for form in ("csv", "xml"):
        exported = api.production.export_serial_numbers(KIND, "taken", form)
        assert exported is not None
        assert [each.serial_number for each in parse_serial_numbers(exported)] == numbers


def test_network_addresses_are_generated(wats_api):
    api: pyWATS = wats_api
    api.production.generate_serial_numbers(MAC, "00-1B-44-00-00-00", "00-1B-44-00-00-FF")
    assert api.production.get_serial_number_count(MAC) == 256
    assert api.production.take_serial_numbers(MAC, 2, only_in_sequence=True) == [
        "00-1B-44-00-00-00",
        "00-1B-44-00-00-01",
    ]
    with pytest.raises(ConflictError):
        api.production.generate_serial_numbers(MAC, "00-1B-44-00-00-FF", "00-1B-44-00-01-00")
    assert api.production.get_serial_number_count(MAC) == 256
