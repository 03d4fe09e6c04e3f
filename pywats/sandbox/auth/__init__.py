"""Tokens in the sandbox: the routes that make them, and what is stored of them."""
