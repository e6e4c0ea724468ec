"""khabar stories"""

from __future__ import annotations

from typing import Any

import click

from commands.common import (
    archive_option,
    json_option,
    list_options,
    make_progress,
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
    """List and rebuild stories: groups of near-duplicate articles, mostly of one agency text.

    Copies may be cut, extended, or have another headline.
    """


@command.command()
@archive_option
def rebuild(config: Config) -> None:
    """Group all articles again from their texts.

    The result does not depend on the order in which articles were stored. An interrupted rebuild is
    continued by the next command that writes to the archive.
    """
    with open_for_writing(config) as archive, make_progress() as bar:
        total = stories.count_indexable(archive.db)
        task = bar.add_task("finding stories", total=total)
        story_count = stories.rebuild_stories(
            archive.db, lambda position: bar.update(task, completed=position)
        )
    click.echo(f"{total} articles, {story_count} stories with more than one article")


@command.command("list")
@click.option(
    "--limit", default=20, show_default=True, help="Number of stories, the largest first."
)
@list_options
@archive_option
def list_stories(config: Config, limit: int, as_json: bool, as_csv: bool) -> None:
    """List the stories with the most articles."""
    with open_for_reading(config) as archive:
        rows = stories.list_largest_stories(archive.db, limit)
    print_rows(rows, as_json=as_json, as_csv=as_csv, empty="no story has more than one article")


@command.command()
@click.argument("what", metavar="ID|URL")
@json_option
@archive_option
def show(config: Config, what: str, as_json: bool) -> None:
    """Show all copies of one article's story.

    The earliest published copy is marked, and the agencies that copies credit are listed.
    """
    with open_for_reading(config) as archive:
        article_id = articles.find_article(archive.db, what)
        story = stories.find_story(archive.db, article_id) if article_id else None
    if article_id is None:
        raise RunError(f"no article {what} in {config.archive}: find its id with `khabar search`")
    if as_json:
        print_json(story)
    elif story is None:
        click.echo("the archive has no other article of this story")
    else:
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
    """Says which copy was first, as far as the archive shows, and which agencies are credited."""
    claim = (
        "* earliest published of those seen here"
        if story.dated_by == "published"
        else "* seen here first; no dates"
    )
    if len(story.earliest) > 1:
        claim += ": their dates do not show which of these"
    origin = f"credited: {', '.join(story.origin)}" if story.origin else "no agency is credited"
    return f"{claim}; {origin}. Who published it first elsewhere is not known."
