"""The workflows that units go through."""
