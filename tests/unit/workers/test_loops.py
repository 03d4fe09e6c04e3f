"""Which event loop the project's own threads and processes run."""

import asyncio
import builtins
import sys
from typing import Any

import pytest

from workers import loops
from workers.loopthread import LoopThread


def kind_of(loop: asyncio.AbstractEventLoop) -> str:
    return type(loop).__module__.partition(".")[0]


def without_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the import of uvloop fail."""
    found = builtins.__import__

    def refuse(name: str, *args: Any, **settings: Any) -> Any:
        if name == "uvloop":
            raise ImportError(name)
        return found(name, *args, **settings)

    monkeypatch.setattr(builtins, "__import__", refuse)


async def own_loop() -> str:
    return kind_of(asyncio.get_running_loop())


@pytest.mark.parametrize(
    ("wanted", "of_thread"), [("", "asyncio"), ("uvloop", "uvloop"), (" UVLOOP ", "uvloop"), ("asyncio", "asyncio")]
)
def test_a_process_takes_uvloop_by_itself_and_the_loop_thread_when_it_is_told(
    monkeypatch: pytest.MonkeyPatch, wanted: str, of_thread: str
) -> None:
    pytest.importorskip("uvloop")
    monkeypatch.setenv(loops.VARIABLE, wanted)
    assert loops.run(own_loop()) == ("asyncio" if wanted == "asyncio" else "uvloop")
    thread = LoopThread()
    thread.stop(0)
    assert kind_of(thread.loop) == of_thread


@pytest.mark.parametrize(("wanted", "said"), [("", None), ("uvloop", "uvloop_missing")])
def test_without_uvloop_it_is_asyncios(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wanted: str, said: str | None
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv(loops.VARIABLE, wanted)
    without_uvloop(monkeypatch)
    assert loops.loop_factory(by_default=True) is asyncio.new_event_loop
    assert (said or "") in caplog.text
    assert bool(caplog.text) == bool(said)


def test_a_word_that_names_no_loop_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv(loops.VARIABLE, "trio")
    loops.loop_factory(by_default=True)
    assert "value=trio" in caplog.text


def test_there_is_no_uvloop_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(loops.VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    assert loops.loop_factory(by_default=True) is asyncio.new_event_loop
