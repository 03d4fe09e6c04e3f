"""Parts of a lot that are tested again are reports of their own, in WATS too."""

from datalog import Datalog

from pywats.ingest import daemon


async def test_all_runs_of_a_part_are_in_wats(bench, wats_async_api):
    made = Datalog(lot=("LOT1", "CHIP", "tester", "type", "job", "1.0", "", "op"))
    for name, flags in (("A", 0x08), ("B", 0), ("A", 0x01)):
        made.pir().ptr(7, 1.5, flags=0x80 if flags & 0x08 else 0).prr(name, flags=flags, took=300)
    inbox = bench.root / "ict"
    (inbox / "lot.stdf").write_bytes(made.mrr())
    source = {"name": "ict", "watch": str(inbox), "settle": "1ms", "timezone": "Europe/Oslo"}
    station = {"name": "S", "location": "L", "purpose": "P"}
    bench.write(station=station, sources=[{**source, "defaults": {"process": 10}}])
    await daemon.run(bench.reread().value, once=True, patience=10.0)
    headers = await wats_async_api.report.query_uut_headers(odata_filter="partNumber eq 'CHIP'")
    assert sorted((each.serial_number, str(each.result)) for each in headers) == [
        ("A", "Failed"),
        ("A", "Passed"),
        ("B", "Passed"),
    ]
