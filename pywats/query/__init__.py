"""What to ask for: filters, OData, dimensions, and paths of steps."""
