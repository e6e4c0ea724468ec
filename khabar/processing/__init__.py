"""Processing of fetched pages without Scrapy: worker pool, extract → judge → keys, imports,
re-extraction.
"""
