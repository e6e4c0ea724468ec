"""Deprecated entry point `python -m crawler.cli` of the last release's crontabs: runs `khabar`."""

from __future__ import annotations

import sys

from commands.__main__ import main

if __name__ == "__main__":
    if sys.stderr.isatty():
        sys.stderr.write(
            "khabar: `python -m crawler.cli` is removed in the next release; use `khabar` instead\n"
        )
    main()
