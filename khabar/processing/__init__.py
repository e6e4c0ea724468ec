"""A page on its way without Scrapy: worker processes, extract → judge → keys, imports,
reextraction.
"""
