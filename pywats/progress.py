"""How far a long piece of work is: told to a function, drawn on a terminal, or not at all."""

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as Display
    from rich.progress import TaskID

Progress = bool | Callable[[int, int | None], object]
"""Who is told: ``False`` nobody; ``True`` whoever looks at the terminal, if standard error is one; or a function, given
what is done and how much there is (``None`` while that is not known). It is called between other work of the event
loop, on the blocking face on the loop's thread: it must not block. An error of it ends the work."""


class Meter(Protocol):
    """Counts what is done of one piece of work."""

    def advance(self, by: int = 1) -> None:
        """Say that so much more is done."""
        ...

    def close(self) -> None:
        """Say that nothing more will be done; more than once does no harm."""
        ...


def meter_of(progress: Progress, name: str, total: int | None = None, *, in_bytes: bool = False) -> Meter:
    """What counts a piece of work.

    Args:
        progress: who is told.
        name: what a bar is labelled with.
        total: how much there is, if that is known.
        in_bytes: what is counted are bytes.
    """
    if callable(progress):
        return _Told(progress, total)
    if progress and sys.stderr.isatty():
        return _Bar(name, total, in_bytes=in_bytes)
    return _Silence()


class _Silence:
    def advance(self, by: int = 1) -> None:
        """Tell nobody."""

    def close(self) -> None:
        """Tell nobody."""


class _Told:
    def __init__(self, tell: Callable[[int, int | None], object], total: int | None) -> None:
        self._tell = tell
        self._total = total
        self._done = 0

    def advance(self, by: int = 1) -> None:
        self._done += by
        self._tell(self._done, self._total)

    def close(self) -> None:
        """Say nothing: the last step was told."""


class _Bar:
    """One bar on the process's screen."""

    def __init__(self, name: str, total: int | None, *, in_bytes: bool) -> None:
        self._display = _SCREEN.take()
        self._task: TaskID | None = self._display.add_task(name, total=total, in_bytes=in_bytes)

    def advance(self, by: int = 1) -> None:
        if self._task is not None:
            self._display.advance(self._task, by)

    def close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            self._display.stop_task(task)
            _SCREEN.give_back()


class _Screen:
    """The display that all bars share, since a terminal has room for one; it is there while there are bars."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._display: Display | None = None
        self._bars = 0

    def take(self) -> "Display":
        with self._lock:
            if self._display is None:
                self._display = _display()
                self._display.start()
            self._bars += 1
            return self._display

    def give_back(self) -> None:
        with self._lock:
            self._bars -= 1
            if self._display is not None and not self._bars:
                self._display.stop()
                self._display = None


_SCREEN: Final = _Screen()


def _display() -> "Display":
    from rich.console import Console
    from rich.filesize import decimal
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    def shown(task: Task, count: float) -> str:
        in_bytes: Callable[[int], str] = decimal
        return in_bytes(int(count)) if task.fields["in_bytes"] else f"{count:,.0f}"

    class Amount(ProgressColumn):
        def render(self, task: Task) -> Text:
            total = "" if task.total is None else f" of {shown(task, task.total)}"
            return Text(f"{shown(task, task.completed)}{total}")

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{shown(task, speed)}/s" if speed else "")

    label = TextColumn("{task.description}", markup=False)
    return Progress(
        *(label, BarColumn(), Amount(), Rate(), TimeElapsedColumn(), TimeRemainingColumn()),
        console=Console(stderr=True),
    )
