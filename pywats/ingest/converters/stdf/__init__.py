"""STDF V4 datalogs of semiconductor testers: a converter."""

from pywats.ingest.converters.stdf.converter import SUFFIXES, Options, convert, sniff

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]
