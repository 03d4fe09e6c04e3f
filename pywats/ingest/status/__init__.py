"""The status page: how the daemon stands, for people and for programs, and what a person can do about it."""
