"""Where the time of a piece of work goes, for the figures that are not what they must be."""

import cProfile
import pstats
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Look = Callable[[Callable[[], Any]], Any]
"""Runs a function on another thread and returns its result, as ``Portal.look`` does."""

OURS = ("pywats", "workers")
_TOP = 12
_CHECKOUT = Path(__file__).parent.parent


async def profiled(work: Callable[[], Awaitable[object]], operations: int, look: Look | None = None) -> tuple[str, ...]:
    """The lines of a profile of one run: the share of each package, and our functions that take most of the time.

    A profile makes calls of Python functions dear, so shares are worth more than times here.
    """
    profile = cProfile.Profile(time.process_time if look is None else time.thread_time)
    on_thread = look or _here
    on_thread(profile.enable)
    try:
        await work()
    finally:
        on_thread(profile.disable)
    found: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    packages: defaultdict[str, float] = defaultdict(float)
    functions: list[tuple[float, float, str]] = []
    for (file, _, name), (_, calls, own, *_) in found.items():
        package, place = _place_of(file)
        packages[package] += own
        if package in OURS:
            functions.append((own, calls, f"{place} {name}"))
    whole = sum(packages.values()) or 1.0
    shares = ", ".join(
        f"{name} {packages[name] / whole:.0%}" for name in sorted(packages, key=packages.__getitem__, reverse=True)[:8]
    )
    functions.sort(reverse=True)
    return (
        f"by package: {shares}",
        *(
            f"{own / whole:6.1%}  {own / operations * 1e6:6.1f} us  {calls / operations:6.2f} calls  {name}"
            for own, calls, name in functions[:_TOP]
        ),
    )


def _here(function: Callable[[], Any]) -> Any:
    return function()


def _place_of(file: str) -> tuple[str, str]:
    """The package of a file, and its path inside of it."""
    path = Path(file)
    if path.is_relative_to(_CHECKOUT) and ".venv" not in path.parts:
        inside = path.relative_to(_CHECKOUT)
        return inside.parts[0], str(inside)
    if not path.is_absolute():
        return "built in", file
    parts = path.parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py"), path.name
    return ("asyncio" if "asyncio" in parts else "standard library"), path.name
