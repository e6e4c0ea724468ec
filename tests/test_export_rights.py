"""What goes out for which purpose, on a site that reserves in every way a site can; each reason is counted."""

from __future__ import annotations

import json

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article, source
from export_fixtures import exported, lines, prose
from local_site import HOST, serving

from khabar.archive import health, open_archive
from khabar.archive.upkeep import account
from khabar.archive.upkeep.account import ReportPeriod

ROBOTS = b"""User-agent: *
Allow: /
Content-Signal: /page/signal ai-train=no, search=yes
Content-Usage: /page/usage train-ai=n

User-agent: GPTBot
User-agent: CCBot
Disallow: /page/barred
"""
# page -> what its head says
HEADS = {
    "plain": "",
    "barred": "",
    "signal": "",
    "usage": "",
    "noai": '<meta name="robots" content="noai, index">',
    "tdm": '<meta name="tdm-reservation" content="1">',
    "noindex": '<meta name="robots" content="noindex">',
    "nosnippet": '<meta name="robots" content="nosnippet">',
    "noarchive": '<meta name="robots" content="noarchive">',
}
FOR_TRAINING = {
    "Content-Signal in robots.txt": 1, "Content-Usage in robots.txt": 1, "TDM reservation": 1, "noai": 1,
    "robots.txt bars AI robots (CCBot, GPTBot)": 1,
}  # fmt: skip


def page(name: str, head: str) -> bytes:
    body = "".join(f"<p>{prose(list(HEADS).index(name) * 10 + at + 1, 30)}</p>" for at in range(5))
    return f"""<!doctype html><html lang="hi"><head><meta charset="utf-8"><title>समाचार {name}</title>{head}
<link rel="canonical" href="http://{HOST}/page/{name}"><meta property="article:published_time"
content="2026-11-20T10:00:00+05:30"></head><body><article><h1>समाचार {name}</h1>{body}</article></body></html>""".encode()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rights")
    pages = {f"/page/{name}": page(name, head) for name, head in HEADS.items()}
    with serving({**pages, "/robots.txt": ROBOTS}, folder) as khabar:
        run = khabar("crawl")
        assert (run.code, run.err) == (0, "")
        yield khabar


@pytest.fixture
def archive(crawled):
    with open_archive(crawled.archive) as one:
        yield one


def names(folder):
    return {row["url"].rpartition("/")[2]: row for row in lines(folder / "articles.jsonl")}


def test_research_has_all_but_what_must_not_be_archived(archive, tmp_path):
    manifest = exported(archive, tmp_path, purpose="research")
    assert names(tmp_path).keys() == HEADS.keys() - {"noarchive"}
    assert manifest["withheld"] == {} and manifest["withheld_from_every_export"] == {"noarchive": 1}
    assert manifest["rights"] == [
        {"source": "pages", "permission": "none", "all": 8, "metadata": 0, "nothing": 0}
    ]


def test_search_has_what_may_be_found(archive, tmp_path):
    manifest = exported(archive, tmp_path, purpose="search")
    assert names(tmp_path).keys() == HEADS.keys() - {"noarchive", "noindex", "nosnippet"}
    assert manifest["withheld"] == {"noindex": 1, "nosnippet": 1}


def test_training_has_metadata_only_of_what_nobody_reserved(archive, tmp_path):
    manifest = exported(archive, tmp_path, purpose="train")
    rows = names(tmp_path)
    assert rows.keys() == {"plain", "noindex", "nosnippet"}
    assert manifest["withheld"] == FOR_TRAINING
    assert manifest["text_left_out"] == {"no permission of the source": 3}
    for row in rows.values():
        assert (
            row["text"] is None
            and row["blocks"] == []
            and row["embeds"] == []
            and row["title"] is None
        )
    card = (tmp_path / "README.md").read_text()
    assert "| pages | none | 0 | 3 | 5 |" in card and "unlicensed" not in card


def test_unlicensed_text_is_said_in_the_card(archive, tmp_path):
    exported(archive, tmp_path, purpose="train", unlicensed_text=True)
    rows = names(tmp_path)
    assert rows.keys() == {"plain", "noindex", "nosnippet"} and all(
        row["text"] for row in rows.values()
    )
    assert "**`--unlicensed-text` was given" in (tmp_path / "README.md").read_text()


def test_input_to_ai_has_what_nobody_reserved_for_it(archive, tmp_path):
    manifest = exported(archive, tmp_path, purpose="ai-input")
    assert names(tmp_path).keys() == HEADS.keys() - {"noarchive", "noai"}
    assert manifest["withheld"] == {"noai": 1}
    assert "Made as **input to AI**" in (tmp_path / "README.md").read_text()


def test_a_ban_of_archives_is_in_the_card_and_the_account(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    robots = b"User-agent: archive.org_bot\nUser-agent: ia_archiver\nDisallow: /\n"
    health.save_site_file(desk.db, "robots", HOME, 200, robots, desk.now)
    desk.read(article())
    for purpose in ("research", "train"):
        manifest = exported(desk.archive, tmp_path / purpose, purpose=purpose)
        assert manifest["archives_barred"] == {"kagaz": ["archive.org_bot", "ia_archiver"]}
        assert (
            "| kagaz | archive.org_bot, ia_archiver |"
            in (tmp_path / purpose / "README.md").read_text()
        )
    period = ReportPeriod(desk.now.date(), desk.now.date())
    account.write_report(desk.db, "kagaz", period, tmp_path / "account", desk.now)
    assert (
        "archives barred: archive.org_bot, ia_archiver"
        in (tmp_path / "account/account.html").read_text()
    )
    desk.archive.close()


@pytest.mark.parametrize("format_", ["parquet", "csv", "sqlite"])
def test_no_format_lets_words_out(archive, tmp_path, format_):
    exported(archive, tmp_path, format_, purpose="train")
    words = prose(1, 30).split()[:6]
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or " ".join(words).encode() not in path.read_bytes()


def test_raw_pages_are_words_too(archive, tmp_path):
    manifest = exported(archive, tmp_path, "warc", purpose="train")
    assert manifest["articles"] == 0


@pytest.mark.parametrize(("permission", "number"), [("written", 3), ("open", 2), ("none", 0)])
def test_a_source_s_permission(tmp_path, permission, number):
    """Written leave outweighs what is told the whole world; an open licence does not."""
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.add(source("pratilipi", permission=permission))
    health.save_site_file(
        desk.db, "robots", "http://www.pratilipi.newsroom.test", 404, b"", desk.now
    )
    for at, rights in enumerate(({}, {"license": "https://example.org/by"}, {"noai": True})):
        desk.read(
            article(f"http://www.pratilipi.newsroom.test/news/{at}", prose(at), rights=rights),
            key="pratilipi",
        )
    exported(desk.archive, tmp_path / "x", purpose="train")
    assert (
        sum(row["text"] is not None for row in lines(tmp_path / "x" / "articles.jsonl")) == number
    )
    desk.archive.close()


def test_the_site_s_tdmrep_json_counts(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.read(article())
    rules = json.dumps([{"location": "/news/", "tdm-reservation": 1}])
    desk.db.execute(
        "insert into tdmreps (origin, status, body, sha256, first_seen, last_asked) values (?, 200, ?, 'x', ?1, ?1)",
        [HOME, rules.encode()],
    )
    assert exported(desk.archive, tmp_path / "x", purpose="train")["withheld"] == {
        "TDM reservation": 1
    }
    desk.archive.close()
