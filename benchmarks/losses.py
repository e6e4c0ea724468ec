"""Planted losses: `python -m benchmarks losses [FOLDER]`.

Removes each middle paragraph of each article from the reading, the page unchanged, and counts how
often a problem names the loss; and how often a page is named where nothing was removed. Reads the
gold pages, the newsroom's pages, and the saved pages of a folder.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.progress import track

import khabar.extraction.article
from benchmarks.pages import (
    NOW,
    SamplePage,
    iter_folder_pages,
    iter_newsroom_pages,
    load_gold_pages,
)
from khabar.extraction import read_html
from khabar.extraction.body import ArticleBody, extract_body
from khabar.extraction.boilerplate import comparison_key
from khabar.model.items import Article

MIN_PARAGRAPHS = 3  # of an article: with fewer, none is in the middle
MAX_PLANTED = 6  # paragraphs of one page that are removed, one at a time


def is_named(article: Article) -> bool:
    """Whether a problem says that text inside the article was left out."""
    return any("inside the article were left out" in problem for problem in article.problems)


def read_without(page: SamplePage, text: str) -> Article:
    """Extracts a page; the paragraph with this text is lost on the way, as if by a fault."""
    key = comparison_key(text)

    def lose(*args: Any, **kwargs: Any) -> ArticleBody:
        body = extract_body(*args, **kwargs)
        return replace(body, segments=tuple(s for s in body.segments if s.key != key))

    with patch.object(khabar.extraction.article, "extract_body", lose):
        return read_html(page.body, page.url, NOW)


def plant_losses(page: SamplePage) -> Iterator[tuple[str, bool]]:
    """Yields (text, is named) for paragraphs in the middle of a page's article."""
    article = read_html(page.body, page.url, NOW)
    paragraphs = [block.text for block in article.blocks if block.type == "paragraph"]
    if len(paragraphs) < MIN_PARAGRAPHS or is_named(article):
        return
    middle = paragraphs[1:-1]
    for text in middle[:: max(1, len(middle) // MAX_PLANTED)][:MAX_PLANTED]:
        yield text, is_named(read_without(page, text))


def main(folder: str = "") -> None:
    """Prints how many planted losses were named, and the false alarms, for each set of pages."""
    console = Console(highlight=False, markup=False)
    sets: dict[str, list[SamplePage]] = {"newsroom": list(iter_newsroom_pages())}
    try:
        sets["gold"] = load_gold_pages()
    except FileNotFoundError as error:
        console.print(str(error))
    if folder:
        sets["folder"] = list(iter_folder_pages(Path(folder)))
    for name, pages in sets.items():
        count: Counter[str] = Counter()
        missed: list[str] = []
        for page in track(pages, name, disable=not sys.stderr.isatty()):
            article = read_html(page.body, page.url, NOW)
            if article.page_type in ("listing", "other"):
                continue
            count["pages"] += 1
            count["alarms"] += is_named(article)
            for text, found in plant_losses(page):
                count["planted"] += 1
                count["named"] += found
                if not found:
                    missed.append(f"{page.name}: {text[:60]}")
        console.print(
            f"{name}: {count['named']} of {count['planted']} planted losses named; "
            f"{count['alarms']} of {count['pages']} pages named without one"
        )
        for line in missed[:20]:
            console.print(f"  missed: {line}")


if __name__ == "__main__":
    main(*sys.argv[1:])
