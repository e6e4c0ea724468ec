"""The user's own document had lost its tweet: its lines stood in the text, the attribution ahead of them.

A page of the same shape in our own words is crawled, and every part of it comes back.
"""

from __future__ import annotations

import json

import pytest
from local_site import HOST, serving

from khabar.archive import open_archive
from khabar.archive.store import articles

TWEET = 1852345678901234567  # its own clock says 1 November 2024, 13:43:19 UTC
LINES = ("बरसों बाद यह आँगन फिर भरा", "पुराने साथी एक छत के नीचे आए!", "यही अपनापन हमारी सबसे बड़ी दौलत है।")
HEADINGS = (
    "“सब्र का फल मीठा निकला”",
    "“अब लोग असली बात समझने लगे हैं”",
    "साझा की गई पुरानी तस्वीर",
    "साथियों के लिए संदेश",
)
PARAGRAPHS = (
    "रंगमंच के वरिष्ठ कलाकार आज़म नूरी ने रविवार को अपनी नाट्य मंडली के साथियों से उनके पुराने अभ्यास भवन में भेंट की। "
    "यह भेंट भवन की मरम्मत पूरी होने के बारह दिन बाद हुई, जिसका कलाकार लंबे समय से इंतज़ार कर रहे थे।",
    "भेंट के बाद बातचीत में नूरी ने कहा कि इतने वर्षों तक बिना छत के अभ्यास करने पर भी किसी साथी ने मंच नहीं छोड़ा, और यही "
    "इस मंडली की असली ताकत है।",
    "उन्होंने कहा कि दर्शकों के मन में मंडली की जो छवि बनी थी, वह अब बदल रही है और नए लोग भी टिकट खरीदकर नाटक देखने आ रहे हैं।",
    "कुछ घंटे बाद मंडली की संयोजक ने एक्स पर दोनों की तस्वीर साझा की और उसके साथ तीन पंक्तियाँ लिखीं, जिन्हें बहुत पसंद किया गया।",
    "इस भेंट को मंडली के पुराने और नए कलाकारों के बीच दूरी घटाने की कोशिश माना जा रहा है। अगला नाटक दिसंबर के दूसरे सप्ताह में खेला जाएगा।",
)


def page() -> bytes:
    p, h = PARAGRAPHS, HEADINGS
    return f"""<!doctype html><html lang="hi"><head><meta charset="utf-8"><title>बारह दिन बाद लौटे आज़म नूरी | पन्ने</title>
<link rel="canonical" href="http://{HOST}/page/azam-noori">
<meta property="article:published_time" content="2024-11-01T20:30:00+05:30"></head><body>
<header><nav><a href="/">मुखपृष्ठ</a> <a href="/page/khel">खेल</a></nav></header>
<article><h1>बारह दिन बाद अभ्यास भवन लौटे आज़म नूरी, साथियों से कही दिल की बात</h1>
<h2 class="standfirst">वरिष्ठ कलाकार ने मंडली से भेंट कर पुराने दिनों को याद किया</h2>
<div class="story"><p>लखनऊ। {p[0]}</p>
<h2>{h[0]}</h2><p>{p[1]}</p>
<h2>{h[1]}</h2><p>{p[2]}</p>
<h2>{h[2]}</h2><p>{p[3]}</p>
<blockquote class="twitter-tweet"><p lang="hi" dir="ltr">{LINES[0]}<br><br>{LINES[1]}<br>{LINES[2]}
<a href="https://t.co/Kh4bRtEsT1">pic.twitter.com/Kh4bRtEsT1</a></p>&mdash; Rangmandli (@rangmandli)
<a href="https://twitter.com/rangmandli/status/{TWEET}?ref_src=twsrc%5Etfw">November 1, 2024</a></blockquote>
<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>
<h2>{h[3]}</h2><p>{p[4]}</p></div></article>
<footer><p>सर्वाधिकार सुरक्षित</p></footer></body></html>""".encode()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    with serving({"/page/azam-noori": page()}, tmp_path_factory.mktemp("seed")) as khabar:
        run = khabar("crawl")
        assert (run.code, run.err) == (0, "")
        yield khabar


@pytest.fixture(scope="module")
def article(crawled):
    with open_archive(crawled.archive) as archive:
        return articles.load_article(archive.db, f"http://{HOST}/page/azam-noori")


def test_headline_standfirst_and_place(article):
    assert article["title"] == "बारह दिन बाद अभ्यास भवन लौटे आज़म नूरी, साथियों से कही दिल की बात"
    assert article["subtitle"] == "वरिष्ठ कलाकार ने मंडली से भेंट कर पुराने दिनों को याद किया"
    assert article["place"] == "लखनऊ"


def test_sub_headings_are_headings(article):
    assert (
        tuple(block["text"] for block in article["blocks"] if block["type"] == "heading")
        == HEADINGS
    )


def test_the_tweet_is_one_embed_with_every_part(article):
    (tweet,) = article["embeds"]
    assert (tweet["provider"], tweet["id"], tweet["author_handle"]) == (
        "x",
        str(TWEET),
        "rangmandli",
    )
    assert tweet["published_at"] == "2024-11-01T13:43:19Z"
    assert tuple(line for line in tweet["text"].split("\n") if line) == LINES
    assert list(tweet["media"]) == ["https://t.co/Kh4bRtEsT1"]


def test_the_tweet_stands_between_its_paragraphs(article):
    kinds = [block["type"] for block in article["blocks"]]
    at = kinds.index("embed")
    assert article["blocks"][at - 1]["text"] == PARAGRAPHS[3]
    assert article["blocks"][at + 1]["text"] == HEADINGS[3]


def test_none_of_its_words_are_in_the_text(article):
    assert not any(
        line in article["text"] for line in (*LINES, "pic.twitter", "@rangmandli", "November 1")
    )


def test_every_paragraph_is_whole(article):
    assert [block["text"] for block in article["blocks"] if block["type"] == "paragraph"] == [
        f"लखनऊ। {PARAGRAPHS[0]}", *PARAGRAPHS[1:]
    ]  # fmt: skip


def test_searching_without_the_nukta_finds_it(crawled):
    (hit,) = json.loads(crawled("search", "आजम", "--json").out)
    assert "आज़म" in hit["title"]
