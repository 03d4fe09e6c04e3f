"""A web service in front of WATS: one ``AsyncPyWATS`` for the process, and its errors as statuses.

``GET /products/{number}`` gives one product, ``GET /yield?days=7`` a table, ``GET /health`` what a load balancer asks.
"""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

import pywats
from pywats import AsyncPyWATS, CircuitOpenError, PyWATSError, RateLimitError, WATSFilter

LONGEST = 365
WATS = web.AppKey("wats", AsyncPyWATS)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def wats_of(app: web.Application) -> AsyncIterator[None]:
    """Make the client in the loop that serves, and close it when the service ends."""
    async with AsyncPyWATS(timeout=10) as wats:
        app[WATS] = wats.with_options(deadline=15)
        yield


@web.middleware
async def errors_as_statuses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say of a failure upstream what the caller can do about it."""
    try:
        return await handler(request)
    except (RateLimitError, CircuitOpenError) as error:
        wait = str(round(error.retry_after or 1))
        return web.json_response({"error": "WATS is busy"}, status=503, headers={"Retry-After": wait})
    except pywats.TimeoutError:
        return web.json_response({"error": "WATS did not answer in time"}, status=504)
    except PyWATSError as error:
        return web.json_response({"error": str(error)}, status=502)


async def product(request: web.Request) -> web.Response:
    """Return one product."""
    found = await request.app[WATS].product.get_product(request.match_info["number"])
    if found is None:
        return web.json_response({"error": "no such product"}, status=404)
    return web.json_response({"part_number": found.part_number, "name": found.name})


async def yields(request: web.Request) -> web.Response:
    """Return the yield of each product over the last days."""
    days = request.query.get("days", "7")
    if not days.isdecimal() or not 1 <= int(days) <= LONGEST:
        return web.json_response({"error": f"days is a number from 1 to {LONGEST}"}, status=400)
    chosen = WATSFilter(dimensions=["partNumber"], last=f"{int(days)}d")
    rows = await request.app[WATS].analytics.get_dynamic_yield(chosen)
    return web.json_response([{"product": row.part_number, "units": row.unit_count, "fpy": row.fpy} for row in rows])


async def health(request: web.Request) -> web.Response:
    """Return whether WATS can be reached, and how."""
    state = await request.app[WATS].health()
    return web.json_response(
        {"good": state.is_good, "last_error": str(state.last_error or "")}, status=200 if state.is_good else 503
    )


def application() -> web.Application:
    """Return the service."""
    app = web.Application(middlewares=[errors_as_statuses])
    app.cleanup_ctx.append(wats_of)
    app.add_routes(
        [web.get("/products/{number:.+}", product), web.get("/yield", yields), web.get("/health", health)],
    )
    return app


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8080)
    web.run_app(application(), host="127.0.0.1", port=options.parse_args().port)
