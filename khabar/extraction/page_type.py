"""Page type classification: article, live blog, gallery, video, listing or other. All evidence is
recorded as signals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from khabar.extraction.body import ArticleBody
from khabar.extraction.boilerplate import class_and_id
from khabar.extraction.document import Element, HtmlDocument, is_shorter_than, read_text
from khabar.extraction.gallery import (
    GALLERY_TYPES,
    MIN_PICTURES,
    has_gallery_url,
    is_declared_gallery,
)
from khabar.extraction.headline import Headline, title_similarity
from khabar.extraction.jsonld import ARTICLE_TYPES, is_free, node_types, nodes_of_type, text_value
from khabar.extraction.liveblog import has_shown_updates, list_update_times
from khabar.extraction.memory import remember_names
from khabar.extraction.publication_dates import PublicationDates
from khabar.hindi.sentences import split_words
from khabar.model.items import PageType

_NOT_FOUND = re.compile(
    r"^\W*(?:error\s*)?(?:404|410)\b|\b(?:404|page)\s+(?:error|not\s+found)\b"
    r"|page\s+(?:you.{0,30})?(?:not|cannot|can't|could\s+not)\s+be\s+found"
    r"|does\s*n.?o?t\s+exist|(?:पृष्ठ|पेज|पन्ना|ख\u093c?बर|सामग्री)\s+(?:उपलब्ध\s+)?(?:नहीं\s+(?:मिल|है|हैं)"
    r"|मौजूद\s+नहीं|उपलब्ध\s+नहीं)|no\s+longer\s+available",
    re.I,
)
_ACCESS_DENIED = re.compile(
    r"access\s+denied|just\s+a\s+moment|attention\s+required|are\s+you\s+(?:a\s+)?(?:human|robot)"
    r"|403\s+forbidden|request\s+blocked|captcha|"
    r"service\s+unavailable|under\s+maintenance|bad\s+gateway",
    re.I,
)
_LISTING_URL = re.compile(
    r"/(?:tag|tags|topic|topics|category|author|authors|page|archive|archives|search)/"
    r"|/page/\d+/?$|[?&]page=\d+$",
    re.I,
)
_LISTING_CLASS = re.compile(
    r"(?:^|\s)(?:archive|category|tag|search-results|home|blog|author)(?:\s|$)"
)
_SINGLE_CLASS = re.compile(
    r"(?:^|\s)(?:single|single-post|post-template-default|article-page|story-page)(?:\s|$)"
)
_LIVE_URL = re.compile(r"live-?(?:blog|updates?|coverage|news-updates?)|/liveblog/", re.I)
_LIVE_TITLE = re.compile(r"\blive\b|लाइव(?:\s|:|$)", re.I)
_VIDEO_URL = re.compile(r"/(?:videos?|video-?gallery|videoshow|watch|live-?tv)/", re.I)
_PAYWALL_CLASS = re.compile(
    r"paywall|premium-?(?:wall|block|lock)|subscri(?:be|ption)-?(?:wall|block|box)|piano"
    r"|locked-?content|regwall",
    re.I,
)
_SUBSCRIBE_PROMPT = re.compile(
    r"(?:continue|keep|to)\s+read|unlock|\bsubscri|already\s+a\s+(?:member|subscriber)|weiterlesen"
    r"|abonn|lire\s+la\s+suite|suscr[ií]b"
    r"|पूर[ाी]\s+(?:ख\u093c?बर|लेख|स्टोरी)?\s*पढ|पढ\u093c?ना\s+जारी|जारी\s+रखने|सब्सक्राइब|सदस्यता"
    r"|प्रीमियम|लॉग(?:िन|\s?इन)",
    re.I,
)
_ELLIPSIS_END = re.compile(r"(?:…|\.\.)[\s\]\[+\"”’]*$")
# All numbers in this module were chosen by hand while pages were added to the tests; none was
# measured on its own.
_MIN_CARDS = 6  # linked headlines of a listing: fewer are a box of related articles
_SECTION_TITLE = re.compile(
    r"ताज\u093c?[ाी]\s+(?:-?तरीन\s+)?(?:ख\u093c?बर|समाचार|न्यूज)|(?:latest|breaking|hindi)\s+news"
    r"|news\s+in\s+hindi|ब्रेकिंग\s+न्यूज|(?:समाचार|ख\u093c?बरें)$",
    re.I,
)
_MIN_HEADLINE_WORDS = 5  # fewer are the name of a section
_SENTENCE = re.compile(r".{40}[।.?!][\"”’']?$", re.S)
_MIN_TITLE_SIMILARITY = 0.6  # of a video's name and its page's headline (title_similarity)
_MAX_PLAYERS = 2  # more are a list of videos
_MAX_STUB_WORDS = 120  # the visible part of an article behind a paywall is shorter
_MAX_ERROR_TITLE = 90  # characters of the title of an error page
_MAX_ERROR_WORDS = 150  # words on an error page
_MAX_LISTING_WORDS = 150  # words of text on a page that is a listing because of its cards alone
_MAX_SINGLE_WORDS = 100  # with more, a page that declares itself an article is no listing
_MIN_ARTICLE_WORDS = 40  # fewer need another sign of an article
_MAX_WORDS_PER_UPDATE = 150  # average of a live blog that is recognised by its times alone
_MIN_GALLERY_PICTURES = 8  # pictures of a gallery that is recognised by its pictures alone
_MAX_WORDS_PER_PICTURE = 25  # average of such a gallery
_MIN_CARD_TEXT = 15  # characters of a linked headline
_MAX_PROMPT_ELEMENT = 4000  # characters of an element that asks for a subscription


@dataclass(frozen=True, slots=True)
class PageClassification:
    """The page type and the evidence: a reason for each sign that was found, and the word count."""

    page_type: PageType
    signals: dict[str, Any] = field(default_factory=dict)


class Paywall(NamedTuple):
    """An element named as a paywall, and whether it contains a prompt to subscribe. Without one it
    is an empty placeholder, which some sites have on every page.
    """

    name: str
    has_prompt: bool


def classify_page(
    doc: HtmlDocument,
    root: Element,
    body: ArticleBody,
    article: Mapping[str, Any],
    headline: Headline,
    dates: PublicationDates,
    paywall: Paywall | None,
) -> PageClassification:
    """Classifies a page; tests one type after another, the first that applies is returned.

    Order: soft 404, live blog, listing, gallery, video, other, article. `root` is pruned; `paywall`
    is the result of `find_paywall` before pruning.
    """
    word_count = len(split_words("\n".join(segment.text for segment in body.segments)))
    signals: dict[str, Any] = {"words": word_count}
    has_story = _has_story(body, headline)
    if not (article and has_story) and (reason := _detect_soft_404(doc, headline, word_count)):
        return PageClassification("other", signals | {"soft_404": reason, "other": reason})
    updates = list_update_times(doc, body, dates, is_declared=is_declared_live(doc, headline))
    if reason := _detect_liveblog(doc, body, dates, updates, word_count):
        return PageClassification("liveblog", signals | {"liveblog": reason, "updates": updates})
    picture_count = sum(segment.type == "image" for segment in body.segments)
    gallery, video = (
        _detect_gallery(doc, article, picture_count, word_count),
        _detect_video(doc, article, body, word_count),
    )
    is_media_page = (gallery and picture_count >= MIN_PICTURES and is_declared_gallery(doc)) or (
        video and _is_single_video(doc, body, headline)
    )
    if not is_media_page and (
        reason := _detect_listing(doc, root, body, article, headline, word_count)
    ):
        return PageClassification("listing", signals | {"listing": reason})
    if gallery:
        return PageClassification("gallery", signals | {"gallery": gallery})
    if video:
        return PageClassification("video", signals | {"video": video})
    if reason := _detect_paywall(article, paywall, body, word_count):
        signals["paywalled"] = reason
    if word_count == 0 and not article:
        return PageClassification("other", signals | {"other": "no article text"})
    if (
        not article
        and word_count < _MIN_ARTICLE_WORDS
        and not (headline.origin == "h1" and has_story)
        and doc.get_meta("og:type") not in ("article", "Article")
    ):
        return PageClassification(
            "other", signals | {"other": f"{word_count} words and no sign of an article"}
        )
    return PageClassification("article", signals)


def is_declared_live(doc: HtmlDocument, headline: Headline) -> bool:
    """Whether the URL or the headline calls the page a live blog."""
    return bool(_LIVE_URL.search(urlsplit(doc.url).path) or _LIVE_TITLE.search(headline.text or ""))


def _detect_soft_404(doc: HtmlDocument, headline: Headline, word_count: int) -> str | None:
    """Returns the title of a short page that is an error message sent with status 200."""
    title = " ".join((doc.root.findtext(".//title") or "").split())
    for name, text in (("title", title), ("headline", headline.text or "")):
        if (
            len(text) < _MAX_ERROR_TITLE
            and word_count < _MAX_ERROR_WORDS
            and (_NOT_FOUND.search(text) or _ACCESS_DENIED.search(text))
        ):
            return f"{name}: {text}"
    return None


def _detect_liveblog(
    doc: HtmlDocument,
    body: ArticleBody,
    dates: PublicationDates,
    updates: list[str],
    word_count: int,
) -> str | None:
    """Returns the evidence of a live blog. Where JSON-LD calls the page both a live blog and an
    article, as some templates do on every page, the page has to show updates or no text at all.
    """
    articles = nodes_of_type(doc.nodes, ARTICLE_TYPES)
    live = [node for node in articles if "LiveBlogPosting" in node_types(node)]
    if (
        live
        and (len(updates) >= 2 or _LIVE_URL.search(doc.url))
        and (
            len(live) == len(articles)
            or _LIVE_URL.search(urlsplit(doc.url).path)
            or word_count < _MIN_ARTICLE_WORDS
            or has_shown_updates(doc, body, dates)
        )
    ):
        return f"LiveBlogPosting with {len(updates)} updates"
    if _LIVE_URL.search(urlsplit(doc.url).path) and len(updates) >= 3:
        return f"address and {len(updates)} timed updates"
    if (
        len(updates) >= 5
        and word_count / len(updates) < _MAX_WORDS_PER_UPDATE
        and len(body.segments) >= len(updates)
    ):
        return f"{len(updates)} timed updates in the text"
    return None


def _detect_listing(
    doc: HtmlDocument,
    root: Element,
    body: ArticleBody,
    article: Mapping[str, Any],
    headline: Headline,
    word_count: int,
) -> str | None:
    prose = [
        segment
        for segment in body.segments
        if segment.type == "paragraph" and len(segment.text) > 100
    ]
    card_count = _count_cards(root)
    signs = []
    if (
        nodes_of_type(doc.nodes, frozenset({"CollectionPage", "SearchResultsPage", "ProfilePage"}))
        and not article
    ):
        signs.append("CollectionPage")
    names = class_and_id(root.find("body"))
    is_single = (
        bool(article)
        or bool(_SINGLE_CLASS.search(names))
        or "article" in (doc.get_meta("og:type") or "").lower()
    )
    if _LISTING_CLASS.search(names) and not _SINGLE_CLASS.search(names):
        signs.append("body class")
    if _LISTING_URL.search(urlsplit(doc.url).path) and not is_single:
        signs.append("address")
    if urlsplit(doc.url).path in ("", "/") and doc.url:
        signs.append("home page")
    if (
        card_count >= _MIN_CARDS
        and word_count < _MAX_LISTING_WORDS
        and not is_single
        and not _has_story(body, headline)
    ):
        signs.append(f"{card_count} linked headlines")
    if (
        not signs
        or (card_count < 3 and (len(prose) >= 3 or _has_story(body, headline)))
        or (is_single and card_count < _MIN_CARDS)
        or (len(prose) >= 5 and card_count < 2 * len(prose))
        or (is_single and word_count > _MAX_SINGLE_WORDS)
    ):
        return None
    return f"{', '.join(signs)}; {card_count} linked headlines, {len(prose)} paragraphs"


def _has_story(body: ArticleBody, headline: Headline) -> bool:
    """Whether the page has a headline that is not a section's name, and at least one sentence."""
    has_sentence = any(
        segment.type == "paragraph" and _SENTENCE.search(segment.text) for segment in body.segments
    )
    title = headline.text or ""
    return (
        has_sentence
        and len(title.split()) >= _MIN_HEADLINE_WORDS
        and not _SECTION_TITLE.search(title)
    )


def _count_cards(root: Element) -> int:
    """Counts headings with a link inside or around them, and links with a picture and text; returns
    the larger number.
    """
    heading_links = 0
    for heading in root.iter("h2", "h3", "h4"):
        link = next(heading.iter("a"), None)
        link = link if link is not None else next(heading.iterancestors("a"), None)
        heading_links += link is not None and len(read_text(heading).strip()) > _MIN_CARD_TEXT
    links = {link for picture in root.iter("img") for link in picture.iterancestors("a")}
    picture_links = sum(len(read_text(link).strip()) > _MIN_CARD_TEXT for link in links)
    return max(heading_links, picture_links)


def _detect_gallery(
    doc: HtmlDocument, article: Mapping[str, Any], picture_count: int, word_count: int
) -> str | None:
    galleries = nodes_of_type(doc.nodes, GALLERY_TYPES)
    if has_gallery_url(doc) and (picture_count >= 2 or galleries):
        return f"address, {picture_count} pictures"
    if galleries and not article and picture_count >= MIN_PICTURES:
        return f"{', '.join(sorted(node_types(galleries[0])))}, {picture_count} pictures"
    if (
        picture_count >= _MIN_GALLERY_PICTURES
        and word_count < _MAX_WORDS_PER_PICTURE * picture_count
    ):
        return f"{picture_count} pictures, {word_count} words"
    return None


def _detect_video(
    doc: HtmlDocument, article: Mapping[str, Any], body: ArticleBody, word_count: int
) -> str | None:
    videos = nodes_of_type(doc.nodes, frozenset({"VideoObject"}))
    has_video_type = (doc.get_meta("og:type") or "").lower().startswith("video")
    has_video_url = bool(_VIDEO_URL.search(urlsplit(doc.url).path))
    if word_count >= _MAX_STUB_WORDS or not (
        has_video_type or has_video_url or (videos and not article)
    ):
        return None
    has_embed = any(segment.type == "embed" for segment in body.all_segments)
    return (
        f"og:type {doc.get_meta('og:type')}, {word_count} words"
        if has_video_type
        else f"{'VideoObject' if videos else 'address'}, {word_count} words"
        if videos or has_embed
        else None
    )


def _is_single_video(doc: HtmlDocument, body: ArticleBody, headline: Headline) -> bool:
    """Whether a video page shows one video with a headline of its own, not a list of videos."""
    title = headline.text or ""
    if len(title.split()) < _MIN_HEADLINE_WORDS or _SECTION_TITLE.search(title):
        return False
    names = [
        text_value(node.get("name")) or ""
        for node in nodes_of_type(doc.nodes, frozenset({"VideoObject"}))
    ]
    is_match = len(names) == 1 or any(
        title_similarity(name, title) >= _MIN_TITLE_SIMILARITY for name in names
    )
    players = sum(segment.type == "embed" for segment in body.all_segments)
    return (
        is_match
        or 0 < players <= _MAX_PLAYERS
        or (doc.get_meta("og:type") or "").lower().startswith("video")
    )


def _detect_paywall(
    article: Mapping[str, Any], paywall: Paywall | None, body: ArticleBody, word_count: int
) -> str | None:
    """Returns the evidence that only the visible beginning of a paid article was extracted."""
    if word_count >= _MAX_STUB_WORDS:
        return None
    if article and is_free(article) is False:
        return f"isAccessibleForFree false + {word_count} words"
    last = next(
        (segment.text for segment in reversed(body.segments) if segment.type == "paragraph"), ""
    )
    if paywall is None or not (paywall.has_prompt or _ELLIPSIS_END.search(last)):
        return None  # some sites have an empty paywall element on free pages as well
    return f"element {paywall.name} + {word_count} words"


def find_paywall(root: Element) -> Paywall | None:
    """Returns an element named as a paywall, preferably one with a prompt to subscribe, or None."""
    candidates = []
    for node in root.iter("div", "section", "aside"):
        if name := _paywall_class(class_and_id(node)):
            is_short = is_shorter_than(node, _MAX_PROMPT_ELEMENT)
            has_prompt = is_short and bool(_SUBSCRIBE_PROMPT.search(node.text_content()))
            candidates.append(Paywall(name, has_prompt))
    return max(candidates, key=lambda candidate: candidate.has_prompt, default=None)


@remember_names
def _paywall_class(names: str) -> str:
    match = _PAYWALL_CLASS.search(names)
    return match.group() if match else ""
