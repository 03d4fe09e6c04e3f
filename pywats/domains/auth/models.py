"""Payloads of the auth domain: none, a token is a text."""

__all__ = ()
