"""Sends alerts to the operator: one line each on stderr (mailed by cron), a POST, an e-mail; and a
heartbeat after a good run.
"""

from __future__ import annotations

import smtplib
import ssl
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

import click
import msgspec
from sqlite_utils import Database

from khabar.archive import health
from khabar.archive.health import Alert
from khabar.model.config import Settings, fill_alert_body
from khabar.model.urls import is_loopback

PATIENCE = 10.0  # seconds for the whole request; chosen by hand, not measured
MAX_SUBJECT = 120  # characters of an alert in a subject; chosen by hand
SMTP_OK = 250
JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
NO_ANSWER = f"no answer in {PATIENCE:.0f} s"
STATE_LABELS = {"broken": "newly broken", "mended": "mended", "outage": "outage", "back": "back"}


def send_alerts(db: Database, archive: Path, settings: Settings, now: datetime) -> None:
    """Prints alerts not printed yet, posts those not posted and mails those not mailed yet.

    A failure is a line on stderr, never an error; the next run tries again. `alert_url` and
    `smtp_url` may be private addresses.
    """
    pending = health.list_pending_alerts(db, now)
    to_print = [alert for alert in pending if not alert.told]
    for alert in to_print:
        click.echo(f"khabar: {format_alert(alert)}", err=True)
    health.mark_printed(db, to_print, now)
    to_post = [alert for alert in pending if not alert.posted] if settings.alert_url else []
    to_mail = [alert for alert in pending if not alert.mailed] if settings.alert_email else []
    for name, alerts, send, mark in (
        ("alert_url", to_post, post_alerts, health.mark_posted),
        ("alert_email", to_mail, mail_alerts, health.mark_mailed),
    ):
        if not alerts:
            continue
        if fault := send(settings, archive, alerts):
            # printed only with new alerts, so once per failure
            if to_print:
                click.echo(f"khabar: {name}: {fault}", err=True)
        else:
            mark(db, alerts, now)


def format_alert(alert: Alert) -> str:
    """Returns an alert as one line of text."""
    return " ".join(
        part for part in (alert.source, f"{STATE_LABELS[alert.state]}:", alert.words) if part
    )


def post_alerts(settings: Settings, archive: Path, alerts: Sequence[Alert]) -> str | None:
    """POSTs JSON: `text` (all lines, for chat webhooks), `archive` and `alerts`; or what
    `alert_body` says. Returns the reason of a failure, or None.
    """
    text = "\n".join(map(format_alert, alerts))
    if settings.alert_body:
        values = {"text": text, "archive": str(archive), "count": str(len(alerts))}
        body = fill_alert_body(settings.alert_body, values).encode()
    else:
        body = msgspec.json.encode(
            {
                "text": text,
                "archive": str(archive),
                "alerts": [
                    {name: getattr(alert, name) for name in ("at", "source", "state", "words")}
                    for alert in alerts
                ],
            }
        )
    return _run_with_limit(lambda: _open_url(settings.alert_url, body))


def mail_alerts(settings: Settings, archive: Path, alerts: Sequence[Alert]) -> str | None:
    """Sends an e-mail with a line per alert. Returns the reason of a failure, or None."""
    message = EmailMessage()
    first, more = format_alert(alerts[0]), len(alerts) - 1
    message["Subject"] = f"khabar: {first[:MAX_SUBJECT]}" + (f" (and {more} more)" if more else "")
    message["From"] = settings.contact if "@" in settings.contact else settings.alert_email
    message["To"] = settings.alert_email
    message.set_content("\n".join([*map(format_alert, alerts), "", f"archive: {archive}"]))
    return _run_with_limit(lambda: _send_mail(settings.smtp_url, message))


def send_heartbeat(url: str) -> None:
    """Requests the URL that watches whether runs succeed. A failure is a line on stderr."""
    if fault := _run_with_limit(lambda: _open_url(url)):
        click.echo(f"khabar: heartbeat_url: {fault}", err=True)


def _run_with_limit(send: Callable[[], str | None]) -> str | None:
    """Runs `send` for at most PATIENCE seconds. A socket's timeout starts again with each byte: a
    limit for the whole takes a thread that is abandoned.
    """
    answers: list[str | None] = []
    sender = threading.Thread(target=lambda: answers.append(send()), daemon=True)
    sender.start()
    sender.join(PATIENCE)
    return answers[0] if answers else NO_ANSWER


def _open_url(url: str, body: bytes | None = None) -> str | None:
    """POSTs JSON, or sends a GET without a body."""
    try:
        request = Request(url, data=body, headers=JSON_HEADERS if body else {})
        with urlopen(request, timeout=PATIENCE):
            return None
    except (OSError, HTTPException, ValueError) as error:
        return _explain_error(error)


def _send_mail(smtp_url: str, message: EmailMessage) -> str | None:
    """Sends a message: encrypted from the beginning with smtps://, else if the server can. A
    password goes out encrypted only, or to this machine.
    """
    parts = urlsplit(smtp_url)
    try:
        is_secure = parts.scheme == "smtps"
        connect = smtplib.SMTP_SSL if is_secure else smtplib.SMTP
        with connect(parts.hostname or "", parts.port or 0, timeout=PATIENCE) as server:
            if not is_secure and server.ehlo()[0] == SMTP_OK and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                is_secure = True
            if parts.username and not (is_secure or is_loopback(parts.hostname or "")):
                return "the mail server offers no encryption: the password is not sent"
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return _explain_error(error)
    return None


def _explain_error(error: Exception) -> str:
    reason = getattr(error, "reason", error)  # urlopen wraps errors of connecting
    return NO_ANSWER if isinstance(reason, TimeoutError) else str(error) or type(error).__name__
