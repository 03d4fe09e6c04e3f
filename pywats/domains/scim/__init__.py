"""Users of the server by the SCIM protocol, as identity providers manage them."""
