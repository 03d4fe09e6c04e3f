"""Logs of Keysight i3070 in-circuit testers: a converter."""

from pywats.ingest.converters.i3070.converter import SUFFIXES, convert, sniff
from pywats.ingest.converters.interface import Options

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]
