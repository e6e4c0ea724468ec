"""Embed codes shown as text in several paragraphs, and texts that only look like a part of one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.extraction import read_html
from khabar.model.items import Article

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TITLE = "जिला पुस्तकालय में बच्चों के लिए अलग कमरा, किताबें गांवों से आईं"
TEXTS = [
    "जिला पुस्तकालय में बच्चों के लिए एक अलग कमरा बनाया गया है, जहां वे शाम छह बजे तक बैठकर पढ़ सकेंगे।",
    "कमरे की अलमारियों में इस समय नौ सौ किताबें हैं और इनमें से आधी आसपास के गांवों के लोगों ने दी हैं।",
    "पुस्तकालय के प्रभारी ने बताया कि हर शनिवार को कहानी सुनाने का कार्यक्रम होगा और उसके लिए कोई शुल्क नहीं लगेगा।",
    "अगले महीने से पास के तीन स्कूलों के बच्चे भी अपने शिक्षकों के साथ यहां आएंगे, इसके लिए समय तय किया जा रहा है।",
]
YT, TWEET = "Pu5tak0Ghar", "1990000000000000888"
TWEET_URL = f"https://twitter.com/pustak_ghar/status/{TWEET}"
VIDEO, POST = [("youtube", YT)], [("x", TWEET)]
SCRIPT = '<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>'
SRC = f'src="https://www.youtube.com/embed/{YT}"'


def paragraphs(*parts: str, tag: str = "p") -> str:
    return "".join(f"<{tag}>{escape(part, quote=False)}</{tag}>" for part in parts)


def read(code: str, title: str = TITLE) -> Article:
    before, after = ("".join(f"<p>{text}</p>" for text in part) for part in (TEXTS[:2], TEXTS[2:]))
    body = f"<article><h1>{title}</h1><div>{before}{code}{after}</div></article>"
    html = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    return read_html(html, "https://khabar.example.in/zila/pustak-12", NOW)


def check(article: Article, expected: list[tuple[str, str]]) -> None:
    assert [(embed.provider, embed.id) for embed in article.embeds] == expected
    assert [text for text in TEXTS if text not in article.text] == []
    if expected:
        kinds = [block.type for block in article.blocks]
        assert kinds == ["paragraph"] * 2 + ["embed"] * len(expected) + ["paragraph"] * 2
        assert re.search(r"[<>]|iframe|width|किताबें आ गईं", article.text) is None


QUOTE = ['<blockquote class="twitter-tweet">', '<p lang="hi" dir="ltr">किताबें आ गईं</p>', f'&mdash; पुस्तक घर (@pustak_ghar) <a href="{TWEET_URL}">November 2, 2025</a>', "</blockquote>"]  # fmt: skip
SPLIT = {
    "a frame in two": (paragraphs(f"<iframe {SRC}", 'width="560" height="315" allowfullscreen></iframe>'), VIDEO),
    "a frame, one attribute each": (paragraphs("<iframe", 'width="560"', SRC, 'frameborder="0"', "allowfullscreen>", "</iframe>"), VIDEO),
    "a frame in boxes": (paragraphs(f"<iframe {SRC}", "></iframe>", tag="div"), VIDEO),
    "a frame with blank blocks": (paragraphs(f"<iframe {SRC}", "\xa0", "></iframe>"), VIDEO),
    "a frame, curly quotes": (paragraphs(f"<iframe {SRC}".replace('"', "”"), "width=”560”></iframe>"), VIDEO),
    "a frame, curly quotes, in one": (paragraphs(f"<iframe {SRC}></iframe>".replace('"', "″")), VIDEO),
    "a frame with a linked address": (f"<p>&lt;iframe src=\"<a href='https://www.youtube.com/embed/{YT}'>https://www.youtube.com/embed/{YT}</a>\"</p><p>&gt;&lt;/iframe&gt;</p>", VIDEO),
    "a tweet": (paragraphs(*QUOTE), POST),
    "a tweet with its script": (paragraphs(*QUOTE, SCRIPT), POST),
    "a tweet in one, its script": (paragraphs("".join(QUOTE), SCRIPT), POST),
    "Facebook": (paragraphs('<div class="fb-post"', 'data-href="https://www.facebook.com/pustak.ghar/posts/700800900333">', "</div>"), [("facebook", "700800900333")]),
    "Telegram": (paragraphs('<script async src="https://telegram.org/js/telegram-widget.js?22"', 'data-telegram-post="pustakghar/31" data-width="100%"></script>'), [("telegram", "pustakghar/31")]),
    "two of them": (paragraphs(f"<iframe {SRC}", "></iframe>", *QUOTE), [*VIDEO, *POST]),
}  # fmt: skip


@pytest.mark.parametrize("name", SPLIT)
def test_a_code_in_several_paragraphs(name: str) -> None:
    code, expected = SPLIT[name]
    check(read(code), expected)


SENTENCE = "कमरे का नाम बच्चों ने खुद चुना है और दीवारों के चित्र भी उन्होंने ही बनाए हैं।"
NOT_CODE = {
    "a sentence in the tag": paragraphs(f"<iframe {SRC}", SENTENCE, "></iframe>"),
    "English words in the tag": paragraphs(f"<iframe {SRC}", "the room has two doors", "></iframe>"),
    "never closed": paragraphs(f"<iframe {SRC}", 'width="560"'),
    "of nobody known": paragraphs('<iframe src="https://khabar.example.in/kamra"', "></iframe>"),
    "without an id": paragraphs('<iframe src="https://www.youtube.com/embed/"', "></iframe>"),
    "another code in between": paragraphs(f"<iframe {SRC}", f"<iframe {SRC}", "></iframe>"),
    "after a block about it": paragraphs("फिर पन्ने में यह HTML लिखें:", f"<iframe {SRC}", "></iframe>"),
    "before a block about it": paragraphs(f"<iframe {SRC}", "></iframe>", "इस HTML को पन्ने में जोड़ने के बाद उसे सहेज लें।"),
    "lines in <pre>": paragraphs(f"<iframe {SRC}", "></iframe>", tag="pre"),
    "lines in <code>": f"<p><code>&lt;iframe {SRC}</code></p><p><code>&gt;&lt;/iframe&gt;</code></p>",
    "lines in a box for code": f"<div class='highlight'>{paragraphs(f'<iframe {SRC}', '></iframe>')}</div>",
    "a list of lines": f"<ol>{paragraphs(f'<iframe {SRC}', '></iframe>', tag='li')}</ol>",
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_CODE)
def test_what_is_no_split_code(name: str) -> None:
    article = read(NOT_CODE[name])
    check(article, [])
    assert SENTENCE not in NOT_CODE[name] or SENTENCE in article.text


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (f"<iframe {SRC}>", "</iframe>", VIDEO),
        (
            "<div class='fb-post' data-href='https://www.facebook.com/pustak.ghar/posts/700800900333'>",
            "</div>",
            [("facebook", "700800900333")],
        ),
    ],
)
def test_a_sentence_inside_the_element_of_a_code_stays(start, end, expected) -> None:
    article = read(paragraphs(start, SENTENCE, end))
    assert [(embed.provider, embed.id) for embed in article.embeds] == expected
    assert SENTENCE in article.text


@pytest.mark.parametrize("parts", [(f"<iframe {SRC}", "></iframe>"), (f"<iframe {SRC}></iframe>",)])
def test_an_article_about_code_keeps_it(parts: tuple[str, ...]) -> None:
    article = read(paragraphs(*parts), "अपने ब्लॉग में वीडियो एम्बेड करने के तीन आसान तरीके")
    check(article, [])
    assert "<iframe" in article.text


def test_a_hashtag_before_a_code_is_no_word_about_code() -> None:
    words = "यह हैशटैग दिन भर चला और लोगों ने प्रभारी को टैग करके किताबों के नाम भी बताए।"
    article = read(f"<p>{words}</p>{paragraphs(*QUOTE)}")
    assert [(embed.provider, embed.id) for embed in article.embeds] == POST


PARTS = ["<iframe ", SRC, ">", "</iframe>", '"', 'width="5"', *QUOTE, "<", SCRIPT, "\xa0", "a=b", SENTENCE]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(PARTS), max_size=3).map(" ".join), max_size=12))
def test_any_paragraphs_leave_the_text_whole(parts: list[str]) -> None:
    article = read(paragraphs(*parts))
    assert [text for text in TEXTS if text not in article.text] == []
    assert not any("failed" in problem for problem in article.problems)
