"""Pages of four pretend newspapers for `make bench-crawl`: invented Hindi words in pages of the
weight of real ones (median 125 KB), always the same for a number.

`python -m benchmarks.crawl_pages COUNT` serves them on loopback, gzipped beforehand, from memory;
it prints the port and ends when its input does. The port is the same on 127.0.0.1, 127.0.0.2 and
so on, one address for each site, so that crawlers take the sites for different hosts; khabar
reaches them by their names under .newsroom.test. Needs the standard library only.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import NamedTuple

from benchmarks.soak_sites import KEYS, make_response, make_text

FEWEST_WORDS, MOST_WORDS = 300, 700  # of an article
FEWEST_PARAGRAPHS, MOST_PARAGRAPHS = 8, 25
EMBED_EVERY = 4  # one page of so many has a post or a video
ADDRESSES = tuple(f"127.0.0.{1 + site}" for site in range(len(KEYS)))
SECTIONS = ("desh", "rajya", "khel", "vyapar")
# Pages of an address are published in the month before the day on which they are made.
NEWEST = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class PretendArticle:
    """An article as its page must be read: title and paragraphs. `embed`: HTML, mostly empty."""

    number: int
    title: str
    summary: str
    paragraphs: tuple[str, ...]
    published: datetime
    embed: str

    @property
    def url(self) -> str:
        return f"http://{get_host(self.number % len(KEYS))}{get_path(self.number)}"


class PageParts(NamedTuple):
    """What surrounds an article, as HTML: the same on all pages of a site, except the cards."""

    menu: str
    footer: str
    sidebar: str
    related: str
    byline: str
    figure: str


def get_host(site: int) -> str:
    """Returns a site's host as khabar knows it."""
    return f"{KEYS[site]}.newsroom.test"


def get_path(number: int) -> str:
    return f"/news/{number}"


def make_article(number: int) -> PretendArticle:
    """Returns the article with a number; it is of the site `number` modulo their count."""
    chance = Random(number)
    count = chance.randint(FEWEST_PARAGRAPHS, MOST_PARAGRAPHS)
    words = chance.randint(FEWEST_WORDS, MOST_WORDS) // count
    return PretendArticle(
        number,
        make_text(chance, 2 * chance.randint(4, 6)),
        make_text(chance, 24),
        tuple(_make_paragraph(chance, words) for _ in range(count)),
        NEWEST - timedelta(minutes=number % 40_000),
        _make_embed(chance) if number // len(KEYS) % EMBED_EVERY == 0 else "",
    )


def make_html(article: PretendArticle) -> str:
    """Returns the article's page."""
    site, chance = article.number % len(KEYS), Random(-1 - article.number)
    parts = PageParts(
        _make_menu(site),
        _make_footer(site),
        _make_cards(chance, chance.randint(8, 34), f"{KEYS[site]}-side"),
        _make_cards(chance, chance.randint(6, 30), f"{KEYS[site]}-more"),
        f'<span class="by">{make_text(Random(article.number % 17), 2)}</span> '
        f'<time datetime="{article.published.isoformat()}">{article.published:%d %b %Y, %H:%M}'
        "</time>",
        f'<figure><img src="/photos/{article.number}.jpg" width="1200" height="675" alt="">'
        f"<figcaption>{make_text(chance, 10)}</figcaption></figure>",
    )
    body = LAYOUTS[site](article, parts)
    return (
        f'<!doctype html>\n<html lang="hi"><head>{_make_head(article)}</head>\n'
        f"<body>{body}\n<script>{_make_script(site, 60)}</script></body></html>\n"
    )


# --- the four layouts ---


def _lay_out_morning(article: PretendArticle, parts: PageParts) -> str:
    """Semantic elements; links to other articles stand between the paragraphs."""
    lines = [f"<p>{_link_word(text)}</p>" for text in article.paragraphs]
    also = f'<p class="also-read"><b>यह भी पढ़ें:</b> <a href="/news/1">{article.summary}</a></p>'
    lines[4:4] = [also, article.embed]
    text = "\n".join(lines)
    return (
        f'<header class="site-header">{parts.menu}</header><main class="container">'
        f'<article class="story-detail"><h1 class="story-title">{article.title}</h1>'
        f'<div class="story-meta">{parts.byline}</div>{parts.figure}'
        f'<div class="story-content">{text}</div></article>'
        f'<aside class="sidebar">{parts.sidebar}</aside></main>'
        f'<section class="more-news">{parts.related}</section><footer>{parts.footer}</footer>'
    )


def _lay_out_noon(article: PretendArticle, parts: PageParts) -> str:
    """Nested div elements, the sidebar before the text, advertisements inside it."""
    lines = []
    for index, text in enumerate(article.paragraphs):
        lines.append(f"<p>{_link_word(text)}</p>")
        if index % 5 == 2:
            lines.append(f'<div class="adv" id="adv-{index}"><div class="adv-in"></div></div>')
    lines.insert(6, article.embed)
    text = "\n".join(lines)
    return (
        f'<div id="wrap"><div class="hd-top">{parts.menu}</div><div class="row">'
        f'<div class="sidebar lhs">{parts.sidebar}</div><div class="cntr">'
        f'<div class="art-hd"><h1>{article.title}</h1><h2 class="summ">{article.summary}</h2></div>'
        f'<div class="art-by">{parts.byline}</div>{parts.figure}'
        f'<div class="article-body" id="artBody">{text}</div>'
        f'<div class="related-stories">{parts.related}</div></div></div>'
        f'<div class="ft">{parts.footer}</div></div>'
    )


def _lay_out_evening(article: PretendArticle, parts: PageParts) -> str:
    """Microdata, and each paragraph in a block of its own."""
    lines = [
        f'<div class="para" id="para-{index}"><p>{_link_word(text)}</p></div>'
        for index, text in enumerate(article.paragraphs)
    ]
    lines.insert(3, article.embed)
    text = "\n".join(lines)
    return (
        f'<div class="page"><nav class="topnav">{parts.menu}</nav>'
        '<section class="post" itemscope itemtype="https://schema.org/NewsArticle">'
        f'<h1 itemprop="headline">{article.title}</h1><div class="info">{parts.byline}</div>'
        f'{parts.figure}<div class="post-body" itemprop="articleBody">{text}</div></section>'
        f'<div class="widget">{parts.sidebar}</div><div class="widget">{parts.related}</div>'
        f'<div class="bottom">{parts.footer}</div></div>'
    )


def _lay_out_night(article: PretendArticle, parts: PageParts) -> str:
    """Generated class names, as web frameworks make them."""
    lines = [f'<p class="_1fTq">{_link_word(text)}</p>' for text in article.paragraphs]
    lines.insert(2, article.embed)
    text = "\n".join(lines)
    return (
        f'<div id="__app"><div class="_8aXz">{parts.menu}</div><div class="_2mLk">'
        f'<article class="_3QKd"><h1 class="_5tHn">{article.title}</h1>'
        f'<div class="_7bYe">{parts.byline}</div>{parts.figure}<div class="_s30J">{text}</div>'
        f'</article><div class="_9cRw">{parts.sidebar}</div></div>'
        f'<div class="_4dVp">{parts.related}</div>'
        f'<footer class="_6eUo">{parts.footer}</footer></div>'
    )


LAYOUTS: tuple[Callable[[PretendArticle, PageParts], str], ...] = (
    _lay_out_morning,
    _lay_out_noon,
    _lay_out_evening,
    _lay_out_night,
)


# --- parts of a page ---


def _make_paragraph(chance: Random, words: int) -> str:
    """Returns one to three sentences of about so many words in all."""
    sentences = 1 + (words > 24) + (words > 48)
    return " ".join(f"{make_text(chance, words // sentences)}।" for _ in range(sentences))


def _link_word(text: str) -> str:
    """Makes a link of the fourth word of every third paragraph, by its length."""
    words = text.split(" ")
    if len(text) % 3 == 0 and len(words) > 5:
        words[3] = f'<a href="/topic/{len(text)}">{words[3]}</a>'
    return " ".join(words)


def _make_embed(chance: Random) -> str:
    number = chance.randrange(10**17, 10**18)
    if number % 2:
        return (
            '<div class="video"><iframe width="560" height="315" allowfullscreen '
            f'src="https://www.youtube.com/embed/kh{number % 10**9:09d}"></iframe></div>'
        )
    return (
        '<blockquote class="twitter-tweet" data-lang="hi"><p lang="hi" dir="ltr">'
        f"{make_text(chance, 16)}</p>&mdash; खबर डेस्क (@khabar_desk) "
        f'<a href="https://twitter.com/khabar_desk/status/{number}">1 November 2026</a>'
        '</blockquote><script async src="https://platform.twitter.com/widgets.js"></script>'
    )


def _make_head(article: PretendArticle) -> str:
    """Returns title, meta tags, JSON-LD, styles and scripts."""
    site, published = article.number % len(KEYS), article.published.isoformat()
    section = SECTIONS[article.number % len(SECTIONS)]
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": article.url},
        "headline": article.title,
        "description": article.summary,
        "datePublished": published,
        "dateModified": published,
        "articleSection": section,
        "keywords": article.title.split(),
        "inLanguage": "hi",
        "image": {"@type": "ImageObject", "url": f"http://{get_host(site)}/photos/1.jpg"},
        "author": [{"@type": "Person", "name": make_text(Random(article.number % 17), 2)}],
        "publisher": {"@type": "NewsMediaOrganization", "name": KEYS[site]},
    }
    properties = {
        "og:type": "article",
        "og:title": article.title,
        "og:description": article.summary,
        "og:url": article.url,
        "og:image": f"http://{get_host(site)}/photos/{article.number}.jpg",
        "og:locale": "hi_IN",
        "og:site_name": KEYS[site],
        "article:published_time": published,
        "article:modified_time": published,
        "article:section": section,
    }
    tags = "\n".join(
        f'<meta property="{name}" content="{value}">' for name, value in properties.items()
    )
    return (
        f'<meta charset="utf-8"><title>{article.title} | {KEYS[site]}</title>\n'
        f'<link rel="canonical" href="{article.url}">\n{tags}\n'
        f'<meta name="description" content="{article.summary}">\n'
        f'<meta name="twitter:card" content="summary_large_image">\n'
        f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>\n'
        f"<style>{_make_style(site)}</style>\n"
        f"<script>{_make_script(site, 120 + 40 * site)}</script>"
    )


@cache
def _make_style(site: int) -> str:
    """Returns 16 KB of CSS rules."""
    chance = Random(site)
    return "\n".join(
        f".{KEYS[site]}-{index}{{margin:{chance.randrange(40)}px;padding:{chance.randrange(40)}px "
        f"{chance.randrange(40)}px;color:#{chance.randrange(1 << 24):06x};display:flex}}"
        for index in range(220)
    )


@cache
def _make_script(site: int, lines: int) -> str:
    """Returns lines of JavaScript as of counters and advertisements, 170 bytes each."""
    chance = Random(site)
    return "\n".join(
        f'window._q{index}=window._q{index}||[];_q{index}.push(["{chance.getrandbits(64):016x}",'
        f'{{"slot":"/{chance.getrandbits(32)}/{KEYS[site]}_{index}","size":[300,250],'
        f'"lazy":{index % 2},"key":"{chance.getrandbits(128):032x}"}}]);'
        for index in range(lines)
    )


@cache
def _make_menu(site: int) -> str:
    """Returns a menu of 240 links in groups, as of states and cities."""
    chance = Random(100 + site)
    groups = []
    for group in range(12):
        links = "".join(
            f'<li class="nav-item"><a class="nav-link" href="/{group}/{index}/">'
            f"{make_text(chance, 2)}</a></li>"
            for index in range(20)
        )
        groups.append(f'<ul class="nav-group" id="nav-{group}">{links}</ul>')
    return "\n".join(groups)


@cache
def _make_footer(site: int) -> str:
    """Returns a footer of 90 links and a notice."""
    chance = Random(200 + site)
    links = "\n".join(
        f'<a class="foot-link" href="/about/{index}">{make_text(chance, 2)}</a>'
        for index in range(90)
    )
    return f'<div class="foot-links">{links}</div><p class="notice">© 2026 {KEYS[site]}</p>'


def _make_cards(chance: Random, count: int, css: str) -> str:
    """Returns a list of other articles, each with a picture, a title and a time."""
    cards = []
    for _ in range(count):
        number = chance.randrange(10_000, 99_999)
        photo = f"/thumbs/{number}"
        sizes = ", ".join(f"{photo}-{width}w.jpg {width}w" for width in (150, 300, 600, 1200))
        cards.append(
            f'<li class="{css}-card"><a class="{css}-link" href="/news/{number}" '
            f'data-track="{css}-card-{number}" data-position="{number % 40}">'
            f'<picture class="{css}-picture"><source type="image/webp" srcset="{sizes}">'
            f'<img class="{css}-thumb" loading="lazy" decoding="async" src="{photo}-300w.jpg" '
            f'srcset="{sizes}" sizes="(max-width: 600px) 50vw, 300px" width="300" height="169" '
            f'alt=""></picture><h3 class="{css}-title">{make_text(chance, 12)}</h3></a>'
            f'<span class="{css}-time">{chance.randrange(2, 59)} मिनट पहले</span></li>'
        )
    return f'<ul class="{css}">' + "\n".join(cards) + "</ul>"


# --- the server ---


def make_urls(port: int, count: int) -> list[str]:
    """Returns the addresses of the first `count` pages, of each site in turn."""
    return [
        f"http://{ADDRESSES[number % len(KEYS)]}:{port}{get_path(number)}"
        for number in range(count)
    ]


def get_sitemap_path(site: int, count: int) -> str:
    """Returns the path of the sitemap with a site's share of the first `count` pages."""
    return f"/sitemap-{site}-{count}.xml"


class PageServer:
    """The responses by path, as they are sent."""

    def __init__(self, count: int) -> None:
        self.responses = {"/robots.txt": make_response(b"User-agent: *\nAllow: /\n")}
        for number in range(count):
            body = gzip.compress(make_html(make_article(number)).encode(), 6)
            self.responses[get_path(number)] = make_response(body, Content_Encoding="gzip")
        self.missing = make_response(b"", "404 Not Found")

    def get_response(self, host: str, path: str) -> bytes:
        """Returns the response to a request; `host` as the request names it."""
        if path.startswith("/sitemap-"):
            site, count = path.removeprefix("/sitemap-").removesuffix(".xml").split("-")
            return make_response(_make_sitemap(host, int(site), int(count)), kind="text/xml")
        return self.responses.get(path, self.missing)


def _make_sitemap(host: str, site: int, count: int) -> bytes:
    entries = "".join(
        f"<url><loc>http://{host}{get_path(number)}</loc>"
        f"<lastmod>{make_article(number).published.isoformat()}</lastmod></url>"
        for number in range(site, count, len(KEYS))
    )
    return (
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()
    )


class _Connection(asyncio.Protocol):
    """A connection; it stays open until the client closes it."""

    def __init__(self, server: PageServer) -> None:
        self.server = server
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, _, self.data = self.data.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
            self.transport.write(self.server.get_response(headers["host"], first.split(" ")[1]))


async def _serve(count: int) -> None:
    server, loop = PageServer(count), asyncio.get_running_loop()
    first = await loop.create_server(lambda: _Connection(server), ADDRESSES[0], 0, backlog=256)
    port = first.sockets[0].getsockname()[1]
    for address in ADDRESSES[1:]:
        await loop.create_server(lambda: _Connection(server), address, port, backlog=256)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
