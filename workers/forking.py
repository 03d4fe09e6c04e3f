"""What a forked child does with the event loop that it inherited: as little as can be."""

import os
from typing import Any


def close_poll(loop: Any) -> None:
    """Close what a loop waits with, and nothing else of it."""
    if hasattr(loop, "_get_backend_id"):  # uvloop's
        os.close(loop._get_backend_id())  # noqa: SLF001
        return
    poll: Any = getattr(getattr(loop, "_selector", None), "_selector", None)
    if poll is not None and hasattr(poll, "close"):
        poll.close()


def keep_for_ever(thing: object) -> None:
    """Leak a reference: what belongs to the parent must not be finalized here, not even when the interpreter ends."""
    import ctypes  # only forked children need it

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
