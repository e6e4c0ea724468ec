"""`reading.bylines`: the words a source's own bylines open with."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from khabar.extraction import EXTRACTOR_VERSION, extract_article, extractor_version
from khabar.extraction.bylines import parse_hinted_byline
from khabar.hindi.names import ParsedByline
from khabar.model.items import Page
from khabar.model.sources import ArticleUrls, ExtractionHints, FormerLayout, Source

WORDS = ("खास क़लम", "Local18", "Edited By", "जागरण संवाददाता", "न्यूज डेस्क, अमर उजाला")
STORY = (
    "नदी के घाट पर आज सुबह से सफ़ाई का काम चल रहा है और शहर के लोग बड़ी संख्या में हाथ बँटाने पहुँचे हैं।",
    "नगर निगम के अधिकारियों ने कहा कि यह काम अगले सप्ताह तक चलेगा और फिर पूरे घाट पर पेड़ लगाए जाएँगे।",
    "बुज़ुर्गों का कहना है कि बरसों बाद घाट इतना साफ़ दिखा है, और बच्चे अब फिर यहाँ खेलने आने लगे हैं।",
)


def build_source(**hints) -> Source:
    return Source(
        key="kagaz",
        name="काग़ज़",
        name_en="Kagaz",
        homepage="https://www.kagaz.example/",
        hosts=("www.kagaz.example",),
        status="on",
        article=ArticleUrls(pattern="."),
        reading=ExtractionHints(**hints),
    )


def read(*lines: str, head: str = "", **hints):
    paragraphs = "".join(f"<p>{line}</p>" for line in (*lines, *STORY))
    html = (
        f"<html lang=hi><head><title>घाट की सफ़ाई में जुटा शहर</title>{head}</head><body>"
        f"<article><h1>घाट की सफ़ाई में जुटा शहर</h1>{paragraphs}</article></body></html>"
    )
    page = Page("https://www.kagaz.example/a-1", html.encode(), datetime(2026, 11, 24, tzinfo=UTC))
    return extract_article(page, build_source(**hints))


def texts(article) -> tuple[str, ...]:
    return tuple(block.text for block in article.blocks)


def test_without_its_word_the_line_is_a_paragraph():
    article = read("खास क़लम, कानपुर")
    assert (article.desk, texts(article)) == (None, ("खास क़लम, कानपुर", *STORY))


def test_a_byline_of_its_own_is_split_off():
    article = read("खास क़लम, कानपुर", bylines=WORDS)
    assert (article.desk, article.place, article.authors) == ("खास क़लम", "कानपुर", ())
    assert texts(article) == STORY
    assert article.provenance["desk"] == "visible" and article.provenance["place"] == "byline"


def test_a_desk_that_stands_among_the_authors_is_a_desk():
    author = '<meta name="author" content="खास क़लम">'
    assert read(head=author).authors == ("खास क़लम",)
    article = read(head=author, bylines=WORDS)
    assert (article.desk, article.authors) == ("खास क़लम", ())
    assert article.provenance["desk"] == "meta" and "authors" not in article.provenance


def test_authors_of_the_page_stay_and_the_byline_adds_its_desk():
    author = '<meta name="author" content="निशा रावत">'
    article = read("खास क़लम: राम शर्मा, कानपुर", head=author, bylines=WORDS)
    assert (article.authors, article.desk, article.place) == (("निशा रावत",), "खास क़लम", "कानपुर")
    assert (article.provenance["authors"], article.provenance["desk"]) == ("meta", "visible")
    assert texts(article) == STORY


def test_a_story_that_opens_with_the_word_stays_whole():
    line = "खास क़लम, कानपुर। घाट पर आज फिर भीड़ रही"
    assert texts(read(line, bylines=WORDS)) == (line, *STORY)


def test_a_line_below_the_story_stays():
    line = "खास क़लम, कानपुर"
    page = read(*STORY[:1], line, bylines=WORDS)
    assert line in texts(page)


@pytest.mark.parametrize(
    ("line", "authors", "desk", "place"),
    [
        ("खास क़लम", (), "खास क़लम", None),
        ("खास क़लम, छोटागाँव", (), "खास क़लम", "छोटागाँव"),
        ("खास क़लम कानपुर", (), "खास क़लम", "कानपुर"),
        ("खास क़लम, नई दिल्ली।", (), "खास क़लम", "नई दिल्ली"),
        ("खास क़लम: राम शर्मा, कानपुर", ("राम शर्मा",), "खास क़लम", "कानपुर"),
        ("LOCAL18 | कानपुर | 3 नवंबर 2024", (), "LOCAL18", "कानपुर"),
        ("न्यूज डेस्क, अमर उजाला नई दिल्ली", (), "न्यूज डेस्क, अमर उजाला", "नई दिल्ली"),
        ("Edited By राम शर्मा", (), None, None),
    ],
)
def test_a_byline_and_its_parts(line, authors, desk, place):
    assert parse_hinted_byline(line, WORDS) == ParsedByline(authors, desk, None, place)


@pytest.mark.parametrize(
    "line",
    [
        "राम शर्मा, कानपुर",
        "खास क़लमकार, कानपुर",
        "खास क़लम की यात्रा",
        "Local18 बारिश होगी",
        "जागरण संवाददाता, कानपुर : शहर में बारिश",
        "जागरण संवाददाता, मुख्यमंत्री ने कहा",
        "खास क़लम, " + "कानपुर, " * 20,
    ],
)
def test_what_is_no_byline(line):
    assert parse_hinted_byline(line, WORDS) is None


def test_no_word_matches_nothing():
    assert parse_hinted_byline("", ()) is None


# --- the version that says by which hints a page was read ---


def test_every_hint_that_is_read_changes_the_version():
    versions = {
        extractor_version(build_source(**hints))
        for hints in (
            {"containers": ("article",)},
            {"drop": ("article",)},
            {"bylines": ("article",)},
            {"containers": ("article",), "drop": ("article",)},
        )
    }
    assert len(versions) == 4
    assert extractor_version(build_source()) == extractor_version(None) == EXTRACTOR_VERSION


def test_a_hint_that_is_not_set_is_not_hashed():
    """So that a key of a later release makes no page stale whose source does not use it."""
    assert extractor_version(build_source(containers=("article",))) == f"{EXTRACTOR_VERSION}+523b43"
    for hints in (ExtractionHints, FormerLayout):
        assert hints.__struct_config__.omit_defaults
    assert msgspec.json.encode(ExtractionHints()) == b"{}"
