"""Outcomes of URL rows: sets them, schedules retries, stores what the next request needs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model import schedule
from khabar.model.clock import format_utc, parse_http_date
from khabar.model.items import RETRYABLE, Outcome

MAX_EVIDENCE = 500  # characters stored of an outcome's evidence; chosen by hand, not measured
# A server's clock may be ahead of ours by so much; chosen by hand, not measured.
CLOCK_TOLERANCE = timedelta(hours=1)


def set_outcome(
    db: Database,
    page_id: int,
    outcome: Outcome,
    evidence: str,
    now: datetime,
    *,
    next_at: datetime | None = None,
    article_id: int | None = None,
    alias_of: int | None = None,
    failing_since: datetime | None = None,
) -> None:
    """Sets the outcome of a URL. `next_at`: the next visit; None: never.

    `failing_since`: when it first ended without what it should give; None resets its tries.
    """
    db.execute(
        """update pages set state = 'done', outcome = ?, evidence = ?, last_asked = ?,
          tries = iif(?4 is null, 0, tries + 1), failing_since = ?4,
          next_at = ?, article_id = coalesce(?, article_id), alias_of = ? where id = ?""",
        [
            outcome,
            evidence[:MAX_EVIDENCE],
            format_utc(now),
            failing_since and format_utc(failing_since),
            next_at and format_utc(next_at),
            article_id,
            alias_of,
            page_id,
        ],
    )


def schedule_retry(
    db: Database,
    page_id: int,
    evidence: str,
    now: datetime,
    until: datetime,
    *,
    count_attempt: bool,
) -> None:
    """Schedules a retry of a URL that could not be fetched. `count_attempt`: count it as a try
    (not if the host asked for a pause).
    """
    db.execute(
        """update pages set evidence = ?, tries = tries + ?, last_asked = ?, next_at = ?
        where id = ?""",
        [evidence[:MAX_EVIDENCE], int(count_attempt), format_utc(now), format_utc(until), page_id],
    )


def schedule_target(db: Database, target: int, article_id: object, now: datetime) -> None:
    """Requests the target of an unconfirmed redirect again: the article of the redirecting page, or
    a page that gave none (RETRYABLE) when it was asked over RETRY_MIN_GAP ago.
    """
    db.execute(
        """update pages set next_at = :now where id = :target and state = 'done'
          and last_asked < :before and ((article_id = :article) or (article_id is null
            and outcome in (select value from json_each(:retryable))))""",
        {
            "now": format_utc(now),
            "target": target,
            "before": format_utc(now - schedule.RETRY_MIN_GAP),
            "article": article_id,
            "retryable": json.dumps(list(RETRYABLE)),
        },
    )


def get_tries(db: Database, page_id: int) -> int:
    """Returns how often in a row the URL could not be fetched."""
    count: int = db.execute("select tries from pages where id = ?", [page_id]).fetchone()[0]
    return count


def save_validators(
    db: Database, page_id: int, headers: Any, now: datetime, extractor: str | None = None
) -> None:
    """Stores ETag and Last-Modified of a response for the next conditional GET, and the version of
    the extractor that parsed it, if one did.

    A Last-Modified later than `now` is dropped (RFC 9110, 8.8.2.1, forbids it): a server that
    compares with it would never again give a body.
    """
    last_modified = headers.get("last-modified")
    date = parse_http_date(last_modified) if last_modified else None
    if date and date > now + CLOCK_TOLERANCE:
        last_modified = None
    db.execute(
        """update pages set etag = ?, last_modified = ?,
          extractor_version = coalesce(?, extractor_version) where id = ?""",
        [headers.get("etag"), last_modified, extractor, page_id],
    )


def save_extractor_version(db: Database, page_id: int, version: str) -> None:
    """Stores the version of the extractor that parsed the page, whatever the outcome."""
    db.execute("update pages set extractor_version = ? where id = ?", [version, page_id])


def postpone_url(db: Database, page_id: int, reason: str, now: datetime) -> None:
    """Schedules a retry of a URL whose processing failed by an error in Khabar. When its tries are
    used up, its outcome is "unreadable".
    """
    with transaction(db):
        retry_at = schedule.next_retry(get_tries(db, page_id) + 1, now)
        if retry_at:
            schedule_retry(db, page_id, reason, now, retry_at, count_attempt=True)
        else:
            set_outcome(db, page_id, Outcome.UNREADABLE, reason, now)
