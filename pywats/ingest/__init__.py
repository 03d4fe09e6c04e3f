"""The ingest daemon: files from testers become reports in WATS, nothing lost and nothing twice."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pywats.ingest.pipeline import Pipeline as Pipeline
    from pywats.ingest.pipeline import run as run

__all__ = ["Pipeline", "run"]


def __getattr__(name: str) -> Any:
    """Import the daemon when it is first used: who only reads a configuration needs no client and no watch."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pywats.ingest import pipeline

    return getattr(pipeline, name)
