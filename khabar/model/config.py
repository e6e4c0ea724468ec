"""Operator's configuration: khabar.toml beside the archive, overridden by KHABAR_* environment
variables. Each setting keeps its origin.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from khabar.model import clock, schedule
from khabar.model.sources import BUILT_IN, Registry, Source, SourceError, read_registry

_INSTALLED = Path(__file__).resolve().parents[2]  # the folder that contains our packages
# root of the checkout; None if khabar is an installed package
CHECKOUT = _INSTALLED if (_INSTALLED / "scrapy.cfg").is_file() else None
FILE = "khabar.toml"
ENVIRONMENT = {
    "KHABAR_ARCHIVE": "the archive's file",
    "KHABAR_CONTACT": "a web page or e-mail address, sent to every site in the User-Agent",
    "KHABAR_NEWSROOM": "loopback address of a newsroom (127.0.0.1:PORT), for demo and tests",
    "KHABAR_NOW": "sets the clock (ISO 8601), for demo and tests",
}


# A web page or an e-mail address, where a site's operator can complain.
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
CONTACT = re.compile(rf"https?://[^\s/]+\.[^\s/]+|{_EMAIL}$")
# What {{…}} in `alert_body` stands for: all lines, the archive's path, the number of alerts.
ALERT_FIELDS = frozenset({"text", "archive", "count"})
_BAD_CONTACT = "is neither a web page (https://…) nor an e-mail address"
NO_CONTACT = (
    "no contact: set KHABAR_CONTACT (a web page or an e-mail address) or `contact` in khabar.toml"
)


class ConfigError(Exception):
    """The configuration cannot be used. The message names the file, the key and a similar known
    name.
    """


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one source that an operator may override in khabar.toml."""

    status: Literal["on", "off"] | None = None
    reason: str = ""
    delay: float | None = None
    revisit_hours: tuple[float, ...] | None = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys of khabar.toml. `source_folders`: "built-in", or folders relative to the file. An empty
    `budget` means no time limit. `clock`: moves the clock, in the archive of a demo.
    """

    contact: str = ""
    source_folders: tuple[str, ...] = ("built-in",)
    revisit_hours: tuple[float, ...] = schedule.REVISIT_HOURS
    budget: str = ""
    disk_floor_mb: Annotated[int, msgspec.Meta(ge=0)] = 500
    alert_url: str = ""
    alert_body: str = ""
    alert_email: str = ""
    smtp_url: str = "smtp://localhost:25"
    heartbeat_url: str = ""
    clock: str = ""
    sources: dict[str, Override] = {}


@dataclass(frozen=True)
class Config:
    """Effective configuration of one archive."""

    archive: Path
    file: Path
    settings: Settings
    origins: Mapping[str, str]  # setting → "default", path of khabar.toml or name of the variable
    newsroom: str = ""
    archive_origin: str = "default"

    def load_registry(self) -> Registry:
        """Reads the sources of all folders and applies the operator's overrides. Raises ConfigError
        for a missing folder, an override of an unknown source or a lowered delay.
        """
        folders = [
            BUILT_IN if name == "built-in" else self.file.parent / name
            for name in self.settings.source_folders
        ]
        for folder in folders:
            if not folder.is_dir():
                raise ConfigError(f"{self.file}: source_folders: {folder} is not a folder")
        registry = read_registry(folders)
        unknown = [key for key in self.settings.sources if key not in registry.sources]
        if unknown and not registry.faults:
            hint = _suggest_name(unknown[0], registry.sources)
            raise ConfigError(f"{self.file}: sources.{unknown[0]}: no such source{hint}")
        # With a broken source file, the key may be that file's: a fault, not an error.
        faults = (
            *registry.faults,
            *(f"{self.file.name}: sources.{key}: no such source" for key in unknown),
        )
        sources = {key: self._apply_override(source) for key, source in registry.sources.items()}
        return Registry(sources, faults, registry.warnings)

    def _apply_override(self, source: Source) -> Source:
        override = self.settings.sources.get(source.key, Override())
        ages = override.revisit_hours
        if ages is None and self.origins["revisit_hours"] != "default":
            ages = self.settings.revisit_hours
        values = {
            "status": override.status,
            "reason": override.reason or None,
            "delay": override.delay,
            "revisit_hours": ages,
        }
        if override.status == "off":
            values["reason"] = override.reason or f"switched off in {self.file.name}"
        if override.delay is not None and not source.delay <= override.delay < math.inf:
            where = f"{self.file}: sources.{source.key}.delay"
            raise ConfigError(
                f"{where}: {override.delay}: may be raised from {source.delay}, not lowered"
            )
        return msgspec.structs.replace(
            source, **{name: value for name, value in values.items() if value is not None}
        )


def parse_duration(text: str) -> timedelta:
    """Parses a duration such as 90s, 15m, 2h or 1d. Raises ValueError for anything else, and for
    zero.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)
    if not match:
        raise ValueError(f"{text!r} is not a time such as 90s, 15m, 2h or 1d")
    return timedelta(
        **{{"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[match[2]]: int(match[1])}
    )


def default_archive_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Returns KHABAR_ARCHIVE if set, else archive.db in the checkout, or in the current folder if
    khabar is an installed package.
    """
    return Path(environment.get("KHABAR_ARCHIVE") or (CHECKOUT or Path()) / "archive.db")


def read_config(archive: Path | None = None, environment: Mapping[str, str] = os.environ) -> Config:
    """Reads the configuration for that archive. Raises ConfigError for an unknown key or a value of
    the wrong type.
    """
    _check_environment(environment)
    path = (archive or default_archive_path(environment)).absolute()
    file = path.parent / FILE
    table = _read_toml(file)
    settings = _parse_settings(table, file)
    origins = {
        name: str(file) if name in table else "default" for name in Settings.__struct_fields__
    }
    if contact := environment.get("KHABAR_CONTACT"):
        settings, origins["contact"] = (
            msgspec.structs.replace(settings, contact=contact),
            "KHABAR_CONTACT",
        )
    if contact and not CONTACT.match(contact):
        raise ConfigError(f"KHABAR_CONTACT: {contact!r} {_BAD_CONTACT}")
    origin = (
        "--archive"
        if archive
        else "KHABAR_ARCHIVE"
        if environment.get("KHABAR_ARCHIVE")
        else "default"
    )
    return Config(path, file, settings, origins, environment.get("KHABAR_NEWSROOM", ""), origin)


def _check_environment(environment: Mapping[str, str]) -> None:
    for name in environment:
        if name.startswith("KHABAR_") and name not in ENVIRONMENT:
            raise ConfigError(f"{name} is not a setting{_suggest_name(name, ENVIRONMENT)}")
    parse_newsroom_address(environment.get("KHABAR_NEWSROOM", ""))
    try:
        if text := environment.get("KHABAR_NOW"):
            clock.parse_iso(text)
    except ValueError as error:
        raise ConfigError(
            f"KHABAR_NOW is not a time such as 2026-11-24T09:00:00+05:30: {error}"
        ) from error


def parse_newsroom_address(text: str) -> tuple[str, int] | None:
    """Parses `127.0.0.1:8123` to (host, port); None for an empty text. Raises ConfigError if it is
    not a loopback address.
    """
    if not text:
        return None
    host, _, port = text.rpartition(":")
    try:
        if ip_address(host.strip("[]")).is_loopback and 0 < int(port) < 1 << 16:
            return host.strip("[]"), int(port)
    except ValueError:
        pass  # neither address nor port: named below
    raise ConfigError(f"KHABAR_NEWSROOM={text!r} is not a loopback address such as 127.0.0.1:8123")


def _read_toml(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from error


def _parse_settings(table: dict[str, Any], file: Path) -> Settings:
    for name in table:
        if name not in Settings.__struct_fields__:
            raise ConfigError(
                f"{file}: {name} is not a setting{_suggest_name(name, Settings.__struct_fields__)}"
            )
    for key, override in _list_subtables(table.get("sources")):
        for name in override:
            if name not in Override.__struct_fields__:
                hint = _suggest_name(name, Override.__struct_fields__)
                raise ConfigError(f"{file}: sources.{key}.{name} is not a setting{hint}")
    try:
        settings = msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}") from error
    for fault in _find_errors(settings):
        raise ConfigError(f"{file}: {fault}")
    return settings


def _list_subtables(value: Any) -> list[tuple[str, dict[str, Any]]]:
    """Returns the tables inside a table. Values of another type are left to the type check."""
    return (
        [(key, table) for key, table in value.items() if isinstance(table, dict)]
        if isinstance(value, dict)
        else []
    )


def _find_errors(settings: Settings) -> Iterator[str]:
    """Yields errors that the types cannot express."""
    if settings.budget:
        try:
            parse_duration(settings.budget)
        except ValueError as error:
            yield f"budget: {error}"
    ages = {
        f"sources.{key}.revisit_hours": override.revisit_hours
        for key, override in settings.sources.items()
    }
    for name, hours in ({"revisit_hours": settings.revisit_hours} | ages).items():
        if hours is not None and (problem := schedule.check_revisit_hours(hours)):
            yield f"{name}: {problem}"
    if settings.contact and not CONTACT.match(settings.contact):
        yield f"contact: {settings.contact!r} {_BAD_CONTACT}"
    yield from _find_alert_errors(settings)
    if settings.clock:
        try:
            clock.parse_iso(settings.clock)
        except ValueError as error:
            yield f"clock: {error}"


def _find_alert_errors(settings: Settings) -> Iterator[str]:
    for name in ("alert_url", "heartbeat_url"):
        value = getattr(settings, name)
        if value and not re.match(r"https?://[^/\s]+", value):
            yield f"{name}: {value!r} is no http or https address"
    if settings.alert_body and (problem := check_alert_body(settings.alert_body)):
        yield f"alert_body: {problem}"
    if settings.alert_email and not re.fullmatch(_EMAIL, settings.alert_email):
        yield f"alert_email: {settings.alert_email!r} is no e-mail address"
    if not re.match(r"smtps?://[^/\s]+$", settings.smtp_url):
        yield f"smtp_url: {settings.smtp_url!r} is no address such as smtp://mail.example.org:587"


def check_alert_body(template: str) -> str:
    """Returns what is wrong with a template of the alert URL's JSON, '' if nothing."""
    names = set(re.findall(r"\{\{(\w*)\}\}", template))
    if unknown := sorted(names - ALERT_FIELDS):
        return f"{{{{{unknown[0]}}}}} is none of {', '.join(sorted(ALERT_FIELDS))}"
    try:
        json.loads(fill_alert_body(template, dict.fromkeys(ALERT_FIELDS, "x")))
    except ValueError as error:
        return f"no JSON: {error}"
    return ""


def fill_alert_body(template: str, values: Mapping[str, str]) -> str:
    """Returns the template with each {{name}} replaced by its value, escaped for a JSON string."""
    return re.sub(
        r"\{\{(\w+)\}\}",
        lambda match: json.dumps(values[match[1]], ensure_ascii=False)[1:-1],
        template,
    )


def _suggest_name(name: str, names: Any) -> str:
    # cutoff: similarity from which a name is suggested; chosen by hand (difflib's default: 0.6)
    matches = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f": did you mean {matches[0]}?" if matches else f" (known: {', '.join(names)})"


__all__ = [
    "Config",
    "ConfigError",
    "Override",
    "Settings",
    "SourceError",
    "default_archive_path",
    "parse_newsroom_address",
    "read_config",
    "parse_duration",
]
