"""`python -m benchmarks [NAME…]`: runs the named benchmarks, or all of them but fuzz, which is no
measurement (`make fuzz`).
"""

from __future__ import annotations

import sys

from benchmarks import export, fuzz, links, pathological, reading, search, stories, web_load

BENCHMARKS = {
    "export": export.main,
    "fuzz": fuzz.main,
    "links": links.main,
    "pathological": pathological.main,
    "reading": reading.main,
    "search": search.main,
    "stories": stories.main,
    "web_load": web_load.main,
}


def main() -> None:
    """Runs the named benchmarks; exits with a list of names if one is unknown."""
    for name in sys.argv[1:] or BENCHMARKS.keys() - {"fuzz"}:
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark {name!r}; choose from: {', '.join(BENCHMARKS)}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
