"""When an operator's machine runs a crawl: a crontab line and systemd units, as text. Pure."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from commands.common import program
from khabar.model.config import Config

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SLACK = timedelta(minutes=5)  # after the budget, for what is under way: one page's time-out, its reading, the verdicts
KILL_AFTER = timedelta(minutes=2)  # after SIGTERM
CARRIED = ("KHABAR_CONTACT", "KHABAR_NEWSROOM")  # variables that a run needs and cron does not know
BUSY = 75


@dataclass(frozen=True, slots=True)
class Plan:
    """A crawl of one archive, again and again. `minute` of the hour: the archive's own, lest all come at once."""

    archive: Path
    every: timedelta
    budget: timedelta
    jitter: timedelta
    minute: int
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def limit(self) -> timedelta:
        """When a run that did not end by itself is told to."""
        return self.budget + min(SLACK, self.budget)

    @property
    def lock(self) -> Path:
        """Beside the archive's own lock, which the run takes: two locks on one file would shut each other out."""
        return self.archive.with_name(f"{self.archive.name}.cron")

    @property
    def words(self) -> list[str]:
        """The command of one run."""
        return [*program(), "--archive", str(self.archive), "crawl", "--budget", f"{_seconds(self.budget)}s"]


def plan(
    config: Config, every: timedelta, *, budget: timedelta | None = None, jitter: timedelta | None = None,
    user: str | None = None, environment: Mapping[str, str] = os.environ,
) -> Plan:  # fmt: skip
    """The plan for an archive. ValueError when `every` does not divide the hour or the day, or leaves a run no time."""
    _beat(every)
    budget, jitter = budget or every * 5 / 6, every / 15 if jitter is None else jitter
    if budget + jitter > every:
        raise ValueError(f"budget ({budget}) and jitter ({jitter}) together are longer than every ({every})")
    told = {name: environment[name] for name in CARRIED if environment.get(name)}
    return Plan(config.archive, every, budget, jitter, _minute(config.archive), user, told)


def _beat(every: timedelta) -> tuple[int, int]:
    """(minutes, hours) between runs, one of them 0. Only what divides the hour or the day keeps its beat in cron."""
    minutes, hours = every // MINUTE, every // HOUR
    if every == timedelta(minutes=minutes) and 0 < minutes < 60 and 60 % minutes == 0:
        return minutes, 0
    if every == timedelta(hours=hours) and 0 < hours <= 24 and 24 % hours == 0:
        return 0, hours
    raise ValueError(f"every {every}: cron keeps only beats that divide the hour or the day: 15m, 1h, 6h, 1d")


def _minute(archive: Path) -> int:
    return int(hashlib.sha256(str(archive).encode()).hexdigest(), 16) % 60


def _seconds(stretch: timedelta) -> int:
    return max(1, round(stretch.total_seconds()))


# --- cron ---


def cron_line(plan: Plan) -> str:
    """One line for a crontab; with a user, for /etc/cron.d.

    Its own lock first: a run that finds another of cron's at work goes quietly. Then the budget inside, and outside of
    it `timeout`, which says SIGTERM and two minutes later SIGKILL; --foreground: to the run alone, not to its readers.
    """
    outside = ["timeout", "--foreground", "-k", str(_seconds(KILL_AFTER)), str(_seconds(plan.limit))]
    words = ["flock", "-n", "-E", str(BUSY), str(plan.lock), *outside, *plan.words]
    told = [f"{name}={shlex.quote(value)}" for name, value in plan.environment.items()]
    run = " ".join([*told, shlex.join(words)])
    late = f"sleep $(shuf -n 1 -i 0-{_seconds(plan.jitter)}); " if plan.jitter else ""
    command = f"{late}{run}"
    who = f"{plan.user} " if plan.user else ""
    return f"{_cron_times(plan)} {who}{command.replace('%', chr(92) + '%')}"  # cron reads % as the end of the line


def _cron_times(plan: Plan) -> str:
    minutes, hours = _beat(plan.every)
    if minutes:
        return f"{'*' if minutes == 1 else f'{plan.minute % minutes}-59/{minutes}'} * * * *"
    return f"{plan.minute} {_cron_hours(hours)} * * *"


def _cron_hours(hours: int) -> str:
    return {1: "*", 24: "4"}.get(hours, f"*/{hours}")


# --- systemd ---


def service(plan: Plan) -> str:
    """khabar.service: one run. A oneshot never overlaps itself; mixed: the readers end with the run, not before it."""
    told = "".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in plan.environment.items())
    who = f"User={plan.user}\n" if plan.user else ""
    return f"""[Unit]
Description=Khabar: one crawl of the Hindi press
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
{who}WorkingDirectory={_escaped(str(plan.archive.parent))}
{told}ExecStart={" ".join(map(_quoted, plan.words))}
SuccessExitStatus={BUSY}
TimeoutStartSec={_seconds(plan.limit)}
TimeoutStopSec={_seconds(KILL_AFTER)}
KillMode=mixed
Nice=10
MemoryMax=3G
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths={_quoted(str(plan.archive.parent))}
"""


def timer(plan: Plan) -> str:
    """khabar.timer: when. Persistent: a run missed while the machine was off is made up for once."""
    return f"""[Unit]
Description=Khabar: when to crawl

[Timer]
OnCalendar={_calendar(plan)}
RandomizedDelaySec={_seconds(plan.jitter) if plan.jitter else 0}
Persistent=true

[Install]
WantedBy=timers.target
"""


def _calendar(plan: Plan) -> str:
    minutes, hours = _beat(plan.every)
    if minutes:
        return f"*:{plan.minute % minutes}/{minutes}"
    when = {1: "*", 24: "4"}.get(hours, f"0/{hours}")
    return f"*-*-* {when}:{plan.minute:02}"


def _quoted(word: str) -> str:
    """A word as a unit file reads it: %, $ and quotes are its own."""
    inner = _escaped(word).replace('"', '\\"').replace("$", "$$")
    return f'"{inner}"' if any(mark in word for mark in " \t'\"\\;") else inner


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "%%")
