"""Sources dealt to machines: every host is one machine's, few move with a new one, the merged archive is one machine's."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from archive_fixtures import source
from conftest import ROOT, Khabar, settle_in
from hypothesis import given
from hypothesis import strategies as st
from shared_crawls import crawled_once

from benchmarks.simulated_fleet import SimulatedWeb, digest_archive, run_fleet
from khabar.model.sources import (  # fmt: skip
    Registry,
    Shard,
    deal_group,
    group_sources,
    parse_shard,
    read_registry,
)
from newsroom.server import EDITION_ONE, Newsroom

HOSTS = st.lists(st.sampled_from([f"h{n}.in" for n in range(12)]), min_size=1, max_size=3, unique=True)  # fmt: skip


def registry(*hosts: tuple[str, ...], **told) -> Registry:
    return Registry({f"k{n}": source(f"k{n}", hosts=one, **told) for n, one in enumerate(hosts)})


@given(st.lists(HOSTS, max_size=9), st.integers(1, 6))
def test_every_source_is_dealt_once_and_every_host_to_one_machine(hosts, machines):
    held = registry(*map(tuple, hosts))
    owners: dict[str, set[int]] = {}
    keys: list[str] = []
    for number in range(1, machines + 1):
        for one in held.select_shard(Shard(number, machines)):
            keys.append(one.key)
            for host in one.hosts:
                owners.setdefault(host, set()).add(number)
    assert sorted(keys) == sorted(held.sources)
    assert all(len(numbers) == 1 for numbers in owners.values())


def test_sources_that_share_a_host_through_another_go_together():
    held = registry(("b.in", "a.in"), ("c.in",), ("c.in", "b.in"), ("d.in",))
    assert group_sources(held.sources.values()) == {"k0": "a.in", "k1": "a.in", "k2": "a.in", "k3": "d.in"}  # fmt: skip


def test_the_order_of_the_files_and_a_switched_off_source_move_nothing():
    held = registry(("b.in", "a.in"), ("c.in",), ("c.in", "b.in"), ("d.in",))
    groups = group_sources(held.sources.values())
    assert group_sources(list(held.sources.values())[::-1]) == groups
    off = registry(("b.in", "a.in"), ("c.in",), ("c.in", "b.in"), ("d.in",), status="off", reason="x")  # fmt: skip
    assert [one.key for one in off.select_shard(Shard(1, 2))] == [one.key for one in held.select_shard(Shard(1, 2))]  # fmt: skip


@pytest.mark.parametrize("machines", [1, 2, 4, 9])
def test_another_machine_gets_its_part_and_nothing_else_moves(machines):
    names = [f"h{n}.in" for n in range(2000)]
    before = {name: deal_group(name, machines) for name in names}
    after = {name: deal_group(name, machines + 1) for name in names}
    moved = [name for name in names if before[name] != after[name]]
    assert {after[name] for name in moved} == {machines + 1}
    expected = len(names) / (machines + 1)
    assert 0.85 * expected < len(moved) < 1.15 * expected
    assert max(Counter(after.values()).values()) < 1.2 * expected


def test_the_deal_never_changes_between_releases():
    """Machines may run different ones for a while."""
    assert [deal_group(f"www.h{n}.in", 4) for n in range(12)] == DEALT


DEALT = [2, 1, 1, 4, 1, 3, 4, 3, 4, 2, 3, 4]


@pytest.mark.parametrize("words", ["", "0/4", "5/4", "1/0", "1", "1/2/3", "a/b", "-1/4", "1/99999", "१/४"])  # fmt: skip
def test_what_is_no_shard_is_refused(words):
    with pytest.raises(ValueError, match="is no shard such as 2/4"):
        parse_shard(words)


def test_our_own_sources_are_dealt_completely():
    held = read_registry()
    dealt = [one.key for number in (1, 2, 3, 4) for one in held.select_shard(Shard(number, 4))]
    assert sorted(dealt) == sorted(held.sources)


# --- the commands ---


def settle_machines(folder: Path, newsroom: str = "") -> dict[int, Khabar]:
    """Machine 0 has all sources."""
    return {
        number: Khabar(settle_in(folder / f"machine{number}"), newsroom, EDITION_ONE)
        for number in (0, 1, 2)
    }


@pytest.fixture(scope="module")
def machines(tmp_path_factory) -> dict[int, Khabar]:
    return settle_machines(tmp_path_factory.mktemp("shards"))


@pytest.fixture(scope="module")
def keys(machines) -> dict[int, set[str]]:
    """The sources of each machine."""
    found = {}
    for number, khabar in machines.items():
        shard = ("--shard", f"{number}/2") if number else ()
        listed = json.loads(khabar("sources", "list", *shard, "--json").out)
        found[number] = {row["key"] for row in listed}
    return found


def count_articles(khabar: Khabar) -> dict[str, int]:
    rows = json.loads(khabar("status", "--json").out)["sources"]
    return {row["source"]: row["articles"] for row in rows if row["articles"]}


def test_two_machines_share_the_sources_and_one_asks_for_its_own(keys, tmp_path):
    assert keys[1] | keys[2] == keys[0] and not keys[1] & keys[2] and keys[1] and keys[2]
    with Newsroom(EDITION_ONE) as newsroom:
        khabar = settle_machines(tmp_path, newsroom.address)[1]
        assert khabar("crawl", "--shard", "1/2", "--limit", "8", "--workers", "1").code == 0
        asked = {request.host for request in newsroom.log}
    registry = read_registry([ROOT / "newsroom" / "sources"])
    hosts = {host for key in keys[1] for host in registry.sources[key].hosts}
    assert asked and asked <= hosts


@pytest.mark.slow
def test_the_merged_archive_of_two_machines_has_all(keys, tmp_path, tmp_path_factory):
    hosts = []
    archives = []
    for number in (1, 2):
        with Newsroom(EDITION_ONE) as newsroom:
            khabar = settle_machines(tmp_path, newsroom.address)[number]
            run = khabar("crawl", "--shard", f"{number}/2")
            assert (run.code, run.err) == (0, "")
            hosts.append({request.host for request in newsroom.log})
        assert set() != count_articles(khabar).keys() <= keys[number]
        archives.append(str(khabar.archive))
    assert all(hosts) and not hosts[0] & hosts[1]
    merged = Khabar(settle_in(tmp_path / "merged"), "", EDITION_ONE)
    run = merged("merge", *archives)
    assert (run.code, run.err) == (0, "")
    one = crawled_once(tmp_path_factory).khabar(EDITION_ONE)
    assert count_articles(merged) == count_articles(one)


def test_sources_list_says_by_which_host_they_were_dealt(machines):
    (row, *_) = json.loads(machines[1]("sources", "list", "--shard", "1/2", "--json").out)
    assert row["shard"] == "1/2" and row["group"].endswith(".newsroom.test")
    assert "shard" not in json.loads(machines[1]("sources", "list", "--json").out)[0]


def test_a_source_of_another_machine_is_left_to_it(machines, keys):
    other = sorted(keys[2])[0]
    for line in (("crawl", other), ("backfill", other, "--from", "2026-11-01", "--to", "2026-11-02")):  # fmt: skip
        run = machines[1](*line, "--shard", "1/2")
        assert (run.code, run.err) == (0, "") and "not of shard 1/2" in run.out
    run = machines[1]("crawl", "--shard", "3/2")
    assert run.code == 2 and "is no shard such as 2/4" in run.err


def test_a_machine_that_gets_nothing_says_so(machines):
    codes = {}
    for number in range(1, 41):
        if not json.loads(machines[1]("sources", "list", "--shard", f"{number}/40", "--json").out):
            run = machines[1]("crawl", "--shard", f"{number}/40")
            codes[run.code] = run.err
            break
    assert list(codes) == [2] and "no source that is on is dealt to shard" in codes[2]


# --- a fleet over days ---


def check_fleets(web: SimulatedWeb, fleets: tuple[int, ...], folder: Path) -> None:
    one = run_fleet(web, 1, folder / "1", 1)
    expected = digest_archive(one.archive)
    assert expected["articles"][0] > 0.8 * web.sources * web.days * web.daily
    assert expected["pairs"][0] > web.sources * web.days / 8
    assert expected["revisions"][0] > expected["articles"][0]
    for machines in fleets:
        fleet = run_fleet(web, machines, folder / str(machines), 1)
        assert all(fleet.requests), "every machine has something to do"
        assert fleet.hosts_of_two == set()
        assert fleet.requests_by_host == one.requests_by_host
        assert digest_archive(fleet.archive) == expected


def test_two_machines_for_a_day_hold_what_one_holds(tmp_path):
    check_fleets(SimulatedWeb(sources=8, days=1, daily=8), (2,), tmp_path)


@pytest.mark.slow
def test_500_sources_for_a_week_on_one_two_and_four_machines(tmp_path):
    check_fleets(SimulatedWeb(sources=500, days=7, daily=3), (2, 4), tmp_path)
