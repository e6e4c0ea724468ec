"""The readers that are compared. Each takes a saved page and tells what it read, in the shape the scorer knows."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import Any

from benchmarks.pages import NOW, Sample

Reading = dict[str, Any]
Reader = Callable[[Sample], Reading]
NOWHERE = "https://pages.newsroom.test/"  # the address of a page whose own is not known; some tools want one


def khabar() -> Reader:
    """Khabar, everything: text, metadata, embeds, images, dates, language."""
    from commands.extract import contract
    from khabar.extraction import read_html

    return lambda page: contract(read_html(page.body, page.url, NOW))


def trafilatura() -> Reader:
    """trafilatura as it comes, with its metadata."""
    return _trafilatura()


def trafilatura_precise() -> Reader:
    """trafilatura with favor_precision."""
    return _trafilatura(favor_precision=True)


def _trafilatura(**options: Any) -> Reader:
    from trafilatura import bare_extraction

    def read(page: Sample) -> Reading:
        found: Any = bare_extraction(page.body, url=page.url or None, with_metadata=True, **options)
        if found is None:
            return {"text": ""}
        return {"text": found.text, "title": found.title, "date": found.date, "authors": _names(found.author)}

    return read


def _names(listed: str | None) -> list[str]:
    return [name.strip() for name in (listed or "").split(";") if name.strip()]


def newspaper() -> Reader:
    """newspaper4k; its pictures stay where they are."""
    from newspaper import Article, ArticleException

    def read(page: Sample) -> Reading:
        article = Article(page.url or NOWHERE, fetch_images=False)
        try:
            article.download(input_html=page.body.decode("utf-8", "replace"))
            article.parse()
        except ArticleException:
            return {"text": ""}
        told = {"text": article.text, "title": article.title, "authors": list(article.authors)}
        return {**told, "date": _iso(article.publish_date), "embeds": [str(one) for one in article.movies]}

    return read


def news_please() -> Reader:
    """news-please from HTML at hand; without fetch_images=False it would ask the site for each picture."""
    from newsplease import NewsPlease

    def read(page: Sample) -> Reading:
        html = page.body.decode("utf-8", "replace")
        article = NewsPlease.from_html(html, url=page.url or NOWHERE, fetch_images=False)
        told = {"text": article.maintext, "title": article.title, "authors": list(article.authors or ())}
        return {**told, "date": _iso(article.date_publish)}

    return read


def readability() -> Reader:
    """readability-lxml: the article's HTML and a title; it knows of no date and no author."""
    from lxml.html import fromstring
    from readability import Document

    def read(page: Sample) -> Reading:
        document = Document(page.body.decode("utf-8", "replace"))
        text = "\n".join(fromstring(document.summary()).itertext())
        return {"text": text, "title": document.short_title(), "authors": []}

    return read


def _iso(moment: datetime | str | None) -> str | None:
    return moment.isoformat() if isinstance(moment, datetime) else moment


# name → (the module it needs, what makes its reader)
TOOLS: dict[str, tuple[str, Callable[[], Reader]]] = {
    "Khabar": ("pipelines", khabar),
    "trafilatura": ("trafilatura", trafilatura),
    "trafilatura, precision": ("trafilatura", trafilatura_precise),
    "newspaper4k": ("newspaper", newspaper),
    "news-please": ("newsplease", news_please),
    "readability-lxml": ("readability", readability),
}


def installed() -> dict[str, Callable[[], Reader]]:
    """The tools that are on this machine; the others come with `make bench-reading`."""
    return {name: make for name, (module, make) in TOOLS.items() if importlib.util.find_spec(module)}


def ready(make: Callable[[], Reader]) -> Reader:
    """The tool, loaded, with its talk turned off."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    return make()
