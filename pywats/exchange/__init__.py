"""One HTTP exchange as values: what is sent, what is said back, and how it becomes a payload."""
