"""Going out: everything that is true of every source."""
