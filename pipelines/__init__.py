"""A page's way in: one verb, one file, one counter."""
