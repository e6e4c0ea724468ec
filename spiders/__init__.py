"""The sources: everything that is true of one source only."""
