"""Results of Klippel QC, several files for a unit: a converter."""

from pywats.ingest.converters.klippel.converter import SUFFIXES, Options, convert, sniff

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]
