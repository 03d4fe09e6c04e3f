"""Loggers of the runtime and of what is built on it: structured, and quiet in a program that did not ask for logs."""

import functools
import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any


class Logger:
    """Logs by the host's structlog configuration if it has one, else through ``logging`` as ``event key=value`` lines.

    Unconfigured, structlog would print every event on standard output, which is no place for a library. It is imported
    when there is something to log: its import costs a quarter of that of aiohttp and pydantic together.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._plain = logging.getLogger(name)

    def is_enabled(self, level: str) -> bool:
        """Whether an event of this level, such as ``debug``, would be logged; for what is costly to say."""
        return _host_is_configured() or self._plain.isEnabledFor(_number(level))

    def __getattr__(self, level: str) -> Any:
        """Give the method of a level, such as ``info``."""
        if _host_is_configured():
            return getattr(sys.modules["structlog"].get_logger(self._name), level)
        return getattr(_plain_logger(self._name), level) if self.is_enabled(level) else _say_nothing


def _host_is_configured() -> bool:
    # Who configures it has imported it; another thread may be in the middle of its first import.
    configured = getattr(sys.modules.get("structlog"), "is_configured", None)
    return configured is not None and bool(configured())


@functools.cache
def _number(level: str) -> int:
    number: int = getattr(logging, level.upper())
    return number


def _say_nothing(event: str, **fields: object) -> None:
    """Stand for the method of a level that nobody listens to."""


@functools.cache
def _plain_logger(name: str) -> Any:
    import structlog

    fields = structlog.processors.LogfmtRenderer(bool_as_flag=False)

    def line(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        said = str(event.pop("event"))
        return f"{said} {fields(logger, method, event)}" if event else said

    return structlog.wrap_logger(
        logging.getLogger(name),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[structlog.contextvars.merge_contextvars, line],
    )


def get_logger(name: str) -> Logger:
    """The logger of a module; its methods take a fixed event name and fields."""
    return Logger(name)


def traceback_of(error: BaseException | None) -> str | None:
    """A traceback as text, for a log field.

    ``exc_info`` is not used: renderers may print local variables with it, and those hold what must stay secret.
    """
    return None if error is None else "".join(traceback.format_exception(error)).rstrip()
