"""The ingest daemon: files from testers become reports in WATS, nothing lost and nothing twice."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pywats.ingest.daemon import Daemon as Daemon
    from pywats.ingest.daemon import run as run

__all__ = ["Daemon", "run"]


def __getattr__(name: str) -> Any:
    """Import the daemon when it is first used: who only reads a configuration needs no client and no watch."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pywats.ingest import daemon

    return getattr(daemon, name)
