"""Health's memory: what each run did, what each host said, which source is broken and since when."""

from khabar.archive.health.alerts import Alert, lift, mute, mutes, note_posted, note_told, outbox
from khabar.archive.health.coverage import FIELDS
from khabar.archive.health.report import growth, outcomes, sources
from khabar.archive.health.requests import (
    forget_silence,
    keep_robots,
    keep_site_word,
    record_fetch,
    robots_answer,
    site_word,
)
from khabar.archive.health.runs import Run, finish_run, last_run, last_run_id, start_run, tally
from khabar.archive.health.verdicts import broken, newly_broken, nothing_read

__all__ = [
    "FIELDS",
    "Alert",
    "Run",
    "broken",
    "finish_run",
    "forget_silence",
    "growth",
    "keep_robots",
    "keep_site_word",
    "last_run",
    "last_run_id",
    "lift",
    "mute",
    "mutes",
    "newly_broken",
    "note_posted",
    "note_told",
    "nothing_read",
    "outbox",
    "outcomes",
    "record_fetch",
    "robots_answer",
    "site_word",
    "sources",
    "start_run",
    "tally",
]
