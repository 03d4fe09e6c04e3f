"""Configuration files: YAML read with positions, references to the environment and to files, overlays, models.

:func:`load` gives a :class:`Loaded` model or one :class:`~pywats.errors.ConfigurationError` that lists every mistake as
``FILE:LINE:COL: key: what is wrong, what is allowed``.
"""

from pywats.config.blocks import Block, LimitsBlock, ServerBlock, StationBlock
from pywats.config.document import Place
from pywats.config.loading import KINDS, Loaded, load, peek_kind
from pywats.config.units import Duration, Pace, Rate, Size, TimeZone

__all__ = [
    "KINDS",
    "Block",
    "Duration",
    "LimitsBlock",
    "Loaded",
    "Pace",
    "Place",
    "Rate",
    "ServerBlock",
    "Size",
    "StationBlock",
    "TimeZone",
    "load",
    "peek_kind",
]
