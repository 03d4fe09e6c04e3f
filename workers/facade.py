"""An object with two faces: its methods are awaited from coroutines, or called from threads behind a portal."""

import copy
import os
import threading
from typing import Any, Final, Generic, TypeVar

from workers.errors import WorkersError
from workers.portal import Portal

SUBMITTED_AT_MOST: Final = 1000
"""Calls of one object that were submitted and are not answered; more wait, or are refused."""


class Async:
    """Callers await."""


class Blocking:
    """Callers block."""


Face = TypeVar("Face")


class Facade(Generic[Face]):
    """An object whose methods are declared once and called from coroutines or, behind a portal, from threads."""

    _portal: Portal | None = None
    _aio: Any = None
    _submitted: threading.Semaphore | None = None
    _submitted_by = 0

    @property
    def _ahead(self) -> int:
        """How many pages its walks fetch before they are asked for them."""
        return 0

    def _blocking_twin(self, portal: Portal) -> Any:
        """The same object seen by threads, its work done on the portal's loop."""
        twin = copy.copy(self)
        twin._portal, twin._aio, twin._submitted = portal, self, None  # noqa: SLF001 - it is the same class
        return twin

    def _translate(self, error: WorkersError) -> Exception:
        """The error that a caller gets for one of the runtime's; subclasses say it in their own words."""
        return error

    def _places(self) -> threading.Semaphore:
        """The places for calls that were submitted and are not answered yet; a forked child has its own."""
        if self._submitted is None or self._submitted_by != os.getpid():
            self._submitted, self._submitted_by = threading.Semaphore(SUBMITTED_AT_MOST), os.getpid()
        return self._submitted
