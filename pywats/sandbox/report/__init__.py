"""Reports in the sandbox: validation, storage, headers, and giving them back."""
