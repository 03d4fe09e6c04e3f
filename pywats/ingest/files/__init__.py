"""Files of testers: found, read, moved away, kept for a while."""
