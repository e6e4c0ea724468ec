"""The role of an element by the words of its class and id, and whether its text agrees with it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from khabar.extraction.boilerplate import (
    HARD_WORDS,
    LONG_TEXT_WORDS,
    SOFT_WORDS,
    class_and_id,
    has_word,
    is_named_by_phrase,
    split_name,
)
from khabar.extraction.document import Element, split_words

_MAX_BOX = 1000  # characters of an <aside> that can be a form or a notice; chosen by hand
_NOTICE_WORDS = LONG_TEXT_WORDS | frozenset(
    split_words("disclaimer newsletter subscribe signup login popup modal lightbox privacy terms")
)
_AUTHOR_WORDS = frozenset(
    split_words("author authors auther byline bylines bio writer columnist contributor reporter")
)
# Words that say nothing about the role of an element, only about its place or form.
_ROLE_WORDS = (
    HARD_WORDS
    | SOFT_WORDS
    | frozenset(
        split_words("""
    box wrap wrapper container inner outer block section widget list item items icon icons bar btn
    button link links area row col column main top bottom left right mobile desktop web amp article
    story stories post posts news page content text body head title label name info detail details
    para wp td elementor module component holder group single entry new code slot unit js css the
    root element email end start first last
    """)
    )
)
# Words in the text that agree with a role in the class: (words of the class, pattern of the text).
_CONFIRMATIONS = tuple(
    (frozenset(split_words(names)), re.compile(pattern, re.I))
    for names, pattern in (
        (
            "newsletter subscribe signup promo promotion promotional",
            r"newsletter|inbox|sign(?:ing)?[\s-]?up|subscri|abonn|anmeld|inscri|न्यूज़?लेटर|सब्सक्राइब",
        ),
        (
            "login signup subscribe popup modal overlay meta toolbar bookmark",
            r"\b(?:sign|log)\s?in\b|\baccount\b|\bregister\b|compte|connect|anmeld|konto|लॉग\s?इन|खाता\s+बनाएं",
        ),
        (
            "ad ads adbox adv advt adslot adsbygoogle advert advertisement advertisements sponsor"
            " sponsored vigyapan banner promo promotion",
            r"advertis|sponsor|anzeige|werbung|publicit|reklame|annonce|विज्ञापन|प्रायोजित",
        ),
        (
            "cookie cookies consent gdpr ccpa onetrust footer copyright disclaimer overlay",
            r"cookie|consent|privacy|datenschutz|einverstanden|copyright|©|rights|conditions|गोपनीयता|अस्वीकरण",
        ),
        (
            "share sharing social socials sharethis addthis sharedaddy whatsapp telegram follow",
            r"facebook|twitter|whats\s?app|telegram|linkedin|copy\s+link|e-?mail|शेयर|फ़?ॉलो|व्हाट्स|टेलीग्राम",
        ),
        (
            "comment comments disqus vuukle reactions feedback",
            r"comment|conversation|kommentar|reply|टिप्पणी|कमेंट|प्रतिक्रिया\s+दें",
        ),
        ("poll quiz rating feedback reactions", r"\?|\bvotes?\b|abstimm|वोट|रेटिंग"),
        (
            "related relatedpost relatedposts recommended recommend recommendation popular trending"
            " recommendations alsoread readalso lireaussi mostread mostpopular seealso nextstory"
            " morenews sidebar rhs aside",
            r"^.{0,20}(?:\b(?:read|see|more|next|related|trending|popular)\b|\bmehr\b|\blire\b|पढ़?ें|देखें|ट्रेंड)",
        ),
    )
)

# Words that name topics as well: `share-market`, `whatsapp-fraud`.
_TOPIC_WORDS = frozenset(["share", "comment", "poll", "ad"])
_PICTURE_WORDS = frozenset(["lightbox", "modal", "popup", "zoom"])  # a picture's larger copy


def confirms_role(element: Element, text: str, people: Sequence[str], *, has_picture: bool) -> bool:
    """Whether the text of an element agrees with the role its class names: it is about the same, it
    names one of the authors (`people`), or it is the caption of a picture's larger copy.
    """
    words = {word.lower() for word in split_name(class_and_id(element))} | {element.tag}
    is_role = is_named_by_role(element)
    if element.tag == "aside" and len(text) < _MAX_BOX:
        words |= {"newsletter", "cookie"}
    if any(
        (is_role or not names & _TOPIC_WORDS) and names & words and pattern.search(text)
        for names, pattern in _CONFIRMATIONS
    ):
        return True
    if is_author_box(element) and any(name in text for name in people if name):
        return True
    return has_picture and bool(words & _PICTURE_WORDS)


def is_notice(element: Element) -> bool:
    """Whether an element is named as a legal notice, comments, or a form to subscribe."""
    return element.tag == "footer" or has_word(class_and_id(element), _NOTICE_WORDS)


def is_author_box(element: Element) -> bool:
    """Whether an element is named as the author's byline or biography."""
    return has_word(class_and_id(element), _AUTHOR_WORDS)


def is_named_by_role(element: Element) -> bool:
    """Whether a whole class or id of an element names a role (`related-box`), not a topic with such
    a word in it (`share-market`).
    """
    for name in class_and_id(element).split():
        words = {word.lower() for word in split_name(name) if len(word) > 2 or word in SOFT_WORDS}
        if words & (HARD_WORDS | SOFT_WORDS) and words <= _ROLE_WORDS:
            return True
    return element.tag in ("aside", "footer") or is_named_by_phrase(element)
