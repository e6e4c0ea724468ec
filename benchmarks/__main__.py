"""`python -m benchmarks [NAME…]`: runs the named benchmarks, or all of them but fuzz, which is no
measurement (`make fuzz`), and soak, crawl, imports, dedup, shards and at_size, which take long:
`python -m benchmarks soak [N [SVG]]`, `… crawl [N [ROUNDS [SVG]]]`, `… imports [N]`, `… at_size [N
[PAGES]]`, `… dedup [N [FOLDER]]`, `… shards [SOURCES [DAYS]]`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import (
    at_size,
    crawl,
    dedup,
    export,
    fuzz,
    imports,
    links,
    losses,
    pathological,
    reading,
    search,
    shards,
    soak,
    startup,
    stories,
    suggestions,
    web_load,
)

BENCHMARKS: dict[str, Callable[..., None]] = {
    "at_size": at_size.main,
    "crawl": crawl.main,
    "dedup": dedup.main,
    "export": export.main,
    "fuzz": fuzz.main,
    "imports": imports.main,
    "links": links.main,
    "losses": losses.main,
    "pathological": pathological.main,
    "reading": reading.main,
    "search": search.main,
    "shards": shards.main,
    "soak": soak.main,
    "startup": startup.main,
    "stories": stories.main,
    "suggestions": suggestions.main,
    "web_load": web_load.main,
}


def main() -> None:
    """Runs the named benchmarks; exits with a list of names if one is unknown."""
    match sys.argv[1:]:  # those with arguments
        case ["crawl", *arguments]:
            crawl.main(*arguments[:3])
            return
        case ["at_size", *arguments]:
            at_size.main(*arguments[:3])
            return
        case ["dedup", *arguments]:
            dedup.main(*arguments[:2])
            return
        case ["shards", *arguments]:
            shards.main(*arguments[:2])
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
    long = {"at_size", "crawl", "dedup", "fuzz", "imports", "shards", "soak"}
    for name in sys.argv[1:] or BENCHMARKS.keys() - long:
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark {name!r}; choose from: {', '.join(BENCHMARKS)}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
