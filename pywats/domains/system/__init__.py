"""The server itself, the clients that are registered with it, and the levels they belong to."""
