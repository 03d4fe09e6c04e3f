"""The server itself in the sandbox: its state, its clients and their levels."""
