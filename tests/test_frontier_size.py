"""What one page of a crawl costs does not grow with the archive: in SQLite's own steps, not in seconds."""

from __future__ import annotations

import json

import pytest
from archive_fixtures import ArchiveBuilder, article
from simulated_days import own_words

from khabar.archive import health
from khabar.archive.frontier import documents, due, revisits, url_store
from khabar.archive.store import snapshots
from khabar.archive.upkeep import reextract_queue
from khabar.model.items import Block, Outcome, Page, Visit
from khabar.processing.keys import compute_keys

HOME = "http://www.kagaz.newsroom.test/news"


def fill(desk: ArchiveBuilder, number: int) -> None:
    """So many pages that have been visited, of four hosts, with an article each, and as many fetches. As in an archive
    that grows, two hundred of the articles are young enough to be visited again.
    """
    desk.db.execute(
        """with recursive n (i) as (select 1 union all select i + 1 from n where i < ?)
        insert into articles (id, url, source, page_type, text, blocks, word_count, text_sha256, published_on,
          extractor_version, first_seen, last_seen)
        select (1700000000 << 20) + i * 7919, 'http://h/old/' || i, 'kagaz', 'article', 'x', '[]', 1, i, '2026-10-01',
          '0', '2026-10-01T00:00:00Z', '2026-10-01T00:00:00Z' from n""",
        [number],
    )
    desk.db.execute(
        """insert into pages (url, source, host, kind, state, outcome, how, first_seen, last_asked, next_at, article_id)
        select url, 'kagaz', 'h' || (id % 4), 'page', 'done', 'article', 'feed', first_seen, first_seen,
          iif(cast(text_sha256 as integer) <= 200, '2027-01-01T00:00:00Z', null), id from articles where url glob 'http://h/*'"""
    )
    desk.db.execute(
        """insert into fetches (run_id, at, host, url, status, bytes, reason, user_agent)
        select 1, first_seen, 'h0', url, 200, 1, 'page', 'x' from articles where url glob 'http://h/*'"""
    )


def one_page(desk: ArchiveBuilder) -> None:
    """What a crawl does for one new page and for one that it visits again, in the order it does it."""
    keys, now = list(desk.sources), desk.now
    for number in (1, 2, 1):
        skip = [row["id"] for row in desk.rows("select id from pages order by id desc limit 3")]
        due.select_unparsed(desk.db, keys, now, skip=skip, limit=9)
        due.select_due(desk.db, keys, now, skip=skip, limit=9, per_host=4)
        url = f"{HOME}/{number}"
        told = article(
            url, title=f"{number}", blocks=(Block("paragraph", own_words(f"{number}") * 9),)
        )
        (page_id,) = desk.note(url)
        page = Page(url, f"<p>{number}{now}".encode() * 300, now)
        kept = snapshots.save_snapshot(desk.archive, page, page_id)
        source = desk.sources["kagaz"]
        reextract_queue.find_stale_article(desk.db, page_id, source)
        visit = Visit(page_id, "kagaz", page, snapshot_id=kept, article=told)
        visit.outcome, visit.keys = Outcome.ARTICLE, compute_keys(told, source)
        desk.file(visit)
        desk.end(f"{HOME}/gone-{number}", Outcome.NOT_FOUND, "404")
        desk.wait(hours=1)


def open_and_close_run(desk: ArchiveBuilder) -> None:
    """The beginning and the end of a run of which nothing is due."""
    source = desk.sources["kagaz"]
    url_store.register_source(desk.db, source, desk.now)
    revisits.update_revisit_pace(desk.db, source, desk.now, 10.0)
    health.list_reached_sources(desk.db, ["kagaz"])
    documents.list_retired(desk.db, 1)
    health.finish_run(desk.db, desk.run, desk.now, "finished")


@pytest.mark.parametrize("work", [one_page, open_and_close_run], ids=lambda one: one.__name__)
def test_the_work_of_a_page_does_not_grow_with_the_archive(tmp_path, work):
    steps = {}
    for number in (200, 20_000):
        desk = ArchiveBuilder(tmp_path / f"{number}.db")
        fill(desk, number)
        count = [0]
        desk.db.conn.set_progress_handler(lambda c=count: c.__setitem__(0, c[0] + 1), 10)
        work(desk)
        desk.db.conn.set_progress_handler(None, 0)
        steps[number] = 10 * count[0]
        desk.archive.close()
    assert steps[20_000] < 1.5 * steps[200] + 2000, json.dumps(steps)
