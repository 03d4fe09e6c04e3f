"""A converter that hangs, dies or eats memory costs one file; the others go on."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from pywats.ingest.conversion import processes
from pywats.ingest.conversion.filling import Filling
from pywats.ingest.conversion.processes import Processes
from pywats.ingest.conversion.workshop import Job
from pywats.ingest.faults import NotReadyError
from pywats.ingest.files.reading import Stamp
from pywats.ingest.reasons import Reason

CONVERTER = """
import ctypes, os, signal, sys, time
from pywats.ingest.converters import NotReadyError, Options as Base

SUFFIXES = ()


class Options(Base):
    prefix: str = ""


def sniff(head, name):
    return 0.0


def convert(source, options, context):
    order, _, rest = source.file.read().decode().partition(" ")
    print("what a converter prints goes nowhere near the reports")
    if order == "die":
        os._exit(3)
    if order == "crash":
        ctypes.string_at(0)
    if order == "hang":
        time.sleep(60)
    if order == "signals":
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    if order == "eat":
        held = []
        while True:
            held.append(bytearray(1024 * 1024))
    while order == "flood":
        yield {"type": "T", "sn": "1", "pn": "1", "start": "2026-01-31T12:00:00Z", "text": "x" * 1024 * 1024}
    if order == "wait":
        raise NotReadyError("the second file is not there")
    if order == "input":
        rest = sys.stdin.read() or "nothing"
    if order == "environment":
        rest = os.environ.get("WATS_AUTH_TOKEN", "none")
    if order == "bad":
        yield {"type": "T"}
    yield {"type": "T", "sn": options.prefix + (rest or order), "pn": str(os.getpid()), "start": "2026-01-31T12:00:00Z"}
    if order == "late":
        os._exit(3)
"""


ROOM = 8 * 1024 * 1024
FILLING = Filling(defaults={"process": 10, "station": "S", "location": "L", "purpose": "P", "operator": "O"})


@pytest.fixture
def job(tmp_path, monkeypatch):
    package = tmp_path / "line"
    package.mkdir()
    (package / "misbehaving.py").write_text(CONVERTER)
    monkeypatch.syspath_prepend(tmp_path)

    def make(text, **fields):
        path = tmp_path / f"{text}.txt"
        path.write_text(text)
        given = {"path": path, "stamp": Stamp.of(path.lstat()), "room": ROOM, **fields}
        return Job(converter="line.misbehaving", filling=FILLING, **given)

    return make


@pytest.fixture
async def workshop():
    made = Processes(1, memory=64 * 1024 * 1024)
    yield made
    await made.close()


def sn_of(converted):
    assert converted.error is None
    return next(iter(converted.drafts)).identity.sn


def process_of(converted):
    return int(next(iter(converted.drafts)).identity.pn)


async def test_files_are_converted_in_another_process_with_their_options(job, workshop):
    first = await workshop.convert(job("fine 1", options={"prefix": "SN"}))
    second = await workshop.convert(job("fine 2"))
    assert (sn_of(first), sn_of(second)) == ("SN1", "2")
    assert process_of(first) == process_of(second) != os.getpid()


@pytest.mark.parametrize(
    ("order", "reason", "words"),
    [
        ("die", Reason.CONVERTER_DIED, "exit code 3"),
        ("late", Reason.CONVERTER_DIED, "exit code 3"),
        pytest.param(
            "crash",
            Reason.CONVERTER_DIED,
            "SIGSEGV",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="there an access violation is an exception"),
        ),
        pytest.param(
            "eat",
            Reason.CONVERTER_MEMORY,
            "more memory",
            marks=pytest.mark.skipif(sys.platform == "darwin", reason="the system keeps no such limit"),
        ),
        ("flood", Reason.TOO_LARGE, "8388608 bytes"),
        ("hang", Reason.CONVERTER_TIMEOUT, "after 1 s"),
    ],
)
async def test_a_converter_that_misbehaves_costs_one_file(job, workshop, order, reason, words, monkeypatch):
    before = await workshop.convert(job("fine 1"))
    with monkeypatch.context() as patched:
        if order == "hang":
            patched.setattr(workshop._slots[0], "_timeout", 1.0)
        failed = await workshop.convert(job(order))
    after = await workshop.convert(job("fine 2"))
    assert (failed.error.reason, len(failed.drafts)) == (reason, 0)
    assert words in failed.error.detail
    assert sn_of(after) == "2"
    assert process_of(after) != process_of(before)


@pytest.mark.parametrize("order", ["signals", "input", "bad"])
async def test_the_process_survives_what_concerns_one_file_or_the_daemon(job, workshop, order):
    before = await workshop.convert(job("fine 1"))
    meanwhile = await workshop.convert(job(order))
    after = await workshop.convert(job("fine 2"))
    assert process_of(before) == process_of(after)
    assert {"signals": "signals", "input": "nothing", "bad": ""}[order] == ("" if meanwhile.error else sn_of(meanwhile))


async def test_a_converter_does_not_see_the_token_in_the_environment(job, workshop, monkeypatch):
    monkeypatch.setenv("WATS_AUTH_TOKEN", "secret")
    assert sn_of(await workshop.convert(job("environment"))) == "none"


async def test_a_set_of_files_may_not_be_complete_yet(job, workshop):
    with pytest.raises(NotReadyError, match="second file"):
        await workshop.convert(job("wait"))


async def test_a_process_is_replaced_after_a_while(job, workshop, monkeypatch):
    monkeypatch.setattr(processes, "LIFE", 2)
    converted = [await workshop.convert(job(f"fine {number}")) for number in range(3)]
    first, second, third = map(process_of, converted)
    assert first == second != third


async def test_what_is_converted_when_the_daemon_ends_is_taken_later(job):
    workshop = Processes(1)
    await workshop.convert(job("fine"))
    converting = asyncio.create_task(workshop.convert(job("hang")))
    await asyncio.sleep(0.1)
    await workshop.close()
    with pytest.raises(NotReadyError, match="the daemon ends"):
        await converting


async def test_a_process_that_cannot_start_blames_no_file(job, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    workshop = Processes(1)
    with pytest.raises(NotReadyError, match="could be started"):
        await workshop.convert(job("fine"))
    await workshop.close()


async def test_one_file_that_hangs_does_not_hold_up_another(job):
    workshop = Processes(2)
    hanging = asyncio.create_task(workshop.convert(job("hang")))
    assert sn_of(await workshop.convert(job("fine 1"))) == "1"
    assert not hanging.done()
    await workshop.close()
    with pytest.raises(NotReadyError):
        await hanging


def test_the_process_knows_no_client_and_no_network():
    names = "('aiohttp', 'pywats.client', 'sqlite3')"
    check = f"import sys, pywats.ingest.conversion.worker; print([name for name in {names} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", check], capture_output=True, check=True, text=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break in another way there")
def test_a_process_whose_daemon_was_killed_ends_without_a_word():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-P", "-c", processes.BEGIN, str(1024**3), "60", json.dumps(sys.path)]
    with os.fdopen(writer, "wb") as gone:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=gone, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert ended.stderr == b""
