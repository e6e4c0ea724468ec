"""What an article may be used for: its rights signals, and one decision for each purpose. The
account, exports and the web pages all ask here.
"""

from khabar.archive.rights.evaluate import decide_all, decide_usage, find_reservations
from khabar.archive.rights.load import (
    RightsReader,
    list_licenses,
    load_site_file,
    resolve_license,
)
from khabar.archive.rights.origins import SiteOrigin, iter_site_origins, summarize_sites
from khabar.archive.rights.robots_rules import (
    MAX_LICENSES,
    find_archive_ban,
    format_names,
    summarize_robots,
)
from khabar.archive.rights.signals import (
    PURPOSES,
    ArticleSignals,
    Extent,
    LicenseFile,
    Permission,
    Purpose,
    Reservation,
    SiteFile,
    SiteSignals,
    SiteVisit,
    UsageDecision,
)

__all__ = [
    "MAX_LICENSES", "PURPOSES", "ArticleSignals", "Extent", "LicenseFile", "Permission", "Purpose",
    "Reservation", "RightsReader", "SiteFile", "SiteOrigin", "SiteSignals", "SiteVisit",
    "UsageDecision", "decide_all", "decide_usage", "find_archive_ban", "find_reservations",
    "format_names", "iter_site_origins", "list_licenses", "load_site_file", "resolve_license",
    "summarize_robots", "summarize_sites",
]  # fmt: skip
