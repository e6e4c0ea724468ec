"""The vocabulary: items, addresses, the clock, the operator's settings, sources. Reads no file
but TOML.
"""
