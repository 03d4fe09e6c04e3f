"""Logs of SPEA testers: a converter."""

from pywats.ingest.converters.spea.converter import SUFFIXES, Options, convert, sniff

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]
