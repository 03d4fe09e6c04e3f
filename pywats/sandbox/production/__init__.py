"""Units, batches and serial numbers in the sandbox."""
