"""What the archive holds of a source, under which signals it was taken, and what was forgotten
of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from khabar.archive import rights as signals
from khabar.archive.rights import PURPOSES, Permission, RightsSignals, SiteFiles

_NAMES = (
    "id",
    "url",
    "published_at",
    "first_seen",
    "last_seen",
    "removed_at",
    "withheld",
    "fetched_at",
    "sha256",
)
_ARTICLES_HELD = """from articles a join sources o on o.key = a.source
  left join revisions r on r.article_id = a.id and r.revision = a.revision left join snapshots s on s.id = r.snapshot_id
  where a.source = ? and a.first_seen < ? and a.last_seen >= ?"""


def iter_articles(db: Database, source: str, since: str, until: str) -> Iterator[dict[str, Any]]:
    """Every article held in the period: when its page was fetched, what was said of it then,
    what follows from that.
    """
    rows = db.execute(
        f"""select a.id, a.url, a.published_at, a.first_seen, a.last_seen, a.removed_at, a.withheld, s.fetched_at,
          s.sha256, s.id, a.rights, s.robots_id, s.tdmrep_id, o.permission {_ARTICLES_HELD} order by a.id""",
        [source, until, since],
    )
    for row in rows:
        columns = dict(zip(_NAMES, row, strict=False))
        *_, snapshot_id, rights, robots_id, tdmrep_id, permission = row
        yield columns | _evaluate_rights(
            db, columns["url"], snapshot_id, rights, robots_id, tdmrep_id, permission
        )


def _evaluate_rights(
    db: Database,
    url: str,
    snapshot_id: int | None,
    rights: str,
    robots_id: int | None,
    tdmrep_id: int | None,
    permission: Permission,
) -> dict[str, Any]:
    """The signals by name, and a verdict for each purpose. What came from a file has its own
    word alone.
    """
    source_signals = (
        signals.load_signals(db, snapshot_id)
        if snapshot_id
        else RightsSignals(url, json.loads(rights), SiteFiles())
    )
    verdicts = source_signals.decide_all(permission)
    return {
        "page_says": json.dumps(dict(source_signals.page), ensure_ascii=False)
        if source_signals.page
        else "",
        "robots": f"site/robots-{robots_id}.txt" if robots_id else "",
        "tdmrep": f"site/tdmreps-{tdmrep_id}.json" if tdmrep_id else "",
        **{
            purpose: f"{verdicts[purpose].extent}: {verdicts[purpose].reason}"
            for purpose in PURPOSES
        },
    }


def count_uses(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """Purpose by purpose: how many of the articles may be used for it, and because of what."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in iter_articles(db, source, since, until):
        counts.update((purpose, row[purpose]) for purpose in PURPOSES)
    return [
        {"purpose": purpose, "may_be_used": extent, "because": reason, "articles": count}
        for (purpose, rule), count in sorted(
            counts.items(), key=lambda entry: (PURPOSES.index(entry[0][0]), -entry[1])
        )
        for extent, _, reason in [rule.partition(": ")]
    ]


def list_takedowns(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """Takedowns made in the period that met something of the source."""
    rows = db.execute(
        """select d.at, d.pattern, d.reason, d.asked_by, count(*), count(t.article_id), d.finished_at
        from takedowns d join tombstones t on t.takedown_id = d.id
        where t.source = ? and d.at >= ? and d.at < ? group by d.id order by d.at""",
        [source, since, until],
    )
    names = ("at", "pattern", "reason", "asked_by", "addresses", "articles", "finished_at")
    return [dict(zip(names, row, strict=True)) for row in rows]
