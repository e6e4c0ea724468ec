"""The `khabar` command line: one module per command. An error is one line and an exit code."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from commands.lean_imports import skip_unused_imports

# Group of commands → command → its line in `khabar --help`; a command's module is imported only
# when it runs.
GROUPS = {
    "Begin": {
        "demo": "Try Khabar: crawl, search and export five built-in test sites.",
        "init": "Set up a folder for an archive: settings, modes, a schedule.",
    },
    "Collect": {
        "crawl": "Fetch what is due, of all sources or of those named.",
        "backfill": "Crawl older days of a source, from its archive sitemaps.",
        "import": "Import articles from JSONL or Parquet, or pages from WARC.",
        "merge": "Merge archives of several machines into this one.",
        "sources": "List, check, draft and mute sources.",
    },
    "Read": {
        "search": "Search the archive, in Hindi or in Latin letters.",
        "compare": "Compare words, or one word in several sources, over time.",
        "show": "Print one article, or how it changed over time.",
        "stories": "List and rebuild groups of near-duplicate articles.",
        "serve": "Serve the archive as a web site (Datasette).",
        "vectors": "Make the vectors that find related articles.",
        "aliases": "List, add and remove synonyms of names for search.",
    },
    "Give out": {
        "export": "Export articles as a dataset: JSONL, CSV, Parquet and more.",
        "dedup": "Find near-duplicates in a folder of Parquet files.",
        "overlap": "Count the articles that another corpus contains too.",
        "account": "Write a report for one source: requests, refusals, articles.",
        "takedown": "Delete articles for good and block them from returning.",
    },
    "Operate": {
        "status": "Show what the archive contains and the health of each source.",
        "doctor": "Name what will go wrong on this machine.",
        "config": "Show each setting and where it comes from.",
        "schedule": "Print a crontab line and systemd units for this archive.",
        "backup": "Write a complete, verified copy of the archive.",
        "verify": "Check the archive for faults; --repair fixes some.",
        "seal": "Move raw pages of old months to separate files.",
    },
    "Extract": {
        "extract": "Extract a saved page or URL, or WARC files to Parquet files.",
        "reextract": "Extract stored pages again with the current extractor.",
    },
}
COMMANDS = {name: line for group in GROUPS.values() for name, line in group.items()}
MODULES = {"import": "import_"}  # a module cannot be named `import`


class LazyGroup(click.Group):
    """A click group that imports a command's module on first use, so `khabar --help` is fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"commands.{MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        longest = max(map(len, COMMANDS))
        for group, lines in GROUPS.items():
            with formatter.section(group):
                formatter.write_dl([(f"{name:<{longest}}", line) for name, line in lines.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            # click's own suggestions need the commands to be imported
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--archive",
    type=click.Path(),
    help="The archive file. Default: $KHABAR_ARCHIVE, else archive.db.",
)
@click.version_option(package_name="khabar", message="khabar %(version)s")
@click.pass_context
def khabar(ctx: click.Context, archive: str | None) -> None:
    """Khabar (ख़बर): a crawler and archive for Hindi news articles and their embeds.

    `khabar COMMAND --help` explains a command.
    """
    ctx.obj = archive


def main(args: list[str] | None = None) -> None:
    """Runs the console script. An expected error is one line on stderr; a bug shows a traceback."""
    skip_unused_imports()
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
        from commands.common import exit_code_of

        exit_code = exit_code_of(error)
        if exit_code is None:
            raise
        click.echo(f"khabar: {error}", err=True)
        code = exit_code
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
