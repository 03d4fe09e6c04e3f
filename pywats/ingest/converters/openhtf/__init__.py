"""OpenHTF records in JSON: a converter."""

from pywats.ingest.converters.openhtf.converter import SUFFIXES, Options, convert, sniff

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]
