"""Software packages in the sandbox: their routes and what is stored of them."""
