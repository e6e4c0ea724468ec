"""Spiders of sources that TOML cannot describe: module <key>.py with a class `Odd`."""
