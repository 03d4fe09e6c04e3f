"""Rows as columns: Arrow, pandas and polars."""
