"""Posts: what an embed code says beside the words, and how two pages' views of a post become one row."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from hypothesis import given
from hypothesis import strategies as st

from khabar.archive.store import articles
from khabar.archive.store.embed_rows import merge_embeds
from khabar.extraction import read_html
from khabar.extraction.embeds import classify_url
from khabar.extraction.embeds.id_timestamps import timestamp_from_id
from khabar.extraction.embeds.post_details import find_thread_position
from khabar.model.items import Block, Embed

NOW = datetime(2026, 11, 29, tzinfo=UTC)
OWN = "1986700000000000000"
OTHER = "https://x.com/sarpanch_ji/status/1986600000000000000"
TEXT = (
    "गाँव के तालाब की खुदाई शनिवार को पूरी हुई और अब इसमें बरसात का पानी जमा होगा, यह जानकारी पंचायत ने दी।"
)


def read_post(words: str, head: str = '<p lang="hi">') -> Embed:
    code = (
        f'<blockquote class="twitter-tweet">{head}{words}</p>&mdash; तालाब (@talab_vale) '
        f'<a href="https://twitter.com/talab_vale/status/{OWN}">November 7, 2025</a></blockquote>'
    )
    html = (
        f"<article><h1>तालाब की खुदाई पूरी हुई</h1><p>{TEXT}</p>{code}<p>{TEXT} आगे भी।</p></article>"
    )
    (embed,) = read_html(html, "https://khabar.example.in/a-1", NOW).embeds
    return embed


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("पहली<br>दूसरी", "text", "पहली\nदूसरी"),
        ("बात", "language", "hi"),
        ("खुदाई हुई (2/5)", "thread", "2/5"),
        (f'देखें <a href="{OTHER}">https://t.co/zz</a>', "quoted", OTHER),
        (f'देखें <a href="https://twitter.com/talab_vale/status/{OWN}">यह</a>', "quoted", None),
        ('<img src="https://pbs.twimg.com/media/T1.jpg" alt="तालाब  में पानी"> बात', "alts", ("तालाब में पानी",)),
        ('<img src="https://pbs.twimg.com/media/T1.jpg"> बात', "media", ("https://pbs.twimg.com/media/T1.jpg",)),
        ('<img src="https://abs-0.twimg.com/emoji/v2/72x72/1f600.png" alt="😀"> बात', "media", ()),
        ('<img src="https://pbs.twimg.com/media/T1.jpg" width="20"> बात', "media", ()),
        ('<div class="poll-box"><label>हाँ</label><label>नहीं</label></div>', "poll", ("हाँ", "नहीं")),
        ('<div class="poll-box"><label>हाँ</label></div>', "poll", ()),
        ("<ul><li>हाँ</li><li>नहीं</li></ul>", "poll", ()),
        ("बात", "published_src", "id"),
    ],
)  # fmt: skip
def test_details_of_a_post(words: str, field: str, value: object) -> None:
    assert getattr(read_post(words), field) == value


@pytest.mark.parametrize("code", ["und", "qme", "zxx", "h", "1234", ""])
def test_a_code_that_names_no_language(code: str) -> None:
    assert read_post("बात", f'<p lang="{code}">').language is None


def test_details_of_a_card_in_json() -> None:
    card: dict[str, Any] = {
        "full_text": "तालाब भर गया (1/3)",
        "username": "@talab_vale",
        "photos": [
            {"img_url": "https://cdn.example.in/t.jpg", "alt_text": "तालाब"},
            {"img_url": 4},
        ],
        "quoted_tweet": {"url": OTHER},
    }
    value = json.dumps(card, ensure_ascii=False).replace('"', "&quot;")
    link = f'<a href="https://x.com/talab_vale/status/{OWN}">x</a>'
    html = f'<article><h1>तालाब भर गया</h1><p>{TEXT}</p><div class="tweet" data-attrs="{value}">{link}</div><p>{TEXT} आगे।</p></article>'
    (embed,) = read_html(html, "https://khabar.example.in/a-1", NOW).embeds
    assert (embed.media, embed.alts) == (("https://cdn.example.in/t.jpg",), ("तालाब",))
    assert (embed.quoted, embed.thread) == (OTHER, "1/3")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("(2/5) बात", "2/5"),
        ("बात [3/4]", "3/4"),
        ("बात\n1/2", "1/2"),
        ("🧵 1/7 बात", "1/7"),
        ("7/11 को बैठक हुई", None),
        ("बैठक 24/7", None),
        ("(5/2) बात", None),
        ("(1/1) बात", None),
        ("(12/11/2026) बात", None),
        ("", None),
    ],
)
def test_thread_position(text: str, position: str | None) -> None:
    assert find_thread_position(text) == position


@pytest.mark.parametrize(
    ("provider", "native_id", "moment"),
    [
        ("bluesky", "3lab2cdefgh2x", "2024-11-06T05:48:18Z"),
        ("linkedin", "activity:7264123456789012345", "2024-11-18T03:53:12Z"),
        ("mastodon", "111234567890123456", "2023-10-14T17:33:27Z"),
        ("bluesky", "3lab2cdefgh2", None),
        ("bluesky", "0lab2cdefgh2x", None),
        ("bluesky", "2222222222222", None),
        ("linkedin", "activity:72641234", None),
        ("mastodon", "²" * 18, None),
        ("mastodon", "999999999999999999", None),
    ],
)
def test_times_derived_from_ids(provider: str, native_id: str, moment: str | None) -> None:
    assert timestamp_from_id(provider, native_id, NOW) == moment


@pytest.mark.parametrize(
    "forms",
    [
        [f"https://twitter.com/t/status/{OWN}", f"https://x.com/i/status/{OWN}", f"https://mobile.twitter.com/t/status/{OWN}?s=20"],
        ["https://youtu.be/Ta1Lb2Pc3Ns", "https://m.youtube.com/watch?v=Ta1Lb2Pc3Ns", "https://www.youtube-nocookie.com/embed/Ta1Lb2Pc3Ns"],
        ["https://instagr.am/p/DQtalabPani/", "https://www.instagram.com/reel/DQtalabPani/embed/"],
        ["https://m.facebook.com/talab/videos/123456789/", "https://www.facebook.com/watch/?v=123456789"],
        ["https://www.threads.net/@t/post/DQtalabPani", "https://www.threads.com/@t/post/DQtalabPani"],
    ],
)  # fmt: skip
def test_the_forms_of_one_address_are_one_row(tmp_path: Any, forms: list[str]) -> None:
    desk = ArchiveBuilder(tmp_path / "archive.db")
    targets = [target for form in forms if (target := classify_url(form))]
    embeds = tuple(Embed(t.provider, t.kind, t.id, t.url, t.handle) for t in targets)
    desk.read(article(embeds=embeds, blocks=(Block("paragraph", TEXT), Block("embed", embed=0))))
    assert len(embeds) == len(forms)
    assert desk.rows("select count(*) as n from embeds") == [{"n": 1}]
    desk.archive.close()


@pytest.mark.parametrize("reverse", [False, True])
def test_a_page_that_shows_more_completes_a_post(tmp_path: Any, reverse: bool) -> None:
    desk = ArchiveBuilder(tmp_path / "archive.db")
    short = Embed("x", "post", OWN, text="तालाब भर गया…", text_complete=False)
    full = Embed(
        "x", "post", OWN, text="तालाब भर गया है और पंचायत ने इसका पानी सिंचाई को दिया", text_complete=True,
        media=("https://t.co/talab",), alts=("तालाब",), language="hi", poll=("हाँ", "नहीं"),
        quoted=OTHER, thread="1/2", duration=12,
    )  # fmt: skip
    for number, embed in enumerate((full, short) if reverse else (short, full)):
        desk.read(article(f"{HOME}/news/{number}", f"तालाब {number}", embeds=(embed,)))
        desk.wait(hours=2)
    (row,) = desk.rows("select * from embeds")
    assert (row["text"], row["text_complete"], row["duration"]) == (full.text, 1, 12)
    stored = articles.load_article(desk.db, f"{HOME}/news/1")
    assert stored is not None
    (embed,) = stored["embeds"]
    assert {name: embed[name] for name in ("alts", "poll", "language", "quoted", "thread")} == {
        "alts": ["तालाब"], "poll": ["हाँ", "नहीं"], "language": "hi", "quoted": OTHER, "thread": "1/2",
    }  # fmt: skip
    desk.archive.close()


def _optional(*values: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, *values))


_TEXTS = st.one_of(
    st.just((None, None)),
    st.tuples(st.text("कख ", min_size=1, max_size=6), st.sampled_from((None, 0, 1))),
)
_DATES = st.sampled_from(
    [(None, None), ("2026-11-01", "markup_date"), ("2026-11-01T10:00:00Z", "id"), ("2026-11-02T10:00:00Z", "jsonld"), ("2026-11-01", "jsonld")]
)  # fmt: skip
_LISTS = st.sampled_from(["[]", '["a"]', '["b"]', '["a", "b"]'])


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    text, complete = draw(_TEXTS)
    published_at, source = draw(_DATES)
    return {
        "key": "x:1", "provider": "x", "kind": draw(st.sampled_from(["post", "video"])), "native_id": "1",
        "url": draw(_optional("https://x.com/i/status/1", "https://x.com/a/status/1")),
        "author_name": draw(_optional("नाम", "पूरा नाम")), "author_handle": draw(_optional("a", "A")),
        "text": text, "text_complete": complete, "title": draw(_optional("शीर्षक")),
        "duration": draw(st.sampled_from([None, 5, 12])), "published_at": published_at, "published_src": source,
        "media": draw(_LISTS), "alts": draw(_LISTS), "language": draw(_optional("hi", "en")), "poll": draw(_LISTS),
        "quoted": draw(_optional(OTHER)), "thread": draw(_optional("1/2", "2/12")),
        "first_seen": draw(st.sampled_from(["2024", "2025"])), "last_seen": draw(st.sampled_from(["2025", "2026"])),
    }  # fmt: skip


@given(rows(), rows(), rows())
def test_merging_is_commutative_associative_and_idempotent(
    a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]
) -> None:
    assert merge_embeds(a, b) == merge_embeds(b, a)
    assert merge_embeds(merge_embeds(a, b), c) == merge_embeds(a, merge_embeds(b, c))
    assert merge_embeds(a, a) == a
    assert merge_embeds(merge_embeds(a, b), b) == merge_embeds(a, b)


@given(rows(), rows())
def test_merging_never_shortens(a: dict[str, Any], b: dict[str, Any]) -> None:
    merged = merge_embeds(a, b)
    for row in (a, b):
        assert all(merged[name] is not None for name, value in row.items() if value is not None)
        if row["text"] and (row["text_complete"] or 0) >= (merged["text_complete"] or 0):
            assert len(merged["text"]) >= len(row["text"])
        assert (merged["text_complete"] or 0) >= (row["text_complete"] or 0)
        assert len(json.loads(merged["media"])) >= len(json.loads(row["media"]))


def test_an_archive_without_the_columns_can_be_read(tmp_path: Any) -> None:
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.read(article(embeds=(Embed("x", "post", OWN, text="तालाब भर गया"),)))
    for name in ("language", "alts", "poll", "quoted", "thread"):
        desk.db.execute(f"alter table embeds drop column {name}")
    stored = articles.load_article(desk.db, article().url)
    assert stored is not None
    (embed,) = stored["embeds"]
    assert (embed["text"], embed["alts"], embed["thread"]) == ("तालाब भर गया", [], None)
    desk.archive.close()
