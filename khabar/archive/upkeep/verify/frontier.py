"""The ledger against itself and against the articles: every end is one we know, and leads to
what it names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from khabar.archive.database import transaction
from khabar.archive.upkeep.verify.findings import CheckContext, Finding, Repair, build_sql_repair
from khabar.model import urls
from khabar.model.clock import format_utc
from khabar.model.items import Outcome

_TIMESTAMP_GLOB = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z"
# What each query finds is wrong in the words beside it; such a row is due again, from its kept page
# where there is one.
_WRONG_ROWS = {
    "has an outcome nobody knows": """select id, url from pages where outcome is not null
        and outcome not in (select value from json_each(:outcomes))""",
    "ended as an article that is not there": """select id, url from pages p where kind = 'page' and outcome = 'article' and state = 'done'
        and not exists (select 1 from articles a where a.id = p.article_id)""",
    "is kept to be read, and nothing is kept": "select id, url from pages where state = 'fetched' and snapshot_id is null",
    "is another address of nothing": "select id, url from pages where outcome = 'alias' and alias_of is null and state = 'done'",
    "is another address of itself": """with recursive way (id, at, steps) as (select id, alias_of, 1 from pages where alias_of is not null
          union all select way.id, p.alias_of, steps + 1 from way join pages p on p.id = way.at
          where p.alias_of is not null and steps < 40)
        select p.id, p.url from pages p where p.id in (select id from way where at = id)""",
}
_TIMESTAMP_COLUMNS = (
    ("pages", "next_at"),
    ("pages", "first_seen"),
    ("pages", "last_asked"),
    ("articles", "first_seen"),
    ("articles", "last_seen"),
    ("articles", "removed_at"),
    ("snapshots", "fetched_at"),
    ("revisions", "seen_at"),
)


def check_outcomes(context: CheckContext) -> Iterator[Finding]:
    """Rows whose end is not what it says."""
    params = {"outcomes": json.dumps(list(Outcome))}
    for what, sql in _WRONG_ROWS.items():
        for page_id, url in context.db.execute(
            sql, params if ":outcomes" in sql else {}
        ).fetchall():
            yield Finding("ledger", url, what, _build_reset(context, page_id))


def _build_reset(context: CheckContext, page_id: int) -> Repair:
    return build_sql_repair(
        """update pages set state = iif(snapshot_id is null, 'new', 'fetched'), outcome = null, alias_of = null,
          article_id = (select id from articles where id = article_id), evidence = 'mended by verify', tries = 0,
          next_at = ? where id = ?""",
        format_utc(context.now),
        page_id,
    )


def check_article_rows(context: CheckContext) -> Iterator[Finding]:
    """Every article has its row."""
    rows = context.db.execute(
        "select id, url, source from articles a where not exists (select 1 from pages p where p.article_id = a.id)"
    ).fetchall()
    for article_id, url, source in rows:
        yield Finding(
            "ledger",
            url,
            "an article without its row",
            build_sql_repair(
                """insert into pages (url, source, host, kind, state, outcome, evidence, how, article_id, first_seen)
            values (?, ?, ?, 'page', 'done', 'article', 'mended by verify', 'verify', ?, ?)
            on conflict (url) do update set state = 'done', outcome = 'article', article_id = excluded.article_id,
              alias_of = null""",
                url,
                source,
                urls.get_host(url),
                article_id,
                format_utc(context.now),
            ),
        )


def restore_page_row(snapshot_id: int | None, context: CheckContext) -> None:
    """A kept page's row, by the address it was kept from: another that has it, or a new one
    under the old number.
    """
    with transaction(context.db):
        page_id, url, fetched_at = context.db.execute(
            "select page_id, url, fetched_at from snapshots where id = ?", [snapshot_id]
        ).fetchone()
        other = context.db.execute("select id from pages where url = ?", [url]).fetchone()
        if other:
            context.db.execute(
                "update snapshots set page_id = ? where page_id = ?", [other[0], page_id]
            )
            return
        context.db.execute(
            """insert into pages (id, url, source, host, kind, state, outcome, evidence, how, snapshot_id, first_seen)
            select ?1, ?2, source, ?3, 'page', 'done', 'other-page', 'mended by verify', 'verify', ?4, ?5
            from (select source, 1 as n from articles where url = ?2
              union all select source, 2 from pages where host = ?3) order by n limit 1""",
            [page_id, url, urls.get_host(url), snapshot_id, fetched_at],
        )


def check_hosts(context: CheckContext) -> Iterator[Finding]:
    """The host by which a row is paced is its address's."""
    for page_id, url, host in context.db.execute("select id, url, host from pages"):
        if (expected_host := urls.get_host(url)) != host:
            yield Finding(
                "ledger",
                url,
                f"is paced as {host}",
                build_sql_repair("update pages set host = ? where id = ?", expected_host, page_id),
            )


def check_timestamps(context: CheckContext) -> Iterator[Finding]:
    """Every moment is written as the archive writes them: others would never be due, or sort
    wrongly.
    """
    for table, column in _TIMESTAMP_COLUMNS:
        condition = f"{column} is not null and {column} not glob '{_TIMESTAMP_GLOB}'"
        for rowid, value in context.db.execute(
            f"select rowid, {column} from {table} where {condition}"  # noqa: S608
        ).fetchall():
            repair = None
            if (table, column) == ("pages", "next_at"):
                repair = build_sql_repair(
                    "update pages set next_at = ? where id = ?", format_utc(context.now), rowid
                )
            yield Finding("times", f"{table} {rowid}", f"{column} is {value!r}", repair)
