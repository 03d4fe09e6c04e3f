"""Each reason for which a file gives no report, or the server refuses one, is told beside the file."""

import json
from datetime import datetime

from pywats.ingest import daemon
from pywats.ingest.journal import Kind
from pywats.ingest.reasons import WHAT_TO_DO, Reason

CONVERTER = """
import os, time
from pywats.ingest.converters import Options

SUFFIXES = ()


def sniff(head, name):
    return 0.0


def convert(source, options, context):
    order = source.file.read()
    if order == b"die":
        os._exit(3)
    if order == b"hang":
        time.sleep(60)
    if order == b"eat":
        bytearray(2 * 1024**3)
    raise ValueError("of its own")
    yield b""
"""


def cases(make_report):
    """By reason: the source, the file, and the place that the explanation names."""
    deep = "[" * 30_000 + "]" * 30_000
    return {
        Reason.EMPTY: ("ict", b"", None),
        Reason.TOO_LARGE: ("ict", b" " * 70_000, None),
        Reason.UNRECOGNISED: ("ict", b"\x00\x01 neither\x02", None),
        Reason.MALFORMED: ("ict", b'{\n "type": "T",\n "pn" "x"}', "line 3, column 7"),
        Reason.TOO_DEEP: ("ict", b'{"type": "T", "uut": ' + deep.encode() + b"}", "line 1, column 1"),
        Reason.MISSING_FIELD: ("ict", json.dumps(make_report(1, sn=None)).encode(), "sn"),
        Reason.WRONG_VALUE: ("ict", json.dumps(make_report(1, start="soon")).encode(), "start"),
        Reason.REFUSED: ("ict", json.dumps(make_report(1, processCode=4711)).encode(), None),
        Reason.CONVERTER_FAILED: ("odd", b"fail", None),
        Reason.CONVERTER_TIMEOUT: ("odd", b"hang", None),
        Reason.CONVERTER_DIED: ("odd", b"die", None),
        Reason.CONVERTER_MEMORY: ("odd", b"eat", None),
    }


async def test_every_reason_has_its_explanation(bench, make_report, tmp_path, monkeypatch):
    (tmp_path / "an_odd_converter.py").write_text(CONVERTER)
    monkeypatch.syspath_prepend(tmp_path)
    (bench.root / "odd").mkdir()
    common = {"settle": "10ms", "max_file_size": "64KiB"}
    sources = [
        {"name": "ict", "watch": str(bench.root / "ict"), **common},
        {"name": "odd", "watch": str(bench.root / "odd"), "converter": "an_odd_converter", **common},
    ]
    made = cases(make_report)
    of_files = set(list(Reason)[list(Reason).index(Reason.REFUSED) :])
    assert set(made) == of_files - {Reason.CUT_SHORT}  # of which another file lies in its place
    late = {Reason.CONVERTER_TIMEOUT}
    for timeout, reasons in (("60s", made.keys() - late), ("1s", late)):
        for reason in reasons:
            source, content, _ = made[reason]
            (bench.root / source / f"{reason}.dat").write_bytes(content)
        bench.write(convert={"timeout": timeout, "memory": "256MiB"}, sources=sources)
        await daemon.run(bench.reread().value, once=True, progress=bench.events.append)
    for reason, (source, content, position) in made.items():
        folder = bench.root / source / "bad"
        assert (folder / f"{reason}.dat").read_bytes() == content
        said = json.loads((folder / f"{reason}.dat.reason.json").read_bytes())
        assert (said["reason"], said["source"], said["position"]) == (reason, source, position)
        assert said["file"] == str(bench.root / source / f"{reason}.dat")
        assert datetime.fromisoformat(said["time"]).tzinfo is not None
        assert said["converter"]
        assert said["detail"]
        assert said["what_to_do"] == WHAT_TO_DO[reason]
        assert bool(said["server"]) is (reason is Reason.REFUSED)
        assert bool(said["reports"]) is (reason is Reason.REFUSED)
    told = [event.reason for event in bench.told(Kind.FILE_QUARANTINED) + bench.told(Kind.REPORT_REFUSED)]
    assert sorted(told) == sorted(made)  # each once
