"""One way to call both faces, so that one test holds for both."""

import inspect
from dataclasses import dataclass
from typing import Any, Literal

import pytest


@dataclass(frozen=True)
class Either:
    """A client whose methods are awaited, whichever face it has; the blocking one blocks the test's own loop."""

    api: Any
    face: Literal["blocking", "async"]

    async def __call__(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call ``domain.method``, or ``method`` of the client itself, and return its result."""
        return await self.of(self.api, name, *args, **kwargs)

    async def of(self, obj: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of any object of this face."""
        *path, method = name.split(".")
        for attribute in path:
            obj = getattr(obj, attribute)
        result = getattr(obj, method)(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    async def walk(self, name: str, *args: Any, **kwargs: Any) -> list[Any]:
        """Return all items of a walk."""
        domain, method = name.split(".")
        stream = getattr(getattr(self.api, domain), method)(*args, **kwargs)
        return [item async for item in stream] if self.face == "async" else list(stream)


@pytest.fixture(params=["blocking", "async"])
def either(request: pytest.FixtureRequest) -> Either:
    """Give the client of each face in turn, on ``wats_sandbox``."""
    fixture = {"blocking": "wats_api", "async": "wats_async_api"}[request.param]
    return Either(request.getfixturevalue(fixture), request.param)
