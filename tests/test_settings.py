"""Scrapy's settings: no name is misspelt, and every guard and every courtesy is in force as Scrapy resolves it."""

from __future__ import annotations

import pytest
from scrapy.settings import Settings, default_settings
from scrapy.utils.misc import load_object

from crawler import settings as ours
from crawler.addon import OperatorSettings, build_user_agent

NAMES = sorted(name for name in vars(ours) if name.isupper())
SAID_ANYWAY = {"ROBOTSTXT_OBEY"}  # the first thing a reader looks for


@pytest.fixture(scope="module")
def resolved() -> Settings:
    told = Settings()
    told.setmodule("crawler.settings", priority="project")
    return told


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_a_setting(name):
    assert hasattr(default_settings, name)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_differs_from_its_default(name):
    assert getattr(ours, name) != Settings()[name] or name in SAID_ANYWAY


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROBOTSTXT_OBEY", False),  # ours fails closed, Scrapy's does not
        ("HTTPPROXY_ENABLED", False),
        ("REMOTE_CONTROL_ENABLED", False),
        ("TELNETCONSOLE_ENABLED", False),
        ("COOKIES_ENABLED", False),
        ("DOWNLOAD_VERIFY_CERTIFICATES", True),
        ("RETRY_ENABLED", False),
        ("REDIRECT_ENABLED", False),
        ("METAREFRESH_ENABLED", False),
        ("HTTPERROR_ALLOW_ALL", True),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", 1),
        ("TWISTED_DNS_RESOLVER", "crawler.resolver.PublicOnlyResolver"),
        ("JOBDIR", None),
        ("AUTOTHROTTLE_ENABLED", False),
        ("HTTPCACHE_ENABLED", False),
        ("DOWNLOAD_FAIL_ON_DATALOSS", True),
    ],
)
def test_in_force(name, value, resolved):
    assert resolved[name] == value


def test_bounds(resolved):
    assert resolved.getint("DOWNLOAD_MAXSIZE") <= 8 << 20
    assert resolved.getint("DOWNLOAD_TIMEOUT") <= 30
    assert 0 < resolved.getint("MEMUSAGE_LIMIT_MB") <= 2000


def test_every_gap_between_two_requests_is_a_second_or_more(resolved):
    assert (
        resolved.getfloat("DOWNLOAD_DELAY") * (1 - resolved.getfloat("DOWNLOAD_DELAY_JITTER")) >= 1
    )


def test_only_http_is_spoken(resolved):
    handlers = resolved.getwithbase("DOWNLOAD_HANDLERS")
    assert {scheme for scheme, handler in handlers.items() if handler} == {"http", "https"}


def test_the_guards_stand_in_their_order_before_the_network(resolved):
    """Nobody's name is looked up and no robots.txt asked for before the guards above have let a request pass."""
    order = resolved.getwithbase("DOWNLOADER_MIDDLEWARES")
    placed = sorted((place, path) for path, place in order.items() if place is not None)
    guards = [path.rpartition(".")[2] for _, path in placed if path.startswith("crawler.")]
    assert guards == ["ContactGuard", "AddressGuard", "PauseGuard", "RobotsGuard", "TdmrepGuard"]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in NAMES
        if name.endswith(("_CLASS", "_RESOLVER", "ADDONS", "EXTENSIONS", "PIPELINES", "WARES"))
    ],
)
def test_every_path_loads(name, resolved):
    value = resolved[name]
    for path in [value] if isinstance(value, str) else value:
        load_object(path)


def test_the_console_is_off_twice(resolved):
    assert resolved.getwithbase("EXTENSIONS")["scrapy.extensions.telnet.TelnetConsole"] is None


# --- what only the operator knows ---


def laid(tmp_path, monkeypatch, **told: str) -> Settings:
    for name in ("KHABAR_ARCHIVE", "KHABAR_CONTACT", "KHABAR_NEWSROOM", "KHABAR_NOW"):
        monkeypatch.delenv(name, raising=False)
    given = Settings({"KHABAR_ARCHIVE": str(tmp_path / "archive.db")} | told, priority="cmdline")
    OperatorSettings.update_pre_crawler_settings(given)
    return given


def test_the_contact_is_told_to_every_site(tmp_path, monkeypatch):
    (tmp_path / "khabar.toml").write_text('contact = "https://archive.example/about"')
    told = laid(tmp_path, monkeypatch)
    assert told["USER_AGENT"] == build_user_agent("https://archive.example/about")
    assert told["USER_AGENT"].startswith("Khabar/")
    assert told["USER_AGENT"].endswith("(+https://archive.example/about)")


def test_the_command_line_wins(tmp_path, monkeypatch):
    (tmp_path / "khabar.toml").write_text('contact = "https://archive.example/about"')
    told = laid(tmp_path, monkeypatch, KHABAR_CONTACT="a@b.example")
    assert told["USER_AGENT"].endswith("(+a@b.example)")


def test_without_a_contact_none_is_made_up(tmp_path, monkeypatch):
    assert "+" not in laid(tmp_path, monkeypatch)["USER_AGENT"]
