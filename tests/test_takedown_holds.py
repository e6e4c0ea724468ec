"""What was taken down stays away: no crawl, no import and no other address brings it back."""

from __future__ import annotations

import json
import shutil

import pytest
from archive_fixtures import HOME, WORDS, ArchiveBuilder, article
from conftest import Khabar, settle_in
from residue_scan import traces
from takedown_fixtures import (
    AFTER,
    BESIDES,
    HEADLINE,
    PLANTED,
    URL,
    down,
    held,
    plant,
    planted,
    planted_page,
)

from khabar.archive import ArchiveError
from khabar.archive.frontier import url_store
from khabar.archive.store.save import save_import
from khabar.model.items import DedupKeys, DiscoveredLink


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return plant(tmp_path_factory.mktemp("ground"))


@pytest.fixture
def desk(ground, tmp_path):
    shutil.copytree(ground, tmp_path, dirs_exist_ok=True)
    opened = ArchiveBuilder(tmp_path / "archive.db", AFTER)
    yield opened
    opened.archive.close()


def test_the_next_crawl_does_not_ask_for_it(desk, tmp_path):
    down(desk)
    desk.wait(days=3)
    link = DiscoveredLink(URL, "feed", title=HEADLINE, modified="2026-11-26T08:00:00Z")
    url_store.upsert_urls(desk.db, desk.sources["kagaz"], [link], desk.now, None)
    row = desk.row(URL)
    assert (row["state"], row["outcome"], row["next_at"], row["hint_title"]) == (
        "done",
        "taken-down",
        None,
        None,
    )
    with pytest.raises(ArchiveError, match="taken down 2026-11-24 .अदालत का आदेश."):
        url_store.schedule_now(desk.db, desk.sources["kagaz"], URL, desk.now)


def elsewhere(desk: ArchiveBuilder) -> None:
    """The same words under an address never seen."""
    desk.read(planted(f"{HOME}/news/7-again", "संशोधित।"), body=planted_page("संशोधित।"))


def canonical(desk: ArchiveBuilder) -> None:
    """Another address whose page says that it stands for the one taken down."""
    desk.read(article(f"{HOME}/news/8", *WORDS, PLANTED, canonical_url=URL), body=planted_page())


def crawled(desk: ArchiveBuilder) -> None:
    """A page that was under way."""
    desk.read(planted(), body=planted_page())


def imported(desk: ArchiveBuilder) -> None:
    assert save_import(desk.db, planted(), "kagaz", DedupKeys(URL), desk.now) == "taken down"


@pytest.mark.parametrize(
    "comes_back", [elsewhere, canonical, crawled, imported], ids=lambda one: one.__name__
)
def test_no_way_leads_back(desk, tmp_path, comes_back):
    down(desk)
    comes_back(desk)
    assert held(desk) == []
    desk.db.execute("pragma wal_checkpoint(truncate)")
    assert [one for one in traces(tmp_path, PLANTED, BESIDES) if "raw" not in one] == []


def test_no_import_brings_it_back(desk, tmp_path):
    """Neither a collection's line nor a list that asks for it to be fetched."""
    settle_in(tmp_path)
    down(desk)
    url = "http://www.savera.newsroom.test/2026/11/gomti-ghat-safai/"
    down(desk, url)
    desk.archive.close()
    line = {"url": URL, "title": HEADLINE, "text": f"{BESIDES} {PLANTED}", "source": "kagaz"}
    (tmp_path / "set.jsonl").write_text(
        json.dumps(line) + "\n" + json.dumps({"id": 7, "url": url}), encoding="utf-8"
    )
    done = Khabar(desk.path, "", desk.now)("import", str(tmp_path / "set.jsonl"))
    assert (done.code, done.out, done.err) == (0, "2 taken down\n", "")
    desk.__post_init__()
    assert held(desk) == [] and desk.rows("select 1 from pages where url = ?", url) == []


def test_an_address_never_seen_is_kept_out_too(desk):
    down(desk, f"{HOME}/news/900")
    desk.note(f"{HOME}/news/900")
    assert desk.row(f"{HOME}/news/900")["outcome"] == "taken-down"
