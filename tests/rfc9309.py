"""RFC 9309's own rules in a page, written from its text: what a robots.txt says of a URL, to hold our guard against."""

from __future__ import annotations

import re
from urllib.parse import quote

# Lines that name robots or rules; any other line belongs to nobody and does not end a group's list of robots.
_LINE = re.compile(r"\s*(user-?\s?agent|allow|disallow)\s*:\s*([^#]*)", re.I)
Rule = tuple[bool, str]  # allowed?, path pattern


def groups(text: str) -> list[tuple[set[str], list[Rule]]]:
    """(robots in lower case, rules) of each group: one or more user-agent lines, then the rules up to the next."""
    found: list[tuple[set[str], list[Rule]]] = []
    in_rules = True
    for line in text.removeprefix("\ufeff").splitlines():
        if (told := _LINE.match(line)) is None:
            continue
        name, value = told[1].lower(), told[2].strip()
        if name.startswith("user"):
            if in_rules:
                found.append((set(), []))
            found[-1][0].add(value.lower())
            in_rules = False
        else:
            in_rules = True
            if found and value:
                found[-1][1].append((name == "allow", value))
    return found


def rules_for(text: str, robot: str) -> list[Rule]:
    """All groups that name the robot, together; without one, all groups of `*` (section 2.2.1)."""
    told = groups(text)
    for name in (robot.lower(), "*"):
        if mine := [rules for robots, rules in told if name in {_token(one) for one in robots}]:
            return [rule for rules in mine for rule in rules]
    return []


def _token(robot: str) -> str:
    """A product token: letters, `_` and `-`; what follows it (a version) is no part of it."""
    return robot if robot == "*" else re.match(r"[a-z_-]*", robot)[0]  # type: ignore[index]


def allows(text: str, robot: str, url: str) -> bool:
    """The rule that matches the most octets decides, allow before disallow; without one it is allowed (2.2.2)."""
    path = _octets("/" + url.partition("://")[2].partition("#")[0].partition("/")[2])
    matching = [
        (len(_octets(rule)), allowed)
        for allowed, rule in rules_for(text, robot)
        if _matches(rule, path)
    ]
    return max(matching)[1] if matching else True


def _matches(rule: str, path: str) -> bool:
    """`*` stands for anything, `$` at the end for the end."""
    pattern = ".*".join(map(re.escape, _octets(rule.removesuffix("$")).split("*")))
    return re.match(pattern + ("$" if rule.endswith("$") else ""), path, re.S) is not None


def _octets(text: str) -> str:
    """Percent-encoded where it is not ASCII, as the RFC compares; what is encoded already stays, in capitals."""
    quoted = quote(text, safe="/%:?#[]@!$&'()*+,;=~-._")
    return re.sub(r"%[0-9a-fA-F]{2}", lambda hit: hit[0].upper(), quoted)
