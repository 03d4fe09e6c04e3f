"""Processes in the sandbox."""
