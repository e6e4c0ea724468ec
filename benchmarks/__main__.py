"""`python -m benchmarks [NAME…]`: runs the named benchmarks, or all of them but fuzz, which is no
measurement (`make fuzz`), and soak, crawl, imports, scale and at_size, which take long: `python -m
benchmarks soak [N [SVG]]`, `… crawl [N [ROUNDS [SVG]]]`, `… imports [N]`, `… scale [N [FORMS]]`,
`… scale large`, `… at_size [N [PAGES]]`.
"""

from __future__ import annotations

import sys

from benchmarks import (
    at_size,
    crawl,
    export,
    fuzz,
    imports,
    links,
    losses,
    pathological,
    reading,
    scale,
    search,
    soak,
    startup,
    stories,
    web_load,
)

BENCHMARKS = {
    "at_size": at_size.main,
    "crawl": crawl.main,
    "export": export.main,
    "fuzz": fuzz.main,
    "imports": imports.main,
    "links": links.main,
    "losses": losses.main,
    "pathological": pathological.main,
    "reading": reading.main,
    "scale": scale.main,
    "search": search.main,
    "soak": soak.main,
    "startup": startup.main,
    "stories": stories.main,
    "web_load": web_load.main,
}

LONG = {"at_size", "crawl", "fuzz", "imports", "scale", "soak"}


def main() -> None:
    """Runs the named benchmarks; exits with a list of names if one is unknown."""
    match sys.argv[1:]:  # those with arguments
        case ["crawl", *arguments]:
            crawl.main(*arguments[:3])
            return
        case ["at_size", *arguments]:
            at_size.main(*arguments[:3])
            return
        case ["scale", "large"]:
            scale.measure_large_file()
            return
        case ["scale", *arguments]:
            scale.main(*arguments[:3])
            return
        case ["soak", *arguments]:
            soak.main(*arguments[:2])
            return
        case ["imports", *arguments]:
            imports.main(*arguments[:1])
            return
        case ["losses", *arguments]:
            losses.main(*arguments[:1])
            return
    for name in sys.argv[1:] or BENCHMARKS.keys() - LONG:
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark {name!r}; choose from: {', '.join(BENCHMARKS)}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
