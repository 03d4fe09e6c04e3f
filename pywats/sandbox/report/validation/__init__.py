"""The server's rules for a report in WSJF."""
