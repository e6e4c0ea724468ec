"""RFC 9309's own rules in a page, written from its text: what a robots.txt says of a URL, to hold our reader against."""

from __future__ import annotations

import re

UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
# Lines that name robots or rules; any other line belongs to nobody and does not end a group's list of robots.
_LINE = re.compile(r"\s*(user-?\s?agent|allow|disallow)\s*:\s*([^#]*)", re.I)
Rule = tuple[bool, str]  # allowed?, path pattern


def groups(text: str) -> list[tuple[set[str], list[Rule]]]:
    """(robots in lower case, rules) of each group: one or more user-agent lines, then the rules up to the next."""
    found: list[tuple[set[str], list[Rule]]] = []
    in_rules = True
    for line in re.split("[\r\n]+", text.removeprefix("\ufeff")):
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
    """A product token: letters, `_` and `-`; what follows it (a version, a word after `*`) is no part of it."""
    return "*" if robot.split()[:1] == ["*"] else re.match(r"[a-z_-]*", robot)[0]  # type: ignore[index]


def allows(text: str, robot: str, url: str) -> bool:
    """The rule that matches the most octets decides, allow before disallow; without one it is allowed (2.2.2)."""
    path = _octets("/" + url.partition("://")[2].partition("#")[0].partition("/")[2])
    if path == "/robots.txt":
        return True
    matching = [
        (_length(rule), allowed) for allowed, rule in rules_for(text, robot) if _matches(rule, path)
    ]
    return max(matching)[1] if matching else True


def _matches(rule: str, path: str) -> bool:
    """`*` stands for anything, `$` at the end for the end; a rule cut in an escape for all that begins so."""
    pieces = rule.removesuffix("$").split("*")
    pattern = ".*".join(re.escape(_octets(piece)) for piece in pieces)
    if cut := _cut(rule):
        pattern = (
            pattern.removesuffix(re.escape(_octets(cut))) + f"(?:{_octets(cut)}|{cut.upper()})"
        )
    return re.match(pattern + ("$" if rule.endswith("$") else ""), path, re.S) is not None


def _length(rule: str) -> int:
    """In octets, `*` and `$` among them."""
    whole = rule.removesuffix(_cut(rule))
    pieces = whole.removesuffix("$").split("*")
    return len("*".join(map(_octets, pieces))) + whole.endswith("$") + len(_cut(rule))


def _cut(rule: str) -> str:
    """The part of an escape that a rule ends with."""
    return re.search(r"(?:%[0-9a-fA-F]?)?$", rule)[0]  # type: ignore[index]


def _octets(text: str) -> str:
    """As the RFC compares: octets encoded in capitals but for ASCII; an escape decoded when its octet is unreserved."""
    octets = ""
    for escape, letter in re.findall("%([0-9a-fA-F]{2})|(.)", text, re.S):
        plain = UNRESERVED if escape else UNRESERVED + "/:?@!&'()+,;="
        for octet in bytes.fromhex(escape) or letter.encode():
            octets += chr(octet) if chr(octet) in plain else f"%{octet:02X}"
    return octets
