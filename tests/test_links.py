"""The links of long documents: saved in slices, in batches, with the rows that one by one would give."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from archive_fixtures import HOME, HOST, START, ArchiveBuilder, source
from command_runner import PATIENCE
from hypothesis import given
from hypothesis import strategies as st
from local_site import HOST as SITE
from local_site import serving

from khabar.archive import open_archive
from khabar.archive.database import transaction
from khabar.archive.frontier import backfills, url_store
from khabar.archive.store.links import LINKS_PER_SLICE, save_early_slices
from khabar.archive.upkeep import takedown
from khabar.model.clock import format_utc
from khabar.model.items import DiscoveredLink, Outcome, Visit
from khabar.model.sources import DiscoveryDocument

COLUMNS = """p.url, p.source, p.host, p.kind, p.state, p.outcome, p.evidence, p.next_at, p.how, p.hint_title,
p.hint_published, p.hint_modified, p.first_seen, p.last_asked, p.sitemap_at, p.backfill, p.tries, a.url, f.url"""
TAKEN = f"{HOME}/news/taken"
MOBILE = HOME.replace("www.", "m.")

# --- a batch gives the rows that one by one gives ---

paths = st.sampled_from(
    ["/news/1", "/news/2", "/news/3", "/news/4?id=7", "/news/taken", "/news/taken/2", "/about", "/sm.xml", "/news/%2e%2e/a", "/news/a/a/a"]
)  # fmt: skip
marks = st.sampled_from(["", "", "", "?utm_source=x", "#top", "&fbclid=1", "?amp=1"])
addresses = st.one_of(
    st.builds(lambda *parts: "".join(parts), st.sampled_from([HOME, HOME, MOBILE]), paths, marks),
    st.sampled_from(
        ["", "http://[::1", "ftp://x/y", "http://elsewhere.example/news/1", f"http://user:pw@{HOST}/news/1", f"{HOME}/news/\x00"]
    ),
)  # fmt: skip
moments = st.sampled_from(
    [None, None, "", "no time", "2026-11-20", "2026-11-24T09:00:00Z", "2026-11-24T13:10:00+00:00", "2026-11-26T09:00:00+05:30"]
)  # fmt: skip
discovered = st.builds(
    DiscoveredLink,
    addresses,
    st.sampled_from(["feed", "sitemap", "news-sitemap", "sitemap-index", "archive-sitemap"]),
    st.sampled_from(["page", "page", "page", "sitemap", "feed"]),
    title=st.sampled_from([None, "सुर्खी", "दूसरी सुर्खी"]),
    published=st.sampled_from([None, "2026-11-24", "2026-11-23T10:00:00Z"]),
    modified=moments,
)
documents = st.lists(
    st.tuples(st.lists(discovered, max_size=12), st.booleans(), st.booleans()), max_size=4
)


def _rows(folder: Path, told, size: int) -> tuple[list, list]:
    """All rows, rows named by URL, after these documents in slices of that size; and the rows of each link."""
    folder.mkdir(exist_ok=True)
    for left in folder.glob("archive.db*"):
        left.unlink()
    desk = ArchiveBuilder(folder / "archive.db")
    own = desk.sources["kagaz"]
    desk.db.execute(
        "insert into takedowns (pattern, reason, asked_by, at) values (?, '', '', ?), (?, '', '', ?)",
        [TAKEN, format_utc(START), f"{TAKEN}/*", format_utc(START)],
    )
    ids = []
    for number, (named, backfill, is_read) in enumerate(told):
        for begin in range(0, len(named), size):
            with transaction(desk.db):
                ids += url_store.upsert_urls(
                    desk.db, own, named[begin : begin + size], desk.now, 1, backfill=backfill
                )
        if is_read:  # some of them are asked for before the next document is read
            desk.db.execute(
                "update pages set state = 'done', outcome = 'article', next_at = null, last_asked = ? "
                "where alias_of is null and outcome is null and length(url) % 3 = ?",
                [format_utc(desk.now), number % 3],
            )
        desk.wait(hours=3)
    names = dict(desk.db.execute("select id, url from pages").fetchall())
    rows = desk.db.execute(
        f"select {COLUMNS} from pages p left join pages a on a.id = p.alias_of "
        "left join pages f on f.id = p.found_on order by p.url"
    ).fetchall()
    desk.archive.db.close()
    desk.archive.lock.close()
    return rows, [names[page_id] for page_id in ids]


@given(documents)
def test_a_batch_gives_the_rows_of_its_links_one_by_one(tmp_path, told):
    together = _rows(tmp_path / "together", told, 1000)
    with pytest.MonkeyPatch.context() as patch:  # … where every row is written, changed or not
        patch.setattr(url_store, "_UPSERT_URL", url_store._UPSERT_URL.partition("\nwhere ")[0])
        alone = _rows(tmp_path / "alone", told, 1)
    assert together == alone


def test_a_known_link_that_says_nothing_new_is_not_written(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    urls = [f"{HOME}/news/{number}" for number in range(50)]
    desk.note(*urls, how="sitemap", modified="2026-11-20")
    written = desk.db.conn.total_changes
    desk.wait(hours=1)
    desk.note(*urls, how="sitemap", modified="2026-11-20")
    assert desk.db.conn.total_changes == written
    desk.archive.close()


# --- slices ---


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    yield opened
    opened.archive.close()


def _long_visit(desk: ArchiveBuilder, count: int, page_id: int = 1) -> Visit:
    found = tuple(DiscoveredLink(f"{HOME}/news/{number}", "sitemap") for number in range(count))
    return Visit(page_id, "kagaz", outcome=Outcome.FEED, found=found)


def _count(desk: ArchiveBuilder) -> int:
    return desk.rows("select count(*) as n from pages where url like '%/news/%'")[0]["n"]


def test_the_last_slice_comes_with_the_outcome(desk):
    visit = _long_visit(desk, 2 * LINKS_PER_SLICE + 7)
    counts = []
    for _ in save_early_slices(desk.db, visit, desk.sources["kagaz"], lambda: desk.now):
        counts.append(_count(desk))
        assert not desk.db.conn.in_transaction
        assert desk.row(f"{HOME}/feed.xml")["outcome"] is None
    assert counts == [LINKS_PER_SLICE, 2 * LINKS_PER_SLICE]
    desk.file(visit)
    assert _count(desk) == 2 * LINKS_PER_SLICE + 7
    assert desk.row(f"{HOME}/feed.xml")["outcome"] == "feed"


def test_a_short_document_has_no_early_slice(desk):
    visit = _long_visit(desk, LINKS_PER_SLICE)
    assert list(save_early_slices(desk.db, visit, desk.sources["kagaz"], lambda: desk.now)) == []
    assert len(visit.found) == LINKS_PER_SLICE and _count(desk) == 0


def test_a_document_taken_down_between_slices_names_nothing_more(desk):
    visit = _long_visit(desk, 3 * LINKS_PER_SLICE)
    slices = save_early_slices(desk.db, visit, desk.sources["kagaz"], lambda: desk.now)
    next(slices)
    takedown.add_takedown(desk.archive, f"{HOME}/feed.xml", "asked", "the author", desk.now)
    visits = desk.rows("select id from pages where url = ?", f"{HOME}/feed.xml")
    visit.page_id = visits[0]["id"]
    assert list(slices) == []
    desk.file(visit)
    assert _count(desk) == LINKS_PER_SLICE


def test_slices_of_a_backfill_are_of_its_days_and_wait_last(desk):
    own = desk.add(source(archive_sitemaps=(DiscoveryDocument(url=f"{HOME}/sitemap-archive.xml"),)))
    day = START.date()
    backfills.begin_backfill(desk.db, own, day, day, desk.now)
    page_id = desk.row(f"{HOME}/sitemap-archive.xml")["id"]
    found = tuple(
        DiscoveredLink(
            f"{HOME}/news/{number}", "sitemap", published=f"2026-{11 - number % 2:02}-24"
        )
        for number in range(2 * LINKS_PER_SLICE + 2)
    )
    visit = Visit(page_id, "kagaz", outcome=Outcome.FEED, found=found)
    for _ in save_early_slices(desk.db, visit, own, lambda: desk.now):
        pass
    desk.file(visit)
    rows = desk.rows("select backfill from pages where url like '%/news/%'")
    assert len(rows) == LINKS_PER_SLICE + 1 and all(row["backfill"] for row in rows)


# --- in a crawl ---


def _sitemap(count: int) -> bytes:
    named = "".join(f"<url><loc>http://{SITE}/page/{number}</loc></url>" for number in range(count))
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{named}</urlset>'.encode()


def test_killed_between_slices_nothing_is_lost(tmp_path):
    count = 40 * LINKS_PER_SLICE
    with serving({"/feed.xml": _sitemap(count)}, tmp_path) as khabar:
        file = tmp_path / "sources" / "pages.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("[[feeds]]", "[[news_sitemaps]]"), encoding="utf-8")
        run = khabar.start("crawl", "--limit", "1")
        deadline = time.monotonic() + PATIENCE
        while not (known := _known(khabar.archive)) and time.monotonic() < deadline:
            time.sleep(0.01)
        run.kill()
        known = _known(khabar.archive)
        assert 0 < known < count and known % LINKS_PER_SLICE == 0
        assert _read(khabar.archive) is None
        again = khabar("crawl", "--limit", "1")
        assert (again.code, again.err) == (0, "")
    assert (_known(khabar.archive), _read(khabar.archive)) == (count, "feed")


def _ask(path: Path, sql: str):
    if not path.exists():
        return None
    try:
        with open_archive(path) as archive:
            return archive.db.execute(sql).fetchone()
    except Exception:  # noqa: BLE001  the file is being made
        return None


def _known(path: Path) -> int:
    return (_ask(path, "select count(*) from pages where kind = 'page'") or (0,))[0]


def _read(path: Path) -> str | None:
    return (_ask(path, "select outcome from pages where kind = 'sitemap'") or (None,))[0]
