"""Reports: sending them, getting them back, and finding them by their headers."""
