"""Reports as WSXF, the XML format of the server: to and from WSJF, as which the sandbox keeps them."""
