"""Extractors to compare. Each takes a saved page and returns its output in the form that the scorer
expects.
"""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import Any

from benchmarks.pages import NOW, SamplePage

ReaderOutput = dict[str, Any]
Reader = Callable[[SamplePage], ReaderOutput]
# URL for pages whose own is unknown; some tools need one
NOWHERE = "https://pages.newsroom.test/"


def load_khabar() -> Reader:
    """Khabar in full: text, metadata, embeds, images, dates, language."""
    from commands.extract import serialize_article
    from khabar.extraction import read_html

    return lambda page: serialize_article(read_html(page.body, page.url, NOW))


def load_trafilatura() -> Reader:
    """trafilatura with default options and metadata."""
    return _make_trafilatura()


def load_trafilatura_precise() -> Reader:
    """trafilatura with favor_precision."""
    return _make_trafilatura(favor_precision=True)


def _make_trafilatura(**options: Any) -> Reader:
    from trafilatura import bare_extraction

    def read_page(page: SamplePage) -> ReaderOutput:
        document: Any = bare_extraction(
            page.body, url=page.url or None, with_metadata=True, **options
        )
        if document is None:
            return {"text": ""}
        return {
            "text": document.text,
            "title": document.title,
            "date": document.date,
            "authors": _split_names(document.author),
        }

    return read_page


def _split_names(author_list: str | None) -> list[str]:
    return [name.strip() for name in (author_list or "").split(";") if name.strip()]


def load_newspaper() -> Reader:
    """newspaper4k, without fetching images."""
    from newspaper import Article, ArticleException

    def read_page(page: SamplePage) -> ReaderOutput:
        article = Article(page.url or NOWHERE, fetch_images=False)
        try:
            article.download(input_html=page.body.decode("utf-8", "replace"))
            article.parse()
        except ArticleException:
            return {"text": ""}
        fields = {"text": article.text, "title": article.title, "authors": list(article.authors)}
        return {
            **fields,
            "date": _format_iso(article.publish_date),
            "embeds": [str(movie) for movie in article.movies],
        }

    return read_page


def load_news_please() -> Reader:
    """news-please from given HTML; without fetch_images=False it would request each picture from
    the site.
    """
    from newsplease import NewsPlease

    def read_page(page: SamplePage) -> ReaderOutput:
        html = page.body.decode("utf-8", "replace")
        article = NewsPlease.from_html(html, url=page.url or NOWHERE, fetch_images=False)
        fields = {
            "text": article.maintext,
            "title": article.title,
            "authors": list(article.authors or ()),
        }
        return {**fields, "date": _format_iso(article.date_publish)}

    return read_page


def load_readability() -> Reader:
    """readability-lxml: the article's HTML and a title; it extracts neither date nor authors."""
    from lxml.html import fromstring
    from readability import Document

    def read_page(page: SamplePage) -> ReaderOutput:
        document = Document(page.body.decode("utf-8", "replace"))
        text = "\n".join(fromstring(document.summary()).itertext())
        return {"text": text, "title": document.short_title(), "authors": []}

    return read_page


def _format_iso(value: datetime | str | None) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value


# name → (module that must be installed, function that loads the reader)
TOOLS: dict[str, tuple[str, Callable[[], Reader]]] = {
    "Khabar": ("khabar.extraction", load_khabar),
    "trafilatura": ("trafilatura", load_trafilatura),
    "trafilatura, precision": ("trafilatura", load_trafilatura_precise),
    "newspaper4k": ("newspaper", load_newspaper),
    "news-please": ("newsplease", load_news_please),
    "readability-lxml": ("readability", load_readability),
}


def list_installed() -> dict[str, Callable[[], Reader]]:
    """Returns the tools that are installed; `make bench-reading` installs the others."""
    return {
        name: make for name, (module, make) in TOOLS.items() if importlib.util.find_spec(module)
    }


def load_reader(make: Callable[[], Reader]) -> Reader:
    """Loads a tool and silences its logs and warnings."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    return make()
