"""Files that the server makes in the background."""
