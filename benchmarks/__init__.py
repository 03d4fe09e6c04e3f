"""What the client costs, measured against code written by hand."""
