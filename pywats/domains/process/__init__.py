"""Processes: test, repair and work-in-progress operations, and the failure codes of repairs."""
