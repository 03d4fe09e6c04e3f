"""Test and repair reports: their models, read and written without loss."""
