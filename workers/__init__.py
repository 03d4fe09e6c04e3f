"""A general actor runtime: mailboxes, actors, supervisors, a limiter, and faces for sync and async callers."""
