"""Embeds that a page does not write as a player: facades, scripts, code shown as text, script data."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.extraction import read_html
from khabar.model.items import Article

NOW = datetime(2026, 11, 24, tzinfo=UTC)
URL = "https://khabar.example.in/kasba/pul-77"
TITLE = "कस्बे का पुराना पुल फिर से खुला, दो गांवों का रास्ता छोटा हुआ"
TEXTS = [
    "लोक निर्माण विभाग ने बुधवार को बताया कि कस्बे के पुराने पुल की मरम्मत का काम पूरा हो गया है और उसे खोल दिया गया है।",
    "इस पुल के बंद रहने से दो गांवों के लोगों को बाजार पहुंचने के लिए बारह किलोमीटर का चक्कर लगाना पड़ता था।",
    "दुकानदारों का कहना है कि पुल के खुलने से सुबह की सब्जी समय पर पहुंचेगी और भाड़ा भी कम लगेगा।",
    "विभाग के अभियंता के अनुसार पुल पर अब केवल हल्के वाहन चलेंगे और हर छह महीने में उसकी जांच होगी।",
]
YT, TWEET, FILE = "Ku7pulOn42A", "1990000000000000777", "https://media.example.in/v/pul.mp4"
VIDEO, POST, OWN = [("youtube", YT)], [("x", TWEET)], [("file", FILE)]
THUMB = f"<img src='https://i.ytimg.com/vi/{YT}/0.jpg'>"
FRAME = f"&lt;iframe src='https://www.youtube.com/embed/{YT}'&gt;&lt;/iframe&gt;"


def read(code: str, end: str = "", head: str = "") -> Article:
    before, after = ("".join(f"<p>{text}</p>" for text in part) for part in (TEXTS[:2], TEXTS[2:]))
    body = f"<article><h1>{TITLE}</h1><div>{before}{code}{after}</div></article>{end}"
    html = f"<html><head><title>{TITLE}</title>{head}</head><body>{body}</body></html>"
    return read_html(html, URL, NOW)


def found(article: Article) -> list[tuple[str, str | None]]:
    return [(embed.provider, embed.id) for embed in article.embeds if embed.place != "page"]


def check(article: Article, expected: list[tuple[str, str]], *, in_place: bool = True) -> None:
    assert found(article) == expected
    assert [text for text in TEXTS if text not in article.text] == []
    if in_place:
        kinds = [block.type for block in article.blocks]
        assert kinds[2 : 2 + len(expected)] == ["embed"] * len(expected)


FACADES = {
    "a lazy link": (f"<a class='lazy-load-youtube' href='https://youtu.be/{YT}'>{THUMB}</a>", VIDEO),
    "a lazy link with a title": (f"<p><a class='popup-youtube' href='https://youtu.be/{YT}'>पुल का वीडियो</a></p>", VIDEO),
    "a link around the thumbnail": (f"<p><a href='https://www.youtube.com/watch?v={YT}'>{THUMB}</a></p>", VIDEO),
    "a thumbnail in a style": (f"<a href='https://youtu.be/{YT}'><i style='background:url(//i.ytimg.com/vi/{YT}/0.jpg)'></i></a>", VIDEO),
    "a link in a sentence": (f"<p>पुल का <a class='popup-youtube' href='https://youtu.be/{YT}'>वीडियो</a> विभाग ने जारी किया है।</p>", []),
    "a link with another picture": (f"<p><a href='https://youtu.be/{YT}'><img src='/logo-9.png'></a></p>", []),
    "a list of videos": (f"<ul><li><a href='https://youtu.be/{YT}'>{THUMB}</a></li></ul>", []),
    "lite-youtube videoid": (f"<lite-youtube videoid='{YT}'></lite-youtube>", VIDEO),
    "lite-youtube video-id": (f"<lite-youtube video-id='{YT}'></lite-youtube>", VIDEO),
    "youtube-embed": (f"<youtube-embed data-video-id='{YT}'></youtube-embed>", VIDEO),
    "lite-vimeo": ("<lite-vimeo video-id='77123456'></lite-vimeo>", [("vimeo", "77123456")]),
    "an own tag with a URL": (f"<embed-tweet url='https://x.com/setu_vibhag/status/{TWEET}'></embed-tweet>", POST),
    "provider before the id": (f"<media-player src='youtube/{YT}'></media-player>", VIDEO),
    "plyr": (f"<div data-plyr-provider='youtube' data-plyr-embed-id='{YT}'></div>", VIDEO),
    "provider beside the id": (f"<div class='v' data-provider='YouTube' data-video-id='{YT}'></div>", VIDEO),
    "provider beside a tweet": (f"<section data-platform='twitter' data-id='{TWEET}'></section>", POST),
    "provider beside no id": ("<div data-provider='youtube' data-video-id='subscribe'></div>", []),
    "provider beside a playlist": ("<div data-provider='jwplayer' data-playlist-id='aB12cd34'></div>", []),
    "a frame with loader and id": (f"<iframe data-loader='youtube' data-src='{YT}'></iframe>", VIDEO),
    "JSON with the id": (f"""<div class='player' data-config='{{"provider":"youtube","videoId":"{YT}"}}'></div>""", VIDEO),
    "a box without a class": (f"<div data-src='https://www.youtube.com/embed/{YT}'></div>", VIDEO),
    "a lazy picture": ("<div data-src='https://khabar.example.in/pul.jpg'></div>", []),
    "a tweet's number": (f"<div id='tweet-{TWEET}'></div>", POST),
    "a box with a tweet's link": (f"<div class='tweet'><a href='https://x.com/setu_vibhag/status/{TWEET}'>पुल खुल गया</a></div>", POST),
    "an own frame of a tweet": (f"<iframe src='/embeds/tweet?id={TWEET}'></iframe>", POST),
    "a PDF viewer": ("<a class='pdfemb-viewer' href='https://khabar.example.in/f/pul.pdf'>pul</a>", [("pdf", "https://khabar.example.in/f/pul.pdf")]),
    "a PDF's link": ("<p><a class='button' href='https://khabar.example.in/f/pul.pdf'>pul</a></p>", []),
    "own video, data-mp4": (f"<div data-mp4='{FILE}'></div>", OWN),
    "own video, data-url": (f"<div class='video-box' data-url='{FILE}'></div>", OWN),
    "own video, data-stream": ("<div data-stream='https://media.example.in/v/m.m3u8?t=1'></div>", [("file", "https://media.example.in/v/m.m3u8")]),
    "a template": (f"<template><iframe src='https://www.youtube.com/embed/{YT}'></iframe></template>", VIDEO),
    "a template to fill in": ("<template><iframe src='https://www.youtube.com/embed/${id}'></iframe></template>", []),
    "a script of type template": (f"<script type='text/template'><iframe src='https://www.youtube.com/embed/{YT}'></iframe></script>", VIDEO),
    "a lazy text field": (f"<textarea class='lazy-video' hidden>{FRAME}</textarea>", VIDEO),
    "a code to copy": (f"<textarea class='embed-code-copy' hidden>{FRAME}</textarea>", []),
    "a hidden wrapper": (f"<div style='display:none'><div hidden><iframe src='https://www.youtube.com/embed/{YT}'></iframe></div></div>", VIDEO),
}  # fmt: skip


@pytest.mark.parametrize("name", FACADES)
def test_facades(name: str) -> None:
    code, expected = FACADES[name]
    check(read(code), expected)


SCRIPTS = {
    "jwplayer": (f'jwplayer("p").setup({{file:"{FILE}"}});', OWN),
    "jwplayer, later": (f'var a = jwplayer("p"); a.setup({{"image":"/a.jpg", "sources":[{{"file":"{FILE}"}}]}});', OWN),
    "jwplayer, a variable": (f'var c = {{file:"{FILE}"}}; jwplayer("p").setup(c);', OWN),
    "jwplayer, its own media": ('jwplayer("p").setup({playlist:"//cdn.jwplayer.com/v2/media/Pu1Set42"})', [("jwplayer", "Pu1Set42")]),
    "jwplayer, a filled playlist": ('jwplayer("p").setup({playlist:"//cdn.jwplayer.com/v2/playlists/Pu1Set42?search=__CONTEXTUAL__"})', []),
    "jwplayer, only an ad": (f'jwplayer("p").setup({{advertising:{{schedule:[{{file:"{FILE}"}}]}}}})', []),
    "YouTube": (f"new YT.Player('p', {{width: 640, videoId : '{YT}'}});", VIDEO),
    "Dailymotion": ('dailymotion.createPlayer("p", {video: "x9pulab"});', [("dailymotion", "x9pulab")]),
    "Dailymotion, old": ('DM.player(document.getElementById("p"), {video: "x9pulab"});', [("dailymotion", "x9pulab")]),
    "a tweet": (f'twttr.widgets.createTweet("{TWEET}", document.getElementById("p"));', POST),
    "video.js": (f'videojs("p").src({{src: "{FILE}", type: "video/mp4"}});', OWN),
    "Vimeo": ('new Vimeo.Player("p", {id: 77123456});', [("vimeo", "77123456")]),
    "HLS": ('h.loadSource("https://media.example.in/v/m.m3u8")', [("file", "https://media.example.in/v/m.m3u8")]),
    "in a comment": (f'// jwplayer("p").setup({{file:"{FILE}"}});', []),
    "in a block comment": (f'/* new YT.Player("p", {{videoId: "{YT}"}}) */', []),
    "a player's definition": ("function jwplayer(p) { return {setup: function(file) {}} }", []),
    "an unclosed string": ('jwplayer("p").setup({file:"' + FILE, []),
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_player_scripts(name: str) -> None:
    script, expected = SCRIPTS[name]
    check(read(f"<div id='p'></div><script>{script}</script>"), expected)
    if name != "HLS":  # names no element
        check(read("<div id='p'></div>", f"<script>{script}</script>"), expected)


CODES = {
    "a frame": (f"<p>{FRAME}</p>", VIDEO),
    "a frame in <pre>": (f"<pre>{FRAME}</pre>", VIDEO),
    "a frame in a wrapper": (f"<p>&lt;center&gt;{FRAME}&lt;/center&gt;</p>", VIDEO),
    "a frame after a break": (f"<div><br>{FRAME}<br></div>", VIDEO),
    "a tweet": (f"<p>&lt;blockquote class='twitter-tweet'&gt;पुल खुल गया &lt;a href='https://x.com/setu_vibhag/status/{TWEET}'&gt;N&lt;/a&gt;&lt;/blockquote&gt; &lt;script src='https://platform.twitter.com/widgets.js'&gt;&lt;/script&gt;</p>", POST),
    "embed": (f"<p>[embed width='600']https://youtu.be/{YT}[/embed]</p>", VIDEO),
    "embed with a link": (f"<p>[embed]<a href='https://youtu.be/{YT}'>https://youtu.be/{YT}</a>[/embed]</p>", VIDEO),
    "youtube with an id": (f"<p>[youtube id=“{YT}”]</p>", VIDEO),
    "youtube=": (f"<p>[youtube=https://www.youtube.com/watch?v={YT}&w=640]</p>", VIDEO),
    "tweet": (f"<p>[tweet https://twitter.com/setu_vibhag/status/{TWEET}]</p>", POST),
    "tweet with an id": (f"<p>[tweet {TWEET}]</p>", POST),
    "video": (f"<p>[video mp4='{FILE}'][/video]</p>", OWN),
    "an ad": ("<p>[quads id=1]</p><p>[adinserter block='2']</p><p>[ads]</p>", []),
    "an ad in a line": ("<p>पुल की लंबाई अस्सी मीटर है और चौड़ाई छह मीटर। [quads id=1]</p>", []),
    "a gallery": ("<p>[gallery ids='1,2']</p>", []),
    "a form": ("<p>[contact-form-7 id='12']</p>", []),
    "a page builder": ("<p>[vc_column_text]पुल की लंबाई अस्सी मीटर है और चौड़ाई छह मीटर बताई गई।[/vc_column_text]</p>", []),
}  # fmt: skip


@pytest.mark.parametrize("name", CODES)
def test_code_as_text(name: str) -> None:
    code, expected = CODES[name]
    article = read(code)
    check(article, expected)
    assert re.search(r"[<\[\]]|iframe|पुल खुल गया", article.text) is None


KEPT = {
    "in <code>": (f"<pre><code>{FRAME}</code></pre>", "<iframe"),
    "after a block about it": (f"<p>अपने पन्ने में यह HTML कोड जोड़ें, फिर पन्ने को सहेज कर दोबारा खोलें।</p><p>{FRAME}</p>", "<iframe"),
    "a shortcode that is explained": ("<p>गैलरी के लिए यह शॉर्टकोड लिखें और पन्ने को सहेज कर दोबारा खोलें:</p><p>[gallery ids='1,2']</p>", "[gallery"),
    "of nobody known": ("<p>&lt;iframe src='https://khabar.example.in/x'&gt;&lt;/iframe&gt;</p>", "<iframe"),
    "a remark": ("<p>प्रधान ने कहा, \"हमने [हंसते हुए] यह काम [sic] खुद किया और आगे भी करेंगे।\"</p>", "[sic]"),
    "a comparison": ("<p>जहां चौड़ाई a &lt; b हो, वहां से केवल छोटे वाहन निकल सकेंगे, यह विभाग ने कहा।</p>", "a < b"),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_code_that_is_text(name: str) -> None:
    code, text = KEPT[name]
    article = read(code)
    check(article, [])
    assert text in article.text


def test_a_gallery_without_its_pictures_is_named() -> None:
    article = read("<p>[gallery ids='1,2']</p>")
    assert "shortcode without its content: gallery" in article.problems


def test_a_caption_stays_with_its_picture() -> None:
    picture = "<img src='/pul.jpg' width='600' height='400'>"
    article = read(f"<p>[caption id='a_1' width='600']{picture} नया पुल[/caption]</p>")
    assert [image.caption for image in article.images] == ["नया पुल"]
    assert "[" not in article.text


FALSE = {
    "a frame's name": "<iframe name='google_ads_iframe_/1/a' title='3rd party ad content'></iframe>",
    "a frame's title": f"<iframe title='https://www.youtube.com/embed/{YT}' src='about:blank'></iframe>",
    "label and size": "<iframe src='https://s.example.org/a' aria-label='Advertisement' width='300' height='250'></iframe>",
    "box and size": "<div class='ad-slot'><iframe src='https://s.example.org/a' width='300' height='250'></iframe></div>",
    "a filled-in URL": "<iframe src='https://s.example.org/a?x=${id}' width='600' height='400'></iframe>",
    "an ad's video": "<video class='ad-video' src='https://s.example.org/vast/a.mp4'></video>",
    "an ad player": "<video src='https://x.performoo.com/a.mp4'></video>",
    "a signal": "<audio src='/sounds/chime.mp3'></audio>",
    "a signal of a script": "<div id='n'></div><script>jwplayer('n').setup({file:'/s/chime.mp3'})</script>",
    "read aloud": "<iframe title='Listen to this story' src='https://tts.example.org/l' width='600' height='200'></iframe>",
    "a pixel": "<iframe src='https://s.example.org/a' style='width: 1px; height: 1px'></iframe>",
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_what_is_no_embed(name: str) -> None:
    check(read(FALSE[name]), [])


ONE_SIGN = {
    "the size of an ad": "<iframe src='https://map.example.org/a' width='300' height='250'></iframe>",
    "a banner's class": "<div class='banner'><iframe src='https://map.example.org/a'></iframe></div>",
    "a sound's name": "<audio controls src='https://media.example.in/p/bell.mp3'></audio>",
}


@pytest.mark.parametrize("name", ONE_SIGN)
def test_one_sign_makes_no_advertisement(name: str) -> None:
    assert len(found(read(ONE_SIGN[name]))) == 1


JSON_VIDEO = f'{{"@type":"VideoObject","name":"पुल","embedUrl":"https://www.youtube.com/embed/{YT}"'


@pytest.mark.parametrize("code", [JSON_VIDEO + "}", JSON_VIDEO + ",}", JSON_VIDEO + "};", f"//<![CDATA[\n{JSON_VIDEO}}}\n//]]>", '{"@type":"WebPage"}' + JSON_VIDEO + "}"])  # fmt: skip
def test_broken_jsonld_keeps_its_video(code: str) -> None:
    article = read("", head=f"<script type='application/ld+json'>{code}</script>")
    assert found(article) == VIDEO


STATES = {
    "blocks": [*TEXTS[:2], {"type": "youtube", "url": f"https://youtu.be/{YT}"}, *TEXTS[2:]],
    "html": "".join([*(f"<p>{t}</p>" for t in TEXTS[:2]), f"<iframe src='https://www.youtube.com/embed/{YT}'></iframe>", *(f"<p>{t}</p>" for t in TEXTS[2:])]),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_embeds_of_script_data_have_a_block(name: str) -> None:
    value = STATES[name]
    blocks = [{"type": "text", "text": p} if isinstance(p, str) else p for p in value]
    story = {"headline": TITLE, "content": blocks if isinstance(value, list) else value}
    other = {
        "headline": "दूसरी खबर",
        "content": [{"type": "youtube", "url": "https://youtu.be/Ku7pulOn42Z"}],
    }
    script = json.dumps({"story": story, "others": [other]}, ensure_ascii=False)
    html = f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><script>S={script}</script></body></html>"
    check(read_html(html, URL, NOW), VIDEO)


def test_deep_script_data_is_read_without_an_error() -> None:
    text = '{"video":' * 900 + f'"{TEXTS[0]}","text":1' + "}" * 900
    article = read("", f"<script>var s = {text}</script>")
    check(article, [])
    assert not any("failed" in problem for problem in article.problems)


MARKS = st.sampled_from(["[embed]", "[/embed]", "[caption x='", "']", "[quads id=1]", "&lt;iframe ", "&lt;/iframe&gt;", "जल", " ", "'", '"', "=", f"https://youtu.be/{YT}"])  # fmt: skip


@given(st.lists(MARKS, max_size=25).map("".join))
def test_any_code_leaves_the_article_whole(code: str) -> None:
    article = read(f"<p>{code}</p>")
    assert [text for text in TEXTS if text not in article.text] == []
    assert not any("failed" in problem for problem in article.problems)


@given(st.lists(st.sampled_from(["jwplayer(", '"p"', ").setup(", "{", "}", "file", ":", "[", "]", f'"{FILE}"', "'", "/*", "//", "\n", ";", ","]), max_size=40).map("".join))  # fmt: skip
def test_any_script_leaves_the_article_whole(code: str) -> None:
    article = read(f"<div id='p'></div><script>{code}</script>")
    check(article, OWN if found(article) else [])


@pytest.mark.parametrize(
    "html",
    [
        "<div class='player' data-provider='youtube' data-video-id='20261128123'></div>",
        "<div class='lazy' data-provider='jwplayer' data-media-id='20261128'></div>",
        "<div class='player' data-provider='streamable' data-video-id='482913'></div>",
    ],
)
def test_a_number_alone_is_no_id_of_letters(html: str) -> None:
    article = read_html(
        f"<html><body><article><h1>तालाब की खुदाई</h1>{html}</article></body></html>",
        "https://a.example.in/x-1",
    )
    assert [embed.provider for embed in article.embeds] == []


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        (f"<div data-provider='twitter' data-id='{TWEET}'></div>", True),
        (f"<div data-provider='youtube' data-id='{YT}'></div>", False),
    ],
)
def test_beside_the_article_a_post_stays_and_the_facade_of_a_video_does_not(code, kept):
    article = read("", end=f"<aside>{code}</aside>")
    assert [(embed.kind, embed.place) for embed in article.embeds] == [("post", "page")] * kept
