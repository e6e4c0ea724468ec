"""The crawl frontier: the URL table, the queue of due URLs, polling of feeds and sitemaps,
revisits, backfills, paused hosts.
"""
