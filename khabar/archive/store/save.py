"""A visit's end: article, embeds, revision, ledger row, counts in one transaction: seen and stored always agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Literal

from sqlite_utils import Database

from khabar.archive import health, takedowns
from khabar.archive.database import transaction
from khabar.archive.frontier import backfills, documents, ledger, revisits
from khabar.archive.store import identity, multipage, revisions, snapshots
from khabar.archive.store.revisions import Reading
from khabar.extraction import version_of
from khabar.model import schedule
from khabar.model.clock import parse_stamp, stamp
from khabar.model.items import TRANSIENT, Article, Found, Outcome, Page, Visit
from khabar.model.sources import Source

Change = Literal["new", "edited", "unchanged", "removed", "taken down"]
_CRAWLED = "select 1 from revisions where article_id = ? and reason <> 'import'"
REMOVED = frozenset({Outcome.NOT_FOUND, Outcome.GONE, Outcome.SOFT_404})


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


def file_visit(
    db: Database, visit: Visit, source: Source, now: datetime, run: int | None, *, imported: bool = False
) -> Filed:
    """Writes down all that a visit brought, or nothing of it. An import makes nothing due that was not known before.

    Raises ArchiveError when the archive cannot take it.
    """
    with transaction(db):
        desk, newest = _Desk(db, source, now, _row(db, visit.page_id)), ledger.newest(db)
        filed = _taken_down(desk, visit) or _step(visit)(desk, visit)
        if visit.article and visit.snapshot_id:
            snapshots.remember_rights(db, visit.snapshot_id, visit.article)
        if visit.article or visit.outcome is Outcome.UNREADABLE:
            ledger.remember_reader(db, visit.page_id, version_of(source))
        if visit.page and filed.outcome:
            _remember_page(desk, visit.page, visit, filed.outcome)
        if imported:
            ledger.ask_for_none(db, None if desk.row["article_id"] else visit.page_id, newest)
        if run is not None:
            ended, is_document = filed.outcome or visit.outcome, desk.row["kind"] != "page"
            health.tally(db, run, visit, ended, filed.change, document=is_document)
    return filed


def _row(db: Database, page_id: int) -> dict[str, object]:
    names = ("url", "kind", "state", "outcome", "article_id", "tries", "found_on", "hint_modified", "alias_of",
             "backfill", "first_seen")  # fmt: skip
    row = db.execute(f"select {', '.join(names)} from pages where id = ?", [page_id]).fetchone()  # noqa: S608
    return dict(zip(names, row, strict=True))


def _remember_page(desk: _Desk, page: Page, visit: Visit, outcome: Outcome) -> None:
    """What the next request asks with, and a document's body. Of an answer that was none, nothing is remembered."""
    if page.status != 304:
        ledger.remember_validators(desk.db, visit.page_id, page.headers if page.status == 200 else {})
    if outcome is Outcome.FEED and page.status == 200:
        documents.remember_body(desk.db, visit.page_id, page)


def _step(visit: Visit) -> Callable[[_Desk, Visit], Filed]:
    if visit.outcome is None:
        return _not_modified
    if visit.outcome in TRANSIENT:
        return _not_now
    if visit.outcome is Outcome.ALIAS and visit.found:
        return _redirected
    if visit.outcome is Outcome.ARTICLE:
        return _article
    if visit.outcome is Outcome.PART:
        return _later_page
    return _ended


# --- the ways a visit can end ---


def _taken_down(desk: _Desk, visit: Visit) -> Filed | None:
    """A page to be forgotten, by its own address, the one it stands for or its words: what was kept of it goes."""
    found = takedowns.of_visit(desk.db, visit, str(desk.row["url"]))
    if found is None:
        return None
    if visit.snapshot_id:
        snapshots.drop(desk.db, visit.snapshot_id)
    ledger.close(desk.db, visit.page_id, Outcome.TAKEN_DOWN, f"takedown {found}", desk.now)
    return Filed(Outcome.TAKEN_DOWN)


def _not_modified(desk: _Desk, visit: Visit) -> Filed:
    """304: what is known stands. A first page woken meanwhile is still to be read."""
    if desk.row["state"] == "fetched":
        return Filed(None)
    outcome = Outcome(str(desk.row["outcome"])) if desk.row["outcome"] else Outcome.EMPTY
    article_id = desk.row["article_id"]
    if article_id:
        multipage.ask_again(desk.db, visit.page_id, desk.now)
        desk.db.execute("update articles set last_seen = ? where id = ?", [stamp(desk.now), article_id])
    alias_of = desk.row["alias_of"] if outcome is Outcome.PART else None
    _close(desk, visit, outcome, visit.evidence, alias_of=alias_of)  # type: ignore[arg-type]  # a row's id
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
    multipage.moved(desk.db, visit.page_id, target)
    _close(desk, visit, Outcome.ALIAS, visit.evidence, alias_of=target)
    return Filed(Outcome.ALIAS)


def _ended(desk: _Desk, visit: Visit) -> Filed:
    """Anything but an article: its outcome, what it pointed at, and (a page that is gone) the end of its article."""
    assert visit.outcome
    if desk.row["backfill"] and desk.row["kind"] != "page":
        backfills.note(desk.db, desk.source, visit.found, desk.now, visit.page_id)
    else:
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
    is_page = desk.row["kind"] == "page"
    again = partial(_article_again, article_id=article_id) if is_page else _document_again
    next_at = again(desk, visit.page_id, outcome)
    ledger.close(
        desk.db, visit.page_id, outcome, evidence, desk.now, next_at=next_at, article_id=article_id, alias_of=alias_of
    )


def _document_again(desk: _Desk, page_id: int, outcome: Outcome) -> datetime | None:
    """Documents are polled; a backfill reads each of its own once."""
    if desk.row["backfill"]:
        return None
    kind, found_on, modified = (desk.row[name] for name in ("kind", "found_on", "hint_modified"))
    row = documents.Row(page_id, kind, found_on, modified)  # type: ignore[arg-type]  # the columns' own types
    return documents.again(desk.db, row, outcome, desk.source, desk.now)


def _article_again(desk: _Desk, page_id: int, outcome: Outcome, article_id: int | None = None) -> datetime | None:
    """Articles are read again at set ages, also while they are gone: some come back. Later pages follow their first."""
    held = article_id or desk.row["article_id"]
    if held and outcome is not Outcome.ALIAS:
        return revisits.again(desk.db, int(str(held)), desk.source, desk.now)
    if outcome is Outcome.FORBIDDEN:  # a host that refuses everybody for an hour refuses this page, too
        return schedule.after_refusal(parse_stamp(str(desk.row["first_seen"])), desk.now)
    return None


# --- articles ---


def _article(desk: _Desk, visit: Visit) -> Filed:
    """The same page, the same text elsewhere in the source, or a new article."""
    assert visit.article and visit.keys
    db, article = desk.db, visit.article
    if article.amp_url:
        ledger.note_twin(db, desk.source, article.amp_url, visit.page_id, desk.now)
    reading = Reading(
        article, visit.keys.url, desk.source.key, visit.keys.text_sha256, desk.now, visit.snapshot_id,
        extractor=version_of(desk.source),
    )  # fmt: skip
    known = identity.of_page(db, desk.source, reading, visit.page_id)
    reading, held = replace(reading, url=known.url), known.article_id
    visit.evidence = "; ".join(filter(None, (visit.evidence, known.doubt)))
    if held is None and (twin := identity.same_text(db, reading)):
        _close(desk, visit, Outcome.ALIAS, f"same text as {twin.url}", alias_of=twin.page_id)
        return Filed(Outcome.ALIAS)
    if held is None:
        return Filed(_settle_addresses(desk, visit, reading.url, revisions.first(db, reading)), "new")
    change = _read_again(desk, visit, held, reading)
    if change == "unchanged" and visit.snapshot_id:
        revisions.keep_hash_only(db, held, visit.snapshot_id)
    return Filed(_settle_addresses(desk, visit, reading.url, held), change)


def _later_page(desk: _Desk, visit: Visit) -> Filed:
    """A later page of a story: its words go to the first page's article when that is read next."""
    head_id, number = multipage.take(desk.db, desk.source, visit, desk.now)
    _close(desk, visit, Outcome.PART, f"page {number}", alias_of=head_id)
    return Filed(Outcome.PART)


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
    if revisions.go_on(desk.db, article_id, reading):
        return "unchanged"
    reason: revisions.Reason = "edit" if last_page else "crawl"
    changed = revisions.again(desk.db, article_id, replace(reading, seen_after=before), reason)
    return "edited" if changed else "unchanged"


def _settle_addresses(desk: _Desk, visit: Visit, url: str, article_id: int) -> Outcome:
    """The page's own row; when the article stands under another address, that address's row too."""
    if desk.row["url"] == url:
        _close(desk, visit, Outcome.ARTICLE, visit.evidence, article_id=article_id)
        multipage.settle(desk.db, desk.source, visit, desk.now)
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
        if takedowns.taken_down(db, url, source, text_sha256):
            return "taken down"
        ledger.enrol_unknown(db, source, now)
        reading = Reading(article, url, source, text_sha256, now)
        if held := identity.known_as(db, reading):
            ledger.note_import_alias(db, url, source, held, now)
            crawled = db.execute(_CRAWLED, [held]).fetchone()
            return "edited" if not crawled and revisions.again(db, held, reading, "import") else "unchanged"
        if twin := identity.same_text(db, reading):
            ledger.note_import_alias(db, url, source, twin.article_id, now)
            return "unchanged"
        ledger.note_import(db, url, source, revisions.first(db, reading, "import"), now)
        return "new"
