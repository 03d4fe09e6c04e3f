"""Units on their way through production, and their serial numbers."""
