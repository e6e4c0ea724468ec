"""The words by which machine-made insets are recognised: in their labels and in class names."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from khabar.extraction.document import split_words
from khabar.extraction.memory import remember_names
from khabar.hindi.text import clean_text, simplify_text


def _words(text: str) -> frozenset[str]:
    return frozenset(split_words(simplify_text(clean_text(text))))


_AI_WORDS = _words("""
    ai genai aigc gpt chatgpt gemini copilot llm llms artificial
    एआई जेनएआई चैटजीपीटी जेमिनी कृत्रिम आर्टिफिशियल""")
_MAKERS = _AI_WORDS | _words("machine automated automatically auto मशीन स्वचालित ऑटोमेटेड")
_SUMMARY_WORDS = _words("""
    summary summaries summarised summarized summarise summarize brief briefs digest highlight
    highlights takeaway takeaways points keypoints insight insights overview recap tldr gist
    synopsis snapshot nutshell rundown short quick rapid glance
    सार सारांश समरी संक्षेप संक्षिप्त सारसंक्षेप बातें बिंदु बिंदुओं बिन्दु हाइलाइट हाइलाइट्स हाईलाइट हाईलाइट्स
    झलक झलकियां निचोड़ इनसाइट इनसाइट्स ब्रीफ टेकअवे टेकअवेज ओवरव्यू पॉइंट पॉइंट्स प्वाइंट प्वाइंट्स रीकैप नजर
    क्विक रैपिड शॉर्ट""")
_MADE_WORDS = _words("""
    generated created made written produced powered assisted prepared compiled curated inputs
    summarised summarized based using
    बना बनी बने बनाया बनाई बनाए तैयार निर्मित जनित जनरेटेड जेनरेटेड जनरेट जेनरेट जेनेरेटेड लिखा लिखी संचालित
    पावर्ड मदद सहायता उत्पन्न आधारित समराइज समराइज्ड संक्षेपित सारांशित""")
# Words that a label, a button or a question about the inset has besides.
_OTHER_WORDS = _words("""
    a an the this that is are was were has have been be by with from of in on at to for and or not
    our your you us we it its my do does did can may contain errors mistakes please
    article articles story stories news report content text page key main top read reads reading
    time min mins minute minutes sec seconds
    view beta new experimental feature tool tools technology model
    intelligence language large generative icon logo
    newsroom editor editors editorial team staff desk journalist journalists human humans reviewed
    review checked verified edited approved published before disclaimer note verify
    show hide more less full expand collapse open close listen play pause stop copy share toggle
    help helped helpful useful like good bad rate rating feedback submit thanks thank yes no thumbs
    up down let know report issue learn about how works what
    यह इस ये इसे वह है हैं था थी थे रहा रही हुआ हुई गया गई की का के को से में पर ने और या नहीं न हां जी भी एक द्वारा
    हमारा हमारी हमारे आपका आपकी आपको आप क्या कैसा कैसी लगा लगी काम आई आया मददगार उपयोगी सहायक सही
    खबर खबरों लेख रिपोर्ट स्टोरी समाचार न्यूज कंटेंट मुख्य प्रमुख खास अहम बड़ी जरूरी जरिए माध्यम
    जनरेटिव बुद्धिमत्ता इंटेलिजेंस तकनीक टूल टूल्स मॉडल भाषा बीटा
    न्यूजरूम संपादक संपादकों संपादकीय टीम डेस्क पत्रकार पत्रकारों जांचा जांची जांच समीक्षा समीक्षित संपादित पुष्टि
    किया करें करे कीजिए देखें देखे दिखाएं दिखाए छिपाएं छुपाएं बंद खोलें सुनें पढ़ें पढ़े और अधिक कम पूरा पूरी शेयर कॉपी
    फीडबैक प्रतिक्रिया राय बताएं दें रेट मिनट सेकंड समय रीड""")
_KNOWN_WORDS = _MAKERS | _SUMMARY_WORDS | _MADE_WORDS | _OTHER_WORDS
_SPELLINGS = (
    (re.compile(r"\ba\.\s?i\b\.?"), "ai "),
    (re.compile(r"ए[.\s॰]\s?आई[.॰]?"), "एआई "),
    (re.compile(r"tl\s?;?\s?dr"), "tldr"),
)
_WORD = re.compile(r"[a-z]+|[\u0900-\u0963\u0970-\u097f]+")
# Words of a disclaimer that may be unknown, as the source's name: one in six. By hand.
_KNOWN_PER_UNKNOWN = 6
_MAX_LABEL_WORDS = 25
_MAX_SUMMARY_WORDS = 8

_NAME_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAME_MAKERS = frozenset(split_words("ai genai aigc gpt chatgpt llm"))
_NAME_SUMMARIES = frozenset(
    split_words("""
    summary summaries summarizer summariser sum insight insights highlight highlights takeaway
    takeaways keypoints points brief digest overview recap tldr gist generated""")
)
_GLUED_NAME = re.compile(
    r"(?:^|[^a-z])(?:gen)?ai(?:summar|insight|highlight|takeaway|keypoint|brief|digest|overview"
    r"|recap|generated)"
)
_RAPID_NAME = re.compile(r"rapid[-_]?read")


class InsetClass(IntEnum):
    """What an element's names say: a machine-made summary; machine-made, or a product that is;
    nothing.
    """

    NONE = 0
    MACHINE = 1
    SUMMARY = 2


def _split_line(line: str) -> list[str]:
    text = simplify_text(clean_text(line[:400])).lower()
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    return _WORD.findall(text)


@lru_cache(maxsize=1024)
def is_machine_label(line: str) -> bool:
    """Whether a line says that a text is machine-made, and hardly anything else."""
    words = _split_line(line)
    if not 2 <= len(words) <= _MAX_LABEL_WORDS or _MAKERS.isdisjoint(words):
        return False
    unknown = sum(word not in _KNOWN_WORDS for word in words)
    is_made = not _MADE_WORDS.isdisjoint(words)
    if unknown and not (is_made and unknown * _KNOWN_PER_UNKNOWN <= len(words)):
        return False
    return is_made or not _SUMMARY_WORDS.isdisjoint(words)


def mentions_machine(text: str) -> bool:
    """Whether a text names AI or a product of it."""
    return not _AI_WORDS.isdisjoint(_WORD.findall(simplify_text(clean_text(text)).lower()))


def names_summary(line: str) -> bool:
    """Whether a label says what is machine-made: a summary, not a picture or a text."""
    return not _SUMMARY_WORDS.isdisjoint(_split_line(line))


def is_summary_label(line: str) -> bool:
    """Whether a line is the heading of a summary: `Highlights`, `मुख्य बातें`, `Rapid Read`."""
    words = _split_line(line)
    return (
        0 < len(words) <= _MAX_SUMMARY_WORDS
        and _KNOWN_WORDS.issuperset(words)
        and not _SUMMARY_WORDS.isdisjoint(words)
    )


def is_control_line(line: str) -> bool:
    """Whether a line has only words of labels, buttons and questions: `Show more`, `उपयोगी था?`."""
    words = _split_line(line)
    return len(words) <= _MAX_LABEL_WORDS and (
        _KNOWN_WORDS.issuperset(words) or is_machine_label(line)
    )


@remember_names
def rate_class(names: str) -> InsetClass:
    """Rates the names of an element: class, id, name of a component."""
    lowered = names.lower()
    if not any(part in lowered for part in ("ai", "gpt", "llm", "rapid")):
        return InsetClass.NONE
    words = {word.lower() for word in _NAME_WORD.findall(names)}
    words |= set(re.split(r"[^a-z]+", lowered))
    if _GLUED_NAME.search(lowered):
        return InsetClass.SUMMARY
    if not _NAME_MAKERS.isdisjoint(words):
        is_summary = not _NAME_SUMMARIES.isdisjoint(words)
        return InsetClass.SUMMARY if is_summary else InsetClass.MACHINE
    return InsetClass.MACHINE if _RAPID_NAME.search(lowered) else InsetClass.NONE
