"""The steps of one save: the row before it, its outcome with the next visit, how the page ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from khabar.archive.frontier import documents, outcomes, retries, revisits
from khabar.archive.frontier.incidents import Ending
from khabar.model.clock import format_utc
from khabar.model.items import RETRYABLE, TRANSIENT, Outcome, Visit
from khabar.model.sources import Source


@dataclass(frozen=True, slots=True)
class SaveContext:
    """What every step of one save needs. `row`: the frontier row (table pages) before the save."""

    db: Database
    source: Source
    now: datetime
    row: dict[str, object]


def load_page_row(db: Database, page_id: int) -> dict[str, object]:
    """Returns the columns of a frontier row that a save depends on, and `article_seen`: when its
    article was last seen.
    """
    names = """url source host kind state outcome article_id tries found_on how hint_title
        hint_modified alias_of backfill first_seen failing_since named_at""".split()
    row = db.execute(
        f"""select {", ".join(names)}, (select last_seen from articles where id = article_id)
        from pages where id = ?""",  # noqa: S608  (constants)
        [page_id],
    ).fetchone()
    names.append("article_seen")
    return dict(zip(names, row, strict=True))


def set_outcome(
    context: SaveContext,
    visit: Visit,
    outcome: Outcome,
    evidence: str,
    *,
    article_id: int | None = None,
    alias_of: int | None = None,
    is_confirmed: bool = True,
) -> None:
    """Sets the outcome and plans the next visit. Not `is_confirmed`: a second sign is missing, so
    the page is requested again.
    """
    failing_since = None
    if context.row["kind"] == "page":
        is_failure = outcome in RETRYABLE or not is_confirmed
        next_at, failing_since = _plan_next_visit(
            context, outcome, article_id, is_failure=is_failure
        )
    else:
        next_at = _schedule_document(context, visit.page_id, outcome, alias_of)
    outcomes.set_outcome(
        context.db,
        visit.page_id,
        outcome,
        evidence,
        context.now,
        next_at=next_at,
        article_id=article_id,
        alias_of=alias_of,
        failing_since=failing_since,
    )


def _schedule_document(
    context: SaveContext, page_id: int, outcome: Outcome, alias_of: int | None
) -> datetime | None:
    """Returns the next poll of a feed, sitemap or listing; None in a backfill (read once)."""
    if context.row["backfill"]:
        return None
    kind, found_on, hint_modified = (
        context.row[name] for name in ("kind", "found_on", "hint_modified")
    )
    row = documents.DocumentRow(page_id, kind, found_on, hint_modified, alias_of)  # type: ignore[arg-type]  # the columns' own types
    return documents.next_poll(context.db, row, outcome, context.source, context.now)


def _plan_next_visit(
    context: SaveContext, outcome: Outcome, article_id: int | None, *, is_failure: bool
) -> tuple[datetime | None, datetime | None]:
    """Returns (the next visit, since when it has failed) of an article's page; None for never.

    Articles are visited again at set ages, also while they are removed, because some return. Later
    pages are scheduled with their first page (`multipage.schedule_later_pages`).
    """
    current_id = article_id or context.row["article_id"]
    if current_id and (outcome is not Outcome.ALIAS or is_failure):
        next_visit = revisits.next_visit(
            context.db, int(str(current_id)), context.source, context.now
        )
        if is_failure:
            return retries.plan_second_look(context.row, next_visit, context.now)
        return next_visit, None
    if is_failure:
        return retries.plan_retry(context.row, outcome, context.now)
    return None, None


def find_ending(context: SaveContext, visit: Visit, outcome: Outcome | None) -> Ending | None:
    """Returns how the visit of a page ended.

    None for a document, for a page to be fetched again, and for a redirect's target that is no
    page: its ending is that of the page which redirects there.
    """
    row = context.row
    if row["kind"] != "page" or outcome is None or outcome in TRANSIENT:
        return None
    failing_since = None
    if outcome is not Outcome.ARTICLE or visit.outcome is not Outcome.ARTICLE:  # else it is null
        (failing_since,) = context.db.execute(
            "select failing_since from pages where id = ?", [visit.page_id]
        ).fetchone()
    is_bad = bool(failing_since) or outcome in RETRYABLE or outcome is Outcome.GONE
    if is_bad and row["how"] == "redirect":
        return None
    keys = []
    if is_bad and visit.outcome is Outcome.ALIAS and visit.found:
        keys.append(f"to {visit.found[0].url}")
    if visit.page and visit.page.status == 200 and visit.page.body:
        keys.append(f"body {documents.hash_body(visit.page)}")
    if is_bad:
        kind = "redirect" if visit.outcome is Outcome.ALIAS else visit.outcome
        keys.append(f"{kind} {visit.page.status if visit.page else ''}")
    return Ending(
        visit.page_id,
        context.source.key,
        format_utc(context.now),
        is_good=not is_bad,
        outcome=visit.outcome or outcome,
        keys=tuple(keys),
    )
