"""Loggers of the runtime and of what is built on it: structured, and quiet in a program that did not ask for logs."""

import logging
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict

_fields = structlog.processors.LogfmtRenderer(bool_as_flag=False)


def _line(logger: Any, method: str, event: EventDict) -> str:
    name = str(event.pop("event"))
    return f"{name} {_fields(logger, method, event)}" if event else name


class _Logger:
    """Logs by the host's structlog configuration if it has one, else through ``logging`` as ``event key=value`` lines.

    Unconfigured, structlog would print every event on standard output, which is no place for a library.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._plain: Any = structlog.wrap_logger(
            logging.getLogger(name),
            wrapper_class=structlog.stdlib.BoundLogger,
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.contextvars.merge_contextvars,
                _line,
            ],
        )

    def __getattr__(self, level: str) -> Any:
        """Give the method of a level, such as ``info``."""
        return getattr(structlog.get_logger(self._name) if structlog.is_configured() else self._plain, level)


def get_logger(name: str) -> Any:
    """The logger of a module; its methods take a fixed event name and fields."""
    return _Logger(name)


def traceback_of(error: BaseException | None) -> str | None:
    """A traceback as text, for a log field.

    ``exc_info`` is not used: renderers may print local variables with it, and those hold what must stay secret.
    """
    return None if error is None else "".join(traceback.format_exception(error)).rstrip()
