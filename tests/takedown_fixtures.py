"""An article to be forgotten, planted among neighbours: its words in every place where an archive keeps words."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from archive_fixtures import HOME, START, WORDS, ArchiveBuilder, article
from test_snapshots import FURNITURE

from khabar.archive.upkeep import takedown
from khabar.model.items import Article, Block, Embed, Image, Inset

PLANTED = "ज़ुबैदा ख़ानम-क़ुरैशी ने उन्नीस सौ तिरासी वाली पीतल-घंटी चुपचाप लौटाई थी।"
HEADLINE = "पीतल-घंटी लौटाने वाली ज़ुबैदा"
OWN = Embed(
    "x", "post", id="1853001", author_handle="ghanti_wali", text=PLANTED, text_complete=True
)
SHARED = Embed(
    "x",
    "post",
    id="1853002",
    author_handle="nagar_nigam",
    text="शिविर कल भी लगेगा",
    text_complete=True,
)
URL = f"{HOME}/news/7"
AFTER = START + timedelta(hours=2)
BESIDES = " ".join(WORDS)


def html(number: int, *paragraphs: str, head: str = "") -> bytes:
    story = "".join(f"<p>{words}</p>" for words in paragraphs)
    return f"<html><head>{head}</head><body><ul>{FURNITURE}</ul><article>{story} {number}</article></body></html>".encode()


def planted(url: str = URL, *more: str) -> Article:
    """The article to be forgotten: the words in its text, title, an embed of its own, a caption, an author, a tag."""
    return article(url, *WORDS, PLANTED, *more, title=HEADLINE, subtitle=PLANTED, authors=("ज़ुबैदा क़ुरैशी",),
                   tags=("पीतल-घंटी",), embeds=(OWN, SHARED), images=(Image("http://x.test/1.jpg", PLANTED, "क़ुरैशी"),),
                   insets=(Inset("AI से बना सार", PLANTED),),
                   blocks=(*(Block("paragraph", one) for one in (*WORDS, PLANTED, *more)), Block("embed", embed=0)))  # fmt: skip


def planted_page(*more: str) -> bytes:
    told = json.dumps({"articleBody": PLANTED, "headline": HEADLINE})
    short = "".join(
        f"<i>{word}</i>" for word in PLANTED.split()
    )  # too short to be blanked in a dictionary
    return html(
        7, *WORDS, PLANTED, *more, head=f"<title>{HEADLINE}</title><script>{told}</script>{short}"
    )


def plant(folder: Path) -> Path:
    """The planted article, read twice, is the first page of its source: the dictionary was made from it."""
    opened = ArchiveBuilder(folder / "archive.db")
    opened.note(URL, title=HEADLINE, published="2026-11-24T08:00:00Z")
    opened.read(planted(), body=planted_page())
    for n in range(40):
        neighbour(opened, n)
    opened.now = AFTER
    opened.read(planted(URL, "संशोधित।"), body=planted_page("संशोधित।"))
    opened.archive.close()
    return folder


def neighbour(desk: ArchiveBuilder, n: int) -> None:
    words = [f"{one} अंक {n}।" for one in WORDS]
    told = article(f"{HOME}/news/1{n:02}", *words, title=f"पड़ोसी ख़बर {n}", embeds=(SHARED,))
    desk.read(told, body=html(n, *words))


def down(desk: ArchiveBuilder, pattern: str = URL) -> takedown.Takedown:
    return takedown.add_takedown(desk.archive, pattern, "अदालत का आदेश", "संपादक", desk.now)


def held(desk: ArchiveBuilder) -> list[str]:
    return [
        row["url"]
        for row in desk.rows(
            "select url from articles where url like '%/news/7%' or title = ?", HEADLINE
        )
    ]
