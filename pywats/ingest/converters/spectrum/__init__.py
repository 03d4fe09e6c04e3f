"""Logs of Teradyne Spectrum in-circuit testers: a converter."""

from pywats.ingest.converters.spectrum.converter import SUFFIXES, Options, convert, sniff

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]
