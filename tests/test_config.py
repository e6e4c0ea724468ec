"""The operator's settings: strict, each with its origin, and never less polite than the source's own file."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_runner import Khabar
from conftest import settle_in

from khabar.model import clock
from khabar.model.config import (
    CHECKOUT,
    ConfigError,
    default_archive_path,
    parse_duration,
    parse_newsroom_address,
    read_config,
)
from khabar.model.sources import BUILT_IN

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SOURCE = """
key = "prabhat"
name = "प्रभात"
name_en = "Prabhat"
homepage = "https://www.prabhat.example/"
hosts = ["www.prabhat.example"]
status = "on"
delay = 2.0
feeds = [{ url = "https://www.prabhat.example/rss" }]
[article]
pattern = '-\\d+$'
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "prabhat.toml").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def config(folder: Path, text: str = "", **environment: str):
    """The settings of an archive in that folder, with `text` as its khabar.toml."""
    if text:
        (folder / "khabar.toml").write_text(text, encoding="utf-8")
    return read_config(folder / "archive.db", environment)


def complaint(folder: Path, text: str = "", **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config(folder, text, **environment).load_registry()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- where a setting comes from ---


def test_without_a_file_all_is_default(folder):
    told = config(folder)
    assert set(told.origins.values()) == {"default"}
    assert (told.settings.contact, told.settings.source_folders, told.newsroom) == (
        "",
        ("built-in",),
        "",
    )


def test_the_file_then_the_environment(folder):
    told = config(folder, 'contact = "a@b.example"\n', KHABAR_NEWSROOM="127.0.0.1:8123")
    assert (told.settings.contact, told.origins["contact"]) == (
        "a@b.example",
        str(folder / "khabar.toml"),
    )
    assert told.origins["disk_floor_mb"] == "default"
    assert told.newsroom == "127.0.0.1:8123"
    told = config(folder, KHABAR_CONTACT="https://c.example")
    assert (told.settings.contact, told.origins["contact"]) == (
        "https://c.example",
        "KHABAR_CONTACT",
    )


@pytest.mark.parametrize(
    ("archive", "environment", "path", "origin"),
    [
        (Path("x.db"), {"KHABAR_ARCHIVE": "/srv/y.db"}, Path("x.db").absolute(), "--archive"),
        (None, {"KHABAR_ARCHIVE": "/srv/y.db"}, Path("/srv/y.db"), "KHABAR_ARCHIVE"),
        (None, {}, CHECKOUT / "archive.db", "default"),
        (None, {"KHABAR_ARCHIVE": ""}, CHECKOUT / "archive.db", "default"),
    ],
)
def test_which_archive(archive, environment, path, origin):
    told = read_config(archive, environment)
    assert (told.archive, told.archive_origin, told.file) == (
        path,
        origin,
        path.parent / "khabar.toml",
    )
    assert archive or default_archive_path(environment) == path


# --- what is wrong is named ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('contct = "x"', ("contct", "did you mean contact")),
        ('souces = "x"', ("souces", "did you mean sources")),
        ("zzz = 1", ("zzz", "known: contact, source_folders, revisit_hours, budget")),
        ("contact = 3", ("contact", "str")),
        ('alert_ur = "x"', ("alert_ur", "did you mean alert_url")),
        ('alert_url = "file:///etc/passwd"', ("alert_url", "http")),
        ('alert_url = "https://"', ("alert_url",)),
        ('budget = "50"', ("budget", "15m")),
        ('budget = "0m"', ("budget", "15m")),
        ("budget = 50", ("budget", "str")),
        ("revisit_hours = []", ("revisit_hours", "at least one")),
        ("revisit_hours = [6, 1]", ("revisit_hours", "later")),
        ("revisit_hours = [0, 1]", ("revisit_hours", "later")),
        ("revisit_hours = [nan]", ("revisit_hours", "later")),
        ("[sources.prabhat]\nrevisit_hours = [-1]", ("sources.prabhat.revisit_hours",)),
        ("disk_floor_mb = -1", ("disk_floor_mb",)),
        ("sources = 3", ("sources",)),
        ("[sources]\nprabhat = 3", ("sources",)),
        ('source_folders = "built-in"', ("source_folders",)),
        ('disk_floor_mb = "much"', ("disk_floor_mb",)),
        ("[sources.prabhat]\ndelays = 3", ("sources.prabhat.delays", "did you mean delay")),
        ('[sources.prabhat]\nstatus = "draft"', ("status", "draft")),
        ('[sources.prabhat]\ndelay = "x"', ("delay",)),
        ("contact = \n", ("line 1",)),
        ('source_folders = ["nowhere"]', ("source_folders", "nowhere")),
    ],
)
def test_a_wrong_file_is_named_with_its_key(folder, text, words):
    told = complaint(folder, text)
    assert all(word in told for word in ("khabar.toml", *words)), told


def test_a_file_that_is_no_text(folder):
    (folder / "khabar.toml").write_bytes(b"contact = '\xff'")
    assert "khabar.toml" in complaint(folder)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("KHABAR_ARCHVE", "x", "did you mean KHABAR_ARCHIVE"),
        ("KHABAR_NOW", "yesterday", "2026-11-24T09:00:00+05:30"),
        ("KHABAR_NOW", "2026-11-24T09:00:00", "no offset"),
        ("KHABAR_NEWSROOM", "8.8.8.8:80", "loopback"),
        ("KHABAR_NEWSROOM", "10.0.0.1:80", "loopback"),
        ("KHABAR_NEWSROOM", "localhost:8123", "loopback"),
        ("KHABAR_NEWSROOM", "127.0.0.1", "loopback"),
        ("KHABAR_NEWSROOM", "127.0.0.1:0", "loopback"),
        ("KHABAR_NEWSROOM", "127.0.0.1:99999", "loopback"),
    ],
)
def test_a_wrong_variable_is_named(folder, name, value, words):
    told = complaint(folder, **{name: value})
    assert name in told
    assert words in told


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("", None),
        ("127.0.0.1:8123", ("127.0.0.1", 8123)),
        ("127.9.9.9:1", ("127.9.9.9", 1)),
        ("[::1]:80", ("::1", 80)),
    ],
)
def test_where_a_newsroom_may_listen(told, address):
    assert parse_newsroom_address(told) == address


# --- what an operator may say of a source ---


def source(folder: Path, said: str):
    return (
        config(folder, f'source_folders = ["mine"]\n[sources.prabhat]\n{said}')
        .load_registry()
        .sources["prabhat"]
    )


def test_folders_are_seen_from_the_file(folder):
    registry = config(folder, 'source_folders = ["built-in", "mine"]').load_registry()
    assert {"prabhat", "jagran"} <= set(registry.sources)
    assert len(registry.sources) == len(list(BUILT_IN.glob("*.toml"))) + 1


def test_switched_off_with_a_reason(folder):
    told = source(folder, 'status = "off"\nreason = "asked us to stop, 3 November"')
    assert (told.status, told.reason) == ("off", "asked us to stop, 3 November")
    assert "khabar.toml" in source(folder, 'status = "off"').reason


def test_the_pace_may_be_slowed(folder):
    assert source(folder, "delay = 30.0").delay == 30
    assert source(folder, "delay = 2.0").delay == 2


@pytest.mark.parametrize("delay", ["1.9", "0.0", "-1.0", "nan", "inf"])
def test_the_pace_may_not_be_quickened(folder, delay):
    told = complaint(folder, f'source_folders = ["mine"]\n[sources.prabhat]\ndelay = {delay}')
    assert "sources.prabhat.delay" in told
    assert "2.0" in told


def test_revisit_ages_of_one_source_of_all_and_of_its_own_file(folder):
    assert source(folder, "delay = 3.0").revisit_hours == (1, 6, 24, 72, 168, 720)
    assert source(folder, "revisit_hours = [2, 12]").revisit_hours == (2, 12)
    (folder / "mine" / "prabhat.toml").write_text(
        "revisit_hours = [3]\n" + SOURCE, encoding="utf-8"
    )
    assert source(folder, "delay = 3.0").revisit_hours == (3,)
    told = 'source_folders = ["mine"]\nrevisit_hours = [5, 50]'
    assert config(folder, told).load_registry().sources["prabhat"].revisit_hours == (5, 50)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400)]
)
def test_stretches_of_time(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "15", "m", "0m", "-1m", "1.5h", "15 m", "15M", "9999999s", "१५m"]
)
def test_what_is_no_stretch_of_time(text):
    with pytest.raises(ValueError, match="15m"):
        parse_duration(text)


def test_an_override_of_no_source_is_an_error_with_the_nearest_name(folder):
    """It was meant to keep somebody from being asked: going on would ask him all the same."""
    with pytest.raises(
        ConfigError, match="sources.prabht: no such source: did you mean prabhatkhabar"
    ):
        config(folder, '[sources.prabht]\nstatus = "off"').load_registry()


def test_beside_a_source_file_that_cannot_be_read_it_is_a_fault(folder):
    (folder / "own").mkdir()
    (folder / "own" / "prabht.toml").write_text("key = ")
    registry = config(
        folder, 'source_folders = ["built-in", "own"]\n[sources.prabht]\nstatus = "off"'
    ).load_registry()
    assert len([fault for fault in registry.faults if "prabht" in fault]) == 2


def test_a_retired_key_of_a_source_file_is_one_line_of_warning(tmp_path):
    khabar = Khabar(settle_in(tmp_path), "", NOW)
    settings = tmp_path / "khabar.toml"
    sources = Path(settings.read_text().split('"')[-2])
    (tmp_path / "own").mkdir()
    toml = (sources / "vyapar.toml").read_text(encoding="utf-8")
    (tmp_path / "own" / "vyapar.toml").write_text(f'region = "दिल्ली"\n{toml}', encoding="utf-8")
    settings.write_text(settings.read_text().replace(str(sources), "own"))
    run = khabar("sources", "list")
    assert (run.code, run.err) == (
        0,
        "khabar: vyapar.toml: region: no longer used, please delete\n",
    )


@pytest.mark.parametrize(
    "contact",
    ["nonsense", "not an address", "@", "a@b", "https://", "https://localhost", "ftp://a.b"],
)
def test_a_contact_is_a_web_page_or_an_address(folder, contact):
    with pytest.raises(ConfigError, match="neither a web page"):
        config(folder, f'contact = "{contact}"')
    (folder / "khabar.toml").unlink()
    with pytest.raises(ConfigError, match="KHABAR_CONTACT"):
        config(folder, KHABAR_CONTACT=contact)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example.org/services/T0/B0/Pa55word", "https://hooks.example.org/…"),
        ("https://user:Pa55word@hooks.example.org", "https://hooks.example.org/…"),
        ("https://hooks.example.org/?token=Pa55word", "https://hooks.example.org/…"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("", ""),
    ],
)
def test_config_prints_no_secret(folder, url, shown):
    (folder / "khabar.toml").write_text(f'alert_url = "{url}"\n')
    run = Khabar(folder / "archive.db", "", NOW)("config", "--json")
    (row,) = [row for row in json.loads(run.out) if row["setting"] == "alert_url"]
    assert row["value"] == shown and "Pa55word" not in run.out


# --- the clock ---


def test_the_clock_is_moved_and_runs_on(monkeypatch):
    monkeypatch.setenv("KHABAR_NOW", "2026-11-24T09:00:00+05:30")
    first, then = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert timedelta() <= first - datetime(2026, 11, 24, 3, 30, tzinfo=UTC) < timedelta(hours=1)
    assert first < then
    monkeypatch.delenv("KHABAR_NOW")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("moment", "stamped"),
    [
        ("2026-11-24T09:00:00+05:30", "2026-11-24T03:30:00Z"),
        ("2026-01-01T00:00:00.999999+00:00", "2026-01-01T00:00:00Z"),
        ("0999-01-01T00:00:00+00:00", "0999-01-01T00:00:00Z"),
    ],
)
def test_stamps_are_utc_and_come_back(moment, stamped):
    assert clock.format_utc(datetime.fromisoformat(moment)) == stamped
    assert clock.format_utc(clock.parse_utc(stamped)) == stamped


@pytest.mark.parametrize(
    "text", ["x", "2026-11-24", "2026-11-24T09:00:00", "2026-11-24T09:00:00+05:30"]
)
def test_only_stamps_are_stamps(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        clock.parse_utc(text)
