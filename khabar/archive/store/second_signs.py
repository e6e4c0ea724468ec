"""Second signs: what confirms that a redirect, or a verdict on a page, is about the page itself and
not a host's answer to every request (maintenance, login, captive portal).
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from khabar.archive.frontier.url_store import MAX_HOPS
from khabar.hindi.normalize import tokens
from khabar.model import schedule, urls
from khabar.model.clock import parse_utc
from khabar.model.items import Outcome, Visit

PERMANENT_REDIRECTS = frozenset({301, 308})
# Share of the shorter title's words that two titles of one page have in common; chosen by hand, not
# measured.
_TITLE_SHARE = 0.5
# Verdicts of the extractor that end a page for good.
_JUDGED = frozenset(
    {Outcome.LISTING, Outcome.OTHER_PAGE, Outcome.OTHER_LANGUAGE, Outcome.PAYWALLED}
)


def is_verdict_confirmed(row: dict[str, object], visit: Visit) -> bool:
    """Whether a verdict that ends the page for good has a second sign: the page has the title that
    the feed gave it. True where the feed gave none, and for any other outcome.
    """
    if visit.outcome not in _JUDGED or visit.article is None or not row["hint_title"]:
        return True
    return _do_titles_agree(str(row["hint_title"]), visit.article.title)


def is_redirect_confirmed(
    db: Database, row: dict[str, object], target_id: int, status: int, now: datetime
) -> bool:
    """Whether a redirect makes the page (its row of `pages`) an alias of the target for good.

    The target must be an article, and the redirect permanent, or repeated after a day, or the
    target's address or title that of the page.
    """
    article = _find_article(db, target_id)
    if article is None:
        return False
    url, title = article
    failing_since = row["failing_since"]
    is_repeated = (
        failing_since is not None and now - parse_utc(str(failing_since)) >= schedule.DAILY
    )
    return (
        status in PERMANENT_REDIRECTS
        or is_repeated
        or urls.has_same_slug(str(row["url"]), url)
        or _do_titles_agree(str(row["hint_title"] or ""), title)
    )


def confirm_redirects(db: Database, page_id: int) -> None:
    """Confirms the redirects to a page that has just given an article: the redirecting pages are
    not requested again. Call it inside the visit's transaction.
    """
    rows = db.execute(
        """select id, url, hint_title, evidence from pages
        where alias_of = ? and failing_since is not null and outcome = 'alias'""",
        [page_id],
    ).fetchall()
    article = _find_article(db, page_id) if rows else None
    if article is None:
        return
    for alias_id, url, hint_title, evidence in rows:
        if (
            evidence[:3] in {str(status) for status in PERMANENT_REDIRECTS}
            or urls.has_same_slug(url, article[0])
            or _do_titles_agree(hint_title or "", article[1])
        ):
            db.execute(
                "update pages set failing_since = null, tries = 0, next_at = null where id = ?",
                [alias_id],
            )


def _find_article(db: Database, page_id: int) -> tuple[str, str | None] | None:
    """Returns (URL, title) of the article of a page or of the page it is an alias of."""
    row = db.execute(
        """with recursive way (id, steps) as (
          select ?, 0
          union all select p.alias_of, steps + 1 from way join pages p on p.id = way.id
          where p.alias_of is not null and p.article_id is null and steps < ?)
        select a.url, a.title from way join pages p on p.id = way.id
        join articles a on a.id = p.article_id order by steps limit 1""",
        [page_id, MAX_HOPS],
    ).fetchone()
    return (row[0], row[1]) if row else None


def _do_titles_agree(title: str, other: str | None) -> bool:
    words, other_words = set(tokens(title)), set(tokens(other or ""))
    shorter = min(len(words), len(other_words))
    return shorter > 0 and len(words & other_words) >= _TITLE_SHARE * shorter
