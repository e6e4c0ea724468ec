"""One page, however it is addressed: aliases, canonical links believed or not, the same words elsewhere, imports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article, source
from command_runner import PATIENCE
from conftest import ROOT, Khabar
from simulated_days import own_words

from khabar.archive import health
from khabar.archive.store import articles
from khabar.archive.store.save import save_import
from khabar.model.items import Embed, Outcome
from khabar.processing.keys import compute_keys
from newsroom import agency_copies


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    opened.add(source("pratilipi"))
    yield opened
    opened.archive.close()


def held(desk: ArchiveBuilder) -> list[str]:
    return [row["url"] for row in desk.rows("select url from articles order by url")]


@pytest.mark.parametrize(
    "twin",
    [
        f"{HOME}/news/pul-ki-khabar/",
        f"{HOME}/news/pul-ki-khabar".replace("http:", "https:"),
        f"{HOME}/news/pul-ki-khabar/".replace("http:", "https:"),
        f"{HOME}/news/pul-ki-khabar?utm_source=feed&fbclid=1",
        f"{HOME}/news/pul-ki-khabar#comments",
        f"{HOME}/news/pul-ki-khabar".replace("www.", "m."),
    ],
)
def test_another_spelling_is_the_same_article_even_after_an_edit(desk, twin):
    home = f"{HOME}/news/pul-ki-khabar"
    desk.read(article(home, *agency_copies.make_story(1)))
    desk.wait(hours=2)
    desk.read(article(twin, *agency_copies.make_copy(1, "10 % rewritten")))
    assert held(desk) == [home]
    assert articles.load_article(desk.db, twin)["url"] == home
    assert desk.row(home)["outcome"] == "article"


def test_a_slash_more_that_tells_another_story_is_another_article(desk):
    desk.read(article(f"{HOME}/news/aaj", *agency_copies.make_story(1)))
    desk.read(article(f"{HOME}/news/aaj/", *agency_copies.make_story(2), title="दूसरी"))
    assert len(held(desk)) == 2


@pytest.mark.parametrize(
    ("canonical", "why"),
    [
        (f"{HOME}/", "denied"),
        ("http://www.elsewhere.test/news/1", "off-site"),
        (f"{HOME}/section/khel", "denied"),
        ("javascript:void(0)", "bad-url"),
    ],
)
def test_a_canonical_that_can_be_no_article_is_not_believed_and_why_is_kept(desk, canonical, why):
    one = f"{HOME}/news/1"
    filed = desk.read(article(one, canonical_url=canonical))
    assert (filed.outcome, held(desk)) == (Outcome.ARTICLE, [one])
    assert desk.row(one)["evidence"] == f"article; canonical not believed: {canonical} ({why})"


@pytest.mark.parametrize(("words", "outcome"), [(25, Outcome.ALIAS), (24, Outcome.ARTICLE)])
def test_the_same_words_are_the_same_article_from_twenty_five_on(desk, words, outcome):
    """Fewer may be the same by chance."""
    text = " ".join(own_words(f"1{number}").split()[0] for number in range(words))
    desk.read(article(f"{HOME}/news/one", text))
    assert desk.read(article(f"{HOME}/news/two", text)).outcome is outcome


TEN, TEN_UTC = "2026-11-23T10:00:40+05:30", "2026-11-23T04:30:00Z"


def printed(title: str | None, published: str | None = None, precision: str = "minute") -> dict:
    return {
        "title": title,
        "published_at": published,
        "published_precision": precision if published else None,
    }


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (printed("पुल खुला"), printed("पुल खुला"), True),
        (printed("पुल  खुला!"), printed("“पुल खुला”"), True),  # the same words, folded
        (printed("पुल खुला", TEN), printed("पुल खुला", "2026-11-20T10:00:00+05:30"), True),
        (printed("पुल खुला"), printed("नहर सूखी"), False),
        (printed("पुल खुला", TEN), printed("नहर सूखी"), False),
        (printed("पुल खुला", TEN), printed("नहर सूखी", TEN_UTC), True),  # a headline was changed
        (printed("पुल खुला", TEN), printed("नहर सूखी", "2026-11-23T10:01:00+05:30"), False),
        (printed("पुल खुला", "2026-11-23", "day"), printed("नहर सूखी", "2026-11-23", "day"), False),
        (printed("पुल खुला", TEN), printed(None, TEN_UTC), True),
        (printed("पुल खुला", TEN), printed(None), False),
        (printed(None), printed("पुल खुला", TEN), False),
        (printed(None), printed(None), False),
        (printed(None, TEN), printed(None, TEN_UTC, "second"), True),
    ],
)
def test_one_text_takes_a_headline_or_a_time_to_be_one_article(desk, left, right, same):
    """Crawled or imported."""
    text = agency_copies.make_story(1)
    desk.read(article(f"{HOME}/news/one", *text, **left))
    filed = desk.read(article(f"{HOME}/news/two", *text, **right))
    assert filed.outcome is (Outcome.ALIAS if same else Outcome.ARTICLE)
    assert take(desk, "http://old.example.in/1", text, "old", **left) == "new"
    assert take(desk, "http://old.example.in/2", text, "old", **right) == (
        "unchanged" if same else "new"
    )
    assert len(held(desk)) == (2 if same else 4)


def test_the_article_that_agrees_is_found_behind_an_older_one(desk):
    text = agency_copies.make_story(1)
    for name, title in (("one", "पुल खुला"), ("two", "नहर सूखी")):
        desk.read(article(f"{HOME}/news/{name}", *text, title=title))
    assert desk.read(article(f"{HOME}/news/3", *text, title="नहर सूखी")).outcome is Outcome.ALIAS
    assert articles.load_article(desk.db, f"{HOME}/news/3")["url"] == f"{HOME}/news/two"


def test_a_canonical_address_with_a_headline_of_its_own_is_an_article_of_its_own(desk):
    text, main = agency_copies.make_story(1), f"{HOME}/news/two"
    desk.read(article(f"{HOME}/news/one", *text, title="पुल खुला"))
    twin = article(main, *text, title="नहर सूखी", canonical_url=main)
    filed = desk.read(twin, at=f"{HOME}/news/two-from-home")
    assert (filed.outcome, filed.change) == (Outcome.ALIAS, "new")
    assert desk.row(f"{HOME}/news/two-from-home")["alias_of"] == desk.row(main)["id"]
    assert held(desk) == [f"{HOME}/news/one", main]


def test_pages_misread_alike_keep_their_headlines_and_are_linked_and_counted(desk):
    text = agency_copies.make_story(1)
    titles = [f"{own_words(str(number)).split()[0]} की खबर" for number in range(7)]
    for number, title in enumerate(titles):
        desk.read(article(f"{HOME}/news/{number}", *text, title=title))
    desk.read(article(f"{HOME}/news/8", *agency_copies.make_story(2), title="और कुछ"))
    rows = desk.rows("select title, story_id from articles order by url")
    assert [row["title"] for row in rows] == [*titles, "और कुछ"]
    assert len({row["story_id"] for row in rows[:7]}) == 1 and rows[0]["story_id"]
    assert desk.rows("select articles, sources from stories") == [{"articles": 7, "sources": 1}]
    counted = "select held, of from run_fields where field = 'own text'"
    assert desk.rows(counted) == [{"held": 2, "of": 8}]  # the first of the seven came to be alone
    evidence = desk.row(f"{HOME}/news/3")["evidence"]
    assert evidence.startswith(f"article; same text under another headline: {HOME}/news/")
    desk.wait(hours=2)
    desk.read(article(f"{HOME}/news/3", *text, title=titles[3]))
    assert desk.rows(counted) == [{"held": 2, "of": 8}]  # nothing new in it
    health.finish_run(desk.db, desk.run, desk.now, "finished")
    ((key, words),) = health.list_newly_broken(desk.db, desk.run)
    assert key == "kagaz" and words.startswith("own text: 2 of 8 articles have a text of their own")
    assert f"first {HOME}/news/1" in words


@pytest.mark.parametrize(("shared", "believed"), [(54, True), (46, False)])
def test_half_of_the_shorter_text_must_be_shared_to_be_one_story(desk, shared, believed):
    """Of a hundred runs of three words so many stand in both texts."""
    other, one = f"{HOME}/news/other", f"{HOME}/news/one"
    common = [own_words(f"1{number}").split()[0] for number in range(shared + 2)]
    rest = [
        [own_words(f"{side}{number}").split()[0] for number in range(100 - shared)]
        for side in (2, 3)
    ]
    desk.read(article(other, " ".join([*common, *rest[0]])))
    filed = desk.read(
        article(one, " ".join([*common, *rest[1]]), title="दूसरी", canonical_url=other)
    )
    assert (filed.change != "new", held(desk)) == (
        (True, [other]) if believed else (False, [one, other])
    )


def test_a_canonical_of_another_story_is_not_believed(desk):
    other, one = f"{HOME}/news/other", f"{HOME}/news/one"
    desk.read(article(other, *agency_copies.make_story(1)))
    filed = desk.read(article(one, *agency_copies.make_story(2), title="दूसरी", canonical_url=other))
    assert (filed.outcome, filed.change, held(desk)) == (Outcome.ARTICLE, "new", [one, other])
    assert (
        desk.row(one)["evidence"] == f"article; canonical not believed: {other} tells another story"
    )
    desk.wait(hours=2)
    assert (
        desk.read(
            article(one, *agency_copies.make_story(2), title="नया", canonical_url=other)
        ).change
        == "edited"
    )
    assert (held(desk), articles.load_article(desk.db, one)["title"]) == ([one, other], "नया")


def test_what_was_believed_too_early_is_put_right_when_the_other_is_read(desk):
    """The page came first, its canonical address later: both stories are kept, each where it stands."""
    other, one = f"{HOME}/news/other", f"{HOME}/news/one"
    assert (
        desk.read(
            article(one, *agency_copies.make_story(2), title="दूसरी", canonical_url=other)
        ).outcome
        is Outcome.ALIAS
    )
    (first,) = desk.rows("select id from articles")
    desk.wait(minutes=10)
    assert desk.read(article(other, *agency_copies.make_story(1))).change == "new"
    assert held(desk) == [one, other]
    assert (
        articles.load_article(desk.db, one)["id"] == first["id"]
        and articles.load_article(desk.db, one)["title"] == "दूसरी"
    )
    assert articles.load_article(desk.db, other)["text"] == "\n\n".join(agency_copies.make_story(1))
    row = desk.row(one)
    assert (row["outcome"], row["alias_of"], bool(row["next_at"])) == ("article", None, True)
    assert "tells another story" in row["evidence"]
    desk.wait(hours=2)
    desk.read(article(one, *agency_copies.make_story(2), title="फिर", canonical_url=other))
    assert articles.load_article(desk.db, one)["title"] == "फिर" and len(held(desk)) == 2


def test_a_canonical_twin_with_more_words_is_believed(desk):
    main, twin = f"{HOME}/news/main", f"{HOME}/news/city-edition"
    desk.read(article(main, *agency_copies.make_story(1)))
    assert (
        desk.read(
            article(twin, *agency_copies.make_copy(1, "130 words added"), canonical_url=main)
        ).outcome
        is Outcome.ALIAS
    )
    assert held(desk) == [main] and articles.load_article(desk.db, twin)["url"] == main


def test_the_same_words_in_another_spelling_are_the_same_text(desk):
    desk.read(article(f"{HOME}/news/1", *agency_copies.make_story(1)))
    assert (
        desk.read(article(f"{HOME}/news/2", *agency_copies.make_copy(1, "spelling"))).outcome
        is Outcome.ALIAS
    )
    assert len(held(desk)) == 1


def test_the_same_words_in_another_source_are_a_copy_in_the_same_story(desk):
    desk.read(article(f"{HOME}/news/1", *agency_copies.make_story(1)))
    away = "http://www.pratilipi.newsroom.test/news/9"
    assert (
        desk.read(article(away, *agency_copies.make_story(1)), key="pratilipi").outcome
        is Outcome.ARTICLE
    )
    assert desk.rows("select jaccard, own from story_pairs") == [{"jaccard": 1.0, "own": 1}]
    assert desk.rows("select articles, sources from stories") == [{"articles": 2, "sources": 2}]


def test_two_videos_with_the_same_notice_under_them_are_two(desk):
    for n in (1, 2):
        clip = Embed("youtube", "video", str(n), f"https://www.youtube.com/watch?v={n}")
        one = article(
            f"{HOME}/news/{n}",
            *agency_copies.make_story(1, 1),
            title=f"वीडियो {n}",
            page_type="video",
            embeds=(clip,),
        )
        assert desk.read(one).outcome is Outcome.ARTICLE


# --- imports ---


def take(desk: ArchiveBuilder, url: str, paragraphs, key="kagaz", **told) -> str:
    one = article(url, *paragraphs, **told)
    keys = compute_keys(one, desk.sources.get(key), key)
    return save_import(desk.db, one, key, keys, desk.now)


def test_an_import_finds_what_is_there_by_any_address_and_by_its_words(desk):
    home = f"{HOME}/news/pul-ki-khabar"
    desk.read(article(home, *agency_copies.make_story(1)))
    assert take(desk, f"{home}/", agency_copies.make_copy(1, "10 % rewritten")) == "unchanged"
    assert take(desk, f"{HOME}/news/elsewhere", agency_copies.make_story(1)) == "unchanged"
    assert take(desk, f"{HOME}/news/elsewhere", agency_copies.make_story(1)) == "unchanged"
    assert held(desk) == [home]
    for url in (f"{home}/", f"{HOME}/news/elsewhere"):
        assert articles.load_article(desk.db, url)["url"] == home
        assert (desk.row(url)["outcome"], desk.row(url)["next_at"]) == ("alias", None)


def test_an_import_enters_the_story_of_what_was_crawled(desk):
    desk.read(article(f"{HOME}/news/1", *agency_copies.make_story(1)))
    assert (
        take(
            desk,
            "http://old.example.in/a-1",
            agency_copies.make_copy(1, "cut in half"),
            "old-collection",
        )
        == "new"
    )
    assert desk.rows("select articles, sources from stories") == [{"articles": 2, "sources": 2}]


WRITER = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/tests"]
from newsroom import agency_copies
from archive_fixtures import article
from khabar.archive.connect import open_without_lock
from khabar.archive.store.save import save_import
from khabar.processing.keys import compute_keys
archive = open_without_lock(Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for n in range(25):
    one = article(f"http://{sys.argv[3]}.example.in/a-{n}", *agency_copies.make_copy(n, sys.argv[4]))
    keys = compute_keys(one, None, sys.argv[3])
    print(save_import(archive.db, one, sys.argv[3], keys, datetime.now(UTC)))
archive.close()
"""


def test_two_processes_that_store_the_same_wires_at_once_make_one_story_of_each(desk):
    desk.archive.close()
    told = [[sys.executable, "-c", WRITER, str(ROOT), str(desk.path), key, edit]
            for key, edit in (("amar", "same words"), ("bimal", "cut in half"), ("chetan", "headline"))]  # fmt: skip
    writers = [
        subprocess.Popen(one, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for one in told
    ]
    for one in writers:
        assert one.stdout.readline() == "ready\n"
    for one in writers:
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=PATIENCE)[0].split() for one in writers]
    assert [one.returncode for one in writers] == [0, 0, 0] and said == [["new"] * 25] * 3
    desk.__post_init__()
    counts = desk.rows("select articles, sources, count(*) as n from stories group by 1, 2")
    assert counts == [{"articles": 3, "sources": 3, "n": 25}]
    assert (
        json.loads(
            desk.rows("select json_group_array(own) as own from story_pairs")[0]["own"]
        ).count(0)
        == 0
    )


def test_lines_are_imported_beside_a_run_and_pages_wait(desk, tmp_path):
    """The desk holds the archive's lock, as a crawl does."""
    desk.read(article(f"{HOME}/news/1", *agency_copies.make_story(1)))
    khabar = Khabar(desk.path, "", desk.now)
    lines, pages = tmp_path / "wire.jsonl", tmp_path / "pages.warc"
    told = {
        "url": "http://amar.example.in/1",
        "title": "एक",
        "text": "\n\n".join(agency_copies.make_story(1)),
        "source": "amar",
    }
    lines.write_text(json.dumps(told), encoding="utf-8")
    pages.write_bytes(b"")
    assert (khabar("import", str(lines)).code, khabar("import", str(pages)).code) == (0, 75)
    assert desk.rows("select articles, sources from stories") == [{"articles": 2, "sources": 2}]
