"""Finds articles that another corpus has as well: by URL, by text, as near-duplicates."""
