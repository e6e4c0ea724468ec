"""khabar doctor"""

from __future__ import annotations

from dataclasses import asdict

import click

from commands.common import EXIT_NEWLY_BROKEN, archive_option, json_option, print_json, print_lines
from commands.terminal import format_field, get_width, style_text
from khabar.model.config import Config


@click.command()
@json_option
@archive_option
def command(config: Config, as_json: bool) -> int:
    """Name what will go wrong on this machine: settings, schedule, permissions, disk, backups.

    Nothing is changed, and no site is asked: `khabar sources check` asks the sites.

    Exit code: 1 when there is an error, else 0; warnings alone are 0.
    """
    from commands.doctor_checks import AREAS, find_troubles
    from commands.doctor_context import make_context

    troubles = find_troubles(make_context(config))
    errors = [trouble for trouble in troubles if trouble.severity == "error"]
    if as_json:
        print_json([asdict(trouble) for trouble in troubles])
        return EXIT_NEWLY_BROKEN if errors else 0
    width = get_width()
    for trouble in (*errors, *(other for other in troubles if other.severity != "error")):
        style = "gone" if trouble.severity == "error" else "match"
        print_lines([style_text(f"{trouble.severity}: {trouble.area}", style)])
        print_lines(format_field("  what", trouble.what, 6, width))
        print_lines([*format_field("  do", trouble.remedy, 6, width), ""])
    count = len(troubles) - len(errors)
    print_lines([f"{len(AREAS)} areas checked: {len(errors)} errors, {count} warnings"])
    return EXIT_NEWLY_BROKEN if errors else 0
