"""The asset domain."""
