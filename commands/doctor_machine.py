"""Checks of `khabar doctor` on the machine: clock, packages, memory, disk, permissions."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta

from commands import machine_facts
from commands.doctor_context import DoctorContext, Found, error, warning
from khabar.archive import health
from khabar.archive.frontier import future_times

# All numbers were chosen by hand, not measured.
# Earlier ones can damage a file with a write-ahead log (docs/decisions.md).
SAFE_SQLITE = (3, 51, 3)
FULL_SOON = timedelta(days=30)
LARGE_LOG = 256 << 20  # bytes of the write-ahead log that a reader keeps from being emptied
MIN_MEMORY = 700 << 20  # bytes for the main process and a worker
MIN_OPEN_FILES = 256
_NETWORK_DISKS = re.compile(r"nfs|cifs|smb|9p|sshfs|afs|ceph|gluster|davfs", re.I)
_MEMORY_DISKS = frozenset({"tmpfs", "ramfs"})


def check_clock(context: DoctorContext) -> Iterator[Found]:
    """Yields signs that the machine's clock is wrong."""
    if context.archive and (
        future := future_times.find_future_time(context.archive.db, context.now)
    ):
        yield error(
            f"the archive has times later than now, up to {future}",
            "set the clock; if it is right, the next crawl sets the times to now",
        )
    if context.is_clock_synchronized is False:
        yield warning("the clock is not synchronised", "timedatectl set-ntp true")


def check_machine(context: DoctorContext) -> Iterator[Found]:
    """Yields what this machine lacks: SQLite, packages, memory, UTF-8, open files."""
    if context.sqlite_version < SAFE_SQLITE:
        version = ".".join(map(str, context.sqlite_version))
        yield error(
            f"SQLite {version} can damage an archive that is written and read at once",
            "install khabar's wheel or lock file, which bring their own SQLite",
        )
    for name, installed, wanted in machine_facts.list_wrong_packages():
        yield error(
            f"{name} {installed} is installed, khabar needs {wanted}",
            "pip install khabar again, in an environment of its own",
        )
    if context.encoding.lower().replace("-", "") not in ("utf8", "utf8mb4"):
        yield warning(
            f"the locale's encoding is {context.encoding}: Hindi cannot be printed",
            "set LANG=C.UTF-8",
        )
    if context.memory is not None and context.memory < MIN_MEMORY:
        yield warning(
            f"{context.memory >> 20} MB of memory are free: pages may not be parsed",
            f"give the machine more, {MIN_MEMORY >> 20} MB at least",
        )
    if (files := machine_facts.get_file_limit()) is not None and files < MIN_OPEN_FILES:
        yield warning(f"a process may open {files} files only", "raise `ulimit -n` to 1024")


def check_disk(context: DoctorContext) -> Iterator[Found]:
    """Yields dangers of the disk on which the archive is."""
    folder = context.path.parent
    if not folder.exists():
        yield error(f"{folder} does not exist", f"mkdir -p {folder}")
        return
    kind = machine_facts.find_disk_kind(folder, context.mounts)
    if _NETWORK_DISKS.search(kind):
        yield error(
            f"{folder} is on a network disk ({kind}): locks do not hold there, and the "
            "archive can be damaged",
            "move the archive to a local disk",
        )
    elif kind in _MEMORY_DISKS:
        yield error(
            f"{folder} is in memory ({kind}): a restart deletes the archive",
            "move the archive to a disk",
        )
    free = shutil.disk_usage(folder).free
    floor = context.config.settings.disk_floor_mb << 20
    if free < floor:
        yield error(
            f"{free >> 20} MB are free, less than disk_floor_mb = {floor >> 20}",
            "free some space, or lower it in khabar.toml",
        )
    elif context.archive:
        full_on = health.estimate_growth(context.archive.db, context.now, free).full_on
        if full_on and date.fromisoformat(full_on) < (context.now + FULL_SOON).date():
            yield warning(
                f"the disk is full on {full_on} if the archive grows as it did",
                "get a larger disk, or `khabar seal` and move snapshots/",
            )
    log = context.path.with_name(f"{context.path.name}-wal")
    if log.exists() and log.stat().st_size > LARGE_LOG:
        yield warning(
            f"{log} has {log.stat().st_size >> 20} MB: a process reads an old state of it",
            "restart `khabar serve`",
        )


def check_permissions(context: DoctorContext) -> Iterator[Found]:
    """Yields files that this user may not write to, and secrets that others may read."""
    path = context.path
    if not path.exists():
        return
    status = path.stat()
    user, owner = (machine_facts.get_user_name(uid) for uid in (context.uid, status.st_uid))
    if not machine_facts.may_write_to(path):
        yield error(
            f"{user} may not write to {path} and its folder", f"crawl as {owner}, or chown them"
        )
    if context.uid == 0 and status.st_uid != 0:
        yield warning(
            f"you are root, the archive is {owner}'s: files that root makes keep {owner} out",
            f"sudo -u {owner} khabar …",
        )
    elif status.st_uid == 0:
        yield warning(
            f"{path} belongs to root: what strangers wrote is parsed as root",
            "make a user for it (docs/operate.md)",
        )
    for other in sorted(path.parent.glob(f"{path.name}*")):
        if other.stat().st_uid != status.st_uid:
            stranger = machine_facts.get_user_name(other.stat().st_uid)
            yield error(
                f"{other} belongs to {stranger}, the archive to {owner}", f"chown {owner} {other}"
            )
    token = path.with_name(f"{path.name}.token")
    if token.exists() and token.stat().st_mode & 0o077:
        yield error(
            f"{token} opens the web pages to whoever reads it, and others may read it",
            f"chmod 600 {token}",
        )
    if status.st_mode & 0o004:
        yield warning(
            f"{path} is readable by everybody, with pages that may not be given out",
            f"chmod o-r {path}",
        )
