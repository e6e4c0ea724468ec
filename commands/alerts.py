"""Sends alerts to the operator: one line each on stderr (mailed by cron), and a POST."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

import click
import msgspec
from sqlite_utils import Database

from khabar.archive import health
from khabar.archive.health import Alert

PATIENCE = 10.0  # seconds for the whole request; chosen by hand, not measured
NO_ANSWER = f"no answer in {PATIENCE:.0f} s"
STATE_LABELS = {"broken": "newly broken", "mended": "mended", "outage": "outage", "back": "back"}


def send_alerts(db: Database, archive: Path, url: str, now: datetime) -> None:
    """Prints alerts not printed yet, and posts alerts not posted yet.

    A failed post is a line on stderr, never an error. `url`: `alert_url` of khabar.toml, which may
    be a private address; "" for none.
    """
    pending = health.list_pending_alerts(db, now)
    to_print = [alert for alert in pending if not alert.told]
    for alert in to_print:
        click.echo(f"khabar: {format_alert(alert)}", err=True)
    health.mark_printed(db, to_print, now)
    to_post = [alert for alert in pending if not alert.posted]
    if not url or not to_post:
        return
    if fault := post_alerts(url, archive, to_post):
        # printed only with new alerts, so once per failure; the next run posts them again
        if to_print:
            click.echo(f"khabar: alert_url: {fault}", err=True)
    else:
        health.mark_posted(db, to_post, now)


def format_alert(alert: Alert) -> str:
    """Returns an alert as one line of text."""
    return " ".join(
        part for part in (alert.source, f"{STATE_LABELS[alert.state]}:", alert.words) if part
    )


def post_alerts(url: str, archive: Path, alerts: Sequence[Alert]) -> str | None:
    """POSTs JSON: `text` (all lines, for chat webhooks), `archive` and `alerts`.

    Returns the reason of a failure, or None.
    """
    body = msgspec.json.encode(
        {
            "text": "\n".join(map(format_alert, alerts)),
            "archive": str(archive),
            "alerts": [
                {name: getattr(alert, name) for name in ("at", "source", "state", "words")}
                for alert in alerts
            ],
        }
    )
    answers: list[str | None] = []
    # A socket's timeout starts again with each byte. A limit for the whole request takes a thread
    # that is abandoned.
    sender = threading.Thread(target=lambda: answers.append(_post_body(url, body)), daemon=True)
    sender.start()
    sender.join(PATIENCE)
    return answers[0] if answers else NO_ANSWER


def _post_body(url: str, body: bytes) -> str | None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    try:
        with urlopen(Request(url, data=body, headers=headers, method="POST"), timeout=PATIENCE):
            return None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)  # urlopen wraps errors of connecting
        return NO_ANSWER if isinstance(reason, TimeoutError) else str(error) or type(error).__name__
