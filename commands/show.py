"""khabar show"""

from __future__ import annotations

import click

from commands.common import archive_option, json_option, make_console, open_for_reading, print_json
from commands.render import print_article, print_steps
from khabar.archive.store import articles, snapshots
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.items import Page
from khabar.web.queries import revisions


@click.command()
@click.argument("what", metavar="ID|URL")
@click.option(
    "--diff", "as_diff", is_flag=True, help="What each later reading changed, word by word."
)
@click.option(
    "--html",
    "as_html",
    is_flag=True,
    help="The page its newest reading came from, as it was fetched.",
)
@json_option
@archive_option
def command(config: Config, what: str, as_diff: bool, as_html: bool, as_json: bool) -> None:
    """Read one article: its text, with embeds as cards at their place. Any of its addresses will
    do.

    --diff shows what each later reading took away [-so-] and brought {+so+}, and between which two
    fetches.
    """
    owner = next(
        (source for source in config.load_registry().sources.values() if source.is_own_url(what)),
        None,
    )
    with open_for_reading(config) as archive:
        article = articles.load_article(archive.db, what)
        if article is None and owner:  # an address never seen before, of a page known under another
            article = articles.load_article(archive.db, owner.canonicalize_url(what))
        steps = revisions.diff_revisions(archive.db, article["id"]) if article and as_diff else []
        page = (
            snapshots.load_newest_page(archive.db, article["id"]) if article and as_html else None
        )
    if article is None:
        raise RunError(
            f"no article {what} in {config.archive}: `khabar search` finds what there is"
        )
    if as_html:
        _print_raw(page, what)
    elif as_diff and as_json:
        print_json(steps)
    elif as_diff:
        print_steps(make_console(), article["title"], steps)
    elif as_json:
        print_json(article)
    else:
        print_article(make_console(), article)


def _print_raw(page: Page | None, what: str) -> None:
    if page is None:
        raise RunError(f"{what}: no page is kept of it: it came from a file")
    click.echo(page.body, nl=False)
