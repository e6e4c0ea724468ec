"""khabar stories"""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.progress import Progress

from commands.common import (
    archive_option,
    json_option,
    list_options,
    make_console,
    open_for_reading,
    open_for_writing,
    print_json,
    print_rows,
)
from khabar.archive import stories
from khabar.archive.store import articles
from khabar.archive.stories import Story
from khabar.hindi.india_time import format_english_time
from khabar.model.config import Config
from khabar.model.errors import RunError


@click.group()
def command() -> None:
    """Articles of several sources that tell one story: copies of an agency's, cut, padded, under
    another headline.
    """


@command.command()
@archive_option
def rebuild(config: Config) -> None:
    """Find all stories anew, from the texts. What is told does not depend on the order articles
    came in; a rebuild that is stopped goes on with the next command that writes.
    """
    with (
        open_for_writing(config) as archive,
        Progress(
            console=make_console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        ) as bar,
    ):
        total = stories.count_indexable(archive.db)
        task = bar.add_task("finding stories", total=total)
        story_count = stories.rebuild_stories(
            archive.db, lambda position: bar.update(task, completed=position)
        )
    click.echo(f"{total} articles, {story_count} stories told more than once")


@command.command("list")
@click.option("--limit", default=20, show_default=True, help="So many, the largest first.")
@list_options
@archive_option
def list_stories(config: Config, limit: int, as_json: bool, as_csv: bool) -> None:
    """The stories that most articles tell."""
    with open_for_reading(config) as archive:
        rows = stories.list_largest_stories(archive.db, limit)
    print_rows(rows, as_json=as_json, as_csv=as_csv)


@command.command()
@click.argument("what", metavar="ID|URL")
@json_option
@archive_option
def show(config: Config, what: str, as_json: bool) -> None:
    """Every copy of one article's story: which was published first of those seen here, and whom
    they credit.
    """
    with open_for_reading(config) as archive:
        article_id = articles.find_article(archive.db, what)
        story = stories.find_story(archive.db, article_id) if article_id else None
    if article_id is None:
        raise RunError(
            f"no article {what} in {config.archive}: `khabar search` finds what there is"
        )
    if as_json:
        print_json(story)
    elif story is None:
        click.echo("no other article that tells this story is known here")
    else:
        _print_story(story)


def _print_story(story: Story) -> None:
    print_rows([_make_row(story, copy) for copy in story.copies], as_json=False, as_csv=False)
    click.echo(_describe_origin(story))


def _make_row(story: Story, copy: Any) -> dict[str, Any]:
    return {
        "": "*" if copy.id in story.earliest else "",
        "id": copy.id,
        "source": copy.source,
        "published": format_english_time(copy.published_at) or "no date",
        "first seen here": format_english_time(copy.first_seen),
        "credits": ", ".join(copy.agencies),
        "title": copy.title,
    }


def _describe_origin(story: Story) -> str:
    """What may be said of who was first, and no more."""
    claim = (
        "* earliest published of those seen here"
        if story.dated_by == "published"
        else "* seen here first; no dates"
    )
    if len(story.earliest) > 1:
        claim += ": their dates do not tell which of these"
    origin = f"credited: {', '.join(story.origin)}" if story.origin else "no agency is credited"
    return f"{claim}; {origin}. Whoever had it elsewhere before is not known."
