"""Tokens of the user who calls."""
