"""Scrapy downloader middlewares (guards): contact, robots.txt, Retry-After, TDM reservation."""
