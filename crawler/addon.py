"""Scrapy add-on with the operator's settings: contact, archive, newsroom, User-Agent."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scrapy.settings import BaseSettings

from khabar.model.config import read_config


def build_user_agent(contact: str) -> str:
    """Returns `Khabar/0.1.0 (+contact)`; without the part in brackets when there is no contact."""
    try:
        number = version("khabar")
    except PackageNotFoundError:  # run from a checkout that is not installed
        number = "0"
    return f"Khabar/{number} (+{contact})" if contact else f"Khabar/{number}"


class OperatorSettings:
    """Scrapy add-on that reads khabar.toml and the environment. Options of `-s` override it.

    Applied before any crawler exists, because the DNS resolver belongs to the process.
    """

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        archive_path = settings.get("KHABAR_ARCHIVE")
        config = read_config(Path(archive_path) if archive_path else None)
        settings.set("KHABAR_ARCHIVE", str(config.archive), "addon")
        settings.set("KHABAR_CONTACT", config.settings.contact, "addon")
        settings.set("KHABAR_NEWSROOM", config.newsroom, "addon")
        settings.set("USER_AGENT", build_user_agent(settings.get("KHABAR_CONTACT", "")), "addon")
