"""khabar status"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlite_utils.utils import sqlite3

from commands.common import (
    EXIT_NEWLY_BROKEN,
    SOURCE_KEY,
    archive_option,
    list_options,
    open_for_reading,
    print_json,
    print_lines,
    print_rows,
)
from commands.prometheus import format_metrics, write_metrics
from commands.terminal import format_field, get_width, measure_width, wrap_text
from khabar.archive import health
from khabar.archive.frontier import backfills, future_times
from khabar.hindi.india_time import format_english_time
from khabar.model import clock
from khabar.model.config import Config
from khabar.model.sources import SourceError

# Without a run for this long, cron is presumably off; chosen by hand, not measured.
STALE_AFTER = timedelta(days=2)
DEFAULT_DELAY = 1.5  # seconds, as DOWNLOAD_DELAY: for the backlog of a source without a file
# In the order of the table: what needs attention first.
_VERDICTS = ("broken", "nothing fetched", "not crawled of late", "not tried", "muted", "fine")


@click.command()
@click.argument("source", required=False, type=SOURCE_KEY)
@click.option(
    "--prometheus",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write metrics for node_exporter's textfile collector into FILE (- prints them).",
)
@list_options
@archive_option
def command(
    config: Config, source: str | None, prometheus: Path | None, as_json: bool, as_csv: bool
) -> int:
    """Show what the archive contains and the health of each source, or one source in detail.

    Exit code: 1 when the last run found a source newly broken, else 0; with --prometheus 0.
    """
    now = clock.now()
    with open_for_reading(config) as archive:
        rows = [_add_verdict(config, row, now) for row in health.report_sources(archive.db, now)]
        free = shutil.disk_usage(archive.path.parent).free
        summary = {
            "archive": str(config.archive),
            "bytes": config.archive.stat().st_size,
            "free_bytes": free,
            "sqlite": sqlite3.sqlite_version,
            "last_run": max((row["last_run"] for row in rows if row["last_run"]), default=None),
            **asdict(health.estimate_growth(archive.db, now, free)),
            "sources": [row for row in rows if source in (None, row["source"])],
            "outcomes": {row["outcome"]: row["pages"] for row in health.count_outcomes(archive.db)},
        }
        days = backfills.list_completeness(archive.db, source, now) if source else []
        future_time = future_times.find_future_time(archive.db, now)
        run = health.last_run_id(archive.db)
        newly = [
            entry
            for entry in (health.list_newly_broken(archive.db, run) if run else [])
            if source in (None, entry[0])
        ]
    if source and not summary["sources"]:
        raise SourceError(f"{source}: no such source in the archive: see `khabar status`")
    summary["future_time"] = future_time
    summary["newly_broken"] = [key for key, _ in newly]
    if prometheus:
        text = format_metrics(summary)
        if str(prometheus) == "-":
            click.echo(text, nl=False)
        else:
            write_metrics(prometheus, text)
        return 0
    if source:
        summary["days"] = days
    if as_json:
        print_json(summary)
    elif as_csv:
        print_rows([_flatten_row(row) for row in summary["sources"]], as_json=False, as_csv=True)
    elif source:
        _print_source(summary["sources"][0])
        _print_days(days)
    else:
        _print_summary(summary)
    if future_time:
        click.echo(
            f"khabar: the archive has times later than now, up to {future_time}: the clock of an "
            "earlier run was wrong, or this one is; the next `khabar crawl` sets them to now",
            err=True,
        )
    for key, reason in newly:
        click.echo(f"khabar: {key} newly broken: {reason}", err=True)
    return EXIT_NEWLY_BROKEN if newly else 0


def _add_verdict(config: Config, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Adds `verdict` and `backlog_hours`: how long the backlog takes at the source's delay."""
    source = config.load_registry().sources.get(row["source"])
    delay = source.delay if source else DEFAULT_DELAY
    return row | {
        "verdict": _choose_verdict(row, now),
        "backlog_hours": round(row["due"] * delay / 3600, 1),
    }


def _choose_verdict(row: dict[str, Any], now: datetime) -> str:
    if row["muted_until"]:
        return "muted"
    if row["broken"]:
        return "broken"
    if row["last_tried"] is None:  # no run yet, or none that came to it before its end or an outage
        return "not tried"
    if row["last_success"] is None:
        return "nothing fetched"
    return "fine" if now - clock.parse_utc(row["last_run"]) < STALE_AFTER else "not crawled of late"


def _flatten_row(row: dict[str, Any]) -> dict[str, Any]:
    """Returns a source's row for CSV: shares as numbers, refusals as text."""
    flat = {name: value for name, value in row.items() if name not in ("coverage", "refused")}
    for field in health.FIELDS:
        flat[f"{field.replace(' ', '_')}_share"] = _share_ratio(row["coverage"].get(field, {}))
    return flat | {"refused": _format_refusals(row)}


# --- output for the terminal ---


def _print_summary(summary: dict[str, Any]) -> None:
    """Prints the totals, a line per source, the ill ones first and explained, and the outcomes."""
    width = get_width()
    rows = sorted(
        summary["sources"], key=lambda row: (_VERDICTS.index(row["verdict"]), row["source"])
    )
    articles, embeds = sum(row["articles"] for row in rows), sum(row["embeds"] for row in rows)
    totals = (
        f"{articles} articles, {embeds} embeds, {summary['bytes'] / 1e6:.1f} MB"
        f" (SQLite {summary['sqlite']}){_format_growth(summary)}"
    )
    print_lines([f"{summary['archive']}:", *wrap_text(totals, width), ""])
    if clock.is_moved():
        moment = format_english_time(clock.format_utc(clock.now()))
        print_lines([f"The clock is set: {moment} (a demo or a test).", ""])
    print_rows([_make_row(row) for row in rows], as_json=False, as_csv=False)
    for row in rows:
        if row["broken"]:
            print_lines(["", *wrap_text(_explain_verdict(row), width)])
    if renewed := [row for row in rows if row["baseline_since"]]:
        versions = ", ".join(sorted({str(row["extractor"]) for row in renewed}))
        note = (
            f"{len(renewed)} sources are compared only with runs since a new extractor reads "
            f"them ({versions}): a fault that it brings shows after a few days, or in "
            "`khabar reextract --dry-run`"
        )
        print_lines(["", *wrap_text(note, width)])
    if outcomes := [f"{name} {pages}" for name, pages in summary["outcomes"].items()]:
        print_lines(["", *wrap_text(f"Pages by outcome: {' · '.join(outcomes)}", width)])
    if rows:
        print_lines(["", "More about a source: khabar status SOURCE; all figures: --json, --csv"])


def _format_growth(summary: dict[str, Any]) -> str:
    if summary["mb_a_day"] is None:
        return ""
    return f"; {summary['mb_a_day']} MB a day" + (
        f", the disk is full on {summary['full_on']}" if summary["full_on"] else ""
    )


def _make_row(row: dict[str, Any]) -> dict[str, Any]:
    """Returns a source's row of the table, which fits into 80 columns."""
    return {
        "source": row["source"],
        "verdict": row["verdict"],
        "new today": row["new_today"],
        "usually": _format_number(row["usual_by_now"]),
        "newest": row["newest"],
        "articles": row["articles"],
    }


def _print_source(row: dict[str, Any]) -> None:
    """Prints one source in detail."""
    usual = _format_number(row["usual_by_now"])
    lines = {
        "verdict": _explain_verdict(row),
        "contains": f"{row['articles']} articles, {row['embeds']} embeds; "
        f"the newest article: {row['newest'] or 'no date'}",
        "last success": _format_time(row["last_success"]),
        "last new article": _format_time(row["last_new"]),
        **(
            {
                "compared since": f"{_format_time(row['baseline_since'])}, by extractor "
                f"{row['extractor']}: what another extractor read is no measure for it"
            }
            if row["baseline_since"]
            else {}
        ),
        "new today": f"{row['new_today']} (usually {usual} by this hour)",
        **{
            field: _format_share(row["coverage"][field]) + f" {health.FIELDS[field]}"
            for field in row["coverage"]
        },
        "refused in a day": _format_refusals(row) or "nothing",
        "robots.txt changed": _format_time(row["robots_changed"]),
        "backlog": f"{row['due']} due, {row['backlog_hours']} h at its delay",
        "fetched": f"{row['mb_a_day'] or 0} MB a day",
    }
    longest = max(map(measure_width, lines))
    for name, text in lines.items():
        print_lines(format_field(name, text, longest, get_width()))


def _print_days(days: list[dict[str, Any]]) -> None:
    """Prints how many pages that sitemaps listed were fetched, and the days with missing ones."""
    if not days:
        return
    expected = sum(day["expected"] for day in days)
    fetched = sum(day["held"] + day["no_article"] for day in days)
    click.echo(f"\nSitemaps listed {expected} pages of the last month: {fetched} were fetched.")
    if incomplete := [day for day in days if day["waiting"] or day["lost"]]:
        click.echo("Days with missing pages:")
        print_rows(incomplete, as_json=False, as_csv=False)


def _explain_verdict(row: dict[str, Any]) -> str:
    """Says what is wrong, since when, and the first URL that shows it."""
    parts = [f"{row['source']}: {row['verdict']}"]
    if row["broken"]:
        first = f"; first {row['broken_url']}" if row["broken_url"] else ""
        parts.append(f"since {_format_time(row['broken_since'])}: {row['broken']}{first}")
    if row["muted_until"]:
        parts.append(f"(muted until {_format_time(row['muted_until'])}: {row['muted_for']})")
    return " ".join(parts)


def _format_refusals(row: dict[str, Any]) -> str:
    return ", ".join(f"{outcome} {pages}" for outcome, pages in row["refused"].items())


def _format_share(share: dict[str, Any]) -> str:
    usual = f" (usually {share['usual']:.0%})" if share["usual"] is not None else ""
    return f"{share['held']} of {share['of']}{usual}"


def _share_ratio(share: dict[str, Any]) -> float | None:
    return round(share["held"] / share["of"], 3) if share.get("of") else None


def _format_number(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"


def _format_time(timestamp: str | None) -> str:
    return format_english_time(timestamp, short=True) or "never"
