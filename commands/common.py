"""Shared by the commands: options, table, JSON and CSV output, progress bars, exit codes."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from commands.terminal import format_table, get_width
from khabar.model import clock
from khabar.model.config import NO_CONTACT, Config, ConfigError, parse_duration, read_config
from khabar.model.csv_safe import escape_formula
from khabar.model.errors import DiskFull, RunError
from khabar.model.sources import Shard, Source, SourceError, parse_shard
from khabar.processing.worker_count import MAX_WORKERS, count_default_workers

# khabar.archive is imported where it is used: sqlite-utils takes 50 ms.
if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from rich.progress import Progress, ProgressColumn, Task
    from rich.text import Text

    from khabar.archive.database import Archive

EXIT_NEWLY_BROKEN, EXIT_NOTHING_RAN, EXIT_DISK, EXIT_BUSY = 1, 2, 3, 75


class DurationParam(click.ParamType[timedelta]):
    """A duration: 90s, 15m, 2h, 1d."""

    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


DURATION = DurationParam()


class SourceKeyParam(click.ParamType[str]):
    """The key of a source, which a shell completes. Its command checks whether it exists."""

    name = "source"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        path = ctx.params.get("archive_path") or ctx.find_root().params.get("archive")
        registry = read_config(Path(path) if path else None).load_registry()
        return [
            CompletionItem(key, help=source.name_en or source.name)
            for key, source in registry.sources.items()
            if key.startswith(incomplete)
        ]


SOURCE_KEY = SourceKeyParam()


class ShardParam(click.ParamType[Shard]):
    """A machine of a fleet: 2/4."""

    name = "shard"

    def convert(
        self, value: str | Shard, param: click.Parameter | None, ctx: click.Context | None
    ) -> Shard:
        if isinstance(value, Shard):
            return value
        try:
            return parse_shard(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def shard_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--shard 2/4`: only the sources that are dealt to that machine."""
    return click.option(
        "--shard",
        type=ShardParam(),
        metavar="N/M",
        help="Only the sources of machine N of M; a host belongs to one of them (docs/shards.md).",
    )(command)


def find_program() -> list[str]:
    """Returns the argv prefix that starts this khabar: its script, else `python -m commands`."""
    script = Path(sys.executable).with_name("khabar")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "commands"]


def exit_code_of(error: Exception) -> int | None:
    """Returns the exit code of an expected error, which is printed in one line; None for a bug."""
    from khabar.archive.errors import ArchiveBusy, ArchiveError

    if isinstance(error, ArchiveBusy):
        return EXIT_BUSY
    if isinstance(error, DiskFull):
        return EXIT_DISK
    if isinstance(error, (ArchiveError, ConfigError, RunError, SourceError)):
        return EXIT_NOTHING_RAN
    return None


def archive_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--archive PATH` to a command, which is called with the `Config` of that archive first.

    The option is documented at the group, where it may be given as well.
    """

    @click.option("--archive", "archive_path", type=click.Path(), hidden=True)
    @click.pass_context
    def with_config(
        ctx: click.Context, /, *args: Any, archive_path: str | None, **kwargs: Any
    ) -> Any:
        path = archive_path or (ctx.find_root().obj if ctx.find_root() else None)
        config = read_config(Path(path) if path else None)
        clock.set_clock(config.settings.clock)
        with _explain_disk_faults(config.archive):
            return ctx.invoke(command, config, *args, **kwargs)

    with_config.__name__, with_config.__doc__ = command.__name__, command.__doc__
    own_params = getattr(command, "__click_params__", [])
    with_config.__click_params__ = [*own_params, *with_config.__click_params__]  # type: ignore[attr-defined]
    return with_config


@contextmanager
def _explain_disk_faults(archive: Path) -> Iterator[None]:
    """Raises an error of the disk, wherever a command met it, as a line with the remedy."""
    try:
        yield
    except Exception as error:
        from khabar.archive.errors import explain_error, is_disk_fault

        if not is_disk_fault(error):
            raise
        where = getattr(error, "filename", None) or archive
        raise explain_error(error, f"{where}", archive.parent) from error


def open_for_reading(config: Config, *, restored: bool = False) -> Archive:
    """Opens the archive for reading. Raises ArchiveError, which names the next step, without one.

    `restored`: see `allow_restored` of `open_archive`.
    """
    from khabar.archive import open_archive

    return open_archive(config.archive, allow_restored=restored)


def open_for_writing(config: Config, *, restored: bool = False, holder: str = "") -> Archive:
    """Opens an existing archive for writing, under its lock. Never creates one (a mistyped path).

    Raises ArchiveError, which names the next step, without one. `restored`, `holder`: see
    `open_archive`.
    """
    from khabar.archive import open_archive
    from khabar.archive.database import require_archive

    require_archive(config.archive)
    return open_archive(config.archive, write=True, allow_restored=restored, holder=holder)


def list_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--json` and `--csv` to a command that prints a list."""
    command = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--json` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def print_json(value: Any) -> None:
    """Prints indented JSON in UTF-8, without \\u escapes for Hindi."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_rows(
    rows: Sequence[dict[str, Any]], *, as_json: bool, as_csv: bool, empty: str = ""
) -> None:
    """Prints rows, which all have the same keys, as a table, JSON or CSV; `empty`: what is printed
    instead of a table without rows.
    """
    if as_json:
        print_json(rows)
    elif as_csv:
        click.echo(_format_csv(rows), nl=False)
    else:
        print_lines(format_table(rows, get_width()) if rows else [empty] if empty else [])


def print_lines(lines: Iterable[str]) -> None:
    """Prints lines of text."""
    for line in lines:
        click.echo(line)


def _format_csv(rows: Iterable[dict[str, Any]]) -> str:
    out = io.StringIO()
    rows = list(rows)
    writer = csv.DictWriter(out, rows[0].keys() if rows else [])
    writer.writerow({name: escape_formula(name) for name in writer.fieldnames})  # may be a query
    writer.writerows({name: escape_formula(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def make_progress(*columns: ProgressColumn, transient: bool = True) -> Progress:
    """Returns a progress bar on stderr, shown on a terminal only. `transient`: erased when done."""
    from rich.console import Console  # here: rich takes 30 ms
    from rich.progress import Progress

    return Progress(
        *columns,
        console=Console(stderr=True, highlight=False),
        transient=transient,
        disable=not sys.stderr.isatty(),
    )


def make_work_progress() -> Progress:
    """Returns a progress bar of long work: share done, items done and per second, time left. Its
    tasks have a field `count`: the items done.
    """
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class ItemsColumn(TextColumn):
        """The items done, and their number per second."""

        def render(self, task: Task) -> Text:
            count, seconds = task.fields.get("count", task.completed), task.elapsed
            rate = f", {count / seconds:.0f}/s" if seconds else ""
            return Text(f"{count:,.0f} done{rate}")

    return make_progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        ItemsColumn(""),
        TimeRemainingColumn(),
    )


def workers_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--workers`; without it the command gets as many as fit the machine."""
    return click.option(
        "--workers",
        type=click.IntRange(1, MAX_WORKERS),
        default=count_default_workers,
        help="Worker processes that parse pages and lines (default: as many as the machine has "
        "cores, and free memory for).",
    )(command)


def print_not_recorded(archive: Path, copy: Path) -> None:
    """Warns that the archive, which this user may not write to, does not list a copy of it."""
    click.echo(
        f"khabar: {copy}: not recorded in {archive}, which this user may not write to: "
        "`khabar takedown` will not name this copy",
        err=True,
    )


def print_warning(message: str) -> None:
    """Prints what went wrong with a part of the work to stderr."""
    click.echo(f"khabar: {message}", err=True)


def print_step(what: str) -> None:
    """Prints what is being done to stderr, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(f"{what} …", err=True)


def require_contact(config: Config, sources: Iterable[Source]) -> None:
    """Raises RunError when a live site would be asked and no contact is set."""
    if not config.settings.contact and not all(source.is_newsroom for source in sources):
        raise RunError(NO_CONTACT)
