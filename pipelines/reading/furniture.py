"""What stands on a page without being its article: elements to prune, lines to drop. No word is one site's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml.cssselect import CSSSelector

from pipelines.reading.page import Element, listed

_ALWAYS = listed("""
    script style template svg button select option textarea input label iframe object applet canvas map dialog menu nav
    marquee link""")
# An element whose class or id carries one of these words is furniture, whatever it holds …
_HARD = frozenset(
    listed("""
    comment comments disqus vuukle footer ftr cookie cookies gdpr consent copyright sidebar rhs related
    relatedpost relatedposts recommended recommend recommendation recommendations taboola outbrain mgid alsoread
    readalso lireaussi popup modal lightbox breadcrumb breadcrumbs bredcrums bredcrumbs breadcrum trending
    mostread mostpopular popular newsletter advert advertisement advertisements ads adsbygoogle adslot sponsored
    sponsor pagination pager poll quiz menu navbar subnav navigation subscribe signup login livetv tickers
    ticker zoom sharedaddy""")
)
_FOOTERS = frozenset(["footer", "ftr", "copyright"])
# … and with these unless it holds real paragraphs: builders name wrappers after one of their parts.
_SOFT = frozenset(
    listed("""
    share sharing social socials addthis sharethis follow promo promotion promotional ad adbox adv advt vigyapan
    banner tag tags topics keywords author authors auther byline bylines editor bio meta metadata timestamp
    posttime storytime toolbar tools print fontsize speak listen texttospeech tts sticky download disclaimer
    whatsapp telegram googlenews gnews sr skip header masthead topbar overlay morenews readmore seealso
    nextstory bookmark crumb crumbs feedback rating reactions""")
)
_PAIRS = re.compile(
    r"also[-_ ]?read|read[-_ ]?(?:also|next)|lire[-_ ]aussi|you[-_ ]may|more[-_ ](?:from|stories|news|on)|most[-_ ]"
    r"(?:read|popular|viewed)|next[-_ ](?:story|post|article)|prev(?:ious)?[-_ ](?:story|post|article)|must[-_ ]read|"
    r"author[-_ ]?(?:bio|info|desc|detail|box|card|about)|about[-_ ]?(?:the[-_ ]?)?author|"
    r"app[-_ ]?(?:download|install|promo|banner)|d-print-\w+|video[-_]fallback|(?:visible-)?print-?only|"
    r"screen[-_ ]reader|visually[-_ ]hidden|sr[-_ ]only|"
    r"web[-_ ]stor(?:y|ies)",
    re.I,
)
# A grid that has a sidebar is often named after it, its middle column too.
_CONTENT = re.compile(
    r"(?:article|story|post|entry|main|body)[-_ ]*(?:content|body|text|main|detail)|grid|layout|container"
    r"|(?:content|body)(?:$|\s)",
    re.I,
)
_LAYOUT = re.compile(r"sidebar|rhs|\bads?\b|menu|nav", re.I)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_HIDES = frozenset(["hidden", "d-none", "is-hidden", "u-hidden"])
_SHOWS = re.compile(r":|^d-(?:sm|md|lg|xl|xxl)-|visible")
_JSON = re.compile(r'\s*[\[{]\s*[\[{]?\s*"')
_NEVER = frozenset(
    listed("html body article main figure figcaption h1 img amp-img picture source noscript br a b strong em i")
)
_LONG = 80  # characters of unlinked text that make a real paragraph


def prune(root: Element, drop: tuple[str, ...] = ()) -> None:
    """Take the furniture out of the tree, in place. `drop` are a source's own CSS selectors."""
    body = root.find("body")
    for selector in drop:
        for element in CSSSelector(selector, translator="html")(body):
            _remove(element)
    for element in list(body.iter(*_ALWAYS)):
        _remove(element)
    whole = paragraph_mass(body)
    for element in list(body.iter()):
        if element.getparent() is not None and _is_furniture(element, whole):
            _remove(element)
    _prune_hidden(body)


def _remove(element: Element) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _is_furniture(element: Element, whole: int) -> bool:
    if element.tag in _NEVER:
        return False
    hard = element.tag in ("footer", "aside") or _named(element, _HARD)
    soft = element.tag in ("header", "form") or (element.tag != "blockquote" and _named(element, _SOFT))
    if not hard and not soft:
        return False
    mass = paragraph_mass(element)
    if hard and mass >= 2 * _LONG and element.tag != "footer" and _CONTENT.search(names_of(element)):
        hard = not _LAYOUT.search(names_of(element))
    return mass < _most(element, whole, hard) and element.find(".//h1") is None


def _most(element: Element, whole: int, hard: bool) -> float:
    """How much prose furniture may hold before it is taken for the story's own wrapper after all."""
    if not hard:
        return 2 * _LONG
    if element.tag == "footer" or _named(element, _FOOTERS):  # a brief says less than the page's small print
        return max(0.9 * whole, 8 * _LONG)
    return max(0.4 * whole, 1)


def names_of(element: Element) -> str:
    """Class and id, one string."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()


def _named(element: Element, words: frozenset[str]) -> bool:
    names = names_of(element)
    if not names:
        return False
    found = {word.lower() for word in _WORD.findall(names)}
    return not words.isdisjoint(found) or (words is _HARD and bool(_PAIRS.search(names)))


def paragraph_mass(element: Element) -> int:
    """Characters of unlinked running text in pieces that are long enough to be prose."""
    return sum(len(text) for text in _runs(element) if len(text) >= _LONG)


def _runs(element: Element) -> Iterator[str]:
    for node in element.iter("p", "div", "td", "li", "section", "article", "span", "blockquote", "h2", "font"):
        own = [node.text or ""]
        for child in node:
            if child.tag in ("b", "strong", "i", "em", "u", "span", "font") and node.tag in ("p", "li"):
                own.append(child.text_content())
            own.append(child.tail or "")
        yield " ".join("".join(own).split())


def _prune_hidden(body: Element) -> None:
    for element in list(body.iter()):
        if element.getparent() is None or not _is_hidden(element):
            continue
        text = element.text_content()
        if _JSON.match(text) or paragraph_mass(element) < 4 * _LONG or _twin(element, text, body):
            _remove(element)


def _is_hidden(element: Element) -> bool:
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        return True
    names = (element.get("class") or "").split()
    # a utility class that hides, and none beside it that shows on some screen (md:block, d-lg-flex)
    return not _HIDES.isdisjoint(names) and not any(_SHOWS.search(name) for name in names)


def _twin(element: Element, text: str, body: Element) -> bool:
    """Whether most sentences of a hidden element stand elsewhere on the page too."""
    everything = squeezed(body.text_content())
    sentences = [one for one in map(squeezed, re.split(r"[।.?!]", text)) if len(one) > 20]
    twice = sum(everything.count(one) > 1 for one in sentences)
    return bool(sentences) and twice * 2 >= len(sentences)


_BETWEEN = re.compile(r"[^\w\u0900-\u0dff]+|[_।॥]+")


@lru_cache(maxsize=4096)  # the same lines are compared many times while a page is read
def squeezed(text: str) -> str:
    """Letters, marks and digits alone, lower case: what two copies of a text share."""
    return _BETWEEN.sub("", text.lower())


_READ = r"(?:पढ\u093c?े\u093c?[ंँ]?|देखे[ंँ]|जाने[ंँ]|सुने[ंँ])"
_ALSO = (
    rf"(?:(?:यह|ये|इसे|इन्हें|यहां|यहाँ)\s+(?:(?:ख\u093c?बर(?:ें)?|खास ख\u093c?बर|स्टोरी|वीडियो)\s+)?भी\s+"
    rf"(?:जरूर\s+|अवश्य\s+)?{_READ}"
    rf"|(?:और|आगे)\s+(?:भी\s+)?{_READ}|(?:संबंधित|ये)\s+ख\u093c?बरें|\b(?:also|must)\s+read\b|\bread\s+(?:also|more|here)\b|\bsee\s+also\b"
    r"|\blee también\b|\blesen sie auch\b)"
)
_MARK = r"[\s:：\-–—.…>»|*•👉📌]*"
ALSO_LINE = re.compile(rf"^[\W_]*{_ALSO}", re.I)
_ALSO_ANYWHERE = re.compile(_ALSO, re.I)
_ALSO_TAIL = re.compile(rf"(?<=[।.?!\"”'’)\]|])\s*[\[(*]*{_ALSO}{_MARK}(?P<rest>[^।]{{0,220}})$", re.I)
_ALSO_DANGLING = re.compile(rf"[\s\[(*]*{_ALSO}\s*[:：\-–—.…>»|]*\s*$", re.I)

_JUNK = re.compile(
    r"""^[\W_]*(?:
      विज्ञापन\s*\d*|advertisement|sponsored|प्रायोजित|-*\s*समाप्त\s*-*|ख\u093c?बरें\s+और\s+भी\s+हैं.*|(?:टैग्स?|tags?|topics?|keywords?)\s*[:：].*
      |(?:कॉपी\s+लिंक|link\s+copied|शेयर(?:\s+करें)?|share|फ\u093c?ॉलो\s+करें|ख\u093c?बर\s+सुनें|पूरी\s+ख\u093c?बर\s+सुन.*|print|comments?|feedback)
      |copyright\b.*|©.*|.*\ball\s+rights\s+reserved\b.*|play\s*video.*|loading.*|recommended.*|next\s+(?:story|article).*|\d+\s*-?\s*min(?:ute)?s?\s+read
      |(?:जरूर|ज\u093c?रूर)\s+पढ\u093c?ें|संबंधि.?त\s+(?:ख\u093c?बर|फ\u093c?ोटो|वीडियो).*|view\s+(?:this\s+post\s+on|on)\s+\w+|नीचे\s+(?:कमेंट|कॉमेंट).*
      |(?:last|first)\s+(?:updated|published)\b.*|(?:updated|published|posted|edited)\s+(?:on|by|at)\b.{0,100}|\d{1,3}
      |(?:photo|image|pic|फ\u093c?ोटो|तस्वीर)\s*(?:credit|courtesy|साभार|सौजन्य|क्रेडिट)?\s*[:：-].{0,80}
    )[\W_]*$""",
    re.I | re.X,
)
_CHANNELS = (
    r"(?:whats?app|व्हाट्स\s*ए?प|वॉट्सऐप|वाट्सएप|telegram|टेलीग्राम|google\s*news|गूगल\s*न्यूज\u093c?|facebook|फेसबुक|twitter|ट्विटर"
    r"|youtube|यू\s*-?ट्यूब|instagram|इंस्टाग्राम|चैनल|channel|\bapp?\b|ऐप|एप|पेज|सोशल\s+मीडिया|newsletter|न्यूज\u093c?लेटर|inbox)"
)
# Only the imperative invites: "डाउनलोड करना होगा" is advice of an article.
_CALLS = (
    r"(?:जुड\u093c?(?:ें|े\s+रहें|िए)|(?:फ\u093c?ॉलो|स(?:ब्स|बस्)क्राइब|डाउनलोड|इंस्टॉल|लाइक|क्लिक|ज्वाइन|जॉइन)\s+(?:करें|करे|कीजिए|कर\b)"
    r"|\bjoin\b|\bfollow\b|\bsubscribe\b|\bdownload\b|\binstall\b|like\s+us|click\s+here|delivered\s+to)"
)
_CALL = re.compile(_CALLS, re.I)
_PROMO = re.compile(rf"{_CHANNELS}.{{0,160}}{_CALLS}|{_CALLS}.{{0,120}}{_CHANNELS}", re.I | re.S)
_OURS = re.compile(
    r"हमारे|हमारी|हमें|हमसे|आप\s+हम|\bour\b|\bus\b|ख\u093c?बर|न्यूज\u093c?|समाचार|अपडेट|अलर्ट|\bnews\b|\bupdates?\b|\balerts?\b|\bheadlines\b|best\s+of",
    re.I,
)
_WALL = re.compile(
    r"पूरी\s+ख\u093c?बर\s+पढ\u093c?(?:ें|ने)|अधूरा\s+नहीं|QR\s+(?:कोड\s+)?स्कैन|प्रीमियम\s+मेंबरशिप|ऐप\s+(?:खोलें|डाउनलोड)|लॉगिन\s+करें"
    r"|हम\s+डाटा\s+संग्रह\s+टूल्स|रियल\s+टाइम\s+अलर्ट|(?:subscribe|log\s?in|sign\s?in)\s+to\s+(?:read|continue)|पढ\u093c?ना\s+जारी\s+रखने",
    re.I,
)
_DISCLAIMER = re.compile(r"^[\W_]*(?:disclaimer|डिस्क्लेमर|अस्वीकरण)\b\s*[:：\-–]", re.I)


def is_junk(text: str, linked: float = 0.0) -> bool:
    """Whether a line is furniture by its words. `linked` is the share of its characters inside links."""
    if not squeezed(text):
        return True
    if _JUNK.match(text) or _DISCLAIMER.match(text):
        return len(text) < 500
    if ALSO_LINE.match(text):
        return linked > 0.3 or len(text) < 200
    if len(text) < 350 and _CALL.search(text) and _OURS.search(text) and _PROMO.search(text):
        return True
    return len(text) < 160 and bool(_WALL.search(text))


def without_also_read(text: str) -> str:
    """The paragraph without an also-read line glued to its end."""
    if not _ALSO_ANYWHERE.search(text):
        return text
    cut = _ALSO_TAIL.sub("", text)
    return _ALSO_DANGLING.sub("", cut).rstrip() or text
