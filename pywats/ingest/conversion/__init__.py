"""From a file to reports that the spool takes: in a process of its own, filled in, made fit to be posted."""
