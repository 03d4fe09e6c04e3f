"""What a source says about its reports, from the file to the server: names, zones, encodings, fields."""

import json
import logging

import structlog.testing

from pywats.ingest import daemon
from pywats.ingest.conversion.filling import hidden
from pywats.ingest.journal import Kind

NAME = "Anna Karenina"
SECRET = "of this plant"


def source(bench, **fields):
    return {"name": "ict", "watch": str(bench.root / "ict"), "settle": "10ms", **fields}


async def once(bench, **fields):
    bench.write(sources=[source(bench, **fields)])
    return await daemon.run(bench.reread().value, once=True, progress=bench.events.append)


async def test_a_hidden_name_is_nowhere_but_in_the_file_as_the_tester_wrote_it(bench, make_report, caplog):
    files = {
        "good.json": make_report(1, uut={"user": NAME}),
        "number.json": make_report(2, uut={"user": 47110815}),
        "refused.json": make_report(3, uut={"user": NAME}, processCode=4711),
        "no-serial.json": make_report(4, uut={"user": NAME}, sn=None),
        "cut.json": make_report(5, uut={"user": NAME}),
        "repair.json": make_report(6, type="R", uut=None, root=None, uur={"user": NAME, "processCode": 60}),
    }
    for name, report in files.items():
        text = json.dumps(report)
        (bench.root / "ict" / name).write_text(text[:-20] if name == "cut.json" else text)
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as lines:
        summary = await once(bench, fields={"operator": {"hash": SECRET}})
    assert summary.uploaded >= 2
    assert summary.quarantined >= 3
    sent = [json.loads(request.body) for request in bench.wats.requests if request.method == "POST"]
    assert {report["uut"]["user"] for report in sent if "uut" in report} == {
        hidden(NAME, SECRET.encode()),
        hidden("47110815", SECRET.encode()),
    }
    kept = {path.name for path in bench.root.rglob("*") if path.is_file() and holds_a_name(path.read_bytes())}
    assert kept == set(files)
    assert not holds_a_name(repr(lines).encode() + caplog.text.encode() + repr(bench.events).encode())


def holds_a_name(content):
    return b"Karenina" in content or b"47110815" in content


async def test_an_hour_that_clocks_show_twice_is_the_first_of_the_two_and_is_logged(bench, make_report):
    bench.put("ict", "1.json", make_report(1, start="2026-10-25T02:30:00", startUTC=None))
    with structlog.testing.capture_logs() as lines:
        await once(bench, timezone="Europe/Oslo")
    (report,) = bench.wats.reports()
    assert (report["start"], report["startUTC"]) == ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z")
    (line,) = [line for line in lines if line["event"] == "report_read"]
    assert line["log_level"] == "warning"
    assert "twice in Europe/Oslo; taken for the first" in line["detail"]


async def test_each_source_has_its_own_station_fields_and_encoding(bench):
    bench.write("ict", "fct")
    csv = "Serial;Start;Result;Name;Value\nSN{};2026-01-05T08:00:00;P;Prüfung;1.5\n"
    for name, encoding in (("ict", "cp1252"), ("fct", "utf-16-le")):
        (bench.root / name / "a.csv").write_bytes(csv.format(name).encode(encoding))
    options = {
        "delimiter": ";",
        "fields": {"serial_number": "Serial", "start": "Start", "result": "Result"},
        "step": {"name": "Name", "value": "Value"},
    }
    common = {"converter": "csv", "options": options, "timezone": "Europe/Oslo", "settle": "10ms"}
    fields = {"process": 60, "part_number": "P1", "revision": "A", "operator": "line"}
    bench.write(
        station={"name": "S0", "location": "Oslo", "purpose": "Production"},
        sources=[
            {"name": "ict", "watch": str(bench.root / "ict"), "encoding": "cp1252", "defaults": fields, **common},
            {
                "name": "fct",
                "watch": str(bench.root / "fct"),
                "encoding": "utf-16-le",
                "station": {"name": "S1", "location": "Bergen"},
                "defaults": {**fields, "operator": "other"},
                "override": {"purpose": "Debug"},
                **common,
            },
        ],
    )
    await daemon.run(bench.reread().value, once=True, progress=bench.events.append)
    assert bench.told(Kind.FILE_QUARANTINED) == []
    found = {report["sn"]: report for report in bench.wats.reports()}
    said = {
        name: (found[name]["machineName"], found[name]["location"], found[name]["purpose"], found[name]["uut"]["user"])
        for name in found
    }
    assert said == {"SNict": ("S0", "Oslo", "Production", "line"), "SNfct": ("S1", "Bergen", "Debug", "other")}
    assert all("Prüfung" in json.dumps(report, ensure_ascii=False) for report in found.values())
