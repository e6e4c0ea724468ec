"""Parsers for documents other than articles: feeds, sitemaps, listings, WARC files. No network."""
