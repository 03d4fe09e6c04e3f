"""Many calls at once, each with a result of its own."""
