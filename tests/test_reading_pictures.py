"""Galleries and video pages: each picture with its words, the player in its place, and no list of others instead."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from khabar.extraction import read_html
from khabar.model.items import Article

NOW = datetime(2026, 11, 24, tzinfo=UTC)
GALLERY = "https://khabar.example.in/photo-gallery/mela-123"
VIDEO = "https://khabar.example.in/videos/mela-123"
TITLE = "तस्वीरों में देखिए रामपुर का मेला"
WORDS = (
    "मेले के पहले दिन सुबह से ही दुकानों पर भीड़ लगी रही और बच्चों ने झूलों का आनंद लिया।",
    "मिट्टी के खिलौनों की दुकान पर सबसे ज्यादा खरीदार पहुँचे।",
    "शाम को कठपुतली का खेल हुआ, जिसे देखने पास के गाँवों से भी लोग आए और देर तक बैठे रहे।",
    "कुम्हार टोले के सोहन पाल ने चाक पर दीये बनाना सिखाया।",
    "रात में आतिशबाजी हुई",
)
SLIDES: dict[str, Callable[[int, str], str]] = {
    "figures": lambda n, words: f'<figure><img src="/photo/{n}.jpg"><figcaption>{words}</figcaption></figure>',
    "slides": lambda n, words: f'<div class="slide"><img src="/photo/{n}.jpg"><p>{words}</p></div>',
    "numbered": lambda n, words: f'<li><div class="img"><img data-src="/photo/{n}.jpg"></div><div class="photo-text"><span>{n} / 5</span><p>{words}</p></div></li>',
    "headed": lambda n, words: f'<section><h2>तस्वीर {n}: मेला</h2><img src="/photo/{n}.jpg"><p>{words}</p></section>',
    "flat": lambda n, words: f'<p><img src="/photo/{n}.jpg"></p><p>{words}</p>',
    "words first": lambda n, words: f'<div class="card"><p>{words}</p><img src="/photo/{n}.jpg"></div>',
    "web story": lambda n, words: f'<amp-story-page id="p{n}"><amp-story-grid-layer><amp-img src="/photo/{n}.jpg"></amp-img></amp-story-grid-layer><amp-story-grid-layer><p>{words}</p></amp-story-grid-layer></amp-story-page>',
    "to the file": lambda n, words: f'<div class="gal"><a href="/photo/{n}.jpg"><img src="/photo/{n}.jpg"></a><div class="desc">{words}</div></div>',
    "a page each": lambda n, words: f'<div class="gal"><a href="/photo-gallery/mela-123/{n}"><img src="/photo/{n}.jpg"></a><div class="desc">{words}</div></div>',
    "lazy": lambda n, words: f'<div class="slide"><img class="lazy" data-original="/photo/{n}.jpg"><noscript><img src="/photo/{n}.jpg"></noscript><p>{words}</p></div>',
}  # fmt: skip
TOLD: dict[str, Mapping[str, object] | None] = {
    "a gallery": {"@type": "ImageGallery", "headline": TITLE},
    "an article": {
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2025-11-07T22:15:00+05:30",
    },
    "nothing": None,
}


def others(folder: str) -> str:
    return "".join(
        f'<li><a href="/{folder}/other-{n}"><img src="/thumb/{n}.jpg"></a><h3><a href="/{folder}/other-{n}">दूसरी कहानी नंबर {n}, जो यहाँ नहीं कही गई</a></h3></li>'
        for n in range(8)
    )


def page(
    inner: str, url: str, node: Mapping[str, object] | None, folder: str, title: str = TITLE
) -> Article:
    script = (
        f'<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script>'
        if node
        else ""
    )
    html = f'<html><head><title>{title}</title>{script}</head><body><article>{inner}</article><div class="list"><h2>और देखें</h2><ul>{others(folder)}</ul></div></body></html>'
    return read_html(html, url, NOW)


@pytest.mark.parametrize("node", TOLD)
@pytest.mark.parametrize("way", SLIDES)
def test_each_picture_with_its_words(way: str, node: str) -> None:
    slides = "".join(SLIDES[way](n, words) for n, words in enumerate(WORDS, 1))
    inner = f'<h1>{TITLE}</h1><div class="meta">07 Nov 2025, 10:15 PM</div><div class="photos">{slides}</div>'
    article = page(inner, GALLERY, TOLD[node], "photo-gallery")
    assert article.page_type == "gallery"
    assert [image.url[-5] for image in article.images] == list("12345")
    captions = {image.url[-5]: image.caption for image in article.images}
    shown = [
        captions[article.images[b.image].url[-5]] if b.image is not None else b.text
        for b in article.blocks
    ]
    assert [words for words in shown if words in WORDS] == list(WORDS)


def test_a_list_of_galleries_is_a_listing() -> None:
    article = page(
        "<h1>फोटो गैलरी</h1>",
        "https://khabar.example.in/photo-gallery/",
        None,
        "photo-gallery",
        "फोटो",
    )
    assert article.page_type == "listing"


PLAYERS = {
    "youtube": '<iframe src="https://www.youtube.com/embed/Ab1Cd2Ef3Gh"></iframe>',
    "file": '<video controls><source src="https://cdn.example.in/v/mela.mp4" type="video/mp4"></video>',
    "dailymotion": '<script src="https://geo.dailymotion.com/player/x1.js" data-video="x8abcde"></script>',
}
NAMED = {
    "@type": "VideoObject", "name": "रामपुर के मेले में कठपुतली का खेल देखने उमड़े लोग", "duration": "PT2M5S",
    "uploadDate": "2025-11-07T22:15:00+05:30", "embedUrl": "https://www.youtube.com/embed/Ab1Cd2Ef3Gh",
}  # fmt: skip


@pytest.mark.parametrize("words", ["", WORDS[2]])
@pytest.mark.parametrize("node", [None, NAMED])
@pytest.mark.parametrize("provider", PLAYERS)
def test_a_video_is_no_list_of_videos(
    provider: str, node: Mapping[str, object] | None, words: str
) -> None:
    inner = f'<div class="player">{PLAYERS[provider]}</div><h1>{NAMED["name"]}</h1><div class="desc">{words and f"<p>{words}</p>"}</div>'
    article = page(inner, VIDEO, node, "videos", str(NAMED["name"]))
    assert (article.page_type, article.text) == ("video", words)
    (embed,) = article.embeds
    assert embed.provider == provider and embed.place in ("lead", "body")
    assert embed.duration == (125 if node and provider == "youtube" else None)


def test_a_list_of_videos_is_a_listing() -> None:
    assert (
        page(
            "<h1>ताजा वीडियो</h1>", "https://khabar.example.in/videos/", None, "videos", "वीडियो"
        ).page_type
        == "listing"
    )


_STORY = "".join(f"<p>{words} {WORDS[0]}</p>" for words in WORDS[:3])


@pytest.mark.parametrize(
    ("picture", "file"),
    [
        ('<h-img src="/p/mela.jpg" width="800"></h-img>', "mela.jpg"),
        ('<lazy-image data-src="/p/mela.webp"></lazy-image>', "mela.webp"),
        ('<a-img src="/p/mela.jpg" width="16" height="9"></a-img>', "mela.jpg"),
        ('<nuxt-img image-url="/p/mela.png"></nuxt-img>', "mela.png"),
        ('<b-img-lazy src="/p/mela.jpg"></b-img-lazy>', "mela.jpg"),
        ('<x-picture><img src="/p/mela.jpg"></x-picture>', "mela.jpg"),
        ('<image src="/p/mela.jpg"></image>', "mela.jpg"),
        ('<noscript>&lt;img src="/p/mela.jpg" width="800"&gt;</noscript>', "mela.jpg"),
        ('<x-icon src="/p/mela.jpg"></x-icon>', None),
        ('<a-img src="/p/mela.jpg" width="16" height="16"></a-img>', None),
        ('<user-photo src="/p/mela.jpg" width="48" height="48"></user-photo>', None),
        ('<noscript>&lt;img src="/p/mela.jpg"&gt; जावास्क्रिप्ट चालू करें</noscript>', None),
    ],
)
def test_pictures_in_custom_elements(picture: str, file: str | None) -> None:
    box = f'<div class="image-and-caption-wrapper">{picture}<div class="editor_caption">कुम्हार का चाक</div></div>'
    article = page(
        f"<h1>{TITLE}</h1>{_STORY[:-4]}</p>{box}{_STORY}",
        "https://khabar.example.in/a-1",
        None,
        "news",
    )
    assert [image.url.rpartition("/")[2] for image in article.images] == ([file] if file else [])
    assert [image.caption for image in article.images] == (["कुम्हार का चाक"] if file else [])
    assert "&lt;" not in article.text


def test_a_custom_element_with_words_is_no_picture() -> None:
    words = f'<photo-story src="/p/mela.jpg"><p>{WORDS[3]}</p></photo-story>'
    article = page(
        f"<h1>{TITLE}</h1>{_STORY}{words}{_STORY}", "https://khabar.example.in/a-1", None, "news"
    )
    assert WORDS[3] in article.text
