"""khabar show"""

from __future__ import annotations

import click

from commands.common import (
    archive_option,
    json_option,
    open_for_reading,
    print_json,
)
from commands.render import print_article, print_steps
from khabar.archive.store import articles, snapshots
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.web.queries import revisions


@click.command()
@click.argument("what", metavar="ID|URL")
@click.option(
    "--diff", "as_diff", is_flag=True, help="Show what each revision changed, word by word."
)
@click.option(
    "--html",
    "as_html",
    is_flag=True,
    help="Print the raw HTML page of the newest revision.",
)
@json_option
@archive_option
def command(config: Config, what: str, as_diff: bool, as_html: bool, as_json: bool) -> None:
    """Print one article, given its id or any of its URLs, with embeds as cards in their place.

    --diff prints what each revision removed [-like this-] and added {+like this+}, and between
    which two fetches the change happened.
    """
    owner = config.load_registry().find_owner(what)
    with open_for_reading(config) as archive:
        article = articles.load_article(archive.db, what)
        if article is None and owner:  # a URL never seen, of a page stored under its canonical URL
            article = articles.load_article(archive.db, owner.canonicalize_url(what))
        steps = revisions.diff_revisions(archive.db, article["id"]) if article and as_diff else []
        page = (
            snapshots.load_newest_page(archive.db, article["id"]) if article and as_html else None
        )
    if article is None:
        raise RunError(f"no article {what} in {config.archive}: find its id with `khabar search`")
    if as_html:
        if page is None:
            raise RunError(f"{what}: no raw page is stored: the article was imported from a file")
        click.echo(page.body, nl=False)
    elif as_diff and as_json:
        print_json(steps)
    elif as_diff:
        print_steps(article["title"], steps)
    elif as_json:
        print_json(article)
    else:
        print_article(article)
