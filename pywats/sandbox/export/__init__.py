"""Exports in the sandbox: certificates as archives."""
