"""Parses /.well-known/tdmrep.json (TDM Reservation Protocol). Locations are matched as the paths of
robots.txt; linear time.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from khabar.parsing.robots import PathPattern, compile_pattern

MAX_BYTES = 500 * 1024  # as of robots.txt; longer files are cut off, and then cannot be read


def is_path_reserved(body: str, path: str) -> bool:
    """Whether the first rule that matches a path from `encode_path` reserves it. Of rules with the
    same location, one that reserves it is enough.
    """
    rules = _parse_rules(body)
    location = next((pattern.text for pattern, _ in rules if pattern.matches(path)), None)
    return any(value == "1" for pattern, value in rules if pattern.text == location)


@lru_cache(maxsize=256)
def _parse_rules(body: str) -> tuple[tuple[PathPattern, str], ...]:
    """Returns (location, `tdm-reservation`) of each rule.

    JSON that cannot be read (cut short, nested too deeply) reserves everything; a body that is no
    JSON at all, as an error page sent with status 200, reserves nothing.
    """
    if not body.lstrip().startswith(("[", "{")):
        return ()
    try:
        content = msgspec.json.decode(body)
    except Exception:  # noqa: BLE001  whatever is wrong with it: it fails closed
        return ((compile_pattern("/"), "1"),)
    rules = content if isinstance(content, list) else [{"location": "/", **content}]
    return tuple(
        (compile_pattern(str(rule.get("location", ""))), str(rule.get("tdm-reservation", "")))
        for rule in rules
        if isinstance(rule, dict)
    )
