"""A fleet of machines that deal the sources among them (`make bench-shards`): what each holds and
asks, and whether the merged archive is that of one machine.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks import docs
from benchmarks.simulated_fleet import FleetResult, SimulatedWeb, digest_archive, run_fleet
from khabar.processing.worker_count import count_default_workers

FLEETS = (1, 2, 4)
DAILY = 3  # articles of each source in a day
HEAD = (
    "machines",
    "requests by machine",
    "hosts by machine",
    "hosts of two machines",
    "requests an hour to the busiest host",
    "articles",
    "raw pages",
    "same as one machine",
)


def fleet_row(machines: int, result: FleetResult, one: FleetResult, hours: int) -> list[str]:
    """Returns a fleet's row; `one`: the result of one machine."""
    digests, expected = digest_archive(result.archive), digest_archive(one.archive)
    is_same = digests == expected and result.requests_by_host == one.requests_by_host
    different = [name for name, value in digests.items() if value != expected[name]]
    return [
        str(machines),
        " · ".join(f"{sum(requests.values()):,}" for requests in result.requests),
        " · ".join(f"{len(requests):,}" for requests in result.requests),
        f"{len(result.hosts_of_two)}",
        f"{max(result.requests_by_host.values()) / hours:.1f}",
        f"{digests['articles'][0]:,}",
        f"{digests['raw pages'][0]:,}",
        "yes" if is_same else f"NO: {', '.join(different) or 'requests'}",
    ]


def main(sources_argument: str = "500", days_argument: str = "7") -> None:
    """Prints the table and writes it into docs/benchmarks.md."""
    web = SimulatedWeb(int(sources_argument), int(days_argument), DAILY)
    work = Path(tempfile.mkdtemp(prefix="khabar-shards-"))
    rows: list[list[str]] = []
    results: list[FleetResult] = []
    for machines in FLEETS:
        workers = min(machines, count_default_workers())
        results.append(run_fleet(web, machines, work / str(machines), workers))
        rows.append(fleet_row(machines, results[-1], results[0], web.days * 24))
    shutil.rmtree(work)
    Console(width=None if sys.stdout.isatty() else 200).print(docs.make_table(HEAD, rows))
    summary = (
        f"`make bench-shards`, {datetime.now(UTC):%-d %B %Y}: {web.sources} sources that publish "
        f"{DAILY} articles a day each, {web.days} days on a moved clock, a crawl every hour."
    )
    if (web.sources, web.days) == (500, 7):
        docs.update_section("shards", f"{summary}\n\n{docs.format_table(HEAD, rows)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
