"""The table of embed providers: every row's own examples, in every form of markup, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.extraction import read_html
from khabar.extraction.embeds import extract_embeds
from khabar.extraction.embeds.classify import (
    classify_framed_url,
    classify_url,
    to_absolute_url,
)
from khabar.extraction.embeds.id_attributes import WIDGET_CLASSES
from khabar.extraction.embeds.providers import ANY_HOST_ROWS, PROVIDERS, Provider, find_rows
from khabar.extraction.jsonld import parse_jsonld
from khabar.model.items import Article
from khabar.model.urls import get_host
from tests.conftest import ROOT
from tests.provider_forms import Sample, examples, render_reference, samples

NOW = datetime(2026, 11, 24, tzinfo=UTC)
BEFORE = "सिंचाई विभाग ने शनिवार को बताया कि नहर की सफाई का काम पूरा हो गया है और अगले सप्ताह से खेतों में पानी पहुंचने लगेगा।"
BEHIND = "किसानों का कहना है कि तीन साल बाद इस नहर में पानी आएगा, इसलिए अब गेहूं की बुवाई समय पर हो सकेगी और डीजल का खर्च बचेगा।"
TITLE = "नहर की सफाई पूरी, अगले सप्ताह से खेतों में पानी"
EXAMPLES = [(row, *example) for row in PROVIDERS for example in examples(row)]
SAMPLES = [sample for row in PROVIDERS for sample in samples(row)]


def page(code: str) -> str:
    paragraphs = f"<p>{BEFORE}</p><p>{BEHIND}</p>{code}<p>फिर, {BEFORE}</p><p>और {BEHIND}</p>"
    return f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>{paragraphs}</article></body></html>"


def story(code: str) -> Article:
    return read_html(page(code), "https://nahar.example.in/shahar/pani-1", NOW)


@pytest.mark.parametrize(
    ("row", "pattern", "address", "native_id"), EXAMPLES, ids=[example[2] for example in EXAMPLES]
)
def test_an_example_is_its_rows_and_no_others(row: Provider, pattern, address, native_id) -> None:
    classify = classify_framed_url if pattern in row.page_patterns else classify_url
    target = classify(address)
    assert target and (target.provider, target.kind, target.id) == (
        row.name,
        pattern.kind,
        native_id,
    )
    host = get_host(to_absolute_url(address) or "")
    assert find_rows(host) == (row,) or (row in ANY_HOST_ROWS and find_rows(host) == ANY_HOST_ROWS)
    fitting = [
        other
        for other in find_rows(host)
        if any(p.pattern.match(address.partition(host)[2]) for p in other.url_patterns)
    ]
    assert fitting in ([row], []), "the first of two rows would win"


def test_no_host_is_in_two_rows() -> None:
    counts = Counter(host for row in PROVIDERS for host in row.hosts if host != "*")
    assert [host for host, count in counts.items() if count > 1] == []
    patterns = [row.host_pattern for row in PROVIDERS if row.host_pattern]
    hosts = ("google.co.in", "www.google.com", "inv.samaj.example", "nitter.samaj.example")
    assert [sum(bool(p.search(host)) for p in patterns) for host in hosts] == [1, 1, 1, 1]


def test_a_row_is_found_by_each_of_its_hosts() -> None:
    hosts = [(row, host) for row in PROVIDERS for host in row.hosts if host != "*"]
    assert [host for row, host in hosts if find_rows(host) != (row,)] == []
    assert [host for row, host in hosts if find_rows(f"a.{host}") != (row,)] == []


def test_a_canonical_url_is_recognised_as_the_same_embed() -> None:
    wrong = []
    for row, pattern, address, native_id in EXAMPLES:
        target = classify_url(address)
        if pattern.is_id_hashed or not (target and target.id and target.url):
            continue
        if row in ANY_HOST_ROWS or find_rows(get_host(target.url)) != (row,):
            continue  # the post's page is at another URL than its embed
        again = classify_framed_url(target.url)
        if again is None or (again.provider, again.id) != (row.name, native_id):
            wrong.append((address, target.url, again))
    assert wrong == []


@pytest.mark.parametrize(
    "sample", SAMPLES, ids=[f"{s.row.name}, {s.form} {n}" for n, s in enumerate(SAMPLES)]
)
def test_every_form_of_every_row(sample: Sample) -> None:
    root = lxml.html.fromstring(page(sample.code))
    nodes, _ = parse_jsonld(root)
    extracted = extract_embeds(root, "https://nahar.example.in/shahar/pani-1", NOW, nodes)
    found = [(embed.provider, embed.kind, embed.id) for embed in extracted.embeds]
    assert found == [(sample.row.name, sample.kind, sample.id)]
    place = "unplaced" if sample.form in ("script data", "JSON-LD") else "body"
    assert extracted.embeds[0].place == place
    texts = [p.text for p in root.iter("p")]
    expected = [BEFORE, BEHIND, *filter(None, extracted.tokens), f"फिर, {BEFORE}", f"और {BEHIND}"]
    assert texts == expected


def test_the_reference_is_generated_from_the_table() -> None:
    assert (ROOT / "docs" / "embeds.md").read_text(encoding="utf-8") == render_reference(), (
        "make embeds-doc"
    )


# What the frame shows → provider and kind; None: no embed. All are 640 × 400.
FRAMES: dict[str, tuple[str, str] | None] = {
    "https://www.facebook.com/nahar.samiti": ("facebook", "link"),
    "https://www.facebook.com/plugins/comments.php?href=x": ("facebook", "link"),
    "https://www.facebook.com/plugins/like.php?href=x": None,
    "https://www.facebook.com/v17.0/plugins/page.php?href=x": None,
    "https://www.youtube.com/playables/nahar": ("youtube", "link"),
    "https://www.youtube.com/subscribe_embed?channel=x": None,
    "https://www.youtube.com/": None,
    "https://platform.twitter.com/widgets/follow_button.html?x=1": None,
    "https://twitter.com/i/topics/12": ("x", "link"),
    "https://geo.dailymotion.com/player/xnahr.html?channel=news": ("dailymotion", "link"),
    "https://rumble.com/c/nahar": ("rumble", "link"),
    "https://open.spotify.com/embed/user/nahar": ("spotify", "link"),
    "https://www.google.com/recaptcha/api2/aframe": ("unknown", "unknown"),
    "https://polls.samiti.example/nahar": ("unknown", "poll"),
    "https://matdan.example/embed/polls/nahar12": ("unknown", "poll"),
    "https://samiti.example/video/embed-player/?id=12": ("unknown", "video"),
    "https://samiti.example/podcast/embed/12": ("unknown", "audio"),
    "https://samiti.example/video/12.html": ("unknown", "unknown"),
    "https://samiti.example/embeds/tweet?id=1990000000000000001": ("x", "post"),
    "https://samiti.example/embed/twitter/1990000000000000001": ("x", "post"),
    "https://samiti.example/tweet?id=1990000000000000001": ("unknown", "unknown"),
    "https://samiti.example/embed/tweet?id=199": ("unknown", "unknown"),
    "https://samiti.example/player/youtube.html?v=Pa9niNal0aA": ("youtube", "video"),
    "https://samiti.example/embed/youtube-guide": ("unknown", "unknown"),
    "https://samiti.example/embed/dailymotion?video=x9nahar": ("dailymotion", "video"),
    "https://samiti.example/players/ranking": ("unknown", "unknown"),
    "https://www.ndtv.com/india-news/nahar-12": ("unknown", "unknown"),
    "https://inv.samiti.example/embed/nahar": ("unknown", "unknown"),
    "https://samiti.example/embed/Pa9niNal0aA": ("unknown", "unknown"),
    "https://ads.samiti.example/banner/12": None,
}


@pytest.mark.parametrize("address", FRAMES)
def test_a_frame_of_an_unknown_form_leaves_a_trace(address: str) -> None:
    article = story(f"<iframe src='{address}' width='640' height='400'></iframe>")
    expected = FRAMES[address]
    assert [(embed.provider, embed.kind) for embed in article.embeds] == (
        [expected] if expected else []
    )
    counted = (
        "unknown_embed_hosts" if expected and expected[0] == "unknown" else "unknown_embed_paths"
    )
    count = (
        {get_host(address): 1}
        if expected and expected[1] == "link" or expected and expected[0] == "unknown"
        else {}
    )
    assert article.signals[counted] == count
    assert (
        article.signals[
            "unknown_embed_hosts" if counted == "unknown_embed_paths" else "unknown_embed_paths"
        ]
        == {}
    )


def test_an_unknown_player_does_not_stand_for_the_video_of_the_json_ld() -> None:
    player = (
        "<iframe src='https://samiti.example/video/player/12' width='640' height='400'></iframe>"
    )
    video = '{"@type": "VideoObject", "contentUrl": "https://samiti.example/v/nahar.mp4"}'
    article = story(f"{player}<script type='application/ld+json'>{video}</script>")
    assert [(embed.provider, embed.kind) for embed in article.embeds] == [
        ("unknown", "video"),
        ("file", "video"),
    ]


# Embed codes of pages that are no posts → provider and kind; None: words of the article.
CODES: dict[str, tuple[str, str] | None] = {
    "<blockquote class='twitter-tweet'><a href='https://x.com/i/lists/1990000000000000001'>सूची</a></blockquote>": (
        "x",
        "timeline",
    ),
    "<blockquote class='twitter-tweet'><a href='https://x.com/i/spaces/1OwGWNYrkLxKQ'></a></blockquote>": (
        "x",
        "audio",
    ),
    "<blockquote class='instagram-media' data-instgrm-permalink='https://www.instagram.com/nahar.samiti/'><a href='https://www.instagram.com/nahar.samiti/'>देखें</a></blockquote>": (
        "instagram",
        "profile",
    ),
    "<div class='fb-post' data-href='https://www.facebook.com/nahar.samiti/about'></div>": (
        "facebook",
        "post",
    ),
    "<div class='fb-video' data-href='https://www.facebook.com/nahar.samiti/live'></div>": (
        "facebook",
        "video",
    ),
    "<amp-iframe width='640' height='400' src='https://www.facebook.com/nahar.samiti'></amp-iframe>": (
        "facebook",
        "link",
    ),
    "<amp-iframe width='640' height='400' src='https://samiti.example/nahar'></amp-iframe>": None,
    "<object data='https://www.facebook.com/nahar.samiti'></object>": ("facebook", "link"),
    "<iframe src='https://www.facebook.com/nahar.samiti' width='1' height='1'></iframe>": None,
    "<a class='twitter-timeline' href='https://twitter.com/nahar_samiti'>नहर</a>": None,
    "<div data-youtube='true'></div>": None,
    "<div data-provider='youtube' data-video-id='Pa9niNal0aA'></div>": ("youtube", "video"),
    "<div class='plyr' data-plyr-provider='Vimeo' data-plyr-embed-id='100200300'></div>": (
        "vimeo",
        "video",
    ),
    "<iframe data-loader='youtube' data-src='Pa9niNal0aA'></iframe>": ("youtube", "video"),
    "<div data-embed-type='tweet' data-embed-id='1990000000000000001'></div>": ("x", "post"),
    "<section data-video-provider='dailymotion' data-video-id='x9nahar'></section>": (
        "dailymotion",
        "video",
    ),
    "<div data-provider='youtube' data-video-id='12'></div>": None,
    "<div data-provider='nahar' data-video-id='Pa9niNal0aA'></div>": None,
    "<div data-platform='youtube'></div>": None,
    "<div class='sharethis-inline-share-buttons'>बांटें</div>": None,
    "<p>समिति का <a href='https://x.com/nahar_samiti'>खाता</a> और <a href='https://www.youtube.com/@naharsamiti/live'>सीधा प्रसारण</a> किसानों के लिए खुला रहेगा।</p>": None,
}


def test_the_names_of_widgets_are_whole() -> None:
    assert [name for name in WIDGET_CLASSES if name.endswith("-") or len(name) < 6] == []
    assert "बांटें" not in story("<div class='sharethis-inline-share-buttons'>बांटें</div>").text


@pytest.mark.parametrize("code", CODES)
def test_pages_of_providers_are_embeds_in_embed_codes_only(code: str) -> None:
    expected = CODES[code]
    found = [(embed.provider, embed.kind) for embed in story(code).embeds]
    assert found == ([expected] if expected else [])


@given(
    st.text(max_size=200),
    st.sampled_from([host for row in PROVIDERS for host in row.hosts if host != "*"]),
)
def test_a_frame_of_a_known_host_is_its_own_or_nothing(path: str, host: str) -> None:
    target = classify_framed_url(f"https://{host}/{path.replace('#', '').replace('?', '')}")
    names = {row.name for row in find_rows(host)}
    assert target is None or target.provider in {*names, "unknown", "file", "pdf"}


@pytest.mark.parametrize(
    ("query", "found"),
    [("v=a1B2c3D4e5F", "a1B2c3D4e5F"), ("theme=transparent", None), ("d=20261128123", None)],
)
def test_a_word_or_a_number_beside_a_providers_name_is_no_id(query: str, found: str | None) -> None:
    target = classify_url(
        f"https://khabar.example.in/embeds/youtube?{query}", "https://khabar.example.in/a-1"
    )
    assert (target.id if target else None) == found
