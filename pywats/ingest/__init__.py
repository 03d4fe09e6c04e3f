"""The ingest daemon: files from testers become reports in WATS, nothing lost and nothing twice."""
