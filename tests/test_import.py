"""Collections of others: our own exports, dumps of news-please and fundus, any fields by --map, flattened tweets."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from datetime import UTC, datetime

import pytest
from conftest import ROOT, Khabar, settle_in
from msgspec.structs import replace

from khabar.archive import open_archive
from khabar.archive.store import articles
from khabar.model.items import Block
from khabar.model.sources import Registry, read_registry
from khabar.parsing.codecs import zstd
from khabar.parsing.file_kinds import detect_file_kind
from khabar.processing.import_lines import LineReader
from khabar.processing.jsonl_import import (
    ArticleRef,
    ImportRecord,
    LineError,
    build_article,
    parse_first_seen,
    parse_line,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
URL = "https://www.kagaz.example.in/news/1"
TEXT = "पहला अनुच्छेद यहाँ है।\n\nदूसरा अनुच्छेद यहाँ है।"


def line(**told):
    return json.dumps(
        {"url": URL, "title": "शीर्षक", "text": TEXT, **told}, ensure_ascii=False
    ).encode()


def read(**told):
    found = parse_line(line(**told))
    assert isinstance(found, ImportRecord)
    return build_article(found, NOW)


def words(article):
    return [block.text for block in article.blocks if block.text]


NEWS_PLEASE = {
    "authors": ["निशा रावत"], "date_download": "2026-11-21 04:00:00", "date_modify": "None", "date_publish": "2026-11-20 08:30:00",
    "description": "उपशीर्षक", "filename": "x.html", "image_url": "https://www.kagaz.example.in/1.jpg", "language": "hi",
    "localpath": None, "maintext": "पहला अनुच्छेद यहाँ है।\nदूसरा अनुच्छेद यहाँ है।", "source_domain": "kagaz.example.in", "text": None,
    "title": "शीर्षक", "title_page": None, "title_rss": None, "url": URL,
}  # fmt: skip
FUNDUS = {
    "title": "शीर्षक", "authors": ["निशा रावत"], "publishing_date": "2026-11-20 14:00:00+05:30", "topics": ["मेला"], "free_access": True,
    "body": {"summary": ["उपशीर्षक"], "sections": [
        {"headline": [], "paragraphs": ["पहला अनुच्छेद यहाँ है।"]}, {"headline": ["बीच में"], "paragraphs": ["दूसरा अनुच्छेद यहाँ है।"]}]},
    "images": [{"versions": [{"url": "https://i/1-s.jpg", "size": {"width": 100, "height": 50}},
                             {"url": "https://i/1-l.jpg", "size": {"width": 900, "height": 450}}],
                "caption": "पंडाल", "authors": ["राम"], "description": None, "is_cover": True}],
    "html": {"requested_url": URL, "responded_url": URL, "crawl_date": "2026-11-21 09:30:00+05:30"},
}  # fmt: skip


def test_a_dump_of_news_please():
    line = parse_line(json.dumps(NEWS_PLEASE).encode())
    article = build_article(line, NOW)
    assert (article.title, article.subtitle, article.authors) == (
        "शीर्षक",
        "उपशीर्षक",
        ("निशा रावत",),
    )
    assert article.published_at == "2026-11-20T08:30:00Z" and article.modified_at is None
    assert words(article) == ["पहला अनुच्छेद यहाँ है।", "दूसरा अनुच्छेद यहाँ है।"]
    assert article.lead_image.url.endswith("/1.jpg") and article.language == "hi"
    assert parse_first_seen(line, NOW) == datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def test_a_dump_of_fundus():
    line = parse_line(json.dumps(FUNDUS).encode())
    article = build_article(line, NOW)
    assert (article.url, article.title, article.subtitle, article.tags) == (
        URL,
        "शीर्षक",
        "उपशीर्षक",
        ("मेला",),
    )
    assert article.published_at == "2026-11-20T14:00:00+05:30"
    assert article.blocks == (
        Block("paragraph", "पहला अनुच्छेद यहाँ है।"), Block("heading", "बीच में", 2), Block("paragraph", "दूसरा अनुच्छेद यहाँ है।")
    )  # fmt: skip
    (image,) = article.images
    assert (image.url, image.caption, image.credit) == ("https://i/1-l.jpg", "पंडाल", "राम")


def test_fundus_without_a_body_or_an_address():
    plain = {"title": "शीर्षक", "publishing_date": None, "plaintext": TEXT, "url": URL}
    assert words(build_article(parse_line(json.dumps(plain).encode()), NOW)) == TEXT.split("\n\n")
    with pytest.raises(LineError, match="url"):
        parse_line(json.dumps({**FUNDUS, "html": None}).encode())


def test_any_field_under_another_name():
    told = {"link": URL, "headline": "शीर्षक", "full_text": TEXT, "date": "20 नवंबर 2026, 10:15 AM"}
    found = parse_line(
        json.dumps(told).encode(),
        {"url": "link", "title": "headline", "text": "full_text", "published_at": "date"},
    )
    assert build_article(found, NOW).published_at == "2026-11-20T10:15:00+05:30"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (b"{", "truncated"),
        (b"[]", "Expected `object`"),
        (json.dumps({"title": "x", "text": "y"}).encode(), "url"),
        (line(url="ftp://a.in/1"), "scheme"),
        (line(text=""), "empty"),
        (line(text=3), "text"),
        (line(page_type="listing"), "listing"),
        (line(rights={"noai": "yes"}), "noai"),
        (line(blocks=[{"type": "shout", "text": "x"}]), "blocks"),
        (line(embeds=[{"provider": "x"}]), "kind"),
        (b"\xff\xfe", "."),
    ],
)
def test_what_cannot_be_a_line_is_said(told, why):
    with pytest.raises(LineError, match=why):
        parse_line(told)


def test_a_time_that_cannot_be_is_said():
    with pytest.raises(LineError, match="published_at"):
        read(published_at="कल शाम")


def test_marks_over_the_text_are_blocks_again():
    marks = [
        {"type": "heading", "start": 0, "end": 22, "level": 2},
        {"type": "paragraph", "start": 24, "end": 48},
    ]
    article = read(blocks=marks)
    assert [(block.type, block.level) for block in article.blocks] == [
        ("heading", 2),
        ("paragraph", None),
    ]
    assert article.text == TEXT


@pytest.mark.parametrize("blocks", [[{"type": "paragraph", "text": "anderes"}], [{"type": "paragraph", "start": 5, "end": 9}],
                                    [{"type": "paragraph", "text": TEXT}, {"type": "embed", "embed": 4}]])  # fmt: skip
def test_blocks_that_do_not_tell_the_text_are_left(blocks):
    assert words(read(blocks=blocks)) == TEXT.split("\n\n")


def test_rights_come_along_and_unknown_ones_do_not():
    assert read(rights={"noai": True, "mood": "good"}).rights == {"noai": True}


def test_a_line_without_words_is_a_pointer():
    assert parse_line(
        json.dumps({"id": 7, "url": URL, "source": "kagaz", "language": "hi"}).encode()
    ) == ArticleRef(id=7, url=URL, source="kagaz")
    assert isinstance(
        parse_line(json.dumps({"id": 7, "url": URL, "title": "x", "text": None}).encode()),
        ArticleRef,
    )


def test_the_future_is_now():
    found = parse_line(line(first_seen="2026-11-24T09:00:00Z"))
    assert parse_first_seen(found, NOW) == NOW and parse_first_seen(parse_line(line()), NOW) == NOW


# --- flattened tweets ---

ABOVE = "पहला अनुच्छेद यहाँ है और इसमें बहुत कुछ लिखा है।"
BELOW = "आख़िरी अनुच्छेद यहाँ है और इसमें भी बहुत कुछ लिखा है।"
FLAT = {
    "torn": f"{ABOVE}\n\nबरसों बाद यह आँगन भरा\n— Rang Mandli (@rangmandli) November 7, 2025\nपुराने साथी आए!\nयही दौलत है। pic.twitter.com/Kh4bRtEsT1\n{BELOW}",
    "whole": f"{ABOVE}\nबरसों बाद यह आँगन भरा\nपुराने साथी आए!\nयही दौलत है। pic.twitter.com/Kh4bRtEsT1 — Rang Mandli (@rangmandli) November 7, 2025\n{BELOW}",
}  # fmt: skip


def test_a_tweet_torn_apart_is_an_embed_at_its_place():
    article = read(text=FLAT["torn"])
    (tweet,) = article.embeds
    assert (tweet.author_handle, tweet.published_at, tweet.media) == (
        "rangmandli",
        "2025-11-07",
        ("https://t.co/Kh4bRtEsT1",),
    )
    assert tweet.text.split("\n") == ["बरसों बाद यह आँगन भरा", "पुराने साथी आए!", "यही दौलत है।"]
    assert article.blocks == (
        Block("paragraph", ABOVE),
        Block("embed", embed=0),
        Block("paragraph", BELOW),
    )


def test_a_tweet_on_one_line_leaves_the_rest_of_it():
    text = (
        f"{ABOVE}\nनदी साफ़ हुई pic.twitter.com/Ab1 — Ghat (@ghat) November 7, 2025 {BELOW}\n\nऔर आगे।"
    )
    article = read(text=text)
    assert [block.embed for block in article.blocks] == [None, 0, None, None]
    assert article.text == f"{ABOVE}\n\n{BELOW}\n\nऔर आगे।"


def test_two_tweets_in_a_row():
    text = f"{ABOVE}\nएक — A B (@one) November 7, 2025\nदो — C D (@two) November 8, 2025\n{BELOW}"
    article = read(text=text)
    assert [tweet.author_handle for tweet in article.embeds] == ["one", "two"]
    assert article.text == f"{ABOVE}\n\n{BELOW}"


def test_words_that_only_look_alike_stay():
    text = f"{ABOVE}\nबैठक (@kagaz) में नवंबर 7 को हुई — सब आए\n{BELOW}"
    assert read(text=text).embeds == () and read(text=text).text.count("\n\n") == 2


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\ufeff"])
@pytest.mark.parametrize("own_blocks", [True, False])
def test_an_invisible_character_in_a_handle_hides_no_tweet(unseen, own_blocks):
    lines = [ABOVE, f"नदी{unseen} साफ़ हुई", f"— Ghat (@gh{unseen}at) November 7, 2025", BELOW]
    text = "\n\n".join(lines)
    blocks = [{"type": "paragraph", "text": line} for line in lines] if own_blocks else []
    article = read(text=text, blocks=blocks)
    assert [tweet.author_handle for tweet in article.embeds] == ["ghat"]
    assert article.blocks == (
        Block("paragraph", ABOVE),
        Block("embed", embed=0),
        Block("paragraph", BELOW),
    )


def test_a_tweet_that_no_block_shows_stands_beside_the_text():
    """80 characters are the longest name; the blanks before it count in a block alone."""
    text = f"{ABOVE}\n\n—{' ' * 60}{'Ghat ' * 15}(@ghat) November 7, 2025"
    blocks = [{"type": "paragraph", "text": text}]
    article = read(text=text, blocks=blocks)
    assert [(tweet.author_handle, tweet.place) for tweet in article.embeds] == [
        ("ghat", "unplaced")
    ]
    assert article.blocks == (Block("paragraph", text),)


@pytest.mark.shared
def test_the_user_s_own_document(shared, tmp_path):
    """Headline, standfirst, text: a clean text and one tweet with handle, date, three lines in order, its picture."""
    (document,) = (shared / "seed").glob("*.txt")
    title, subtitle, text = document.read_text(encoding="utf-8").split("\n", 2)
    file = tmp_path / "one.jsonl"
    file.write_text(
        json.dumps(
            {
                "url": URL,
                "title": title,
                "subtitle": subtitle,
                "text": text,
                "published_at": "2025-11-07",
            }
        )
    )
    khabar = Khabar(tmp_path / "archive.db", "", NOW)
    assert khabar("import", str(file)).out == "1 new\n"
    with open_archive(khabar.archive) as archive:
        article = articles.load_article(archive.db, URL)
    assert (article["title"], article["subtitle"]) == (title.strip(), subtitle.strip())
    (tweet,) = article["embeds"]
    flat = [line.strip() for line in text.splitlines() if line.strip()]
    at = next(number for number, line in enumerate(flat) if "(@" in line)
    said = [flat[at - 1], flat[at + 1], flat[at + 2].partition(" pic.")[0]]
    assert tweet["text"].split("\n") == said and len(said) == 3
    assert tweet["author_handle"] in flat[at] and tweet["published_at"] == "2025-11-07"
    assert tweet["media"] == [f"https://t.co/{flat[at + 2].rpartition('/')[2]}"]
    assert article["text"].split("\n\n") == [*flat[: at - 1], *flat[at + 3 :]]
    kinds = [block["type"] for block in article["blocks"]]
    assert kinds.index("embed") == at - 1 and kinds.count("embed") == 1


# --- sources, kinds of files, many complaints ---


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("savera", "savera"), ("सवेरा", "savera"), ("SAVERA", "savera"), ("www.savera.newsroom.test", "savera"),
        ("https://www.savera.newsroom.test/", "savera"), ("kagaz_ghar", "kagaz_ghar"), ("Some Other Paper", "some-other-paper"),
        ("कोई और", "kagaz-example-in"), ("../etc", "etc"), ("", "kagaz-example-in"), (None, "kagaz-example-in"), ("x" * 99, "x" * 41),
    ],
)  # fmt: skip
def test_a_source_is_matched_by_its_names_or_becomes_a_key(source, key):
    registry = read_registry([ROOT / "newsroom" / "sources"])
    savera = replace(registry.sources["savera"], name="सवेरा", name_en="Savera")
    reader = LineReader(Registry({"savera": savera}), {})
    assert reader.prepare_line(line(source=source), NOW).source == key


def test_a_source_that_is_not_ours_is_known_by_the_host_of_its_url():
    reader = LineReader(read_registry([ROOT / "newsroom" / "sources"]), {})
    found = reader.prepare_line(line(url="http://www.savera.newsroom.test/x", source="Other"), NOW)
    assert found.source == "savera"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b'{"a":' * 100_000, "RecursionError"), (line(published_at="Nov 24 999999999999 12:60"), "OverflowError|published_at"),
        (b'{"url": "\\ud800"}', "surrogate|truncated"), (line(rights={"max_snippet": 10**25}), "number out of range"),
        (line(language="Hindi"), "no language code"), (line(first_seen="0001-01-01"), "first_seen"),
    ],
    ids=["nested", "odd date", "surrogate", "1e25", "language", "year 1"],
)  # fmt: skip
def test_whatever_a_line_holds_it_costs_itself(raw, kind):
    with pytest.raises(LineError) as found:
        LineReader(Registry({}), {}).prepare_line(raw, NOW)
    assert re.search(kind, str(found.value))


def test_complaints_are_grouped_and_name_the_way_out(tmp_path):
    file = tmp_path / "x.jsonl"
    rows = [json.dumps({"link": f"{URL}{n}", "title": "x", "text": "y"}) for n in range(300)]
    file.write_bytes(
        "\n".join(rows).encode() + b"\n" + line(text=None) + b"\n" + line(text=" ") + b"\n" + line()
    )
    run = Khabar(settle_in(tmp_path / "place"), "", NOW)("import", str(file))
    assert (run.code, run.out) == (1, "300 left out, 1 new, 2 without text\n")
    told = run.err.splitlines()
    assert len(told) == 7 and told[4].startswith(f"khabar: {file}:5: ")
    assert "295 more" in told[5] and "link, text, title" in told[6] and "--map url=" in told[6]


def zip_of(name):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, "{}")
    return out.getvalue()


KINDS = [
    (zip_of("datapackage.json"), "WACZ"), (zip_of("x.jsonl"), "zip"), (b"PAR1" + bytes(99), "Parquet"), (b"\x7fELF" + bytes(99), "binary"),
    (bytes(range(256)) * 20, "binary"), (b"\xfd7zXZ\0..", "unxz"), (b"BZh9..", "bunzip2"), (b"filedesc://x.arc 0.0.0.0 2026\n", "ARC"),
    (gzip.compress(b"filedesc://x.arc 0.0.0.0 2026\n", mtime=0), "ARC"), (b"<!DOCTYPE html><p>x", "khabar extract"), (b"<?xml version='1.0'?>", "XML"),
    (b"url,title,text\na,b,c\n", "CSV"), (b'[{"url": 1}]', "jq"), (b'{\n "url": 1\n}', "jq"), (b"SQLite format 3\0", "merge"),
    ("\ufeff{}".encode("utf-16-le"), "UTF-16"), (b"words\n", "JSONL"),
    (b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 1\r\n\r\nx\r\n\r\n", "WET"),
    (gzip.compress(b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 1\r\n\r\nx\r\n\r\n", mtime=0), "WAT"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "words"), KINDS, ids=[words for _, words in KINDS])
def test_the_first_bytes_tell_what_cannot_be_imported(tmp_path, data, words):
    for name in ("file", "file.jsonl", "file.gz"):
        (tmp_path / name).write_bytes(data)
        kind = detect_file_kind(tmp_path / name)
        assert kind.format == "" and words in kind.problem


@pytest.mark.parametrize(
    ("name", "data", "format_"),
    [
        ("x", b"WARC/1.0\r\n", "warc"), ("X.WARC.GZ", gzip.compress(b"WARC/1.1\r\n", mtime=0), "warc"), ("x.zst", zstd.compress(b"WARC/1.0\n"), "warc"),
        ("x.Warc", bytes(200), "warc"), ("x", b"", "jsonl"), ("x", b"\xef\xbb\xbf{}", "jsonl"), ("x.txt", gzip.compress(b"{}", mtime=0), "jsonl"),
        ("x", b'oops\n{"url": 1}\n', "jsonl"), ("x", zstd.compress(b"{}"), "jsonl"), ("x.gz", b"\x1f\x8b\x08" + bytes(9), "jsonl"),
    ],
)  # fmt: skip
def test_what_can_be_read_is_known_without_its_name(tmp_path, name, data, format_):
    (tmp_path / name).write_bytes(data)
    assert detect_file_kind(tmp_path / name).format == format_


def test_a_file_of_another_kind_costs_one_line(tmp_path):
    khabar = Khabar(settle_in(tmp_path / "place"), "", NOW)
    odd, good = tmp_path / "a.warc.gz", tmp_path / "b"
    odd.write_bytes(b"PAR1" + bytes(range(256)) * 99)
    good.write_bytes(gzip.compress(line()))
    run = khabar("import", str(odd))
    assert (run.code, run.out, len(run.err.splitlines())) == (2, "", 1)
    assert not khabar.archive.exists()
    run = khabar("import", str(odd), str(good))
    assert (run.code, run.out, len(run.err.splitlines())) == (1, "1 new\n", 1)


# --- the command ---


def test_a_line_with_an_invisible_character_stops_no_import(tmp_path):
    text = f"{ABOVE}\n— Ghat (@gh\u200bat) November 7, 2025"
    odd = line(text=text, blocks=[{"type": "paragraph", "text": text}])
    file = tmp_path / "odd.jsonl"
    file.write_bytes(odd + b"\n" + line(url=f"{URL}2") + b"\n")
    run = Khabar(settle_in(tmp_path / "place"), "", NOW)("import", str(file))
    assert (run.code, run.out, run.err) == (0, "2 new\n", "")


def test_files_of_others_through_the_command(tmp_path):
    khabar = Khabar(settle_in(tmp_path / "place"), "", NOW)
    mixed = tmp_path / "mixed.jsonl.gz"
    with gzip.open(mixed, "wt", encoding="utf-8") as out:
        out.write(
            json.dumps(NEWS_PLEASE)
            + "\n\n"
            + json.dumps({**FUNDUS, "html": None, "url": f"{URL}2"})
            + "\n{broken\n"
        )
    run = khabar("import", str(mixed))
    assert (run.code, run.out) == (1, "1 left out, 2 new\n") and ":4:" in run.err
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({"link": f"{URL}3", "headline": "शीर्षक", "body": TEXT}))
    run = khabar(
        "import", str(other), "--map", "url=link", "--map", "title=headline", "--map", "text=body"
    )
    assert (run.code, run.out) == (0, "1 new\n")
    run = khabar("import", str(other), "--map", "txt=body")
    assert run.code == 2 and "txt" in run.err
