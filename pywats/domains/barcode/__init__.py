"""Barcodes, and the patterns by which the server reads them."""
