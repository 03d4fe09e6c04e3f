"""Every method of the analytics domain on both faces, over a real socket."""

from pywats import WATSFilter


async def test_yields_are_summed_up_by_the_dimensions_asked_for(either, wats_sandbox, make_report):
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 4)])
    everything = WATSFilter(date_from="2026-01-01T00:00:00Z", date_to="2026-02-01T00:00:00Z", dimensions=["partNumber"])
    (row,) = await either("analytics.get_dynamic_yield", everything)
    assert (row.part_number, row.unit_count, row.fp_count, row.fpy) == ("WIDGET-001", 3, 3, 100.0)
    nothing = {"date_from": "2027-01-01T00:00:00Z", "dimensions": "partNumber"}
    assert await either("analytics.get_dynamic_yield", nothing) == []


async def test_the_server_says_its_version(either):
    version = await either("analytics.get_version")
    assert version == await either("get_version")
    assert version[:2] == "20"
