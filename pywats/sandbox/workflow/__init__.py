"""Workflows in the sandbox."""
