"""Fetching: Scrapy settings, the session of a run, queue, politeness, guards."""

import khabar  # noqa: F401  chooses the SQLite that sqlite-utils imports
