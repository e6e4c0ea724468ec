"""`python -m benchmarks [NAME…]`: runs the named benchmarks, or all of them but fuzz, which is no
measurement (`make fuzz`), and soak, which takes long: `python -m benchmarks soak [N [SVG]]`.
"""

from __future__ import annotations

import sys

from benchmarks import export, fuzz, links, pathological, reading, search, soak, stories, web_load

BENCHMARKS = {
    "export": export.main,
    "fuzz": fuzz.main,
    "links": links.main,
    "pathological": pathological.main,
    "reading": reading.main,
    "search": search.main,
    "soak": soak.main,
    "stories": stories.main,
    "web_load": web_load.main,
}


def main() -> None:
    """Runs the named benchmarks; exits with a list of names if one is unknown."""
    if sys.argv[1:2] == ["soak"]:  # the only one with arguments
        soak.main(*sys.argv[2:4])
        return
    for name in sys.argv[1:] or BENCHMARKS.keys() - {"fuzz", "soak"}:
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark {name!r}; choose from: {', '.join(BENCHMARKS)}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
