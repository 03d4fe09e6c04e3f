"""Payloads of the export domain: none, files have names."""

__all__ = ()
