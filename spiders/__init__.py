"""The sources (spiders/sources/*.toml) and the spider that crawls them."""
