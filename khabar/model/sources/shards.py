"""Deals the sources to the machines of a fleet, by host: one host is asked by one machine only.

Sources that share a host form a group, directly or through others. A group belongs to the machine
for which the hash of its name and the machine's number is largest (rendezvous hashing): with
another machine, only what that one gets moves. No machine needs to know of another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from khabar.model.sources.model import Source

MAX_MACHINES = 1000  # far more than there are sources; a typing error is found


@dataclass(frozen=True, slots=True)
class Shard:
    """The sources of machine `number` of `machines`, counted from 1."""

    number: int
    machines: int

    def __str__(self) -> str:
        return f"{self.number}/{self.machines}"

    def has_group(self, name: str) -> bool:
        """Whether a group of sources, by its name, is of this shard."""
        return deal_group(name, self.machines) == self.number


def parse_shard(text: str) -> Shard:
    """Parses `2/4`: the second of four machines. Raises ValueError for anything else."""
    match = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
    shard = Shard(int(match[1]), int(match[2])) if match else None
    if shard is None or not 1 <= shard.number <= shard.machines <= MAX_MACHINES:
        raise ValueError(f"{text!r} is no shard such as 2/4: machine 2 of 4, counted from 1")
    return shard


def group_sources(sources: Iterable[Source]) -> dict[str, str]:
    """Returns key → name of its group, for all sources; the name is the group's first host.

    Give it every source there is, those that are off too: then a source moves with no other's
    status.
    """
    sources = list(sources)
    first_hosts: dict[str, str] = {}

    def find_first(host: str) -> str:
        while first_hosts.setdefault(host, host) != host:
            host = first_hosts[host]
        return host

    for source in sources:
        hosts = sorted(find_first(host) for host in source.hosts)
        first_hosts.update(dict.fromkeys(hosts, hosts[0]))
    return {source.key: find_first(source.hosts[0]) for source in sources}


def deal_group(name: str, machines: int) -> int:
    """Returns the number of the machine that a group of sources is dealt to, from 1."""
    return max(range(1, machines + 1), key=lambda number: _weigh_machine(name, number))


def _weigh_machine(name: str, number: int) -> bytes:
    return hashlib.blake2b(f"{number} {name}".encode(), digest_size=8).digest()
