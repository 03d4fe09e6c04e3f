"""Damaged files and attacks: a report, or a typed error with its place, soon and in little memory."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from pywats.errors import FormatError
from pywats.reports.formats import atml, wsjf, wstf, wsxf
from pywats.reports.models import UUTReport

READERS = {"wsjf": wsjf, "wsxf": wsxf, "wstf": wstf, "atml": atml}
COUNT = 2000
SECONDS = 20.0  # far more than any takes, on any machine
MEGABYTES = 320
SLOWEST_ATTACK = 60.0  # of many megabytes, on a machine that has other things to do


def built(form) -> bytes:
    report = UUTReport(pn="P", sn="S", rev="A", process_code=10)
    report.root.numeric("3V3 é", 3.3, "V", low=3.2, high=3.4, report_text="a\nb <&>")
    with report.root.loop("again") as loop:
        loop.string("x", limit="y")
    report.root.chart("curve", [1, 2, 3])
    target = BytesIO()
    form.write([report, report], target)
    return target.getvalue()


HERE = Path(__file__).parent
CONTENTS = {
    "wsjf": built(wsjf),
    "wsxf": built(wsxf),
    "wstf": (HERE / "two.wstf.txt").read_bytes(),
    "atml": (HERE / "atml_601.xml").read_bytes(),
}


def mutations(content: bytes, count: int) -> Iterator[bytes]:
    """Cut, flipped, doubled, overwritten and wrongly encoded; the same ones in every run."""
    chance = random.Random(20)
    text = content.decode()
    for number in range(count):
        at, end = sorted(chance.sample(range(len(content)), 2))
        kind = number % 8
        if kind == 0:
            yield content[:at]
        elif kind == 1:
            yield content[at:]
        elif kind == 2:
            changed = bytearray(content)
            for _ in range(chance.randint(1, 8)):
                changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            yield bytes(changed)
        elif kind == 3:
            yield content[:at] + content[end:]
        elif kind == 4:
            yield content[:end] + content[at:]
        elif kind == 5:
            yield content[:at] + chance.randbytes(chance.randint(1, 9)) + content[at:]
        elif kind == 6:
            coding = chance.choice(["utf-16", "utf-16-le", "latin-1", "utf-32", "utf-7", "cp037"])
            yield text.encode(coding, "replace")[: chance.choice([None, at])]
        else:
            words = [b"0", b"-1", b"1e308", b'"', b"<", b">", b"&", b"null", b"\t", b"\n", b"{}", b"[]", b"Step", b"\0"]
            yield content[:at] + chance.choice(words) + content[at + chance.randint(0, 9) :]


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_a_report_or_a_typed_error_with_its_place(name):
    errors: list[FormatError] = []
    for content in mutations(CONTENTS[name], COUNT):
        began = time.process_time()
        try:
            for report in READERS[name].read(content):
                assert report.to_html().endswith("</html>\n")
        except FormatError as error:
            errors.append(error)
        assert time.process_time() - began < SECONDS, content
    assert len(errors) > COUNT / 4
    assert [str(error) for error in errors if not error.position or not error.detail] == []


@pytest.mark.skipif(sys.platform == "win32", reason="measures memory by POSIX means")
@pytest.mark.parametrize("name", READERS)
def test_an_attack_ends_soon_and_takes_little_memory(name):
    program = [sys.executable, str(Path(__file__).with_name("bombs.py")), name]
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    done = subprocess.run(program, capture_output=True, text=True, check=False, env=here)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        attack, seconds, grown, outcome = line.split("\t")
        assert float(seconds) < SLOWEST_ATTACK, attack
        assert int(grown) < MEGABYTES, attack
        assert "root:" not in outcome, attack
        assert outcome.startswith("refused") or attack in {"attributes", "namespaces", "many members"}, line
