"""Documents other than articles that strangers write: feeds, sitemaps, listings, WARC. Pure."""
