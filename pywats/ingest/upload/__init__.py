"""From the spool to the server: when to send, how fast, and what an answer means."""
