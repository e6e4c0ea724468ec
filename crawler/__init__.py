"""Fetching: Scrapy settings, the session of a run, queue, politeness, guards."""
