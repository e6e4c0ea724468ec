"""khabar search"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from commands.common import (
    SOURCE_KEY,
    archive_option,
    list_options,
    open_for_reading,
    print_json,
    print_lines,
    print_rows,
)
from commands.terminal import (
    Span,
    format_field,
    get_text_width,
    get_width,
    style_text,
    wrap_spans,
    wrap_text,
)
from khabar.archive import search, vectors
from khabar.archive.store import articles
from khabar.hindi.india_time import format_english_time
from khabar.hindi.query_notes import explain_query
from khabar.model.config import Config
from khabar.model.errors import RunError

if TYPE_CHECKING:
    from sqlite_utils import Database

DAY = click.DateTime(["%Y-%m-%d"])
MAX_SHOWN = 10  # values of a facet in the terminal; chosen by hand, not measured


@click.command()
@click.argument("words", nargs=-1, metavar="QUERY...")
@click.option(
    "--related",
    metavar="ID|URL",
    help="Instead of QUERY: articles on the subject of this one, nearest first, without its copies "
    "(`khabar vectors build` comes first).",
)
@click.option("--source", type=SOURCE_KEY, help="Only this source.")
@click.option(
    "--since", type=DAY, metavar="YYYY-MM-DD", help="Published on this day (Indian time) or later."
)
@click.option(
    "--until", type=DAY, metavar="YYYY-MM-DD", help="Published on this day (Indian time) or before."
)
@click.option(
    "--month", type=click.DateTime(["%Y-%m"]), metavar="YYYY-MM", help="Published in this month."
)
@click.option("--section", help="Only this section, as the source names it.")
@click.option("--place", help="Only this place of the dateline.")
@click.option(
    "--page-type",
    type=click.Choice(["article", "liveblog", "gallery", "video"]),
    help="Only pages of this type.",
)
@click.option(
    "--embeds/--no-embeds", default=None, help="Only articles with embedded posts, or without."
)
@click.option("--agency", help="Only articles whose byline names this agency, such as PTI.")
@click.option(
    "--facets", is_flag=True, help="Print the number of hits by source, month, section and so on."
)
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="Print at most this many hits.",
)
@click.option("--rank", is_flag=True, help="Sort by relevance instead of date.")
@list_options
@archive_option
def command(
    config: Config,
    words: tuple[str, ...],
    related: str | None,
    source: str | None,
    since: Any,
    until: Any,
    limit: int,
    rank: bool,
    facets: bool,
    month: Any,
    as_json: bool,
    as_csv: bool,
    **filters: Any,
) -> None:
    """Search the archive, newest articles first.

    A word also finds its other spellings and inflections (आजम finds आज़म, मुलाकात finds मुलाकातों),
    and Latin letters find Hindi (akhilesh finds अखिलेश). The text of embedded posts and captions is
    searched too, and marked as such.

    \b
    QUERY may contain:
      "a phrase"      these words, in this order
      prefix*         words that begin like this
      -word           not this word
      one OR other    either of them
      title:word      in one field: title, subtitle, text, posts, captions
    """
    if facets and as_csv:
        raise click.UsageError("--facets is printed as text or with --json, not as CSV")
    query = search.SearchQuery(
        " ".join(words),
        source,
        since and since.date().isoformat(),
        until and until.date().isoformat(),
        limit=limit,
        ranked=rank,
        month=month and f"{month:%Y-%m}",
        **filters,
    )
    is_filtered = facets or month or any(value is not None for value in filters.values())
    _check_arguments(words, related, is_filtered=is_filtered, is_ranked=rank)
    suggestion = counts = None
    with open_for_reading(config) as archive:
        articles.check_sources(archive.db, [source] if source else [])
        if related:
            hits = _find_related(config, archive.db, related, query)
        else:
            hits = search.search_articles(archive.db, query)
            suggestion = search.suggest_query(archive.db, query.query, len(hits))
            counts = search.count_facets(archive.db, query) if facets else None
    notes = [note.english for note in explain_query(query.query, search.FIELDS)]
    if as_json and counts:
        print_json(
            counts.to_json()
            | {
                "hits": [_plain_row(hit, flat=False) for hit in hits],
                "suggestion": suggestion.query if suggestion else None,
                "notes": notes,
            }
        )
    elif as_json or as_csv:
        print_rows([_plain_row(hit, flat=as_csv) for hit in hits], as_json=as_json, as_csv=as_csv)
    else:
        _print_hits(hits, query.query or f"articles related to {related}")
        if counts:
            _print_facets(counts)
        if suggestion:
            notes.append(f"Did you mean: khabar search {suggestion.query}")
        for note in notes:
            print_lines(wrap_text(note, get_text_width()))


def _check_arguments(
    words: tuple[str, ...], related: str | None, *, is_filtered: bool, is_ranked: bool
) -> None:
    """Raises UsageError unless there is either a query or an article to be related to."""
    if bool(words) == bool(related):
        raise click.UsageError("give either QUERY or --related ID|URL")
    if related and is_ranked:
        raise click.UsageError("--rank sorts the hits of a QUERY: --related has the nearest first")
    if related and is_filtered:
        raise click.UsageError("--related goes with --source, --since, --until and --limit only")


def _find_related(
    config: Config, db: Database, related: str, query: search.SearchQuery
) -> list[dict[str, Any]]:
    """Returns related articles as hits of a search. Raises RunError for an unknown article, and for
    an archive without vectors.
    """
    article_id = articles.find_article(db, related)
    if article_id is None:
        raise RunError(
            f"no article {related} in {config.archive}: find its id with `khabar search`"
        )
    if vectors.load_current_model(db) is None:
        raise RunError(f"{config.archive} has no vectors: `khabar vectors build` makes them")
    wanted = vectors.RelatedQuery(
        article_id, query.source, since=query.since, until=query.until, limit=query.limit
    )
    return [hit | {"marked_title": hit["title"]} for hit in vectors.find_related(db, wanted)]


def _plain_row(hit: dict[str, Any], *, flat: bool) -> dict[str, Any]:
    """Returns a hit for --json and --csv. `flat`: `found_in` as one string instead of a list."""
    plain = search.to_plain_hit(hit)
    return plain | {"found_in": " ".join(plain["found_in"])} if flat else plain


def _print_hits(hits: list[dict[str, Any]], query: str) -> None:
    width = get_text_width()
    if not hits:
        click.echo(f"nothing found for {query}")
    for hit in hits:
        details = (hit["source"], format_english_time(hit["published_at"]), str(hit["id"]))
        print_lines(
            [
                *wrap_spans(_mark_matches(hit["marked_title"] or "(no headline)", "bold"), width),
                *wrap_text(" · ".join(filter(None, details)), width, style="dim"),
                *wrap_spans(_mark_matches(f"{_snippet_origin(hit)}{hit['snippet']}"), width),
                "",
            ]
        )


def _print_facets(counts: search.FacetCounts) -> None:
    """Prints the number of hits, and a line for each facet with its most frequent values."""
    number = f"{counts.total:,} hit{'' if counts.total == 1 else 's'}"
    if not counts.is_exact:
        number = f"more than {counts.total:,} hits; of the newest {counts.total:,}:"
    click.echo(style_text(number, "bold"))
    for name, values in counts.facets.items():
        if values:
            shown = [f"{value} {count:,}" for value, count in values[:MAX_SHOWN]]
            more = ["…"] if len(values) > MAX_SHOWN else []
            label = name.replace("_", " ")
            print_lines(format_field(label, " · ".join([*shown, *more]), 9, get_text_width()))


def _snippet_origin(hit: dict[str, Any]) -> str:
    """Returns a label for a snippet from a post or a caption; "" for one of the article's text."""
    if "text" in hit["found_in"]:
        return ""
    labels = {"posts": "in an embedded post: ", "captions": "in a caption: "}
    return next((label for column, label in labels.items() if column in hit["found_in"]), "")


def _mark_matches(words: str, style: str = "") -> Iterator[Span]:
    """Yields a headline or snippet, with matches underlined on a terminal, else in [brackets]."""
    is_terminal = get_width() is not None
    for number, part in enumerate(" ".join(words.split()).split(search.MARK_START)):
        match, _, rest = part.partition(search.MARK_END) if number else ("", "", part)
        yield (match if is_terminal or not match else f"[{match}]", "match")
        yield rest, style
