"""Posts that a page's inline scripts create with the SDK of a provider, and scripts that only look so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.extraction import read_html
from khabar.model.items import Article

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TITLE = "मेले के लिए नदी पर बना पीपे का पुल, रविवार से आना-जाना शुरू"
TEXTS = [
    "मेला समिति ने गुरुवार को बताया कि नदी पर पीपे का पुल बनकर तैयार है और रविवार सुबह से उस पर लोग आ-जा सकेंगे।",
    "पुल बनाने में पैंतालीस पीपे लगे हैं और दोनों ओर रस्सियों की जाली बांधी गई है ताकि बच्चे सुरक्षित रहें।",
    "समिति के सदस्यों का कहना है कि मेले के दिनों में रात को भी पुल पर रोशनी रहेगी और दो नावें पास में खड़ी रहेंगी।",
    "पिछले साल पुल देर से बना था, इसलिए मेले के पहले तीन दिन लोगों को सड़क के रास्ते से जाना पड़ा था।",
]
FB_URL = "https://www.facebook.com/mela.samiti/posts/700800900111"
FB_VIDEO = "https://www.facebook.com/mela.samiti/videos/700800900222/"
IG_URL = "https://www.instagram.com/p/Mela5Pul0Q9/"
IG_REEL = "https://www.instagram.com/reel/Mela5Pul0R8/"
FB, IG = ("facebook", "700800900111"), ("instagram", "Mela5Pul0Q9")


def read(code: str, end: str = "") -> Article:
    before, after = ("".join(f"<p>{text}</p>" for text in part) for part in (TEXTS[:2], TEXTS[2:]))
    body = f"<article><h1>{TITLE}</h1><div>{before}{code}{after}</div></article>{end}"
    html = f"<html><head><title>{TITLE}</title></head><body>{body}</body></html>"
    return read_html(html, "https://khabar.example.in/mela/pul-31", NOW)


def check(article: Article, expected: list[tuple[str, str]]) -> None:
    assert [(embed.provider, embed.id) for embed in article.embeds] == expected
    assert article.text == "\n\n".join(TEXTS)
    kinds = [block.type for block in article.blocks]
    assert kinds == ["paragraph"] * 2 + ["embed"] * len(expected) + ["paragraph"] * 2


CREATED = {
    "a permalink and the call": (f"var permalink = '{IG_URL}'; show(permalink); instgrm.Embeds.process();", [IG]),
    "if the SDK is there": (f'var p = {{"permalink": "{IG_URL}"}}; if (window.instgrm) {{ window.instgrm.Embeds.process(); }}', [IG]),
    "escaped slashes": (f"""var c = {{"url":"{FB_URL.replace("/", chr(92) + "/")}"}}; FB.XFBML.parse();""", [FB]),
    "markup": (f"""e.innerHTML = '<div class="fb-post" data-href="{FB_URL}" data-width="500"></div>'; FB.XFBML.parse(e);""", [FB]),
    "markup in a string of its own": (f'e.innerHTML = "<div class=\\"fb-video\\" data-href=\\"{FB_VIDEO}\\"></div>";', [("facebook", "700800900222")]),
    "an element of its own": (f"var d = document.createElement('div'); d.className = 'fb-post'; d.setAttribute('data-href', '{FB_URL}');", [FB]),
    "an element of its own, Instagram": (f"var q = document.createElement('blockquote'); q.className = 'instagram-media'; q.dataset.instgrmPermalink = '{IG_URL}';", [IG]),
    "two posts": (f"['{IG_URL}', '{IG_REEL}'].forEach(add); instgrm.Embeds.process();", [IG, ("instagram", "Mela5Pul0R8")]),
    "an address twice": (f"var a = '{FB_URL}', b = '{FB_URL}?ref=x'; FB.XFBML.parse();", [FB]),
    "embedly": (f"embedly('card', '{IG_URL}');", [IG]),
    "embedly with options": ("embedly('player', {url: 'https://youtu.be/Mela5Pul42A', width: 640});", [("youtube", "Mela5Pul42A")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CREATED)
def test_a_post_that_a_script_creates(name: str) -> None:
    script, expected = CREATED[name]
    check(read(f"<script>{script}</script>"), expected)


@pytest.mark.parametrize("name", ["getElementById('jagah')", "querySelector('#jagah')"])
def test_it_stands_in_the_empty_element_that_the_script_names(name: str) -> None:
    script = f"var e = document.{name}; e.dataset.url = '{IG_URL}'; instgrm.Embeds.process();"
    check(read("<div id='jagah'></div>", f"<script>{script}</script>"), [IG])


def test_an_element_with_words_is_not_its_place() -> None:
    words = "<div id='jagah'><p>मेले की तारीखें जल्द बताई जाएंगी, समिति ने यह भी कहा है।</p></div>"
    script = (
        f"var e = document.getElementById('jagah'); var u = '{IG_URL}'; instgrm.Embeds.process();"
    )
    article = read(words, f"<script>{script}</script>")
    assert "मेले की तारीखें जल्द बताई जाएंगी" in article.text


def test_a_post_that_the_page_shows_is_not_there_twice() -> None:
    quote = f"<blockquote class='instagram-media' data-instgrm-permalink='{IG_URL}'><a href='{IG_URL}'>देखें</a></blockquote>"
    script = f"<script>var seen = '{IG_URL}'; instgrm.Embeds.process();</script>"
    check(read(quote, script), [IG])


FAR = " " * 2500
NOT_CREATED = {
    "a call without a post": "FB.XFBML.parse(); instgrm.Embeds.process();",
    "a post without a call": f"var lead = '{FB_URL}';",
    "a page and the call": "var page = 'https://www.facebook.com/mela.samiti'; FB.XFBML.parse();",
    "another provider's call": f"var post = '{IG_URL}'; FB.XFBML.parse();",
    "far from the call": f"var list = ['{FB_URL}'];{FAR}FB.XFBML.parse();",
    "shared": f"FB.ui({{method: 'share', href: '{FB_URL}'}}); FB.XFBML.parse();",
    "in a comment": f"// instgrm.Embeds.process('{IG_URL}')\n/* FB.XFBML.parse('{FB_URL}') */",
    "an id in parts": "var u = 'https://www.instagram.com/p/' + code + '/'; instgrm.Embeds.process();",
    "a class that is looked for": f"var x = document.querySelectorAll('.fb-post');{FAR}var u = '{FB_URL}';",
    "data": f'window.state = {{"type": "fb-post", "url": "{FB_URL}"}};',
    "a long list": "var all = [" + ",".join(f"'https://www.instagram.com/p/Mela5Pul{n:03d}/'" for n in range(12)) + "]; instgrm.Embeds.process();",
    "embedly, a story": "embedly('card', 'https://khabar.example.in/mela/pul-30');",
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_CREATED)
def test_a_script_that_creates_no_post(name: str) -> None:
    check(read(f"<script>{NOT_CREATED[name]}</script>"), [])


def test_data_of_a_script_is_none() -> None:
    script = f'{{"a": "{IG_URL}", "b": "instgrm.Embeds.process()"}}'
    check(read(f"<script type='application/json'>{script}</script>"), [])


PARTS = ["FB.XFBML.parse()", "instgrm.Embeds.process(", f"'{IG_URL}'", f'"{FB_URL}"', "/*", "*/", "//", "\n", "fb-post", "createElement", "getElementById('a')", "<", "'", ";"]  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_any_script_leaves_the_text_whole(script: str) -> None:
    article = read(f"<div id='a'></div><script>{script}</script>")
    assert [text for text in TEXTS if text not in article.text] == []
    assert len({embed.id for embed in article.embeds}) == len(article.embeds)
