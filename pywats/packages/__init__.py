"""Software packages on this machine: what is installed where, and how files come into place whole. No HTTP here."""
