"""Tells advertisements, notification sounds and text-to-speech players from embeds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from khabar.model.urls import get_host

_TEXT_TO_SPEECH = re.compile(
    r"tts|text-?to-?speech|listen|sunen|sunein|suno|speech|speak|audio-?article|article-?audio"
    r"|read-?aloud|readspeaker|read-?to-?me|vorlesen|anhoeren|narrat|सुनें|सुनिए",
    re.I,
)
_TEXT_TO_SPEECH_URL = re.compile(r"(?:^|[/._=-])tts|/speech/|text-?(?:to|2)-?speech", re.I)
_AD_LABEL = re.compile(
    r"\s*(?:(?:3rd|third)[ -]party ad\b.*|ad(?:s|vert|verts|vertisement|vertising| content)?"
    r"|advertisement\b.*|sponsored(?: \w+)?|promoted|paid content|विज्ञापन|प्रायोजित)\s*",
    re.I,
)
_AD_NAME = re.compile(
    r"google_ads|gpt[-_]|aswift|adsbygoogle|ad[-_]?(?:slot|unit|frame|iframe|tag|manager|container"
    r"|wrapper|box|player|space|banner)|(?:^|[\s_-])(?:ads?|dfp|advert\w*|banner|sponsor\w*)"
    r"(?:$|[\s_\d-])",
    re.I,
)
# Widths and heights of the Interactive Advertising Bureau's fixed-size units.
_AD_SIZES = frozenset(
    """
    300x250 336x280 728x90 970x90 970x250 160x600 120x600 300x600 320x50 320x100 300x50 468x60
    250x250 234x60 200x200 180x150 300x1050 120x240 88x31
    """.split()
)
_AD_MEDIA_URL = re.compile(r"[/._-](?:ads?|vast|vpaid|advert\w*|preroll|creatives?)[/._-]", re.I)
_SOUND_NAME = re.compile(
    r"(?:^|[/_-])(?:chimes?|notif\w*|beep|ding|alert|clicks?|bell|pop|tone|silence|silent|blank"
    r"|swoosh|ring(?:tone)?|ping|sound-?effect)[\w-]{0,40}\.(?:mp3|wav|ogg|m4a|aac|opus)(?:$|[?#])",
    re.I,
)
_LABEL_ANCESTORS = 4  # ancestors whose attributes may name a player or an ad; chosen by hand
_MIN_AD_SIGNS = 2  # signs of an advertisement, of which a single one may be chance


def is_advertisement(el: HtmlElement, address: str, base: str) -> bool:
    """Returns whether two signs make a frame or player of no known provider an advertisement: its
    label, its name or class, that of an element around it, its size, its URL, another host.
    """
    names = " ".join(el.get(name) or "" for name in ("id", "name", "class"))
    size = f"{el.get('width') or ''}x{el.get('height') or ''}".replace("px", "")
    has_label = any(_AD_LABEL.fullmatch(el.get(name) or "") for name in ("title", "aria-label"))
    signs = [
        has_label,
        bool(_AD_NAME.search(names)),
        size in _AD_SIZES,
        bool(_AD_MEDIA_URL.search(address.split("?")[0])),
    ]
    if any(signs):
        is_foreign = has_label and get_host(address) != get_host(base)
        signs += [is_foreign, _has_named_ancestor(el, _AD_NAME)]
    return sum(signs) >= _MIN_AD_SIGNS


def is_notification_sound(el: HtmlElement, url: str) -> bool:
    """Returns whether a player only sounds a signal: it shows nothing, and its file has the name of
    a sound.
    """
    shows_nothing = el.get("controls") is None and not "".join(el.itertext()).strip()
    return shows_nothing and _SOUND_NAME.search(url) is not None


def is_text_to_speech(el: HtmlElement, url: str) -> bool:
    """Returns whether a player reads the article aloud. Such a player is not an embed."""
    if _TEXT_TO_SPEECH_URL.search(url):
        return True
    return str(el.tag).endswith("audio") and any(
        _TEXT_TO_SPEECH.search(value)
        for ancestor in (el, *_iter_boxes(el))
        for name, value in ancestor.items()
        if name not in ("src", "style")
    )


def is_reading_frame(el: HtmlElement, address: str) -> bool:
    """Returns whether a frame's label and its URL say that it reads the article aloud."""
    labels = " ".join(el.get(name) or "" for name in ("title", "aria-label", "name", "id", "class"))
    return bool(_TEXT_TO_SPEECH.search(labels) and _TEXT_TO_SPEECH.search(address))


def _has_named_ancestor(el: HtmlElement, pattern: re.Pattern[str]) -> bool:
    return any(
        pattern.search(f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}")
        for ancestor in _iter_boxes(el)
    )


def _iter_boxes(el: HtmlElement) -> Iterator[HtmlElement]:
    """Yields the nearest ancestors, without those that contain the article."""
    for ancestor in islice(el.iterancestors(), _LABEL_ANCESTORS):
        if ancestor.tag not in ("article", "main", "body", "html"):
            yield ancestor
