"""`khabar`: the commands operators script against, one module each. Errors are one line and an
exit code.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

# command → (module, one line of help); the module is imported only when its command runs.
COMMANDS = {
    "demo": "the main job on five pretend news sites, to see what it does",
    "crawl": "one crawl over all sources that are due, or those named",
    "backfill": "older days of a source, from its archive sitemaps",
    "import": "articles from JSONL files, or pages from WARC files, into the archive",
    "extract": "read one saved page or URL, store nothing",
    "reextract": "read kept pages again with today's extractor",
    "search": "search the archive in Hindi",
    "aliases": "names that search takes for one thing",
    "show": "read one article in the terminal, or what its later readings changed",
    "stories": "which articles tell one story, found anew from the texts",
    "sources": "the sources and their state",
    "status": "what the archive holds and how each source is doing",
    "backup": "a whole, checked copy, also while a crawl writes",
    "verify": "is everything as it must be? --repair mends what can be derived",
    "takedown": "articles to be forgotten, and kept out",
    "account": "what was asked of a source, under which signals, what is held",
    "seal": "old months of raw pages into files of their own",
    "schedule": "a crontab line and systemd units for this archive",
    "config": "each setting and where it came from",
    "export": "write a dataset",
    "merge": "archives of several machines into one",
    "overlap": "what the archive shares with another corpus",
    "serve": "the archive in Datasette",
}
MODULES = {"import": "import_"}  # where the command's name is a word of Python's


class LazyGroup(click.Group):
    """A group that loads a command's module on first use: `khabar --help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"commands.{MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--archive",
    type=click.Path(),
    help="The archive's file. Default: $KHABAR_ARCHIVE, else archive.db.",
)
@click.version_option(package_name="khabar", message="khabar %(version)s")
@click.pass_context
def khabar(ctx: click.Context, archive: str | None) -> None:
    """Khabar (ख़बर): a crawler and archive for Hindi newspapers, every article with its embeds."""
    ctx.obj = archive


def main(args: list[str] | None = None) -> None:
    """The console script. Known errors become one line on stderr; anything else is a bug and
    shows its traceback.
    """
    from commands.common import exit_code_of

    try:
        code: Any = khabar.main(args, prog_name="khabar", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except BrokenPipeError:  # `khabar search … | head`
        sys.stderr.close()
        code = 0
    except Exception as error:
        exit_code = exit_code_of(error)
        if exit_code is None:
            raise
        click.echo(f"khabar: {error}", err=True)
        code = exit_code
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
