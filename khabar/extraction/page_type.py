"""What kind of page it is: article, live blog, gallery, video, listing, or something else. Evidence, then a verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from khabar.extraction.body import Body
from khabar.extraction.boilerplate import names_of
from khabar.extraction.dates import Times
from khabar.extraction.document import Document, Element, is_brief
from khabar.extraction.gallery import FEW, GALLERIES, by_address, is_named
from khabar.extraction.headline import Headline, agree
from khabar.extraction.jsonld import is_free, of_type, text_of, types_of
from khabar.extraction.liveblog import live_updates
from khabar.hindi.sentences import words
from khabar.model.items import PageType

_NOT_FOUND = re.compile(
    r"^\W*(?:error\s*)?(?:404|410)\b|\b(?:404|page)\s+(?:error|not\s+found)\b|page\s+(?:you.{0,30})?(?:not|cannot|can't|could\s+not)\s+be\s+found"
    r"|does\s*n.?o?t\s+exist|(?:पृष्ठ|पेज|पन्ना|ख\u093c?बर|सामग्री)\s+(?:उपलब्ध\s+)?(?:नहीं\s+(?:मिल|है|हैं)|मौजूद\s+नहीं|उपलब्ध\s+नहीं)|no\s+longer\s+available",
    re.I,
)
_DENIED = re.compile(
    r"access\s+denied|just\s+a\s+moment|attention\s+required|are\s+you\s+(?:a\s+)?(?:human|robot)|403\s+forbidden|request\s+blocked|captcha|"
    r"service\s+unavailable|under\s+maintenance|bad\s+gateway",
    re.I,
)
_LISTING_URL = re.compile(
    r"/(?:tag|tags|topic|topics|category|author|authors|page|archive|archives|search)/|/page/\d+/?$|[?&]page=\d+$", re.I
)
_LISTING_CLASS = re.compile(r"(?:^|\s)(?:archive|category|tag|search-results|home|blog|author)(?:\s|$)")
_SINGLE_CLASS = re.compile(r"(?:^|\s)(?:single|single-post|post-template-default|article-page|story-page)(?:\s|$)")
_LIVE_URL = re.compile(r"live-?(?:blog|updates?|coverage|news-updates?)|/liveblog/", re.I)
_LIVE_TITLE = re.compile(r"\blive\b|लाइव(?:\s|:|$)", re.I)
_VIDEO_URL = re.compile(r"/(?:videos?|video-?gallery|videoshow|watch|live-?tv)/", re.I)
_WALL = re.compile(
    r"paywall|premium-?(?:wall|block|lock)|subscri(?:be|ption)-?(?:wall|block|box)|piano|locked-?content|regwall", re.I
)
_INVITES = re.compile(
    r"(?:continue|keep|to)\s+read|unlock|\bsubscri|already\s+a\s+(?:member|subscriber)|weiterlesen|abonn|lire\s+la\s+suite|suscr[ií]b"
    r"|पूर[ाी]\s+(?:ख\u093c?बर|लेख|स्टोरी)?\s*पढ|पढ\u093c?ना\s+जारी|जारी\s+रखने|सब्सक्राइब|सदस्यता|प्रीमियम|लॉग(?:िन|\s?इन)",
    re.I,
)
_CUT = re.compile(r"(?:…|\.\.)[\s\]\[+\"”’]*$")
_CARDS = 6  # headings that are links: fewer are a related block
_SECTION = re.compile(
    r"ताज\u093c?[ाी]\s+(?:-?तरीन\s+)?(?:ख\u093c?बर|समाचार|न्यूज)|(?:latest|breaking|hindi)\s+news|news\s+in\s+hindi|ब्रेकिंग\s+न्यूज|(?:समाचार|ख\u093c?बरें)$",
    re.I,
)
_HEADLINE = 5  # words: fewer name a section
_SENTENCE = re.compile(r".{40}[।.?!][\"”’']?$", re.S)
_SAME = 0.6  # share of words a video's name has in common with its page's headline
_PLAYERS = 2  # more are a list of videos
_STUB = 120  # words: a page behind a wall shows fewer


@dataclass(frozen=True, slots=True)
class Verdict:
    page_type: PageType
    signals: dict[str, Any] = field(default_factory=dict)


class Wall(NamedTuple):
    """An element named as a paywall, and whether it asks for a subscription or is an empty mount."""

    name: str
    speaks: bool


def judge_page(
    doc: Document, root: Element, body: Body, article: Mapping[str, Any], headline: Headline, times: Times,
    walled: Wall | None,
) -> Verdict:  # fmt: skip
    """The page's type and all evidence for it. `walled`: the page's marks of a paywall, read before pruning."""
    count = len(words("\n".join(piece.text for piece in body.pieces)))
    signals: dict[str, Any] = {"words": count}
    told = _told(body, headline)
    if not (article and told) and (why := _soft_404(doc, headline, count)):
        return Verdict("other", signals | {"soft_404": why, "other": why})
    named = bool(_LIVE_URL.search(urlsplit(doc.url).path) or _LIVE_TITLE.search(headline.text or ""))
    updates = live_updates(doc, body, times, named=named)
    if why := _live(doc, article, body, updates, count):
        return Verdict("liveblog", signals | {"liveblog": why, "updates": updates})
    pictures = sum(piece.type == "image" for piece in body.pieces)
    gallery, video = _gallery(doc, article, pictures, count), _video(doc, article, body, count)
    own = (gallery and pictures >= FEW and is_named(doc)) or (video and _plays(doc, body, headline))
    if not own and (why := _listing(doc, root, body, article, headline, count)):
        return Verdict("listing", signals | {"listing": why})
    if gallery:
        return Verdict("gallery", signals | {"gallery": gallery})
    if video:
        return Verdict("video", signals | {"video": video})
    if why := _paywalled(article, walled, body, count):
        signals["paywalled"] = why
    if count == 0 and not article:
        return Verdict("other", signals | {"other": "no article text"})
    if (
        not article
        and count < 40
        and not (headline.how == "h1" and told)
        and doc.first("og:type", "") not in ("article", "Article")
    ):
        return Verdict("other", signals | {"other": f"{count} words and no sign of an article"})
    return Verdict("article", signals)


def _soft_404(doc: Document, headline: Headline, count: int) -> str | None:
    title = " ".join((doc.root.findtext(".//title") or "").split())
    for name, text in (("title", title), ("headline", headline.text or "")):
        if len(text) < 90 and count < 150 and (_NOT_FOUND.search(text) or _DENIED.search(text)):
            return f"{name}: {text}"
    return None


def _live(doc: Document, article: Mapping[str, Any], body: Body, updates: list[str], count: int) -> str | None:
    if of_type(doc.nodes, frozenset({"LiveBlogPosting"})) and (len(updates) >= 2 or _LIVE_URL.search(doc.url)):
        return f"LiveBlogPosting with {len(updates)} updates"
    if _LIVE_URL.search(urlsplit(doc.url).path) and len(updates) >= 3:
        return f"address and {len(updates)} timed updates"
    if len(updates) >= 5 and count / len(updates) < 150 and len(body.pieces) >= len(updates):
        return f"{len(updates)} timed updates in the text"
    return None


def _listing(
    doc: Document, root: Element, body: Body, article: Mapping[str, Any], headline: Headline, count: int
) -> str | None:
    prose = [piece for piece in body.pieces if piece.type == "paragraph" and len(piece.text) > 100]
    cards = _cards(root)
    signs = []
    if of_type(doc.nodes, frozenset({"CollectionPage", "SearchResultsPage", "ProfilePage"})) and not article:
        signs.append("CollectionPage")
    names = names_of(root.find("body"))
    single = bool(article) or bool(_SINGLE_CLASS.search(names)) or "article" in (doc.first("og:type") or "").lower()
    if _LISTING_CLASS.search(names) and not _SINGLE_CLASS.search(names):
        signs.append("body class")
    if _LISTING_URL.search(urlsplit(doc.url).path) and not single:
        signs.append("address")
    if urlsplit(doc.url).path in ("", "/") and doc.url:
        signs.append("home page")
    if cards >= _CARDS and count < 150 and not single and not _told(body, headline):
        signs.append(f"{cards} linked headlines")
    if (
        not signs
        or (cards < 3 and (len(prose) >= 3 or _told(body, headline)))
        or (single and cards < _CARDS)
        or (len(prose) >= 5 and cards < 2 * len(prose))
        or (single and count > 100)
    ):
        return None
    return f"{', '.join(signs)}; {cards} linked headlines, {len(prose)} paragraphs"


def _told(body: Body, headline: Headline) -> bool:
    """Whether a headline, not a section's name, stands above at least one sentence."""
    said = any(piece.type == "paragraph" and _SENTENCE.search(piece.text) for piece in body.pieces)
    title = headline.text or ""
    return said and len(title.split()) >= _HEADLINE and not _SECTION.search(title)


def _cards(root: Element) -> int:
    """Headings whose whole text is a link, and links that hold a heading or a picture with words."""
    found = 0
    for heading in root.iter("h2", "h3", "h4"):
        link = heading.find(".//a") if heading.find(".//a") is not None else next(heading.iterancestors("a"), None)
        found += link is not None and len(heading.text_content().strip()) > 15
    pictured = sum(link.find(".//img") is not None and len(link.text_content().strip()) > 15 for link in root.iter("a"))
    return max(found, pictured)


def _gallery(doc: Document, article: Mapping[str, Any], pictures: int, count: int) -> str | None:
    galleries = of_type(doc.nodes, GALLERIES)
    if by_address(doc) and (pictures >= 2 or galleries):
        return f"address, {pictures} pictures"
    if galleries and not article and pictures >= FEW:
        return f"{', '.join(sorted(types_of(galleries[0])))}, {pictures} pictures"
    return f"{pictures} pictures, {count} words" if pictures >= 8 and count < 25 * pictures else None


def _video(doc: Document, article: Mapping[str, Any], body: Body, count: int) -> str | None:
    videos = of_type(doc.nodes, frozenset({"VideoObject"}))
    by_type = (doc.first("og:type") or "").lower().startswith("video")
    by_address = bool(_VIDEO_URL.search(urlsplit(doc.url).path))
    if count >= _STUB or not (by_type or by_address or (videos and not article)):
        return None
    shown = any(piece.type == "embed" for piece in body.all)
    return (
        f"og:type {doc.first('og:type')}, {count} words"
        if by_type
        else f"{'VideoObject' if videos else 'address'}, {count} words"
        if videos or shown
        else None
    )


def _plays(doc: Document, body: Body, headline: Headline) -> bool:
    """Whether the page plays the one video its headline names: a list of videos has a section's name, or none."""
    title = headline.text or ""
    if len(title.split()) < _HEADLINE or _SECTION.search(title):
        return False
    names = [text_of(node.get("name")) or "" for node in of_type(doc.nodes, frozenset({"VideoObject"}))]
    told = len(names) == 1 or any(agree(name, title) >= _SAME for name in names)
    players = sum(piece.type == "embed" for piece in body.all)
    return told or 0 < players <= _PLAYERS or (doc.first("og:type") or "").lower().startswith("video")


def _paywalled(article: Mapping[str, Any], walled: Wall | None, body: Body, count: int) -> str | None:
    if count >= _STUB:
        return None
    if article and is_free(article) is False:
        return f"isAccessibleForFree false + {count} words"
    last = next((piece.text for piece in reversed(body.pieces) if piece.type == "paragraph"), "")
    if walled is None or not (walled.speaks or _CUT.search(last)):
        return None  # an empty mount stands on every page of a site, the free ones too
    return f"element {walled.name} + {count} words"


def wall_of(root: Element) -> Wall | None:
    """An element that is named as a paywall, one that speaks before one that is empty; None when there is none."""
    walls = [
        Wall(name, _speaks(node)) for node in root.iter("div", "section", "aside") if (name := _wall_in(names_of(node)))
    ]
    return max(walls, key=lambda wall: wall.speaks, default=None)


def _speaks(node: Element) -> bool:
    return is_brief(node, 4000) and bool(_INVITES.search(node.text_content()))


@lru_cache(maxsize=4096)  # a page's elements have few names
def _wall_in(names: str) -> str:
    found = _WALL.search(names)
    return found.group() if found else ""
