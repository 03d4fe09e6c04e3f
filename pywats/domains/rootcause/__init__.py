"""Root cause analysis: tickets, their history and their attachments."""
