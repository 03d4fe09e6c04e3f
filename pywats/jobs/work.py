"""One step under way: what it calls, and the rows that come of it."""

import asyncio
import glob
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pydantic
from pydantic_core import to_json

from pywats.config.problems import InvalidFileError
from pywats.errors import PyWATSError
from pywats.jobs import calls, charts, rows, templates
from pywats.jobs.names import ITEM
from pywats.jobs.output import Note
from pywats.jobs.plan import Plan
from pywats.jobs.planner import PlannedStep
from pywats.jobs.rows import Record
from pywats.jobs.schema import PICTURES
from pywats.jobs.transform import Transform
from pywats.jobs.window import in_order
from pywats.reports import rows as measurements
from pywats.reports.models import UURReport, UUTReport, read_report
from pywats.tables.columns import Kinds

FAILURES = (PyWATSError, OSError, ValueError, OverflowError)
"""What an item, or a step, may fail with; anything else is a fault of the program.

Methods refuse a value of the right type, such as the name of a time zone that there is not, with the last two.
"""


class ItemsFailedError(PyWATSError):
    """Items of a step failed, and the step with them."""


class Work:
    """One step under way.

    Args:
        plan: of the whole job.
        planned: the step.
        api: the client.
        results: what the earlier steps did.
        arguments: of the call, as far as all items share them.
        note: is told what a process that is killed leaves behind.

    Attributes:
        kinds: the columns of the rows, where they are known; from ``begin`` on.
        failed: the items that failed, and why.
        result: what a single call gave, if a later step wants it.
        pictures: the files of a chart, by their formats; from ``begin`` on.
    """

    def __init__(
        self,
        plan: Plan,
        planned: PlannedStep,
        api: object,
        results: Mapping[str, Any],
        arguments: dict[str, Any],
        note: Note,
    ) -> None:
        self.kinds: Kinds = planned.kinds
        self.failed: list[str] = []
        self.result: Any = None
        self.pictures: Mapping[str, bytes] = {}
        self._plan = plan
        self._planned = planned
        self._step = planned.step
        self._api = api
        self._results = results
        self._arguments = arguments
        self._note = note
        self._transform: Transform | None = None
        self._drawn: charts.Drawn | None = None

    async def begin(self) -> None:
        """Do what has to be done before the columns of the rows are known.

        Raises:
            PyWATSError, RowError: it cannot be done.
        """
        if self._step.plot is not None:
            plot = self._plan.plot(self._planned, self._results)
            formats = [name for name in PICTURES if getattr(self._step.into, name, None)]
            given = self._results[plot.source]["rows"]
            self._drawn = await asyncio.to_thread(charts.draw, plot, given, formats)
            self.pictures = self._drawn.pictures
        if self._step.transform is not None:
            sql = str(self._plan.value(self._planned, "transform", self._results))
            tables = {name: done["rows"] for name, done in self._results.items() if done["rows"] is not None}
            reads = self._plan.value(self._planned, "reads", self._results) if self._step.reads else ()
            paths = [reads] if isinstance(reads, str) else list(map(str, reads))
            self._transform = Transform(sql, tables, paths, self._note)
            self.kinds = await self._transform.begin()

    def close(self) -> None:
        """Forget what was made for the step."""
        if self._transform is not None:
            self._transform.close()

    async def rows(self) -> AsyncGenerator[Record, None]:
        """Yield the rows in the order of what they come from.

        Raises:
            PyWATSError, RowError, OSError: the step failed.
        """
        if self._drawn is not None:
            for row in self._drawn.rows:
                yield rows.record(row)
            return
        if self._transform is not None:
            given = self._transform.rows()
        elif self._step.for_each is not None or self._step.submit is not None:
            given = self._of_items()
        else:
            given = self._of_call()
        async with aclosing(given):
            async for row in given:
                yield rows.record(row)

    async def _of_call(self) -> AsyncGenerator[Any, None]:
        target = _target(self._planned)
        if target.streams:
            async with aclosing(target.start(self._arguments)) as stream:
                async for item in stream:
                    yield item
            return
        result = await target.start(self._arguments)
        if self._step.id in self._plan.wanted:
            self.result = rows.plain(result)
        for item in rows.items(result):
            yield item

    async def _of_items(self) -> AsyncGenerator[Any, None]:
        count = 0
        done = in_order(self._tried, self._items(), at_once=self._step.max_concurrent)
        async with aclosing(done):
            async for count, outcome in done:
                if isinstance(outcome, list):
                    for row in outcome:
                        yield row
                    continue
                if not isinstance(outcome, _ItemError):
                    raise outcome
                words = f"item {count}{outcome}"
                self.failed.append(words)
                if self._step.on_error == "fail":
                    raise ItemsFailedError(words)
        if self.failed and self._step.on_error == "collect":
            raise ItemsFailedError(f"{len(self.failed)} of {count} items failed: {self.failed[0]}")

    def _items(self) -> Iterator[Any]:
        if self._step.submit is not None:
            pattern = str(self._plan.value(self._planned, "submit", self._results))
            yield from sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - the pattern may be absolute
            return
        items = _listed(self._plan.value(self._planned, "for_each", self._results))
        per_item = isinstance(self._step.when, str) and _is_of_items(self._step.when)
        for item in items:
            if not per_item or true_or_false(self._plan.value(self._planned, "when", self._results, item=item)):
                yield item

    async def _tried(self, item: Any) -> list[Any]:
        """Return the rows of one item."""
        label = ""
        try:
            if self._step.submit is not None:
                label = f" ({item})"
                return [await self._submitted(item, await asyncio.to_thread(Path(item).read_bytes))]
            if self._step.rows is not None:
                label = f" ({_name(item)})"
                return list(measurements(_report(item)))
            own = self._plan.settle_item(self._planned, self._results, item)
            label = f" ({', '.join(f'{name} = {_short(value)}' for name, value in own.items())})" if own else ""
            return await self._called({**self._arguments, **own})
        except FAILURES as error:
            raise _ItemError(f"{label}: {_one_line(error)}") from error

    async def _called(self, arguments: dict[str, Any]) -> list[Any]:
        target = _target(self._planned)
        if not target.streams:
            return list(rows.items(await target.start(arguments)))
        async with aclosing(target.start(arguments)) as stream:
            return [item async for item in stream]

    async def _submitted(self, path: str, content: bytes) -> Record:
        content = content.removeprefix(b"\xef\xbb\xbf")  # which JSON must not have
        first = content.lstrip()[:1]
        if first not in (b"{", b"<"):
            raise rows.RowError("is no report in WSJF or WSXF")
        name, argument = ("json", "body") if first == b"{" else ("xml", "xml_content")
        answer = await calls.find(self._api, f"report.submit_report_{name}").start({argument: content})
        return {"file": path, "id": answer if isinstance(answer, str) else answer.uuid or answer.id}


class _ItemError(Exception):
    """One item failed; the text says which and why."""


def _listed(value: object) -> Iterable[Any]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise rows.RowError(f"for_each gives {_short(value)}; it must give a list")
    return value  # pyright: ignore[reportUnknownVariableType] - items of any kind


def true_or_false(value: Any) -> bool:
    """Return the value of ``when``.

    Raises:
        RowError: it is neither true nor false.
    """
    if not isinstance(value, bool):
        raise rows.RowError(f"when gives {_short(value)}; it must give true or false")
    return value


def is_per_item(planned: PlannedStep) -> bool:
    """Return whether ``when`` is asked for each item."""
    return planned.step.for_each is not None and isinstance(planned.step.when, str) and _is_of_items(planned.step.when)


def _is_of_items(when: str) -> bool:
    return any(name[0] == ITEM for name in templates.names(when))


def _target(planned: PlannedStep) -> calls.Target:
    if planned.target is None:  # pragma: no cover - planning gives each call its method
        raise TypeError
    return planned.target


def _report(item: Any) -> UUTReport | UURReport:
    try:
        return read_report(to_json(item))
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = "".join(f"{part}: " for part in first["loc"][1:])  # the first is the type of report
        words = f"is no report in WSJF, such as report.get_report_json gives: {where}{first['msg']}"
        raise rows.RowError(words) from error


def _name(item: Any) -> str:
    """Name a report: its id, else how it begins."""
    known: Mapping[str, Any] | None = cast("Mapping[str, Any]", item) if isinstance(item, Mapping) else None
    return str((known and known.get("id")) or _short(item))


def _short(value: Any) -> str:
    text = to_json(value, fallback=str).decode()
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004 - as much as reads well in one line


def _one_line(error: BaseException) -> str:
    """Return what was raised; of the mistakes of a file without its path, which the step names."""
    if isinstance(error, InvalidFileError):
        return "; ".join(f"{problem.place}: {problem.text}" for problem in error.problems)
    return " ".join(str(error).split()) or type(error).__name__
