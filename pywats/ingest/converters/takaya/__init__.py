"""Logs of Takaya flying probe testers: a converter."""

from pywats.ingest.converters.takaya.converter import SUFFIXES, Options, convert, sniff

__all__ = ["SUFFIXES", "Options", "convert", "sniff"]
