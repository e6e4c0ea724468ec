"""A visit's end: article, embeds, revision, ledger row, counts in one transaction: seen and stored always agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from archive import health, ledger, revisions, snapshots
from archive.connect import transaction
from archive.revisions import Reading
from crawler import schedule
from crawler.clock import parse_stamp, stamp
from crawler.items import TRANSIENT, Article, Found, Outcome, Visit
from crawler.sources import Source

Change = Literal["new", "edited", "unchanged", "removed"]
REMOVED = frozenset({Outcome.NOT_FOUND, Outcome.GONE, Outcome.SOFT_404})
ASK_DOCUMENT_AGAIN = timedelta(days=1)  # a feed or sitemap that is gone, forbidden or moved may come back
SAME_TEXT_WORDS = 25  # fewer words may be the same by chance


@dataclass(frozen=True, slots=True)
class Filed:
    """How a visit ended: its outcome (None: it waits), and what it changed for readers."""

    outcome: Outcome | None
    change: Change | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every step of one filing shares. `row`: the ledger row as it was before."""

    db: Database
    source: Source
    now: datetime
    row: dict[str, object]


def file_visit(db: Database, visit: Visit, source: Source, now: datetime, run: int | None) -> Filed:
    """Writes down all that a visit brought, or nothing of it. Raises ArchiveError when the archive cannot take it."""
    with transaction(db):
        desk = _Desk(db, source, now, _row(db, visit.page_id))
        filed = _step(visit)(desk, visit)
        if visit.page and visit.page.status == 200 and filed.outcome:
            ledger.remember_validators(db, visit.page_id, visit.page.headers)
        if run is not None:
            is_document = desk.row["kind"] != "page"
            health.tally(db, run, source.key, filed.change, failed=_is_failure(filed, visit), document=is_document)
    return filed


def _row(db: Database, page_id: int) -> dict[str, object]:
    names = ("url", "kind", "outcome", "article_id", "tries", "found_on", "hint_modified", "alias_of")
    row = db.execute(f"select {', '.join(names)} from pages where id = ?", [page_id]).fetchone()  # noqa: S608
    return dict(zip(names, row, strict=True))


def _is_failure(filed: Filed, visit: Visit) -> bool:
    return (filed.outcome or visit.outcome) in health.FAILURES


def _step(visit: Visit) -> Callable[[_Desk, Visit], Filed]:
    if visit.outcome is None:
        return _not_modified
    if visit.outcome in TRANSIENT:
        return _not_now
    if visit.outcome is Outcome.ALIAS and visit.found:
        return _redirected
    if visit.outcome is Outcome.ARTICLE:
        return _article
    return _ended


# --- the ways a visit can end ---


def _not_modified(desk: _Desk, visit: Visit) -> Filed:
    """304: what is known stands."""
    outcome = Outcome(str(desk.row["outcome"])) if desk.row["outcome"] else Outcome.EMPTY
    article_id = desk.row["article_id"]
    if article_id:
        desk.db.execute("update articles set last_seen = ? where id = ?", [stamp(desk.now), article_id])
    _close(desk, visit, outcome, visit.evidence)
    return Filed(outcome, "unchanged" if article_id else None)


def _not_now(desk: _Desk, visit: Visit) -> Filed:
    """A failure a later try may mend. Waiting for a host's pause is no try, nor is a word on our own haste (429)."""
    assert visit.outcome
    told = visit.retry_at
    counts = told is None or (visit.page is not None and visit.page.status != 429)
    later = schedule.retry(ledger.tries(desk.db, visit.page_id) + 1, desk.now) if counts else told
    if later is None:
        _close(desk, visit, visit.outcome, visit.evidence)
        return Filed(visit.outcome)
    until = max(later, told) if told else later
    ledger.wait(desk.db, visit.page_id, f"{visit.outcome}: {visit.evidence}", desk.now, until, tried=counts)
    return Filed(None)


def _redirected(desk: _Desk, visit: Visit) -> Filed:
    """The page is another's alias; one that leads back to itself is a loop."""
    target = ledger.note(desk.db, desk.source, visit.found, desk.now, visit.page_id)[0]
    if ledger.leads_back(desk.db, target, visit.page_id):
        _close(desk, visit, Outcome.REDIRECT_LOOP, visit.evidence)
        return Filed(Outcome.REDIRECT_LOOP)
    _close(desk, visit, Outcome.ALIAS, visit.evidence, alias_of=target)
    return Filed(Outcome.ALIAS)


def _ended(desk: _Desk, visit: Visit) -> Filed:
    """Anything but an article: its outcome, what it pointed at, and (a page that is gone) the end of its article."""
    assert visit.outcome
    ledger.note(desk.db, desk.source, visit.found, desk.now, visit.page_id)
    _close(desk, visit, visit.outcome, visit.evidence)
    if visit.outcome in REMOVED and desk.row["article_id"]:
        done = desk.db.execute(
            "update articles set removed_at = ? where id = ? and removed_at is null",
            [stamp(desk.now), desk.row["article_id"]],
        )
        return Filed(visit.outcome, "removed" if done.rowcount else None)
    return Filed(visit.outcome)


def _close(
    desk: _Desk, visit: Visit, outcome: Outcome, evidence: str, *, article_id: int | None = None,
    alias_of: int | None = None,
) -> None:  # fmt: skip
    next_at = (
        _document_again(desk, outcome) if desk.row["kind"] != "page" else _article_again(desk, outcome, article_id)
    )
    ledger.close(
        desk.db, visit.page_id, outcome, evidence, desk.now, next_at=next_at, article_id=article_id, alias_of=alias_of
    )


def _document_again(desk: _Desk, outcome: Outcome) -> datetime | None:
    """Documents are polled; a child of an index that has long been still waits for its index to name it again."""
    if outcome is not Outcome.FEED:
        return desk.now + ASK_DOCUMENT_AGAIN
    modified = desk.row["hint_modified"]
    if desk.row["found_on"] and modified and str(modified) < stamp(desk.now - ledger.STALE_CHILD):
        return None
    return schedule.poll(str(desk.row["kind"]), desk.now)  # type: ignore[arg-type]  # the column's own check


def _article_again(desk: _Desk, outcome: Outcome, article_id: int | None) -> datetime | None:
    """Articles are read again at set ages, also while they are gone: some come back."""
    held = article_id or desk.row["article_id"]
    if not held or outcome not in {Outcome.ARTICLE, *REMOVED}:
        return None
    first_seen = desk.db.execute("select first_seen from articles where id = ?", [held]).fetchone()[0]
    return schedule.revisit(parse_stamp(first_seen), desk.now)


# --- articles ---


def _article(desk: _Desk, visit: Visit) -> Filed:
    """The same page, the same text elsewhere in the source, or a new article."""
    assert visit.article and visit.keys
    db, article = desk.db, visit.article
    _note_links(desk, visit)
    if visit.snapshot_id:
        snapshots.remember_rights(db, visit.snapshot_id, dict(article.rights))
    reading = Reading(article, visit.keys.url, desk.source.key, visit.keys.text_sha256, desk.now, visit.snapshot_id)
    held = desk.row["article_id"] or _held_at(db, reading.url)
    if held is None and (twin := _same_text(db, reading)):
        _close(desk, visit, Outcome.ALIAS, f"same text as {twin[1]}", alias_of=twin[0])
        return Filed(Outcome.ALIAS)
    if held is None:
        return Filed(_settle_addresses(desk, visit, reading.url, revisions.first(db, reading)), "new")
    change = _read_again(desk, visit, int(str(held)), reading)
    if change == "unchanged" and visit.snapshot_id:
        snapshots.keep_hash_only(db, visit.snapshot_id, visit.page_id)
    return Filed(_settle_addresses(desk, visit, reading.url, int(str(held))), change)


def _note_links(desk: _Desk, visit: Visit) -> None:
    """What the page says of its other addresses: AMP twin, next page, canonical page."""
    assert visit.article and visit.keys
    article = visit.article
    told = {"amp": article.amp_url, "next-page": article.next_url}
    links = [Found(url, how) for how, url in told.items() if url]
    ledger.note(desk.db, desk.source, links, desk.now, visit.page_id)


def _held_at(db: Database, url: str) -> int | None:
    row = db.execute("select id from articles where url = ?", [url]).fetchone()
    return row[0] if row else None


def _same_text(db: Database, reading: Reading) -> tuple[int, str] | None:
    """(ledger row, address) of an article of this source with these very words."""
    if reading.text_sha256 is None:
        return None
    return db.execute(  # type: ignore[no-any-return]
        """select p.id, a.url from articles a join pages p on p.article_id = a.id and p.url = a.url
        where a.text_sha256 = ? and a.source = ? and a.word_count >= ? limit 1""",
        [reading.text_sha256, reading.source, SAME_TEXT_WORDS],
    ).fetchone()


def _read_again(desk: _Desk, visit: Visit, article_id: int, reading: Reading) -> Change:
    """A known article. What its own address says wins over a twin's (AMP, mobile, tracked)."""
    before, revision, last_page = desk.db.execute(
        """select a.last_seen, a.revision, s.page_id from articles a
        left join revisions r on r.article_id = a.id and r.revision = a.revision
        left join snapshots s on s.id = r.snapshot_id where a.id = ?""",
        [article_id],
    ).fetchone()
    is_home, elsewhere = desk.row["url"] == reading.url, last_page not in (None, visit.page_id)
    if elsewhere and not is_home:
        return "unchanged"
    if elsewhere and revision == 1:
        revisions.at_home(desk.db, article_id, reading)
        return "unchanged"
    reason: revisions.Reason = "edit" if last_page else "crawl"
    changed = revisions.again(desk.db, article_id, replace(reading, seen_after=before), reason)
    return "edited" if changed else "unchanged"


def _settle_addresses(desk: _Desk, visit: Visit, url: str, article_id: int) -> Outcome:
    """The page's own row; when the article stands under another address, that address's row too."""
    if desk.row["url"] == url:
        _close(desk, visit, Outcome.ARTICLE, visit.evidence, article_id=article_id)
        return Outcome.ARTICLE
    own = ledger.note(desk.db, desk.source, [Found(url, "canonical")], desk.now, visit.page_id)[0]
    desk.db.execute("update pages set article_id = coalesce(article_id, ?) where id = ?", [article_id, own])
    ledger.close(desk.db, visit.page_id, Outcome.ALIAS, f"canonical: {url}", desk.now, alias_of=own)
    return Outcome.ALIAS


# --- imports ---


def file_import(
    db: Database, article: Article, source: str, url: str, text_sha256: str | None, now: datetime
) -> Change:
    """An article from elsewhere. One we crawled ourselves stands as it is; one imported before may be edited."""
    with transaction(db):
        ledger.enrol_unknown(db, source, now)
        reading = Reading(article, url, source, text_sha256, now)
        held = _held_at(db, url)
        if held is None:
            ledger.note_import(db, url, source, revisions.first(db, reading, "import"), now)
            return "new"
        crawled = db.execute("select 1 from revisions where article_id = ? and reason <> 'import'", [held]).fetchone()
        return "edited" if not crawled and revisions.again(db, held, reading, "import") else "unchanged"
