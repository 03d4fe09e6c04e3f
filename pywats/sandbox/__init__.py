"""An embedded WATS server for tests, demos and trials: real HTTP, real state, real validation, and faults to order.

``with Sandbox() as wats:`` gives a server at ``wats.url`` that takes ``wats.token``.
"""

from pywats.sandbox.faults import Fault
from pywats.sandbox.process.store import Process
from pywats.sandbox.production.serial_numbers import SerialNumberType
from pywats.sandbox.records import Recorded, Stats
from pywats.sandbox.server import Sandbox
from pywats.sandbox.serving import serve

__all__ = ["Fault", "Process", "Recorded", "Sandbox", "SerialNumberType", "Stats", "serve"]
