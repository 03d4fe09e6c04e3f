"""Files of reports: WSJF and WSXF, read and written; WSTF and ATML, read."""
