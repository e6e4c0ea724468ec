"""One source's file: what is said of it when it is wrong, and what it answers when it is right."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from khabar.model import urls
from khabar.model.items import Outcome
from khabar.model.sources import (
    BUILT_IN,
    ArticleUrls,
    ExtractionHints,
    Source,
    SourceError,
    read_registry,
    read_source,
)

GOOD = """
key = "prabhat"
name = "प्रभात"
name_en = "Prabhat"
homepage = "https://www.prabhat.example/"
hosts = ["www.prabhat.example", "m.prabhat.example"]
status = "on"
{top}
feeds = [{{ url = "https://www.prabhat.example/rss"{feed} }}]
[article]
pattern = '-\\d+$'
{article}
[canonical]
{canonical}
[reading]
{reading}
[[layout]]
until = 2024-03-31
{layout}
"""
PARTS = ("top", "feed", "article", "canonical", "reading", "layout")


def write(folder: Path, *, name: str = "prabhat", text: str = GOOD, **parts: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text.format(**dict.fromkeys(PARTS, "") | parts), encoding="utf-8")
    return path


def complaint(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_source(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_pattern_of_all_these_is_right(tmp_path):
    assert read_source(write(tmp_path)).key == "prabhat"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("key = \n", "line 1"),
        ("\n\nhosts = ['a'\nkey = 'b'\n", "line 4"),
        ("key = 'a'\nkey = 'b'\n", "line 2"),
    ],
)
def test_syntax_is_named_with_its_line(tmp_path, text, where):
    (tmp_path / "broken.toml").write_text(text)
    assert where in complaint(tmp_path / "broken.toml")


def test_not_utf8_and_not_there_are_named(tmp_path):
    (tmp_path / "latin.toml").write_bytes('name = "caf\xe9"'.encode("latin-1"))
    assert "utf-8" in complaint(tmp_path / "latin.toml")
    assert "No such file" in complaint(tmp_path / "absent.toml")


@pytest.mark.parametrize("part", PARTS)
def test_a_misspelt_key_is_named_at_every_level(tmp_path, part):
    told = complaint(
        write(tmp_path, **{part: ", sectoin = 'x'" if part == "feed" else "sectoin = 'x'"})
    )
    assert "sectoin" in told
    assert part == "top" or part in told  # the table it stands in


@pytest.mark.parametrize("key", ["key", "name", "name_en", "homepage", "hosts", "status"])
def test_a_missing_key_is_named(tmp_path, key):
    text = re.sub(rf"^{key} = .*$", "", GOOD, flags=re.M)
    assert key in complaint(write(tmp_path, text=text))


WRONG = [
    # (part, what it says, words of the complaint)
    ("top", 'delay = "slow"', ("delay", "float")),
    ("top", "delay = 0.5", ("delay", "0.5")),
    ("top", "delay = nan", ("delay", "nan")),
    ("top", "delay = inf", ("delay", "inf")),
    ("top", "languages = []", ("languages",)),
    ("top", 'permission = "verbal"', ("permission", "verbal")),
    ("top", 'checked = "yesterday"', ("checked",)),
    ("feed", ", checked = 2026-13-01", ("line",)),
    ("article", "deny = ['(']", ("article.deny", "'('")),
    ("canonical", "amp = ['(', '']", ("canonical.amp",)),
    ("canonical", r"amp = ['/amp/', '\1/']", ("canonical.amp", "invalid group")),
    ("canonical", "amp = ['/amp/']", ("canonical.amp",)),
    (
        "canonical",
        "hosts = { 'm.prabhat.example' = 'prabhat.example' }",
        ("canonical.hosts", "prabhat.example"),
    ),
    ("canonical", r"twins = [['/a/', '\2/']]", ("canonical.twins", "invalid group")),
    ("canonical", "twins = ['/a/']", ("canonical.twins",)),
    ("article", "date = '('", ("article.date", "'('")),
    ("article", r"date = '(\d{4})-(\d{2})-(\d{2})'", ("article.date", "must name (?P<year>)")),
    ("article", r"date = '(?P<year>\d{4})/(?P<month>\d{2})'", ("article.date", "(?P<day>)")),
    (
        "article",
        r"date = '(?P<epoch_ms>\d{13})(?P<year>\d{4})'",
        ("article.date", "(?P<epoch_ms>)"),
    ),
    ("reading", "containers = ['div[']", ("reading", "div[")),
    ("reading", "bylines = ['']", ("reading.bylines", "empty")),
    ("layout", "bylines = ['संवाद', ' ']", ("layout.bylines", "empty")),
    ("reading", "drop = ['a:nope']", ("reading", "nope")),
    ("reading", "drop = ['svg|a']", ("reading", "svg")),
    ("layout", "containers = ['']", ("layout",)),
    ("layout", "until = 2025-01-01", ("line",)),
]


@pytest.mark.parametrize(
    ("part", "said", "words"), WRONG, ids=lambda value: value if isinstance(value, str) else ""
)
def test_wrong_content_is_named(tmp_path, part, said, words):
    told = complaint(write(tmp_path, **{part: said}))
    assert all(word in told for word in words), told


CHANGED = [
    # (a line of the good file, what it became, words of the complaint)
    ('key = "prabhat"', 'key = "Prabhat"', ("key", "Prabhat")),
    ('key = "prabhat"', 'key = "other"', ("key", "file's name")),
    ('status = "on"', 'status = "draft"', ("reason", "draft")),
    ('status = "on"', 'status = "paused"', ("status", "paused")),
    (r"pattern = '-\d+$'", "pattern = '['", ("article.pattern", "'['")),
    (
        '"https://www.prabhat.example/"',
        '"https://prabhat.example/"',
        ("homepage", "prabhat.example"),
    ),
    ("https://www.prabhat.example/rss", "https://feeds.example/rss", ("feeds", "feeds.example")),
    ("https://www.prabhat.example/rss", "/rss", ("feeds", "scheme missing")),
    ("https://www.prabhat.example/rss", "file:///etc/passwd", ("feeds", "scheme file")),
    (
        '["www.prabhat.example", ',
        '["https://www.prabhat.example/", ',
        ("hosts", "https://www.prabhat.example/"),
    ),
    ('["www.prabhat.example", ', '["WWW.prabhat.example", ', ("hosts", "WWW")),
    ('["www.prabhat.example", ', '["www.prabhat.example:443", ', ("hosts", ":443")),
    ('["www.prabhat.example", ', '["प्रभात.भारत", ', ("hosts", "प्रभात")),
    ('["www.prabhat.example", "m.prabhat.example"]', "[]", ("hosts", "empty")),
    ('["www.prabhat.example", "m.prabhat.example"]', "['']", ("hosts", "bare host name")),
]


@pytest.mark.parametrize(
    ("line", "became", "words"), CHANGED, ids=[became for _, became, _ in CHANGED]
)
def test_a_changed_line_is_named(tmp_path, line, became, words):
    assert line in GOOD
    told = complaint(write(tmp_path, text=GOOD.replace(line, became)))
    assert all(word in told for word in words), told


def test_only_the_newsroom_is_asked_without_delay(tmp_path):
    text = GOOD.replace("prabhat.example", "prabhat.newsroom.test").replace("https:", "http:")
    assert read_source(write(tmp_path, text=text, top="delay = 0.0")).is_newsroom
    assert "delay" in complaint(write(tmp_path, text=text, top="delay = -1.0"))
    mixed = text.replace('"m.prabhat.newsroom.test"', '"www.prabhat.example"')
    assert "delay" in complaint(write(tmp_path, text=mixed, top="delay = 0.0"))


TEMPLATES = [
    # (the last part of an archive sitemap's address, words of the complaint)
    ("{yaer}.xml", ("archive_sitemaps", "{yaer}", "{year}")),
    ("{year}-{month:03}.xml", ("{month:03}",)),
    ("{year:02}.xml", ("{year:02}",)),
    ("{year.real}.xml", ("{year.real}",)),
    ("{}.xml", ("{}",)),
    ("{day:02}.xml", ("{day}", "{year} and {month}")),
    ("{year}-{day:02}.xml", ("{day}", "{month}")),
    ("{year.xml", ("archive_sitemaps", "expected '}'")),
]


@pytest.mark.parametrize(("name", "words"), TEMPLATES, ids=[name for name, _ in TEMPLATES])
def test_a_template_that_is_none_is_named(tmp_path, name, words):
    listed = f'[[archive_sitemaps]]\nurl = "https://www.prabhat.example/{name}"\n[article]'
    told = complaint(
        write(
            tmp_path, text=GOOD.replace("[article]", listed.replace("{", "{{").replace("}", "}}"))
        )
    )
    assert all(word in told for word in words), told


# --- keys that nothing reads any more ---

RETIRED = {
    "top": 'region = "north India"',
    "reading": "confidence = 'high'\nguesses = ['div[']\ndrop = ['nav']",
    "layout": "guesses = ['div.old']\n[expect]\narticles_a_day = 300",
}


def test_retired_keys_are_read_over_and_named(tmp_path):
    path = write(tmp_path, **RETIRED)
    with pytest.warns(FutureWarning) as caught:
        source = read_source(path)
    (warning,) = (str(one.message) for one in caught)
    assert warning == (
        "prabhat.toml: region, expect.articles_a_day, reading.confidence, reading.guesses, "
        "layout.guesses: no longer used, please delete"
    )
    assert source.reading == ExtractionHints(drop=("nav",))
    registry = read_registry([tmp_path])
    assert (registry.faults, registry.warnings) == ((), (warning,))


def test_a_misspelt_key_beside_a_retired_one_is_named(tmp_path):
    path = write(tmp_path)
    path.write_text(path.read_text() + "[expect]\narticles_a_day = 3\narticels = 3\n")
    assert "expect" in complaint(path)


def test_no_file_of_ours_has_a_retired_key():
    assert read_registry([BUILT_IN, BUILT_IN.parents[1] / "newsroom" / "sources"]).warnings == ()


# --- what a source answers ---


def test_judge_in_its_order(tmp_path):
    source = read_source(write(tmp_path, article="deny = ['/video/']"))
    for url, kind, outcome in (
        ("https://www.prabhat.example/khabar-1", "page", None),
        ("https://www.prabhat.example/khabar-1?utm_source=x#y", "page", None),
        ("https://www.prabhat.example/khabar", "page", Outcome.DENIED),
        ("https://www.prabhat.example/video/khabar-1", "page", Outcome.DENIED),
        ("https://www.prabhat.example/rss", "feed", None),
        ("https://prabhat.example.evil.example/khabar-1", "page", Outcome.OFF_SITE),
        ("https://www.prabhat.example@evil.example/khabar-1", "page", Outcome.BAD_URL),
        ("https://evil.example/rss", "feed", Outcome.OFF_SITE),
        ("file:///khabar-1", "page", Outcome.BAD_URL),
        ("https://www.prabhat.example:8080/khabar-1", "page", None),
        ("https://ख..भारत/khabar-1", "page", Outcome.BAD_URL),
    ):
        judged = source.check_url(url, kind)
        assert (judged and judged[0]) == outcome, url


def test_canonical_address_of_a_source(tmp_path):
    canonical = r"""strip = ["src", "pos*"]
hosts = { "m.prabhat.example" = "www.prabhat.example" }
amp = ['^(https?://[^/]+)/amp/', '\1/']"""
    source = read_source(write(tmp_path, canonical=canonical))
    for url in (
        "https://www.prabhat.example/khabar-1?id=2",
        "https://m.prabhat.example/khabar-1?id=2",
        "https://WWW.prabhat.example:443/khabar-1?src=a&id=2&position=3",
        "https://m.prabhat.example/amp/khabar-1?utm_source=x&id=2#top",
    ):
        assert source.canonicalize_url(url) == "https://www.prabhat.example/khabar-1?id=2"
    assert (
        source.canonicalize_url("https://m.prabhat.example:8080/a-1")
        == "https://m.prabhat.example:8080/a-1"
    )


def test_the_layout_of_its_day(tmp_path):
    later = "containers = ['.old']\n[[layout]]\nuntil = 2025-06-30\ncontainers = ['.newer']\n"
    source = read_source(write(tmp_path, layout=later, reading="containers = ['.today']"))
    for day, selector in (
        (None, ".today"),
        (date(2026, 1, 1), ".today"),
        (date(2025, 7, 1), ".today"),
        (date(2025, 6, 30), ".newer"),
        (date(2024, 4, 1), ".newer"),
        (date(2024, 3, 31), ".old"),
        (date(2001, 1, 1), ".old"),
    ):
        assert source.extraction_hints(day).containers == (selector,), day


def test_documents_in_their_order(tmp_path):
    text = GOOD.replace("[article]", """[[listings]]
url = "https://www.prabhat.example/desh"
[[news_sitemaps]]
url = "https://www.prabhat.example/news.xml"
[[archive_sitemaps]]
url = "https://www.prabhat.example/2019.xml"
[article]""")  # fmt: skip
    source = read_source(write(tmp_path, text=text))
    told = [
        (kind, how, urls.normalize_url(one.url).rpartition("/")[2])
        for kind, how, one in source.iter_documents()
    ]
    assert told == [
        ("sitemap", "news-sitemap", "news.xml"),
        ("feed", "feed", "rss"),
        ("listing", "listing", "desh"),
    ]


# --- the registry ---


def test_a_broken_file_is_a_fault_and_the_others_go_on(tmp_path):
    write(tmp_path)
    (tmp_path / "broken.toml").write_text("key = \n")
    again = tmp_path / "again"
    again.mkdir()
    write(again)
    registry = read_registry([tmp_path, again])
    assert list(registry.sources) == ["prabhat"]
    assert [re.split(r"[:(]", fault)[0] for fault in registry.faults] == [
        "broken.toml",
        "prabhat.toml",
    ]


@pytest.mark.parametrize(
    ("key", "hint"),
    [("jagrn", "jagran"), ("amarujaala", "amarujala"), ("xyz", "khabar sources list")],
)
def test_an_unknown_key_gets_a_hint(key, hint):
    with pytest.raises(SourceError, match=hint):
        read_registry().get(key)


@pytest.mark.parametrize(
    ("homepage", "url", "stands_for"),
    [
        ("https://www.kagaz.in/", "http://www.kagaz.in/news/1", "https://www.kagaz.in/news/1"),
        ("https://www.kagaz.in/", "https://www.kagaz.in/news/1", "https://www.kagaz.in/news/1"),
        ("http://www.kagaz.in/", "http://www.kagaz.in/news/1", "http://www.kagaz.in/news/1"),
        ("https://www.kagaz.in/", "http://elsewhere.in/news/1", "http://elsewhere.in/news/1"),
    ],
)
def test_a_source_that_lives_on_https_has_no_http_twins(homepage, url, stands_for):
    told = {
        "key": "k",
        "name": "क",
        "name_en": "K",
        "status": "on",
        "article": ArticleUrls(pattern="/news/"),
    }
    assert (
        Source(**told, homepage=homepage, hosts=("www.kagaz.in",)).canonicalize_url(url)
        == stands_for
    )
