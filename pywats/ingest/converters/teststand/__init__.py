"""XML reports of TestStand: a converter."""

from pywats.ingest.converters.interface import Options
from pywats.ingest.converters.teststand.converter import SUFFIXES, convert, sniff

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]
