"""Lists the articles held of a source, the rights signals they came with, and its takedowns."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlite_utils import Database

from khabar.archive.rights import PURPOSES, RightsReader, decide_all

_NAMES = tuple(
    """id url published_at first_seen last_seen removed_at withheld fetched_at sha256""".split()
)
BATCH_SIZE = 1000  # articles whose signals are loaded at a time; not measured
_ARTICLES_HELD = """select a.id, a.url, a.published_at, a.first_seen, a.last_seen, a.removed_at,
    a.withheld, s.fetched_at, s.sha256, s.robots_id, s.tdmrep_id, o.permission
  from articles a join sources o on o.key = a.source
  left join revisions r on r.article_id = a.id and r.revision = a.revision
  left join snapshots s on s.id = r.snapshot_id
  where a.source = ? and a.first_seen < ? and a.last_seen >= ? order by a.id"""


def iter_articles(db: Database, source: str, since: str, until: str) -> Iterator[dict[str, Any]]:
    """Yields every article held in the period: its fetch, its rights signals, what they allow."""
    reader = RightsReader(db)
    rows = iter(db.execute(_ARTICLES_HELD, [source, until, since]).fetchall())
    while batch := list(islice(rows, BATCH_SIZE)):
        signals_by_id = reader.load_articles([row[0] for row in batch])
        for row in batch:
            *_, robots_id, tdmrep_id, permission = row
            signals = signals_by_id[row[0]]
            directives = {name: value for page in signals.pages for name, value in page.items()}
            decisions = decide_all(signals, permission)
            yield {
                **dict(zip(_NAMES, row, strict=False)),
                "page_says": json.dumps(directives, ensure_ascii=False) if directives else "",
                "robots": f"site/robots-{robots_id}.txt" if robots_id else "",
                "tdmrep": f"site/tdmreps-{tdmrep_id}.json" if tdmrep_id else "",
                **{purpose: str(decisions[purpose]) for purpose in PURPOSES},
            }


def count_uses(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """Returns, for each purpose, the number of articles by verdict and reason."""
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
    """Returns the takedowns of the period that purged something of the source."""
    rows = db.execute(
        """select d.at, d.pattern, d.reason, d.asked_by, count(*), count(t.article_id),
          d.finished_at
        from takedowns d join tombstones t on t.takedown_id = d.id
        where t.source = ? and d.at >= ? and d.at < ? group by d.id order by d.at""",
        [source, since, until],
    )
    names = ("at", "pattern", "reason", "asked_by", "addresses", "articles", "finished_at")
    return [dict(zip(names, row, strict=True)) for row in rows]
