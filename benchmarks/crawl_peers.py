"""The crawlers that `make bench-crawl` measures beside Khabar, each in a process of its own:
`python -m benchmarks.crawl_peers NAME PORT COUNT TABLE` fetches the first COUNT pages and writes
what it read to the SQLite file TABLE; fundus writes nothing where TABLE is "-".

What a crawler needs is imported by its function alone: fundus runs in another environment.
"""

from __future__ import annotations

import sqlite3  # noqa: TID251 - these processes have no SQLite of Khabar's
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from benchmarks.crawl_pages import ADDRESSES, get_sitemap_path, make_urls
from benchmarks.soak_sites import KEYS

ROWS = 100  # of one transaction
THREADS = 8  # of newspaper4k
WORKERS = 2  # processes that run trafilatura
Save = Callable[[str, "str | None", "str | bytes | None"], None]
# Scrapy as fast as a site that allows everything permits; 8 requests to a host, as Khabar makes.
SCRAPY_SETTINGS = {
    "CONCURRENT_REQUESTS": 32,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": False,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "ERROR",
}
# The selector of the paragraphs of each site, written by hand for fundus.
PARAGRAPHS = (
    "//div[@class='story-content']/p[not(@class)]",
    "//div[@id='artBody']/p",
    "//div[@itemprop='articleBody']/div[@class='para']/p",
    "//div[@class='_s30J']/p",
)


@contextmanager
def open_table(path: str) -> Iterator[Save]:
    """Yields a function that saves a row of URL, title and text or body in the table `pages`."""
    db = sqlite3.connect(path)
    db.execute("pragma journal_mode=wal")
    db.execute("pragma synchronous=normal")
    db.execute("create table pages (url text primary key, title text, body)")
    unsaved: list[tuple[str, str | None, str | bytes | None]] = []

    def write_rows() -> None:
        db.executemany("insert or replace into pages values (?, ?, ?)", unsaved)
        db.commit()
        unsaved.clear()

    def save_row(url: str, title: str | None, body: str | bytes | None) -> None:
        unsaved.append((url, title, body))
        if len(unsaved) >= ROWS:
            write_rows()

    yield save_row
    write_rows()
    db.close()


# --- Scrapy ---


def fetch_only(port: int, count: int, path: str) -> None:
    """Scrapy: saves the body as it came, decompressed, and reads nothing in it."""
    with open_table(path) as save:

        async def save_body(response: Any) -> None:
            save(response.url, None, response.body)

        _run_scrapy(make_urls(port, count), save_body)


def extract_inline(port: int, count: int, path: str) -> None:
    """Scrapy with trafilatura in the spider's callback."""
    with open_table(path) as save:

        async def save_article(response: Any) -> None:
            save(response.url, *extract_article(response.text, response.url))

        _run_scrapy(make_urls(port, count), save_article)


def extract_in_processes(port: int, count: int, path: str) -> None:
    """Scrapy with trafilatura in two other processes."""
    import asyncio

    context = get_context("spawn")  # a fork would copy Scrapy with its open connections
    with open_table(path) as save, ProcessPoolExecutor(WORKERS, context) as pool:

        async def save_article(response: Any) -> None:
            article = await asyncio.get_running_loop().run_in_executor(
                pool, extract_article, response.text, response.url
            )
            save(response.url, *article)

        _run_scrapy(make_urls(port, count), save_article)


def extract_article(html: str, url: str) -> tuple[str | None, str | None]:
    """Returns title and text by trafilatura with its default options and metadata."""
    from trafilatura import bare_extraction

    document: Any = bare_extraction(html, url=url, with_metadata=True)
    return (document.title, document.text) if document else (None, None)


def _run_scrapy(urls: Iterable[str], handle: Callable[[Any], Awaitable[None]]) -> None:
    """Crawls the URLs; `handle` is the spider's callback."""
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    class PageSpider(scrapy.Spider):
        name = "pages"

        async def start(self) -> Any:
            for url in urls:
                yield scrapy.Request(url, dont_filter=True)

        async def parse(self, response: Any) -> None:
            await handle(response)

    process = AsyncCrawlerProcess(SCRAPY_SETTINGS)
    process.crawl(PageSpider)
    process.start()


# --- other crawlers ---


def run_newspaper(port: int, count: int, path: str) -> None:
    """newspaper4k in threads, without fetching pictures."""
    import tldextract
    from newspaper import Article
    from newspaper.mthreading import fetch_news

    # It would fetch the list of public suffixes from the web; the one it ships is used.
    tldextract.tldextract.TLD_EXTRACTOR.suffix_list_urls = ()
    articles: list[Any] = [
        Article(url, language="hi", fetch_images=False, memorize_articles=False)
        for url in make_urls(port, count)
    ]
    with open_table(path) as save:
        for article in fetch_news(articles, threads=THREADS):
            save(article.url, article.title, article.text)


def run_fundus(port: int, count: int, path: str) -> None:
    """fundus with a publisher for each site, whose selectors are written by hand."""
    from fundus import Crawler

    publishers = [_make_publisher(site, port, count) for site in range(len(KEYS))]
    articles = Crawler(*publishers, delay=0.0).crawl(error_handling="raise")
    if path == "-":
        for article in articles:
            assert article.title and article.body
        return
    with open_table(path) as save:
        for article in articles:
            save(article.html.requested_url, article.title, article.plaintext)


def _make_publisher(site: int, port: int, count: int) -> Any:
    """Returns fundus's publisher of a site, in the form of those that fundus ships."""
    from fundus.parser import BaseParser, ParserProxy, attribute
    from fundus.parser.utility import (
        extract_article_body_with_selector,
        generic_author_parsing,
        generic_date_parsing,
        generic_topic_parsing,
    )
    from fundus.publishers.base_objects import Publisher
    from fundus.scraping.url import NewsMap
    from lxml.etree import XPath

    class SiteParser(ParserProxy):  # type: ignore[misc]
        class V1(BaseParser):  # type: ignore[misc]
            _paragraph_selector = XPath(PARAGRAPHS[site])

            @attribute  # type: ignore[untyped-decorator]
            def body(self) -> Any:
                return extract_article_body_with_selector(
                    self.precomputed.doc, paragraph_selector=self._paragraph_selector
                )

            @attribute  # type: ignore[untyped-decorator]
            def publishing_date(self) -> Any:
                return generic_date_parsing(self.precomputed.ld.bf_search("datePublished"))

            @attribute  # type: ignore[untyped-decorator]
            def authors(self) -> Any:
                return generic_author_parsing(self.precomputed.ld.bf_search("author"))

            @attribute  # type: ignore[untyped-decorator]
            def title(self) -> Any:
                return self.precomputed.ld.bf_search("headline")

            @attribute  # type: ignore[untyped-decorator]
            def topics(self) -> Any:
                return generic_topic_parsing(self.precomputed.ld.bf_search("keywords"))

    home = f"http://{ADDRESSES[site]}:{port}"
    return Publisher(
        name=KEYS[site],
        domain=f"{home}/",
        parser=SiteParser,
        sources=[NewsMap(home + get_sitemap_path(site, count), languages={"hi"})],
    )


PEERS: dict[str, Callable[[int, int, str], None]] = {
    "fetch-only": fetch_only,
    "inline": extract_inline,
    "processes": extract_in_processes,
    "newspaper": run_newspaper,
    "fundus": run_fundus,
}


if __name__ == "__main__":
    PEERS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
