"""A client and a concurrent worker runtime for WATS, the manufacturing test data platform.

``pyWATS`` blocks, ``AsyncPyWATS`` is awaited; both have the same methods. Names are imported when they are first used,
so that ``import pywats`` costs little.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pywats import provenance

provenance.check()

if TYPE_CHECKING:
    from pywats.caching.cache import CacheConfig as CacheConfig
    from pywats.caching.cache import CacheStatistics as CacheStatistics
    from pywats.client import AsyncPyWATS as AsyncPyWATS
    from pywats.client import AsyncWATS as AsyncWATS
    from pywats.client import pyWATS as pyWATS
    from pywats.concurrency.handles import as_completed as as_completed
    from pywats.concurrency.handles import wait as wait
    from pywats.concurrency.result import Failure as Failure
    from pywats.concurrency.result import Result as Result
    from pywats.concurrency.result import Success as Success
    from pywats.concurrency.result import split_results as split_results
    from pywats.concurrency.result import unwrap_all as unwrap_all
    from pywats.errors import *  # noqa: F403
    from pywats.events import Event as Event
    from pywats.health import CallDetails as CallDetails
    from pywats.health import Health as Health
    from pywats.http import Response as Response
    from pywats.httpclient import AsyncHttpClient as AsyncHttpClient
    from pywats.ingest.outbox import Outbox as Outbox
    from pywats.models import *  # noqa: F403
    from pywats.query.dimensions import DimensionBuilder as DimensionBuilder
    from pywats.query.filters import WATSFilter as WATSFilter
    from pywats.query.paths import MeasurementPath as MeasurementPath
    from pywats.query.paths import StepPath as StepPath
    from pywats.query.paths import display_path as display_path
    from pywats.query.paths import normalize_path as normalize_path
    from pywats.query.paths import normalize_paths as normalize_paths
    from pywats.settings import RetryConfig as RetryConfig
    from pywats.station import Purpose as Purpose
    from pywats.station import Station as Station
    from pywats.tables.frames import to_frame as to_frame
    from pywats.tables.frames import to_frame_async as to_frame_async
    from workers.lanes import Lane as Lane
    from workers.limiter import RateLimit as RateLimit

__version__ = "0.1.0"

_PLACES = {
    "AsyncHttpClient": "pywats.httpclient",
    "AsyncPyWATS": "pywats.client",
    "AsyncWATS": "pywats.client",
    "CacheConfig": "pywats.caching.cache",
    "CallDetails": "pywats.health",
    "Health": "pywats.health",
    "CacheStatistics": "pywats.caching.cache",
    "DimensionBuilder": "pywats.query.dimensions",
    "Event": "pywats.events",
    "Failure": "pywats.concurrency.result",
    "Lane": "workers.lanes",
    "MeasurementPath": "pywats.query.paths",
    "Outbox": "pywats.ingest.outbox",
    "Purpose": "pywats.station",
    "RateLimit": "workers.limiter",
    "Response": "pywats.http",
    "Result": "pywats.concurrency.result",
    "RetryConfig": "pywats.settings",
    "Station": "pywats.station",
    "StepPath": "pywats.query.paths",
    "Success": "pywats.concurrency.result",
    "WATSFilter": "pywats.query.filters",
    "as_completed": "pywats.concurrency.handles",
    "display_path": "pywats.query.paths",
    "normalize_path": "pywats.query.paths",
    "normalize_paths": "pywats.query.paths",
    "pyWATS": "pywats.client",
    "split_results": "pywats.concurrency.result",
    "to_frame": "pywats.tables.frames",
    "to_frame_async": "pywats.tables.frames",
    "unwrap_all": "pywats.concurrency.result",
    "wait": "pywats.concurrency.handles",
}
_COLLECTIONS = ("pywats.errors", "pywats.models")
"""Modules whose every public name is one of the package's, too."""


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return _public()
    if name in _PLACES:
        value = getattr(import_module(_PLACES[name]), name)
    else:
        # Only classes are collected; `from pywats import transport` asks here before it imports the module.
        places = _COLLECTIONS if name[:1].isupper() else ()
        module = next((found for found in map(import_module, places) if name in found.__all__), None)
        if module is None:
            msg = f"module 'pywats' has no attribute {name!r}"
            raise AttributeError(msg)
        value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_public()})


def _public() -> list[str]:
    collected = [name for place in _COLLECTIONS for name in import_module(place).__all__]
    return sorted({*_PLACES, *collected})
