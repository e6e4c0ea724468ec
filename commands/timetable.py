"""Formats a crontab line and systemd units that run `khabar crawl`. Reads nothing but where a
symbolic link to the archive leads.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from commands import machine_facts
from commands.common import EXIT_BUSY, find_program
from khabar.archive.database import follow_link
from khabar.model.config import Config
from khabar.model.sources import Shard

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Time after the budget for requests in flight, extraction and health checks; chosen by hand, not
# measured.
SLACK = timedelta(minutes=5)
KILL_AFTER = timedelta(minutes=2)  # from SIGTERM to SIGKILL; chosen by hand, not measured
# Of --every: a run and its random delay together stay below the interval. Chosen by hand.
BUDGET_SHARE, JITTER_SHARE = 5 / 6, 1 / 15
DAILY_HOUR = 4  # local hour of a daily run, when sites are quiet; chosen by hand, not measured
# Variables that a run needs and cron does not pass on.
PASSED_VARIABLES = ("KHABAR_CONTACT", "KHABAR_NEWSROOM")


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """A repeated crawl of one archive.

    `minute` of the hour: derived from the archive's path, so that archives do not start together.
    `user` of a line of /etc/cron.d; None: a line of a user's own crontab. `owner`: the user of the
    unit. `shard`: None for a machine that crawls all sources.
    """

    archive: Path
    every: timedelta
    budget: timedelta
    jitter: timedelta
    minute: int
    user: str | None = None
    owner: str | None = None
    shard: Shard | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def time_limit(self) -> timedelta:
        """The time after which a run that is still going gets SIGTERM."""
        return self.budget + min(SLACK, self.budget)

    @property
    def lock_path(self) -> Path:
        """The lock file of cron. Not the archive's own, which the run itself has to lock."""
        return self.file.with_name(f"{self.file.name}.cron")

    @property
    def file(self) -> Path:
        """The archive's file; `archive` may be a symbolic link to it."""
        return follow_link(self.archive)

    @property
    def command_line(self) -> list[str]:
        return [
            *find_program(),
            "--archive",
            str(self.archive),
            "crawl",
            "--budget",
            f"{_to_seconds(self.budget)}s",
            *(["--shard", str(self.shard)] if self.shard else []),
        ]


def make_plan(
    config: Config,
    every: timedelta,
    *,
    budget: timedelta | None = None,
    jitter: timedelta | None = None,
    user: str | None = None,
    shard: Shard | None = None,
    environment: Mapping[str, str] = os.environ,
) -> CrawlPlan:
    """Returns the plan for an archive.

    Raises ValueError when `every` does not divide the hour or the day, or is shorter than `budget`
    and `jitter` together.
    """
    _split_interval(every)
    budget = budget or every * BUDGET_SHARE
    jitter = every * JITTER_SHARE if jitter is None else jitter
    if budget + jitter > every:
        raise ValueError(
            f"budget ({budget}) and jitter ({jitter}) together are longer than every ({every})"
        )
    variables = {name: environment[name] for name in PASSED_VARIABLES if environment.get(name)}
    minute = int(hashlib.sha256(str(config.archive).encode()).hexdigest(), 16) % 60
    owner = user or find_owner_name(config.archive)
    return CrawlPlan(config.archive, every, budget, jitter, minute, user, owner, shard, variables)


def find_owner_name(archive: Path) -> str:
    """Returns the owner of an archive; before there is one, of the nearest folder that exists."""
    file = follow_link(archive)
    place = next(path for path in (file, *file.parents) if path.exists())
    return machine_facts.get_user_name(place.stat().st_uid)


def check_interval(every: timedelta) -> str:
    """Returns why cron cannot keep an interval between runs, '' if it can."""
    try:
        _split_interval(every)
    except ValueError as error:
        return str(error)
    return ""


def _split_interval(every: timedelta) -> tuple[int, int]:
    """Returns (minutes, hours) between runs, one of them 0.

    Raises ValueError for an interval that cron cannot keep: one that does not divide hour or day.
    """
    minutes, hours = every // MINUTE, every // HOUR
    if every == timedelta(minutes=minutes) and 0 < minutes < 60 and 60 % minutes == 0:
        return minutes, 0
    if every == timedelta(hours=hours) and 0 < hours <= 24 and 24 % hours == 0:
        return 0, hours
    raise ValueError(
        f"every {every}: cron needs an interval that divides the hour or the day: 15m, 1h, 6h, 1d"
    )


def _to_seconds(duration: timedelta) -> int:
    return max(1, round(duration.total_seconds()))


# --- cron ---


def format_cron_line(plan: CrawlPlan) -> str:
    """Returns one line for a crontab; with a user, for /etc/cron.d.

    `flock` ends silently, with EXIT_BUSY, while another run of cron is going. `timeout` sends
    SIGTERM some time after the budget is over, and SIGKILL KILL_AFTER later; --foreground: to the
    run only, not to its worker processes.
    """
    kill_after, time_limit = str(_to_seconds(KILL_AFTER)), str(_to_seconds(plan.time_limit))
    lock = ["flock", "-n", "-E", str(EXIT_BUSY), str(plan.lock_path)]
    timeout = ["timeout", "--foreground", "-k", kill_after, time_limit]
    argv = [*lock, *timeout, *plan.command_line]
    variables = [f"{name}={shlex.quote(value)}" for name, value in plan.environment.items()]
    run = " ".join([*variables, shlex.join(argv)])
    delay = f"sleep $(shuf -n 1 -i 0-{_to_seconds(plan.jitter)}); " if plan.jitter else ""
    command = f"{delay}{run}"
    user_field = f"{plan.user} " if plan.user else ""
    # an unescaped % ends a cron line
    return f"{_format_cron_times(plan)} {user_field}{command.replace('%', chr(92) + '%')}"


def _format_cron_times(plan: CrawlPlan) -> str:
    minutes, hours = _split_interval(plan.every)
    if minutes:
        return f"{'*' if minutes == 1 else f'{plan.minute % minutes}-59/{minutes}'} * * * *"
    when = {1: "*", 24: str(DAILY_HOUR)}.get(hours, f"*/{hours}")
    return f"{plan.minute} {when} * * *"


# --- systemd ---


def format_service(plan: CrawlPlan) -> str:
    """Returns khabar.service, which does one run.

    Type=oneshot never overlaps itself. KillMode=mixed sends SIGTERM to the run only: its worker
    processes end with it, not before. Nice and MemoryMax were chosen by hand, not measured.
    """
    environment_lines = "".join(
        f"Environment={_quote_word(f'{name}={value}')}\n"
        for name, value in plan.environment.items()
    )
    user_line = f"User={plan.owner}\n" if plan.owner else ""
    return f"""[Unit]
Description=Khabar: one crawl of the Hindi press
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
{user_line}WorkingDirectory={_escape_word(str(plan.archive.parent))}
{environment_lines}ExecStart={" ".join(map(_quote_argument, plan.command_line))}
SuccessExitStatus={EXIT_BUSY}
TimeoutStartSec={_to_seconds(plan.time_limit)}
TimeoutStopSec={_to_seconds(KILL_AFTER)}
KillMode=mixed
Nice=10
MemoryMax=3G
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths={_quote_word(str(plan.file.parent))}
"""


def format_timer(plan: CrawlPlan) -> str:
    """Returns khabar.timer. Persistent: runs missed while the machine was off are made up once."""
    return f"""[Unit]
Description=Khabar: when to crawl

[Timer]
OnCalendar={_format_calendar(plan)}
RandomizedDelaySec={_to_seconds(plan.jitter) if plan.jitter else 0}
Persistent=true

[Install]
WantedBy=timers.target
"""


def _format_calendar(plan: CrawlPlan) -> str:
    minutes, hours = _split_interval(plan.every)
    if minutes:
        return f"*:{plan.minute % minutes}/{minutes}"
    when = {1: "*", 24: str(DAILY_HOUR)}.get(hours, f"0/{hours}")
    return f"*-*-* {when}:{plan.minute:02}"


def _quote_argument(word: str) -> str:
    """A word of ExecStart=, the only setting where systemd expands $ (systemd.service(5))."""
    return _quote_word(word).replace("$", "$$")


def _quote_word(word: str) -> str:
    """A word of a unit file, with %, \\ and quotes escaped."""
    inner = _escape_word(word).replace('"', '\\"')
    return f'"{inner}"' if any(mark in word for mark in " \t'\"\\;") else inner


def _escape_word(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "%%")
