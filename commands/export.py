"""khabar export"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any, get_args

import click
from rich.progress import Progress
from sqlite_utils import Database

from commands.common import EXIT_NEWLY_BROKEN, archive_option, console, reading
from commands.search import DAY
from khabar.archive.connect import open_beside
from khabar.archive.rights import PURPOSES
from khabar.archive.store import articles
from khabar.archive.upkeep import copies
from khabar.export import export
from khabar.export.folder import ExportFailed
from khabar.export.options import FORMATS, Order
from khabar.export.overlap.documents import size_of
from khabar.export.overlap.matching import leave_out
from khabar.export.schema import IDS, EmbedsAs, chosen
from khabar.export.selection import Selection, count
from khabar.model import clock
from khabar.model.config import Config
from khabar.model.errors import RunError

SHARE = click.FloatRange(0, 1)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option("--compress", is_flag=True, help="JSONL and CSV as .zst.")
@click.option("--source", "sources", multiple=True, help="Only this source (may be given again).")
@click.option("--since", type=DAY, help="Published on this day (in India) or later: YYYY-MM-DD.")
@click.option("--until", type=DAY, help="Published on this day or earlier.")
@click.option("--language", "languages", multiple=True, help="Only this language: hi, mr, … (may be given again).")
@click.option("--section", "sections", multiple=True, help="Only this section, as the source names it.")
@click.option("--query", help="Only what `khabar search` would find.")
@click.option("--min-words", type=click.IntRange(0), help="At least so many words.")
@click.option("--max-words", type=click.IntRange(0), help="At most so many words.")
@click.option("--min-devanagari", type=SHARE, help="At least this share of the letters Devanagari, 0-1.")
@click.option("--max-repetition", type=SHARE, help="At most this share of the text said before, 0-1.")
@click.option("--whole", is_flag=True, help="Without readings known to be short of their page.")
@click.option("--one-per-story", is_flag=True, help="Of copies the first only.")
@click.option("--not-in", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="Without articles that this corpus has too (see `khabar overlap`).")  # fmt: skip
@click.option("--fields", help="Only these fields: title,text,… ; +minhash,+url_key adds to the usual ones.")
@click.option("--embeds", type=click.Choice(get_args(EmbedsAs)), default="full", show_default=True)
@click.option("--ids-only", is_flag=True, help="No words at all: a list that `khabar import` fetches again.")
@click.option("--purpose", type=click.Choice(PURPOSES), default="research", show_default=True,
              help="What it is for: decides what may go out.")  # fmt: skip
@click.option("--unlicensed-text", is_flag=True, help="With --purpose train: texts without their source's permission.")
@click.option("--redact", type=click.Choice(["pii"]), help="Personal numbers out of the texts; helplines stay.")
@click.option("--splits", help="`story`, or `time:YYYY-MM-DD`: train, validation and test that share no story.")
@click.option("--name", default="dataset", show_default=True, help="Its name: whose published splits are kept to.")
@click.option("--since-export", type=click.Path(path_type=Path), metavar="MANIFEST",
              help="Only what changed since this earlier export.")  # fmt: skip
@archive_option
def command(config: Config, folder: Path, **told: Any) -> int:
    """Write a dataset into DIR: its files, a manifest with counts and checksums, a card (README.md)."""
    with reading(config) as archive, Progress(console=console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        articles.check_sources(archive.db, told["sources"])
        order = _order(told)
        _leave_out(archive.db, told["not_in"], bar)
        task = bar.add_task("exporting", total=count(archive.db, order.selection))
        try:
            manifest = export(archive, folder, order, lambda rows: bar.advance(task, rows), told["since_export"])
        except ExportFailed as error:
            click.echo(f"khabar: {error}", err=True)
            return EXIT_NEWLY_BROKEN
    with open_beside(config.archive) as beside:  # so that a takedown can name those who have what it purged
        copies.note(beside.db, "export", folder, clock.now(), _told(order), manifest["articles"])
    click.echo(_said(manifest, folder))
    return 0


def _order(told: dict[str, Any]) -> Order:
    names = list(IDS) if told["ids_only"] else (told["fields"] or "").split(",")
    embeds: EmbedsAs = "none" if told["ids_only"] else told["embeds"]
    return Order(
        told["format_"],
        chosen(filter(None, names), embeds),
        _selection(told),
        embeds=embeds,
        purpose=told["purpose"],
        unlicensed_text=told["unlicensed_text"],
        redact=told["redact"] == "pii",
        compress=told["compress"],
        splits=told["splits"],
        name=told["name"],
    )


def _selection(told: dict[str, Any]) -> Selection:
    days = {name: moment and moment.date().isoformat() for name, moment in told.items() if name in ("since", "until")}
    lists = tuple(f"{path.name} {_sha256(path)}" for path in told["not_in"])
    names = Selection.__dataclass_fields__.keys() & told.keys() - days.keys() - {"not_in"}
    return Selection(**days, **{name: told[name] for name in names}, not_in=lists)


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise RunError(f"{path}: no such file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _leave_out(db: Database, files: tuple[Path, ...], bar: Progress) -> None:
    if files:
        task = bar.add_task("comparing", total=sum(map(size_of, files)))
        leave_out(db, files, lambda read: bar.update(task, completed=read))


def _told(order: Order) -> dict[str, Any]:
    """What `khabar.archive.upkeep.copies` remembers of an export."""
    of = order.selection
    return {"format": order.format, "purpose": order.purpose, "sources": of.sources, "since": of.since,
            "until": of.until}  # fmt: skip


def _said(manifest: dict[str, Any], folder: Path) -> str:
    withheld = sum(manifest["withheld"].values())
    said = f"{manifest['articles']} articles with {manifest['embeds']} embeds written to {folder}"
    return f"{said}; {withheld} withheld: {folder}/README.md says why" if withheld else said
