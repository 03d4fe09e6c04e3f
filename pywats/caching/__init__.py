"""Answers that more than one call is given."""
