"""Users by the SCIM protocol in the sandbox."""
