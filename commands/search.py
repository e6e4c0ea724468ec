"""khabar search"""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console
from rich.text import Text

from commands.common import archive_option, list_options, make_console, open_for_reading, print_rows
from khabar.archive import search
from khabar.archive.store import articles
from khabar.hindi.india_time import format_english_time
from khabar.model.config import Config

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("query")
@click.option("--source", help="Only this source.")
@click.option("--since", type=DAY, help="Published on this day (in India) or later: YYYY-MM-DD.")
@click.option("--until", type=DAY, help="Published on this day or earlier.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="At most so many hits.",
)
@click.option("--rank", is_flag=True, help="Best first instead of newest first.")
@list_options
@archive_option
def command(
    config: Config,
    query: str,
    source: str | None,
    since: Any,
    until: Any,
    limit: int,
    rank: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Search the archive, newest first.

    Words find their spellings and inflections (आजम: आज़म; मुलाकात: मुलाकातों); Latin letters find
    Hindi (akhilesh). "a phrase", a prefix*, -without, either OR other, and by field: title:
    subtitle: text: posts: captions: What embedded posts and captions say is found too, and marked
    as theirs.
    """
    day = {
        name: value and value.date().isoformat()
        for name, value in (("since", since), ("until", until))
    }
    with open_for_reading(config) as archive:
        articles.check_sources(archive.db, [source] if source else [])
        hits = search.search_articles(
            archive.db, search.SearchQuery(query, source, limit=limit, ranked=rank, **day)
        )
    if as_json or as_csv:
        print_rows([_plain_row(hit, flat=as_csv) for hit in hits], as_json=as_json, as_csv=as_csv)
    else:
        _print_hits(make_console(), hits, query)


def _plain_row(hit: dict[str, Any], *, flat: bool) -> dict[str, Any]:
    """A hit for programs; `flat`: the columns it was found in as one string."""
    plain = search.to_plain_hit(hit)
    return plain | {"found_in": " ".join(plain["found_in"])} if flat else plain


def _print_hits(out: Console, hits: list[dict[str, Any]], query: str) -> None:
    if not hits:
        out.print(f"nothing found for {query}", markup=False)
    for hit in hits:
        out.print(_highlight_text(hit["marked_title"] or "(no headline)", "bold"))
        out.print(
            Text(
                " · ".join(
                    part
                    for part in (
                        hit["source"],
                        format_english_time(hit["published_at"]),
                        str(hit["id"]),
                    )
                    if part
                ),
                "dim",
            )
        )
        out.print(_highlight_text(f"{_snippet_origin(hit)}{hit['snippet']}"))
        out.print()


def _snippet_origin(hit: dict[str, Any]) -> str:
    """Whose words the snippet has, where they are not the article's own."""
    places = {"posts": "in an embedded post: ", "captions": "in a caption: "}
    is_body_text = "text" in hit["found_in"]
    return (
        ""
        if is_body_text
        else next((words for column, words in places.items() if column in hit["found_in"]), "")
    )


def _highlight_text(words: str, style: str = "") -> Text:
    """A headline or a snippet with the words found in colour on a terminal, in brackets
    elsewhere.
    """
    colour, text = make_console().is_terminal, Text(style=style)
    for number, part in enumerate(" ".join(words.split()).split(search.MARK_START)):
        match, _, rest = part.partition(search.MARK_END) if number else ("", "", part)
        text.append(match if colour or not match else f"[{match}]", "bold yellow").append(rest)
    return text
