"""Maintenance of an archive: seal, back up, take down, extract again, verify, report."""
