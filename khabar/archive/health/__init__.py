"""Health of the sources: counts per run, responses of hosts, which source is broken and since
when.
"""

from khabar.archive.health.alerts import (
    Alert,
    list_pending_alerts,
    load_mutes,
    mark_mailed,
    mark_posted,
    mark_printed,
    mute_source,
    unmute_source,
)
from khabar.archive.health.coverage import FIELDS
from khabar.archive.health.licenses import last_license, save_feed_license, save_license
from khabar.archive.health.report import count_outcomes, estimate_growth, report_sources
from khabar.archive.health.requests import (
    last_site_file,
    record_fetches,
    reset_unreachable,
    save_site_file,
)
from khabar.archive.health.runs import (
    RunSummary,
    count_visit,
    finish_run,
    last_run,
    last_run_id,
    list_reached_sources,
    start_run,
)
from khabar.archive.health.verdicts import has_read_nothing, list_broken, list_newly_broken

__all__ = [
    "FIELDS",
    "Alert",
    "RunSummary",
    "list_broken",
    "finish_run",
    "reset_unreachable",
    "estimate_growth",
    "save_site_file",
    "last_run",
    "last_run_id",
    "unmute_source",
    "mute_source",
    "load_mutes",
    "list_newly_broken",
    "list_reached_sources",
    "mark_mailed",
    "mark_posted",
    "mark_printed",
    "has_read_nothing",
    "list_pending_alerts",
    "count_outcomes",
    "record_fetches",
    "last_license",
    "last_site_file",
    "save_feed_license",
    "save_license",
    "report_sources",
    "start_run",
    "count_visit",
]
