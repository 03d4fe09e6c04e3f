"""``spool``: looking at what waits for the server, and deciding what only a person can."""
