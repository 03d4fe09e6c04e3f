"""Parts of a lot that are tested again are reports of their own, in WATS too."""

from datalog import Datalog

from pywats.ingest import daemon
from pywats.ingest.schema import IngestConfig


async def test_all_runs_of_a_part_are_in_wats(tmp_path, wats_sandbox, wats_async_api):
    inbox = tmp_path / "in"
    inbox.mkdir()
    made = Datalog(lot=("LOT1", "CHIP", "tester", "type", "job", "1.0", "", "op"))
    for name, flags in (("A", 0x08), ("B", 0), ("A", 0x01)):
        made.pir().ptr(7, 1.5, flags=0x80 if flags & 0x08 else 0).prr(name, flags=flags, took=300)
    (inbox / "lot.stdf").write_bytes(made.mrr())
    config = {
        "kind": "ingest",
        "server": {"base_url": wats_sandbox.url, "token": wats_sandbox.token, "trust_env": False},
        "limits": {"rate": "none"},
        "spool": {"path": str(tmp_path / "spool.db")},
        "station": {"name": "S", "location": "L", "purpose": "P"},
        "sources": [
            {
                "name": "ate",
                "watch": str(inbox),
                "settle": "1ms",
                "timezone": "Europe/Oslo",
                "defaults": {"process": 10},
            }
        ],
    }
    await daemon.run(IngestConfig.model_validate(config), once=True, patience=10.0)
    headers = await wats_async_api.report.query_uut_headers(odata_filter="partNumber eq 'CHIP'")
    assert sorted((each.serial_number, str(each.result)) for each in headers) == [
        ("A", "Failed"),
        ("A", "Passed"),
        ("B", "Passed"),
    ]
