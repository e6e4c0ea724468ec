"""Checks of the frontier (table pages): outcomes, aliases, hosts and times."""

from __future__ import annotations

import json
from collections.abc import Iterator

from khabar.archive.database import transaction
from khabar.archive.upkeep.verify.findings import CheckContext, Finding, build_sql_repair
from khabar.model import urls
from khabar.model.clock import format_utc
from khabar.model.items import Outcome

_TIMESTAMP_GLOB = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z"
# The longest chain of aliases that is followed: without a limit a loop would never end. Chosen by
# hand, not measured.
_MAX_ALIAS_STEPS = 40
# What is wrong with the rows that each query finds. They are made due again: processed from their
# snapshot where there is one, else fetched.
_WRONG_ROWS = {
    "has an unknown outcome": """select id, url from pages where outcome is not null
        and outcome not in (select value from json_each(:outcomes))""",
    "has the outcome article, but no article": """select id, url from pages p
        where kind = 'page' and outcome = 'article' and state = 'done'
        and not exists (select 1 from articles a where a.id = p.article_id)""",
    "has the state fetched, but no snapshot": """select id, url from pages
        where state = 'fetched' and snapshot_id is null""",
    "is an alias of no row": """select id, url from pages
        where outcome = 'alias' and alias_of is null and state = 'done'""",
    "is an alias of itself": f"""with recursive way (id, at, steps) as (
          select id, alias_of, 1 from pages where alias_of is not null
          union all select way.id, p.alias_of, steps + 1 from way join pages p on p.id = way.at
          where p.alias_of is not null and steps < {_MAX_ALIAS_STEPS})
        select p.id, p.url from pages p where p.id in (select id from way where at = id)""",  # noqa: S608  (constants)
}
# Table, its column with the id of an article or snapshot, columns of times.
_TIMESTAMP_COLUMNS = (
    ("pages", "article_id", ("next_at", "first_seen", "last_asked")),
    ("articles", "id", ("first_seen", "last_seen", "removed_at")),
    ("snapshots", "id", ("fetched_at",)),
    ("revisions", "article_id", ("seen_at",)),
)


def check_outcomes(context: CheckContext) -> Iterator[Finding]:
    """Checks that each row's outcome is known and refers to what it names."""
    for what, sql in _WRONG_ROWS.items():
        params = {"outcomes": json.dumps(list(Outcome))} if ":outcomes" in sql else {}
        for page_id, url in context.db.execute(sql, params).fetchall():
            repair = build_sql_repair(
                """update pages set state = iif(snapshot_id is null, 'new', 'fetched'),
                  outcome = null, alias_of = null,
                  article_id = (select id from articles where id = article_id),
                  evidence = 'mended by verify', tries = 0, next_at = ? where id = ?""",
                format_utc(context.now),
                page_id,
            )
            yield Finding("ledger", url, what, repair)


def check_article_rows(context: CheckContext) -> Iterator[Finding]:
    """Checks that every article has a row."""
    rows = context.db.execute(
        f"""select id, url, source from articles a
        where not exists (select 1 from pages p where p.article_id = a.id)
          {context.restrict("articles", "a.id")}"""  # noqa: S608
    ).fetchall()
    for article_id, url, source in rows:
        repair = build_sql_repair(
            """insert into pages (url, source, host, kind, state, outcome, evidence, how,
              article_id, first_seen)
            values (?, ?, ?, 'page', 'done', 'article', 'mended by verify', 'verify', ?, ?)
            on conflict (url) do update set state = 'done', outcome = 'article',
              article_id = excluded.article_id, alias_of = null""",
            url,
            source,
            urls.get_host(url),
            article_id,
            format_utc(context.now),
        )
        yield Finding("ledger", url, "is the URL of an article, but has no row", repair)


def restore_page_row(snapshot_id: int | None, context: CheckContext) -> None:
    """Restores the missing row of a snapshot: uses the row that has its URL, or inserts one."""
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
            """insert into pages (id, url, source, host, kind, state, outcome, evidence, how,
              snapshot_id, first_seen)
            select ?1, ?2, source, ?3, 'page', 'done', 'other-page', 'mended by verify', 'verify',
              ?4, ?5
            from (select source, 1 as n from articles where url = ?2
              union all select source, 2 from pages where host = ?3) order by n limit 1""",
            [page_id, url, urls.get_host(url), snapshot_id, fetched_at],
        )


def check_hosts(context: CheckContext) -> Iterator[Finding]:
    """Checks that each row's host, which limits the request rate, is its URL's host."""
    condition = f"true{context.restrict('articles', 'article_id')}"
    for page_id, url, host in context.iter_rows(
        "pages",
        f"select id, url, host from pages where {condition}",  # noqa: S608
    ):
        if (expected_host := urls.get_host(url)) != host:
            yield Finding(
                "ledger",
                url,
                f"has the host {host}",
                build_sql_repair("update pages set host = ? where id = ?", expected_host, page_id),
            )


def check_timestamps(context: CheckContext) -> Iterator[Finding]:
    """Checks the format of all times: others would never become due, or sort wrongly."""
    columns = [(table, key, name) for table, key, names in _TIMESTAMP_COLUMNS for name in names]
    for table, key, column in columns:
        condition = f"{column} is not null and {column} not glob '{_TIMESTAMP_GLOB}'"
        condition += context.restrict("snapshots" if table == "snapshots" else "articles", key)
        for rowid, value in context.db.execute(
            f"select rowid, {column} from {table} where {condition}"  # noqa: S608
        ).fetchall():
            repair = None
            if (table, column) == ("pages", "next_at"):
                repair = build_sql_repair(
                    "update pages set next_at = ? where id = ?", format_utc(context.now), rowid
                )
            yield Finding("times", f"{table} {rowid}", f"{column} is {value!r}", repair)
