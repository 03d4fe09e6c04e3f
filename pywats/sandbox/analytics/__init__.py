"""Figures that the sandbox computes from the stored reports."""
