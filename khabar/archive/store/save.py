"""Saves a visit in one transaction: article, embeds, revision, frontier row and run counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from khabar.archive import health, takedowns
from khabar.archive.database import transaction
from khabar.archive.frontier import documents, imports, outcomes, retries, revisits, url_store
from khabar.archive.frontier.incidents import Ending
from khabar.archive.store import identity, multipage, revisions, second_signs, snapshots
from khabar.archive.store.links import save_links
from khabar.archive.store.revisions import NewRevision
from khabar.archive.store.save_context import SaveContext, find_ending, load_page_row, set_outcome
from khabar.extraction import extractor_version
from khabar.model import schedule
from khabar.model.clock import format_utc
from khabar.model.items import (
    RETRYABLE,
    TRANSIENT,
    Article,
    DedupKeys,
    DiscoveredLink,
    Outcome,
    Visit,
)
from khabar.model.sources import Source

Change = Literal["new", "edited", "unchanged", "removed", "taken down"]
# Whether an import leaves an article as it is: it was crawled, or is known with the same text at
# another URL.
_IS_KEPT = """select
  exists (select 1 from revisions where article_id = :id and reason <> 'import')
  or exists (select 1 from articles where id = :id and url <> :url and text_sha256 = :sha256)"""
REMOVAL_OUTCOMES = frozenset({Outcome.NOT_FOUND, Outcome.GONE, Outcome.SOFT_404})


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The outcome of a visit and the visible change of its article.

    `outcome` None: the page has to be requested or extracted again first. `ending`: of a page that
    was answered, for the search for incidents.
    """

    outcome: Outcome | None
    change: Change | None = None
    ending: Ending | None = None


def save_visit(
    db: Database,
    visit: Visit,
    source: Source,
    now: datetime,
    run: int | None,
    *,
    is_import: bool = False,
) -> SaveResult:
    """Saves a visit with its article, links and outcome: all of it, or nothing on an error.

    An import (`is_import`) schedules no request for URLs that were unknown before. With a `run` the
    visit is counted in that run.

    Raises ArchiveError when the archive cannot be written.
    """
    with transaction(db):
        context = SaveContext(db, source, now, load_page_row(db, visit.page_id))
        max_page_id = url_store.max_url_id(db) if is_import else 0
        result = _apply_takedown(context, visit) or _select_handler(visit)(context, visit)
        if visit.article and visit.snapshot_id:
            snapshots.save_rights(db, visit.snapshot_id, visit.article)
        if visit.kind == "feed" and visit.page and result.outcome is Outcome.FEED and visit.found:
            health.save_feed_license(db, visit.page.url, visit.feed_license, now)
        _save_page_state(context, visit, result.outcome)
        if is_import:
            url_store.unschedule_urls(
                db, None if context.row["article_id"] else visit.page_id, max_page_id
            )
        if run is not None:
            outcome = result.outcome or visit.outcome
            health.count_visit(
                db, run, visit, outcome, result.change, context.row, extractor_version(source)
            )
            _count_lastmod(context, result)
            result = replace(result, ending=find_ending(context, visit, result.outcome))
            # a page of an incident has no outcome, one that is merely retried has
            is_reopened = context.row["failing_since"] and context.row["outcome"] is None
            if is_reopened and result.ending and result.ending.is_good:
                retries.release_host(db, str(context.row["host"]), now)
    return result


def _save_page_state(context: SaveContext, visit: Visit, outcome: Outcome | None) -> None:
    """Stores the version of the extractor that parsed the page, the validators for the next
    conditional request, and the hash of a document's body.

    A 304 changes no validators; any other status than 200, and a page that is retried, clears them.
    """
    is_extracted = visit.article is not None or visit.outcome is Outcome.UNREADABLE
    version = _get_extractor_version(context, visit) if is_extracted else None
    page = visit.page
    if page and outcome and page.status != 304:
        is_kept = page.status == 200 and outcome not in RETRYABLE
        headers = page.headers if is_kept else {}
        outcomes.save_validators(context.db, visit.page_id, headers, context.now, version)
    elif version:
        outcomes.save_extractor_version(context.db, visit.page_id, version)
    if page and outcome is Outcome.FEED and page.status == 200:
        documents.save_body_hash(context.db, visit.page_id, page)


def _get_extractor_version(context: SaveContext, visit: Visit) -> str:
    return visit.extractor_version or extractor_version(context.source)


def _count_lastmod(context: SaveContext, result: SaveResult) -> None:
    """Counts whether a visit after a later lastmod found an edit."""
    modified_at, seen_at = context.row["hint_modified"], context.row["article_seen"]
    if result.change in ("edited", "unchanged") and str(modified_at or "") > str(seen_at or "9"):
        revisits.count_lastmod_visit(
            context.db, context.source.key, is_edited=result.change == "edited"
        )


def _select_handler(visit: Visit) -> Callable[[SaveContext, Visit], SaveResult]:
    if visit.outcome is None:  # a 304, or the same page
        return _handle_not_modified
    if visit.outcome in TRANSIENT:
        return _handle_transient_failure
    if visit.outcome is Outcome.ALIAS and visit.found:
        return _handle_redirect
    if visit.outcome is Outcome.ARTICLE:
        return _handle_article
    if visit.outcome is Outcome.PART:
        return _handle_later_page
    return _handle_other_outcome


# --- outcomes ---


def _apply_takedown(context: SaveContext, visit: Visit) -> SaveResult | None:
    """Ends a page that a takedown covers (by URL, canonical URL or text), deleting its snapshot."""
    takedown_id = takedowns.find_takedown_of_visit(context.db, visit, str(context.row["url"]))
    if takedown_id is None:
        return None
    if visit.snapshot_id:
        snapshots.delete_snapshot(context.db, visit.snapshot_id)
    outcomes.set_outcome(
        context.db, visit.page_id, Outcome.TAKEN_DOWN, f"takedown {takedown_id}", context.now
    )
    return SaveResult(Outcome.TAKEN_DOWN)


def _handle_not_modified(context: SaveContext, visit: Visit) -> SaveResult:
    """Handles a 304, and the same page again: the stored outcome stays.

    A page whose stored snapshot waits for extraction (state `fetched`) is left as it is after a
    304. That can be a first page that was queued for extraction again after this request was
    scheduled.
    """
    if context.row["state"] == "fetched" and not visit.is_same_page:
        return SaveResult(None)
    # A 304 for a page without an outcome brings no body to extract: the page counts as empty.
    outcome = Outcome(str(context.row["outcome"])) if context.row["outcome"] else Outcome.EMPTY
    article_id = context.row["article_id"]
    if article_id:
        multipage.schedule_later_pages(context.db, visit.page_id, context.now)
        context.db.execute(
            "update articles set last_seen = ? where id = ?", [format_utc(context.now), article_id]
        )
        if visit.snapshot_id:
            snapshots.copy_rights(context.db, visit.snapshot_id, int(str(article_id)))
        if outcome is Outcome.ARTICLE:
            second_signs.confirm_redirects(context.db, visit.page_id)
    alias_of = context.row["alias_of"] if outcome is Outcome.PART else None
    set_outcome(context, visit, outcome, visit.evidence, alias_of=alias_of)  # type: ignore[arg-type]  # a row's id
    return SaveResult(outcome, "unchanged" if article_id else None)


def _handle_transient_failure(context: SaveContext, visit: Visit) -> SaveResult:
    """Schedules a retry after a failure that may pass.

    A wait for a host's pause does not count as an attempt, nor does a 429, which is about our
    request rate.
    """
    assert visit.outcome
    retry_at = visit.retry_at
    is_attempt = retry_at is None or (visit.page is not None and visit.page.status != 429)
    next_try = (
        schedule.next_retry(outcomes.get_tries(context.db, visit.page_id) + 1, context.now)
        if is_attempt
        else retry_at
    )
    if next_try is None:
        set_outcome(context, visit, visit.outcome, visit.evidence)
        return SaveResult(visit.outcome)
    until = max(next_try, retry_at) if retry_at else next_try
    outcomes.schedule_retry(
        context.db,
        visit.page_id,
        f"{visit.outcome}: {visit.evidence}",
        context.now,
        until,
        count_attempt=is_attempt,
    )
    return SaveResult(None)


def _handle_redirect(context: SaveContext, visit: Visit) -> SaveResult:
    """Records the page as an alias of its redirect target, or as a redirect loop.

    Without a second sign the page is requested again. A known article stays one while a redirect is
    temporary or leads to no article.
    """
    db, row = context.db, context.row
    if url_store.count_hops(db, visit.page_id) >= url_store.MAX_HOPS - 1:
        evidence = f"over {url_store.MAX_HOPS} redirects; {visit.evidence}"
        set_outcome(context, visit, Outcome.REDIRECT_LOOP, evidence)
        return SaveResult(Outcome.REDIRECT_LOOP)
    target = url_store.upsert_urls(db, context.source, visit.found, context.now, visit.page_id)[0]
    if url_store.is_alias_loop(db, target, visit.page_id):
        set_outcome(context, visit, Outcome.REDIRECT_LOOP, visit.evidence)
        return SaveResult(Outcome.REDIRECT_LOOP)
    status = visit.page.status if visit.page else 0
    is_confirmed = row["kind"] != "page" or second_signs.is_redirect_confirmed(
        db, row, target, status, context.now
    )
    if not is_confirmed:
        outcomes.schedule_target(db, target, row["article_id"], context.now)
    if row["outcome"] == Outcome.ARTICLE and not (
        is_confirmed and status in second_signs.PERMANENT_REDIRECTS
    ):
        set_outcome(context, visit, Outcome.ARTICLE, visit.evidence, is_confirmed=False)
        return SaveResult(Outcome.ALIAS)
    if is_confirmed or status in second_signs.PERMANENT_REDIRECTS:
        multipage.redirect_later_page(db, visit.page_id, target)
    set_outcome(
        context, visit, Outcome.ALIAS, visit.evidence, alias_of=target, is_confirmed=is_confirmed
    )
    return SaveResult(Outcome.ALIAS)


def _handle_other_outcome(context: SaveContext, visit: Visit) -> SaveResult:
    """Saves an outcome that has no other handler, the links found, and an article's removal."""
    assert visit.outcome
    of_backfill = bool(context.row["backfill"]) and context.row["kind"] != "page"
    save_links(
        context.db, context.source, visit.found, context.now, visit.page_id, of_backfill=of_backfill
    )
    is_confirmed = second_signs.is_verdict_confirmed(context.row, visit)
    set_outcome(context, visit, visit.outcome, visit.evidence, is_confirmed=is_confirmed)
    if visit.outcome in REMOVAL_OUTCOMES and context.row["article_id"]:
        cursor = context.db.execute(
            "update articles set removed_at = ? where id = ? and removed_at is null",
            [format_utc(context.now), context.row["article_id"]],
        )
        return SaveResult(visit.outcome, "removed" if cursor.rowcount else None)
    return SaveResult(visit.outcome)


# --- articles ---


def _handle_article(context: SaveContext, visit: Visit) -> SaveResult:
    """Saves an article, and confirms the redirects to its page."""
    result = _save_article(context, visit)
    second_signs.confirm_redirects(context.db, visit.page_id)
    return result


def _save_article(context: SaveContext, visit: Visit) -> SaveResult:
    """Saves an article: an update of a known one, an alias of an identical text, or a new one."""
    assert visit.article and visit.keys
    db, article = context.db, visit.article
    if article.amp_url:
        url_store.add_amp_alias(db, context.source, article.amp_url, visit.page_id, context.now)
    new_revision = NewRevision(
        article,
        visit.keys.url,
        context.source.key,
        visit.keys.features,
        context.now,
        visit.snapshot_id,
        extractor=_get_extractor_version(context, visit),
    )
    known_id: int | None = context.row["article_id"]  # type: ignore[assignment]  # a row's id
    article_identity = identity.resolve_article(
        db, context.source, new_revision, visit.page_id, str(context.row["url"]), known_id
    )
    new_revision = replace(new_revision, url=article_identity.url)
    article_id = article_identity.article_id
    visit.evidence = "; ".join(filter(None, (visit.evidence, article_identity.doubt)))
    twins = identity.list_same_text(db, new_revision)
    if article_id is None and (duplicate := identity.find_by_text(db, new_revision, twins)):
        set_outcome(
            context,
            visit,
            Outcome.ALIAS,
            f"same text as {duplicate.url}",
            alias_of=duplicate.page_id,
        )
        return SaveResult(Outcome.ALIAS)
    if twin_url := identity.find_other_headline(twins, new_revision, article_id):
        visit.is_shared_text = True
        twin_evidence = f"same text under another headline: {twin_url}"
        visit.evidence = "; ".join(filter(None, (visit.evidence, twin_evidence)))
    if article_id is None:
        article_id = revisions.create_article(db, new_revision)
        return SaveResult(_set_article_outcome(context, visit, new_revision.url, article_id), "new")
    change = _update_known_article(context, visit, article_id, new_revision)
    if change == "unchanged" and visit.snapshot_id:
        revisions.drop_duplicate_body(db, article_id, visit.snapshot_id)
    return SaveResult(_set_article_outcome(context, visit, new_revision.url, article_id), change)


def _handle_later_page(context: SaveContext, visit: Visit) -> SaveResult:
    """Saves a later page. The next extraction of the first page adds its text."""
    head_id, number = multipage.add_later_page(context.db, context.source, visit, context.now)
    set_outcome(context, visit, Outcome.PART, f"page {number}", alias_of=head_id)
    return SaveResult(Outcome.PART)


def _update_known_article(
    context: SaveContext, visit: Visit, article_id: int, new_revision: NewRevision
) -> Change:
    """Updates a known article.

    An extraction from the article's own URL takes precedence over one from an AMP, mobile or
    tracking URL of it. What differs from the extraction of another extractor version is not known
    to be an edit of the source; `processing.reextract.update_stored_article` has tried to tell.
    """
    last_seen, revision, extractor = context.db.execute(
        "select last_seen, revision, extractor_version from articles where id = ?", [article_id]
    ).fetchone()
    last_page = identity.find_extracted_page(context.db, article_id)
    is_own_url = context.row["url"] == new_revision.url
    is_other_page = last_page not in (None, visit.page_id)
    if is_other_page and not is_own_url:
        return "unchanged"
    if is_other_page and revision == 1:
        revisions.replace_first_revision(context.db, article_id, new_revision)
        return "unchanged"
    if revisions.extend_newest_revision(context.db, article_id, new_revision):
        return "unchanged"
    reason: revisions.Reason = "edit" if last_page else "crawl"
    if last_page and extractor != new_revision.extractor:
        reason = "re-extraction"
    changed_fields = revisions.update_article(
        context.db, article_id, replace(new_revision, seen_after=last_seen), reason
    )
    return "edited" if changed_fields and reason != "re-extraction" else "unchanged"


def _set_article_outcome(context: SaveContext, visit: Visit, url: str, article_id: int) -> Outcome:
    """Sets and returns the outcome of a page with an article; `url` is the article's URL.

    At that URL it is ARTICLE. Any other page is an ALIAS of the row of `url`, which is added if it
    is missing.
    """
    if context.row["url"] == url:
        set_outcome(context, visit, Outcome.ARTICLE, visit.evidence, article_id=article_id)
        multipage.finish_first_page(context.db, context.source, visit, context.now)
        return Outcome.ARTICLE
    canonical_page_id = url_store.upsert_urls(
        context.db, context.source, [DiscoveredLink(url, "canonical")], context.now, visit.page_id
    )[0]
    context.db.execute(
        "update pages set article_id = coalesce(article_id, ?) where id = ?",
        [article_id, canonical_page_id],
    )
    # a page that redirects here, and that this one names as its canonical URL, is the article's
    context.db.execute(
        """update pages set outcome = ?, alias_of = null, failing_since = null, tries = 0,
          next_at = ? where id = ? and alias_of = ?""",
        [
            Outcome.ARTICLE,
            _format_time(revisits.next_visit(context.db, article_id, context.source, context.now)),
            canonical_page_id,
            visit.page_id,
        ],
    )
    outcomes.set_outcome(
        context.db,
        visit.page_id,
        Outcome.ALIAS,
        f"canonical: {url}",
        context.now,
        alias_of=canonical_page_id,
    )
    return Outcome.ALIAS


def _format_time(time: datetime | None) -> str | None:
    return format_utc(time) if time else None


# --- imports ---


def save_import(
    db: Database,
    article: Article,
    source: str,
    keys: DedupKeys,
    now: datetime,
    line_digest: bytes | None = None,
) -> Change:
    """Saves an article from an import file. `line_digest`: of its line, by which it is known from
    now on.

    An article we crawled ourselves is left unchanged; one that was imported before may be edited,
    but not from another URL with the same text.
    """
    url = keys.url
    with transaction(db):
        if takedowns.find_takedown(db, url, source, keys.text_sha256):
            return "taken down"
        url_store.upsert_unknown_source(db, source, now)
        new_revision = NewRevision(article, url, source, keys.features, now)
        change: Change = "unchanged"
        if article_id := identity.find_by_any_url(db, new_revision):
            url_store.add_imported_alias(db, url, source, article_id, now)
            kept = {"id": article_id, "url": url, "sha256": keys.text_sha256}
            if not db.execute(_IS_KEPT, kept).fetchone()[0] and revisions.update_article(
                db, article_id, new_revision, "import"
            ):
                change = "edited"
        elif duplicate := identity.find_by_text(db, new_revision):
            article_id = duplicate.article_id
            url_store.add_imported_alias(db, url, source, article_id, now)
        else:
            article_id = revisions.create_article(db, new_revision, "import")
            url_store.add_imported_url(db, url, source, article_id, now)
            change = "new"
        if line_digest:
            imports.remember_line(db, article_id, line_digest)
        return change
