"""Social media accounts and posts, and the articles that embed them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from sqlite_utils import Database

from khabar.web.queries.lists import Listing

DateBasis = Literal["post", "article"]
_PROVIDER_ALIASES = {"twitter": "x"}
# SQL: the day in India on which a post was published; a bare date is one already.
POSTED_ON = "date(e.published_at, iif(length(e.published_at) > 10, '+330 minutes', '+0 minutes'))"
_PLACEMENTS_SQL = f"""
select a.id, a.published_at, a.published_on, a.source, s.name as source_name, a.title, a.page_type,
  a.url, e.key as post, e.published_at as posted_at, {POSTED_ON} as posted_on, e.url as post_url
from embeds e
  join article_embeds x on x.embed_id = e.id
  join articles a on a.id = x.article_id and a.revision = x.revision
  join sources s on s.key = a.source
where e.provider = :provider and e.author_handle = :handle collate nocase and x.place <> 'page'
  and a.withheld is null
group by e.id, a.id"""  # noqa: S608  (our own expression)


@dataclass(frozen=True, slots=True)
class SocialAccount:
    """An account and a range of days.

    `handle`: lower case, without @. `since`, `until`: days in India, inclusive, '' for no bound.
    """

    provider: str
    handle: str
    since: str = ""
    until: str = ""

    @property
    def params(self) -> dict[str, str]:
        return {
            "provider": self.provider,
            "handle": self.handle,
            "from": self.since,
            "to": self.until,
        }


def normalize_account(provider: str, handle: str) -> tuple[str, str]:
    """Returns (provider, handle) as the archive stores them: lower case, no @, x for twitter."""
    provider = provider.strip().lower()
    return _PROVIDER_ALIASES.get(provider, provider), handle.strip().lstrip("@").lower()


def display_name(db: Database, account: SocialAccount) -> str | None:
    """Returns the latest known display name of an account; '' if none is known, None if the archive
    has no post of the account.
    """
    row = db.execute(
        """select count(*), (select author_name from embeds where provider = :provider
            and author_handle = :handle collate nocase and author_name is not null
            order by last_seen desc limit 1)
        from embeds where provider = :provider and author_handle = :handle collate nocase""",
        account.params,
    ).fetchone()
    return (row[1] or "") if row[0] else None


def list_placements(account: SocialAccount, basis: DateBasis) -> Listing:
    """Lists one row per post and article that embeds it. `basis` chooses whether the account's
    days filter by the day of the post or of the article.
    """
    day = "posted_on" if basis == "post" else "published_on"
    return Listing(
        f"""select * from ({_PLACEMENTS_SQL})
        where (:from = '' or {day} >= :from) and (:to = '' or {day} <= :to)
        order by id desc, posted_at desc""",  # noqa: S608  (one of two columns)
        account.params,
    )


def count_placements(db: Database, account: SocialAccount, basis: DateBasis) -> dict[str, int]:
    """Counts the posts, articles and sources of `list_placements`; `undated` counts all posts of
    the account without a time.
    """
    listing = list_placements(account, basis)
    row = db.execute(
        f"""select count(distinct post), count(distinct id), count(distinct source)
        from ({listing.sql})""",  # noqa: S608
        listing.params,
    ).fetchone()
    undated_count = db.execute(
        f"select count(distinct post) from ({_PLACEMENTS_SQL}) where posted_on is null",  # noqa: S608
        account.params,
    ).fetchone()[0]
    return {"posts": row[0], "articles": row[1], "sources": row[2], "undated": undated_count}


def load_post(db: Database, key: str) -> dict[str, Any] | None:
    """Returns a post by its key (provider:id) with `articles` and `placements`, the numbers of
    articles that embed it and of its places in them; None if the post is unknown.
    """
    rows = db.query(
        """select e.*, coalesce(u.articles, 0) as articles, coalesce(u.placements, 0) as placements
        from embeds e left join embed_use u on u.embed_id = e.id where e.key = ?""",
        [key],
    )
    post = next(iter(rows), None)
    lists = ("media", "alts", "poll")
    return post and post | {name: json.loads(post.get(name) or "[]") for name in lists}
