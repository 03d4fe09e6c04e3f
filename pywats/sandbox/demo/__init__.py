"""Contents for a demonstration: a small factory, and what it did in the thirty days that end today."""

from datetime import UTC, datetime

from pywats.sandbox.demo.floor import seed_assets, seed_stations, seed_tickets
from pywats.sandbox.demo.products import seed_products
from pywats.sandbox.demo.reports import DAYS, demo_reports
from pywats.sandbox.demo.software import seed_software
from pywats.sandbox.demo.units import seed_units
from pywats.sandbox.world import World

__all__ = ["DAYS", "demo_reports", "seed_demo"]


def seed_demo(world: World, *, seed: int = 1, days: int = DAYS) -> None:
    """Fill a sandbox that has no reports yet.

    The same seed on the same day gives the same contents, but for the ids that a server makes up itself.
    """
    with world.database.lock, world.database.transaction():
        if world.reports.count():
            return
        today = datetime.fromtimestamp(world.clock(), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        seed_products(world)
        seed_stations(world)
        seed_assets(world, today)
        seed_software(world)
        reports = list(demo_reports(today, seed=seed, days=days))
        world.reports.seed(reports)
        seed_units(world, reports)
        seed_tickets(world, reports)
