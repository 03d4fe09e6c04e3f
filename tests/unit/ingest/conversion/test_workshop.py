"""A file is read whole, once, and only if it is the file that was found complete."""

import asyncio
import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pywats.ingest.conversion import order
from pywats.ingest.conversion.filling import Filling
from pywats.ingest.conversion.workshop import Job, Threads, convert_file
from pywats.ingest.converters import Options, registry
from pywats.ingest.faults import NotReadyError
from pywats.ingest.files.reading import Stamp
from pywats.ingest.reasons import Reason
from pywats.ingest.spool.entry import made_id


@pytest.fixture
def job(tmp_path):
    def make(data, name="report.json", **fields):
        path = tmp_path / name
        path.write_bytes(data)
        return Job(path=path, stamp=Stamp.of(path.lstat()), **fields)

    return make


def test_a_file_gives_its_drafts_and_the_name_of_its_converter(job, make_report):
    data = json.dumps([make_report(1), make_report(2, id=None)]).encode()
    converted = convert_file(job(data, filling=Filling(defaults={"station": "X"})))
    assert (converted.converter, converted.error, converted.size) == ("wsjf", None, len(data))
    assert converted.digest == hashlib.sha256(data).digest()
    first, second = converted.drafts
    assert first.report_id == make_report(1)["id"]
    assert second.report_id == made_id(converted.digest, 1)


def test_one_bad_report_of_a_file_refuses_the_file(job, make_report):
    converted = convert_file(job(json.dumps([make_report(1), make_report(2, sn="")]).encode()))
    assert not converted.drafts
    assert (converted.error.reason, converted.error.position) == (Reason.MISSING_FIELD, "[1] sn")


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENOSPC])
def test_a_disk_that_fails_says_nothing_against_the_file(job, monkeypatch, number):
    def fail(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(order, "_head", fail)
    with pytest.raises(NotReadyError, match="cannot be read"):
        convert_file(job(b"{}"))


def test_another_error_of_the_system_is_the_converters(job, monkeypatch):
    def fail(_):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "limits.csv")

    monkeypatch.setattr(order, "_head", fail)
    assert convert_file(job(b"{}")).error.reason is Reason.CONVERTER_FAILED


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "report.json", Reason.EMPTY),
        (b"SN;PN\n1;2\n", "results.csv", Reason.UNRECOGNISED),
        (b"\x00\x01\x02", "image.bin", Reason.UNRECOGNISED),
        (b"not JSON", "report.json", Reason.MALFORMED),  # the name says what it should have been
        (b'{"type": "T"', "report", Reason.MALFORMED),
    ],
)
def test_a_file_that_gives_nothing_has_a_reason(job, data, name, reason):
    assert convert_file(job(data, name)).error.reason is reason


def test_a_converter_that_is_named_is_used_whatever_the_content(job):
    converted = convert_file(job(b"<xml/>", "x.xml", converter="wsjf"))
    assert (converted.converter, converted.error.reason) == ("wsjf", Reason.MALFORMED)


def test_a_file_above_the_limit_is_not_read(job, monkeypatch):
    too_large = job(b"x" * 100, max_size=99)
    monkeypatch.setattr(os, "open", None)
    converted = convert_file(too_large)
    assert converted.error.reason is Reason.TOO_LARGE
    assert "100 bytes" in converted.error.detail


def test_a_report_above_the_limit_is_not_taken(job, make_report, monkeypatch):
    monkeypatch.setattr(order, "LARGEST_REPORT", 2000)
    data = json.dumps([make_report(1), make_report(2, comment="x" * 2000)]).encode()
    refused = convert_file(job(data)).error
    assert refused.reason is Reason.TOO_LARGE
    assert "2000 are the most" in refused.detail


def test_a_fault_of_a_converter_costs_one_file(job, monkeypatch):
    class Broken:
        SUFFIXES = (".x",)
        Options = Options

        def sniff(self, *_):
            return 1.0

        def convert(self, *_):
            raise ZeroDivisionError("by zero")
            yield

    find = registry.find
    for module in (registry, order):
        monkeypatch.setattr(module, "find", lambda name: Broken() if name == "broken" else find(name))
    monkeypatch.setattr(registry, "names", lambda: ["wsjf", "broken"])
    converted = convert_file(job(b"data", "file.x"))
    assert (converted.converter, converted.error.reason) == ("broken", Reason.CONVERTER_FAILED)
    assert "ZeroDivisionError: by zero" in converted.error.detail


def test_a_file_that_changed_since_it_was_seen_is_left_alone(job):
    changed = job(b"{}")
    changed.path.write_bytes(b"{} ")
    with pytest.raises(NotReadyError, match="changed"):
        convert_file(changed)


def test_a_file_that_was_replaced_is_left_alone(job):
    replaced = job(b"{}")
    other = replaced.path.with_name("other")
    other.write_bytes(b"[]")
    os.utime(other, ns=(replaced.stamp.mtime_ns, replaced.stamp.mtime_ns))
    other.replace(replaced.path)
    with pytest.raises(NotReadyError, match="changed"):
        convert_file(replaced)


def test_a_file_that_is_gone_is_left_alone(job):
    gone = job(b"{}")
    gone.path.unlink()
    with pytest.raises(NotReadyError, match="cannot be opened"):
        convert_file(gone)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let a locked file be opened at all")
@pytest.mark.parametrize("kind", ["flock", "lockf"])
def test_a_locked_file_is_left_alone_until_it_is_free(job, kind):
    locked = job(b'{"sn": "1"}')
    hold = (
        f"import fcntl, sys; f = open(sys.argv[1], 'r+b'); fcntl.{kind}(f, fcntl.LOCK_EX); print(flush=True); input()"
    )
    command = [sys.executable, "-c", hold, str(locked.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        with pytest.raises(NotReadyError, match="lock"):
            convert_file(locked)
        writer.communicate(b"\n")
    assert convert_file(locked).error.reason is Reason.MISSING_FIELD


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_does_not_choose_another_file_to_upload(tmp_path, job):
    secret = job(b'{"token": "x"}', "secret.json")
    link = tmp_path / "link.json"
    link.symlink_to(secret.path)
    with pytest.raises(NotReadyError):
        convert_file(Job(path=link, stamp=secret.stamp))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders on Windows")
def test_a_pipe_does_not_hang_the_converter(tmp_path):
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    with pytest.raises(NotReadyError):
        convert_file(Job(path=pipe, stamp=Stamp.of(pipe.lstat())))


async def test_threads_convert_beside_the_event_loop(job, make_report):
    workshop = Threads()
    jobs = [job(json.dumps(make_report(number)).encode(), f"{number}.json") for number in range(20)]
    converted = await asyncio.gather(*(workshop.convert(each) for each in jobs))
    await workshop.close()
    assert [draft.identity.sn for each in converted for draft in each.drafts] == [
        f"SN{number:05}" for number in range(20)
    ]


def test_a_name_in_any_bytes_is_read(tmp_path, make_report):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xe9sum\xe9\xff.json"))
    path.write_bytes(json.dumps(make_report()).encode())
    assert len(convert_file(Job(path=path, stamp=Stamp.of(path.lstat()))).drafts) == 1


@pytest.mark.parametrize("name", ["process", "station", "location", "purpose", "operator"])
def test_what_neither_the_file_of_a_tester_nor_its_source_has_is_named(job, name):
    defaults = {"process": 10, "part_number": "P", "station": "S", "location": "L", "purpose": "P", "operator": "O"}
    options = {"fields": {"serial_number": 1, "start": 2}}
    data = b"SN;Start\n1;2026-01-31T12:00:00Z\n"
    whole = job(data, "whole.csv", converter="csv", options=options, filling=Filling(defaults=defaults))
    assert len(convert_file(whole).drafts) == 1
    del defaults[name]
    lacking = job(data, "lacking.csv", converter="csv", options=options, filling=Filling(defaults=defaults))
    error = convert_file(lacking).error
    assert (error.reason, error.position) == (Reason.MISSING_FIELD, name)
