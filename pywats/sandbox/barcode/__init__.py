"""Barcodes in the sandbox: the patterns that read them."""
