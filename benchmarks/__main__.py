"""`python -m benchmarks [NAME…]`: runs the named benchmarks, or all of them but fuzz, which is no
measurement (`make fuzz`), and those of LONG: `python -m benchmarks soak [N [SVG]]`, `… crawl
[N [ROUNDS [SVG]]]`, `… imports [N]`, `… at_size [N [PAGES]]`, `… dedup [N [FOLDER]]`, `… shards
[SOURCES [DAYS]]`, `… scale [N [FORMS]]`, `… scale large`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import (
    analysis,
    at_size,
    crawl,
    dedup,
    export,
    facets,
    fuzz,
    imports,
    links,
    losses,
    pathological,
    reading,
    related,
    scale,
    search,
    shards,
    soak,
    startup,
    stories,
    suggestions,
    web_load,
)

BENCHMARKS: dict[str, Callable[..., None]] = {
    "analysis": analysis.main,
    "at_size": at_size.main,
    "crawl": crawl.main,
    "dedup": dedup.main,
    "export": export.main,
    "facets": facets.main,
    "fuzz": fuzz.main,
    "imports": imports.main,
    "links": links.main,
    "losses": losses.main,
    "pathological": pathological.main,
    "reading": reading.main,
    "related": related.main,
    "scale": scale.main,
    "search": search.main,
    "shards": shards.main,
    "soak": soak.main,
    "startup": startup.main,
    "stories": stories.main,
    "suggestions": suggestions.main,
    "web_load": web_load.main,
}

LONG = {"at_size", "crawl", "dedup", "fuzz", "imports", "scale", "shards", "soak"}


# Those with arguments, and how many they take.
MOST_ARGUMENTS = {
    "analysis": 1, "at_size": 3, "crawl": 3, "dedup": 2, "facets": 1, "imports": 1, "losses": 1,
    "scale": 3, "shards": 2, "soak": 2, "suggestions": 1,
}  # fmt: skip


def main() -> None:
    """Runs the named benchmarks; exits with a list of names if one is unknown."""
    match sys.argv[1:]:
        case ["scale", "large"]:
            scale.measure_large_file()
            return
        case [name, *arguments] if name in MOST_ARGUMENTS:
            BENCHMARKS[name](*arguments[: MOST_ARGUMENTS[name]])
            return
    for name in sys.argv[1:] or BENCHMARKS.keys() - LONG:
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark {name!r}; choose from: {', '.join(BENCHMARKS)}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
