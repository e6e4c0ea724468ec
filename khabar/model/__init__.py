"""Data model shared by all packages: items, URLs, clock, configuration, sources. Reads no file but
TOML.
"""
