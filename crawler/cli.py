"""`python -m crawler.cli`, as crontab lines and units of the last release say it: the same as
`khabar`.
"""

from __future__ import annotations

import sys

from commands.__main__ import main

if __name__ == "__main__":
    if sys.stderr.isatty():
        sys.stderr.write(
            "khabar: `python -m crawler.cli` goes away with the next release; say `khabar` instead\n"
        )
    main()
