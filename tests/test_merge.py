"""Archives of several machines folded into one: any order, twice, and the same comes out."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article, source
from conftest import Khabar
from export_fixtures import TWEET, WHOLE, prose

from khabar.archive import ArchiveError, open_archive, search
from khabar.archive.merge import merge_archive
from khabar.archive.store import snapshots
from khabar.archive.store.embed_rows import merge_embeds
from khabar.archive.stories import load_story
from khabar.model.items import Embed, Inset, Outcome

OTHER = "http://www.pratilipi.newsroom.test"
TAKEDOWN = ("--reason", "asked", "--by", "nisha")
SHARED = f"{HOME}/news/shared"


def shard(path, name):
    """Three machines: some sources the same, some not; one article read by all three, at other times in other words."""
    desk = ArchiveBuilder(path / f"{name}.db")
    desk.add(source("pratilipi"))
    for number in range(4):
        key = ("kagaz", "pratilipi")[number % 2]
        url = f"http://www.{key}.newsroom.test/news/{name}{number}"
        desk.read(article(url, prose(ord(name) * 10 + number, 90), title=f"समाचार {name}{number}", published_at=f"2026-11-1{number}",
                          authors=(f"लेखक {name}", "निशा रावत"), tags=(name,)), key=key)  # fmt: skip
    steps = {"a": ((0, 1), (5, 3)), "b": ((1, 1), (3, 2)), "c": ((2, 2), (4, 1))}[name]
    for day, words in steps:
        desk.now = START + timedelta(days=day)
        cut = (
            replace(TWEET, text="पन्ने जुड़", text_complete=False)
            if name == "b"
            else replace(TWEET, author_name=None)
        )
        desk.read(article(SHARED, prose(words, 90), title=f"साझा {words}", published_at="2026-11-15", embeds=(cut, post(words)),
                          insets=(Inset("AI सार", f"सार {words}", 0),), authors=(f"लेखक {name}",)))  # fmt: skip
    copied = prose(999, 120)  # one story in three papers
    desk.add(source(f"patra{name}"))
    desk.read(
        article(
            f"http://www.patra{name}.newsroom.test/news/copy",
            copied,
            published_at=f"2026-11-0{ord(name) - 96}",
        ),
        key=f"patra{name}",
    )
    if name == "a":
        desk.read(WHOLE)
        desk.end(f"{HOME}/about", Outcome.OTHER_PAGE, "no article")
        desk.read(article(f"{HOME}/news/secret", prose(70), rights={"noarchive": True}))
    if name == "c":
        desk.now = START + timedelta(days=9)
        desk.end(f"{OTHER}/news/c1", Outcome.OFF_SITE)
        desk.end(f"{HOME}/news/c0", Outcome.GONE, "410")
    desk.archive.close()
    return desk.path


def post(number):
    return Embed(
        "instagram",
        "post",
        f"C{number}",
        f"https://www.instagram.com/p/C{number}/",
        text=f"चित्र {number}",
        text_complete=True,
    )


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    root = tmp_path_factory.mktemp("shards")
    return {name: shard(root, name) for name in "abc"}


def folded(path, *names, shards):
    with open_archive(path, write=True) as archive:
        return [merge_archive(archive, shards[name], lambda articles: None) for name in names]


READ = {
    "articles": "select * from articles order by id",
    "readings": """select article_id, revision, reason, changed, seen_at, title, text, text_sha256 from readings
      order by article_id, revision""",
    "people": "select a.article_id, a.ord, p.name from article_authors a join authors p on p.id = a.author_id order by 1, 2",
    "tags": "select a.article_id, a.ord, p.name from article_tags a join tags p on p.id = a.tag_id order by 1, 2",
    "embeds": """select key, provider, kind, native_id, url, author_name, author_handle, text, text_complete, published_at, media,
      first_seen, last_seen from embeds order by key""",
    "placements": """select x.article_id, x.revision, x.ord, e.key, x.place, x.block, x.text_here from article_embeds x
      join embeds e on e.id = x.embed_id order by 1, 2, 3""",
    "images": "select * from images order by article_id, revision, ord",
    "insets": "select * from insets order by article_id, revision, ord",
    "pages": """select p.url, p.state, p.outcome, p.last_asked, p.article_id, t.url as alias, f.url as found_on from pages p
      left join pages t on t.id = p.alias_of left join pages f on f.id = p.found_on order by p.url""",
    "raw": "select p.url, s.fetched_at, s.sha256, s.body is null from snapshots s join pages p on p.id = s.page_id order by 1, 2",
    "sources": "select key, name, permission from sources order by key",
    "pairs": "select a, b, own from story_pairs order by 1, 2",
}  # fmt: skip


def told(path):
    with open_archive(path) as archive:
        found = {
            name: [tuple(row.values()) for row in archive.db.query(sql)]
            for name, sql in READ.items()
        }
        for words in ("समाचार", "साझा", "लेखक", "पन्ने", "चित्र", "mela", prose(1, 90).split()[0]):
            found[f"search {words}"] = [
                hit["id"]
                for hit in search.search_articles(archive.db, search.SearchQuery(words, limit=100))
            ]
    return found


@pytest.fixture(scope="module")
def whole(shards, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "archive.db"
    folded(path, "a", "b", "c", shards=shards)
    return path


@pytest.mark.parametrize("order", [*permutations("abc"), "abcabc", "cabbac"], ids="".join)
def test_in_any_order_the_same_comes_out(shards, whole, tmp_path, order):
    folded(tmp_path / "archive.db", *order, shards=shards)
    expected = told(whole)
    for name, rows in told(tmp_path / "archive.db").items():
        assert rows == expected[name], name


def test_a_shard_merged_again_changes_nothing(shards, whole, tmp_path):
    path = tmp_path / "archive.db"
    shutil.copy(whole, path)
    before = told(path)
    for counts in folded(path, "b", "a", "c", "a", shards=shards):
        assert counts.keys() == {"unchanged"}
    assert told(path) == before


def test_into_a_shard_itself(shards, whole, tmp_path):
    path = tmp_path / "archive.db"
    shutil.copy(shards["b"], path)
    folded(path, "c", "a", shards=shards)
    both, expected = told(path), told(whole)
    assert {name: rows for name, rows in both.items() if rows != expected[name]} == {}


def test_ids_stay(shards, whole):
    kept = {row[1]: row[0] for row in told(whole)["articles"]}
    for path in shards.values():
        for row in told(path)["articles"]:
            assert kept[row[1]] <= row[0] and (row[1] == SHARED or kept[row[1]] == row[0])


def test_the_newest_fetch_is_the_article_and_older_ones_its_revisions(whole):
    with open_archive(whole) as archive:
        rows = list(
            archive.db.query(
                "select r.* from readings r join articles a on a.id = r.article_id where a.url = ? order by revision",
                [SHARED],
            )
        )
    assert [(row["seen_at"][:10], row["title"]) for row in rows] == [
        ("2026-11-24", "साझा 1"), ("2026-11-26", "साझा 2"), ("2026-11-28", "साझा 1"), ("2026-11-29", "साझा 3")
    ]  # fmt: skip
    assert [json.loads(row["changed"]) for row in rows] == [[], *[["title", "text", "embeds"]] * 3]
    assert [row["reason"] for row in rows] == ["first", "edit", "edit", "edit"]


def test_posts_are_what_is_known_best(whole):
    (tweet,) = (row for row in told(whole)["embeds"] if row[3] == TWEET.id)
    assert (tweet[5], tweet[7], tweet[8]) == ("काग़ज़ घर", TWEET.text, 1)


def test_stories_are_linked_anew(whole):
    with open_archive(whole) as archive:
        rows = list(
            archive.db.query("select id, story_id from articles where url like '%/news/copy'")
        )
        assert len({row["story_id"] for row in rows}) == 1 and len(rows) == 3
        story = load_story(archive.db, rows[0]["story_id"])
    assert story and len(story.copies) == 3


def test_nothing_is_broken_inside(whole):
    with open_archive(whole, write=True) as archive:
        db = archive.db
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        assert db.execute("pragma foreign_key_check").fetchall() == []
        db.execute("insert into articles_fts (articles_fts) values ('integrity-check')")
        for (number,) in db.execute("select id from snapshots").fetchall():
            assert snapshots.load_page(db, number).body.startswith(b"<html>")
        held = db.execute("select count(*) from revisions where snapshot_id is null").fetchone()[0]
        assert held == 0


def test_a_page_that_is_gone_stays_gone(whole):
    (row,) = (row for row in told(whole)["pages"] if row[0] == f"{HOME}/news/c0")
    assert row[2] == "gone"
    with open_archive(whole) as archive:
        assert (
            archive.db.execute(
                "select removed_at from articles where url = ?", [row[0]]
            ).fetchone()[0]
            == "2026-12-03T09:00:00Z"
        )


def test_what_forbids_archives_stays_withheld(whole):
    with open_archive(whole) as archive:
        assert archive.db.execute(
            "select withheld, text from articles where url = ?", [f"{HOME}/news/secret"]
        ).fetchone() == ("noarchive", "")


def test_what_was_taken_down_here_does_not_come_back(shards, tmp_path):
    path = tmp_path / "archive.db"
    khabar = Khabar(path, "", START)
    folded(path, "a", shards=shards)
    assert khabar("takedown", "add", f"{HOME}/news/a0", *TAKEDOWN).code == 0
    (counts,) = folded(path, "a", shards=shards)
    assert counts["taken down"] == 1 and f"{HOME}/news/a0" not in {
        row[1] for row in told(path)["articles"]
    }


def test_the_command(shards, tmp_path):
    khabar = Khabar(tmp_path / "archive.db", "", START)
    run = khabar("merge", *(str(path) for path in shards.values()))
    assert (run.code, run.err) == (0, "")
    assert run.out == "2 changed, 18 new\n"
    assert khabar("merge", str(shards["a"])).out == "8 unchanged\n"
    run = khabar("merge", str(tmp_path / "nothing.db"))
    assert run.code == 2 and "nothing.db" in run.err and len(run.err.splitlines()) == 1
    run = khabar("merge", str(tmp_path / "archive.db"))
    assert run.code == 2 and "itself" in run.err


def test_a_shard_that_forgot_what_we_did_not(shards, tmp_path):
    path = tmp_path / "a.db"
    shutil.copy(shards["a"], path)
    assert Khabar(path, "", START)("takedown", "add", f"{HOME}/news/a0", *TAKEDOWN).code == 0
    with (
        open_archive(tmp_path / "archive.db", write=True) as archive,
        pytest.raises(ArchiveError, match=f"takedown add {HOME}"),
    ):
        merge_archive(archive, path, lambda articles: None)


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_posts_the_better_one(swapped):
    plain = {"key": "x:1", "provider": "x", "kind": "post", "native_id": "1", "url": "https://x.com/1", "author_name": None,
             "author_handle": None, "text": None, "text_complete": None, "title": None, "duration": None, "published_at": None,
             "published_src": None, "media": "[]", "first_seen": "2026", "last_seen": "2026",
             "alts": "[]", "language": None, "poll": "[]", "quoted": None, "thread": None}  # fmt: skip
    one = plain | {
        "text": "पूरा पाठ",
        "text_complete": 1,
        "published_at": "2026-01-01T00:00:00Z",
        "published_src": "id",
    }
    other = plain | {"text": "पूरा पाठ, और भी लंबा…", "text_complete": 0, "published_at": "2026-01-02", "published_src": "markup_date",
                     "author_name": "नाम", "first_seen": "2025", "last_seen": "2027"}  # fmt: skip
    found = merge_embeds(*((other, one) if swapped else (one, other)))
    assert (found["text"], found["published_src"], found["author_name"]) == ("पूरा पाठ", "id", "नाम")
    assert (found["first_seen"], found["last_seen"]) == ("2025", "2027")
