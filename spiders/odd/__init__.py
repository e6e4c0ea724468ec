"""Spiders for sources that their TOML cannot say in full."""
