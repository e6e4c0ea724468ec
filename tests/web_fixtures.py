"""A small archive for the reading room's tests, and how a visitor asks for a page and a browser looks at it."""

from __future__ import annotations

import asyncio
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from datasette.app import Datasette

from khabar.model.items import Block, Embed, Image, Outcome
from khabar.web.access import SCRIPT_HASH
from tests.archive_fixtures import HOME, ArchiveBuilder, article

POST = "नहर की सफ़ाई आज से शुरू।\nकल सुबह छह बजे मिलिए, फावड़ा साथ लाइए। #नहर"
ATTACK = (
    '<script>alert("चोर")</script><img src="https://evil.newsroom.test/x.png" onerror="alert(1)">'
)
BEFORE, AFTER = "आज़म गाँव की नहर बीस साल बाद साफ़ होगी।", "इस काम में तीन गाँवों के लोग जुटेंगे।"


def post(**told: Any) -> Embed:
    return Embed(**{"provider": "x", "kind": "post", "rule": "x.blockquote", **told})


CANAL = article(
    f"{HOME}/news/canal",
    title="आज़म गाँव की नहर साफ़ होगी",
    subtitle="तीन गाँवों की साझी पहल",
    authors=("रेखा मौर्य",),
    place="रामपुर",
    tags=("नहर",),
    published_at="2026-11-20T22:15:00+05:30",
    published_precision="minute",
    provenance={"title": "jsonld"},
    blocks=(
        Block("paragraph", BEFORE),
        Block("embed", embed=1),
        Block("paragraph", AFTER),
        Block("heading", "तीन दिन का काम", level=3),
        Block("list_item", "पहले दिन झाड़ियाँ"),
        Block("list_item", "दूसरे दिन गाद"),
        Block("quote", "“पानी आएगा तो धान लगेगा।”"),
        Block("image", image=0),
        Block("table", "गाँव | लोग\nआज़म | 40"),
    ),
    embeds=(
        Embed("youtube", "video", id="Zz9", url="https://www.youtube.com/watch?v=Zz9", title="नहर का वीडियो", place="lead", rule="youtube.iframe"),
        post(id="1991", url="https://x.com/nahar_dal/status/1991", author_name="नहर दल", author_handle="Nahar_Dal", text=POST,
             published_at="2026-11-20T20:00:00Z", media=("https://t.co/abc", "javascript:alert(2)")),
        post(id="1992", url="javascript:alert(3)", author_handle="kahin_aur", text="बिना जगह की पोस्ट", place="unplaced"),
        Embed("datawrapper", "chart", id="Ab", url="https://www.datawrapper.de/_/Ab/", place="unplaced", rule="datawrapper"),
        post(id="1993", author_handle="kinara", text="किनारे की पोस्ट", place="page"),
    ),
    images=(Image("https://cdn.newsroom.test/nahar.jpg", "नहर का पुराना फाटक", "काग़ज़/सुनील"),),
    lead_image=Image("https://cdn.newsroom.test/lead.jpg", "सूखी नहर"),
)  # fmt: skip
HOSTILE = article(
    f"{HOME}/news/hostile", f"{ATTACK} पाठ में", title=f"{ATTACK} शीर्षक", subtitle=ATTACK, authors=(ATTACK,), tags=(ATTACK,),
    language='hi" onload="alert(5)',
    embeds=(post(id="66", text=ATTACK, author_name=ATTACK, author_handle='"><script>', caption=ATTACK, place="lead",
                 html=ATTACK, media=("data:text/html,<script>alert(4)</script>", "http://[broken")),),
    images=(Image("javascript:alert(6)", ATTACK, ATTACK),),
)  # fmt: skip
WITHHELD = article(
    f"{HOME}/news/withheld", "यह शब्द गोपनीय रहें।", title="गोपनीय", rights={"noarchive": True}
)


def furnish(folder: Path) -> Path:
    """An archive of an article to read, one made of attacks, one gone, and two whose words are withheld."""
    desk = ArchiveBuilder(folder / "any name.db")
    for one in (CANAL, HOSTILE, WITHHELD, article(f"{HOME}/news/gone", title="हटा हुआ लेख")):
        assert desk.read(one).outcome == Outcome.ARTICLE
    desk.read(article(f"{HOME}/news/turned", "पहले यह खुला शब्द था: कस्तूरी।", title="पलटा"))
    desk.wait(hours=3)
    desk.read(article(f"{HOME}/news/turned", "अब मना है।", title="पलटा", rights={"noarchive": True}))
    desk.read(article(f"{HOME}/news/gone", title="हटा हुआ लेख, नया शीर्षक"))
    desk.end(f"{HOME}/news/gone", Outcome.GONE)
    desk.archive.close()
    return desk.path


def get(app: Datasette, where: str, **params: str) -> httpx.Response:
    answer: httpx.Response = asyncio.run(app.client.get(where, params=params or None))
    return answer


def ids(app: Datasette) -> dict[str, int]:
    """Last part of the address → id, of every article whatever its state."""
    sql = "select url, id from articles"
    rows = asyncio.run(app.get_database("archive").execute(sql)).rows
    return {url.rsplit("/", 1)[1]: number for url, number in rows}


def read(app: Datasette, slug: str) -> str:
    answer = get(app, f"/a/{ids(app)[slug]}")
    assert answer.status_code == 200, answer.text
    return answer.text


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


OWN_SCRIPT = {"src": "/static/suggest.js", "integrity": SCRIPT_HASH, "defer": None}


def loads(page: str) -> list[str]:
    """What a browser would fetch or run by itself: from anywhere but this server, or a script but the one that is ours."""
    active = {
        "script",
        "iframe",
        "img",
        "object",
        "embed",
        "video",
        "audio",
        "source",
        "base",
        "use",
        "image",
        "animate",
    }
    found = []
    for tag, attrs in Tags(page).found:
        found += [f"<{tag}>"] if tag in active and attrs != OWN_SCRIPT else []
        found += [
            f"{tag} {name}"
            for name in attrs
            if name.startswith("on") or name in {"style", "srcset"}
        ]
        if tag == "link" and urlsplit(attrs["href"] or "").netloc:
            found.append(f"link {attrs['href']}")
    return found


def links(page: str) -> list[dict[str, str | None]]:
    return [attrs for tag, attrs in Tags(page).found if tag == "a"]
