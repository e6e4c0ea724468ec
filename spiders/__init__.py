"""The sources (spiders/sources/*.toml) and the spider that crawls them."""

import khabar  # noqa: F401  chooses the SQLite that sqlite-utils imports
