"""CSV and other text, as options describe it: a converter."""

from pywats.ingest.converters.table.converter import SUFFIXES, Options, convert, sniff

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]
