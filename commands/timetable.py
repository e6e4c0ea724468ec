"""When an operator's machine runs a crawl: a crontab line and systemd units, as text. Pure."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from commands.common import find_program
from khabar.model.config import Config

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# after the budget, for what is under way: one page's time-out, its reading, the verdicts
SLACK = timedelta(minutes=5)
KILL_AFTER = timedelta(minutes=2)  # after SIGTERM
# variables that a run needs and cron does not know
PASSED_VARIABLES = ("KHABAR_CONTACT", "KHABAR_NEWSROOM")
BUSY = 75


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """A crawl of one archive, again and again. `minute` of the hour: the archive's own, lest all
    come at once.
    """

    archive: Path
    every: timedelta
    budget: timedelta
    jitter: timedelta
    minute: int
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def time_limit(self) -> timedelta:
        """When a run that did not end by itself is told to."""
        return self.budget + min(SLACK, self.budget)

    @property
    def lock_path(self) -> Path:
        """Beside the archive's own lock, which the run takes: two locks on one file would shut
        each other out.
        """
        return self.archive.with_name(f"{self.archive.name}.cron")

    @property
    def command_line(self) -> list[str]:
        """The command of one run."""
        return [
            *find_program(),
            "--archive",
            str(self.archive),
            "crawl",
            "--budget",
            f"{_to_seconds(self.budget)}s",
        ]


def make_plan(
    config: Config,
    every: timedelta,
    *,
    budget: timedelta | None = None,
    jitter: timedelta | None = None,
    user: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> CrawlPlan:
    """The plan for an archive. ValueError when `every` does not divide the hour or the day, or
    leaves a run no time.
    """
    _split_interval(every)
    budget, jitter = budget or every * 5 / 6, every / 15 if jitter is None else jitter
    if budget + jitter > every:
        raise ValueError(
            f"budget ({budget}) and jitter ({jitter}) together are longer than every ({every})"
        )
    variables = {name: environment[name] for name in PASSED_VARIABLES if environment.get(name)}
    return CrawlPlan(
        config.archive, every, budget, jitter, _stable_minute(config.archive), user, variables
    )


def _split_interval(every: timedelta) -> tuple[int, int]:
    """(minutes, hours) between runs, one of them 0. Only what divides the hour or the day keeps
    its beat in cron.
    """
    minutes, hours = every // MINUTE, every // HOUR
    if every == timedelta(minutes=minutes) and 0 < minutes < 60 and 60 % minutes == 0:
        return minutes, 0
    if every == timedelta(hours=hours) and 0 < hours <= 24 and 24 % hours == 0:
        return 0, hours
    raise ValueError(
        f"every {every}: cron keeps only beats that divide the hour or the day: 15m, 1h, 6h, 1d"
    )


def _stable_minute(archive: Path) -> int:
    return int(hashlib.sha256(str(archive).encode()).hexdigest(), 16) % 60


def _to_seconds(duration: timedelta) -> int:
    return max(1, round(duration.total_seconds()))


# --- cron ---


def format_cron_line(plan: CrawlPlan) -> str:
    """One line for a crontab; with a user, for /etc/cron.d.

    Its own lock first: a run that finds another of cron's at work goes quietly. Then the budget
    inside, and outside of it `timeout`, which says SIGTERM and two minutes later SIGKILL;
    --foreground: to the run alone, not to its readers.
    """
    timeout_prefix = [
        "timeout",
        "--foreground",
        "-k",
        str(_to_seconds(KILL_AFTER)),
        str(_to_seconds(plan.time_limit)),
    ]
    argv = [
        "flock",
        "-n",
        "-E",
        str(BUSY),
        str(plan.lock_path),
        *timeout_prefix,
        *plan.command_line,
    ]
    variables = [f"{name}={shlex.quote(value)}" for name, value in plan.environment.items()]
    run = " ".join([*variables, shlex.join(argv)])
    delay = f"sleep $(shuf -n 1 -i 0-{_to_seconds(plan.jitter)}); " if plan.jitter else ""
    command = f"{delay}{run}"
    user_field = f"{plan.user} " if plan.user else ""
    # cron reads % as the end of the line
    return f"{_format_cron_times(plan)} {user_field}{command.replace('%', chr(92) + '%')}"


def _format_cron_times(plan: CrawlPlan) -> str:
    minutes, hours = _split_interval(plan.every)
    if minutes:
        return f"{'*' if minutes == 1 else f'{plan.minute % minutes}-59/{minutes}'} * * * *"
    return f"{plan.minute} {_format_cron_hours(hours)} * * *"


def _format_cron_hours(hours: int) -> str:
    return {1: "*", 24: "4"}.get(hours, f"*/{hours}")


# --- systemd ---


def format_service(plan: CrawlPlan) -> str:
    """khabar.service: one run. A oneshot never overlaps itself; mixed: the readers end with the
    run, not before it.
    """
    environment_lines = "".join(
        f"Environment={_quote_word(f'{name}={value}')}\n"
        for name, value in plan.environment.items()
    )
    user_line = f"User={plan.user}\n" if plan.user else ""
    return f"""[Unit]
Description=Khabar: one crawl of the Hindi press
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
{user_line}WorkingDirectory={_escape_word(str(plan.archive.parent))}
{environment_lines}ExecStart={" ".join(map(_quote_argument, plan.command_line))}
SuccessExitStatus={BUSY}
TimeoutStartSec={_to_seconds(plan.time_limit)}
TimeoutStopSec={_to_seconds(KILL_AFTER)}
KillMode=mixed
Nice=10
MemoryMax=3G
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths={_quote_word(str(plan.archive.parent))}
"""


def format_timer(plan: CrawlPlan) -> str:
    """khabar.timer: when. Persistent: a run missed while the machine was off is made up for
    once.
    """
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
    when = {1: "*", 24: "4"}.get(hours, f"0/{hours}")
    return f"*-*-* {when}:{plan.minute:02}"


def _quote_argument(word: str) -> str:
    """A word of ExecStart=, the only setting where systemd expands $ (systemd.exec(5))."""
    return _quote_word(word).replace("$", "$$")


def _quote_word(word: str) -> str:
    """A word of a unit file, with %, \\ and quotes escaped."""
    inner = _escape_word(word).replace('"', '\\"')
    return f'"{inner}"' if any(mark in word for mark in " \t'\"\\;") else inner


def _escape_word(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "%%")
