"""The rules of a robots.txt on use: robots of AI and archives that it bars, Content-Usage,
Content-Signal, License. Only the groups that are ours count for the last three.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from khabar.parsing.ai_robots import ListedRobot, RobotKind, find_robots
from khabar.parsing.robots import (
    ANY_AGENT,
    PathPattern,
    PathRule,
    RobotsFile,
    RobotsGroup,
    is_path_allowed,
    merge_rules,
    parse_robots,
)
from khabar.parsing.usage_preferences import (
    Preference,
    Use,
    parse_content_signal,
    parse_content_usage,
    select_preferences,
    split_path,
)

OUR_AGENT = "khabar"  # the product token of our User-Agent
MAX_LICENSES = 5  # licences of one robots.txt, page or feed that are fetched; chosen by hand
_MAX_NAMES = 4  # robots that a reason names
# The use that a barred robot of a kind reserves. A ban of archive robots is only reported.
_USES_OF_KIND: dict[RobotKind, Use] = {
    "ai-train": "train",
    "ai-input": "ai-input",
    "search": "ai-input",
}
PreferenceName = Literal["Content-Usage", "Content-Signal"]
_PARSERS = {"content-usage": parse_content_usage, "content-signal": parse_content_signal}


@dataclass(frozen=True, slots=True)
class PreferenceRule:
    """A Content-Usage or Content-Signal line, `value` as written without its path."""

    name: PreferenceName
    pattern: PathPattern
    value: str
    preferences: dict[Use, Preference]


@dataclass(frozen=True, slots=True)
class RobotsUsageRules:
    """The rules of a robots.txt on use. `listed_groups`: (robot, its Allow and Disallow lines);
    `licenses`: the values of the License lines that count.
    """

    listed_groups: tuple[tuple[ListedRobot, tuple[PathRule, ...]], ...] = ()
    preferences: tuple[PreferenceRule, ...] = ()
    licenses: tuple[str, ...] = ()

    def select_barred(self, path: str) -> list[ListedRobot]:
        """Returns the listed robots that may not fetch a path from `encode_path`, by name."""
        barred = [robot for robot, rules in self.listed_groups if not is_path_allowed(rules, path)]
        return sorted(barred, key=lambda robot: robot.name.lower())

    def find_reserved(self, path: str) -> Iterator[tuple[Use, str]]:
        """Yields (use, signal) of what the rules reserve for a path from `encode_path`."""
        barred = self.select_barred(path)
        for use in ("train", "ai-input"):
            names = [
                robot.name
                for robot in barred
                if any(_USES_OF_KIND.get(kind) == use for kind in robot.kinds)
            ]
            if names:
                yield use, f"robots.txt bars AI robots ({format_names(names)})"
        for name in ("Content-Usage", "Content-Signal"):
            rules = (
                (rule.pattern, rule.preferences) for rule in self.preferences if rule.name == name
            )
            for use, preference in select_preferences(rules, path).items():
                if preference != "allowed":
                    unclear = ", which is not clear" if preference == "unclear" else ""
                    yield use, f"{name} in robots.txt{unclear}"


def format_names(names: list[str]) -> str:
    """Joins names of robots; of more than a few, the first ones and how many there are."""
    if len(names) <= _MAX_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: _MAX_NAMES - 1])} and {len(names) - _MAX_NAMES + 1} more"


@lru_cache(maxsize=256)
def parse_usage_rules(text: str) -> RobotsUsageRules:
    """Parses the groups of listed robots, and the lines on use that apply to us."""
    robots = parse_robots(text)
    groups = select_groups(robots)
    return RobotsUsageRules(
        tuple(_find_listed_groups(robots)),
        tuple(_iter_preferences(groups)),
        _find_licenses(robots, groups),
    )


def select_groups(robots: RobotsFile) -> list[RobotsGroup]:
    """Returns the groups that name us; without one, those of `*` and what precedes all groups."""
    return robots.find_groups(OUR_AGENT) or [
        group for group in robots.groups if not group.agents or ANY_AGENT in group.agents
    ]


def _find_listed_groups(
    robots: RobotsFile,
) -> Iterator[tuple[ListedRobot, tuple[PathRule, ...]]]:
    groups_by_robot: dict[ListedRobot, list[RobotsGroup]] = {}
    for group in robots.groups:
        for robot in dict.fromkeys(robot for name in group.names for robot in find_robots(name)):
            groups_by_robot.setdefault(robot, []).append(group)
    for robot, groups in groups_by_robot.items():
        yield robot, merge_rules(groups)


def _iter_preferences(groups: Iterable[RobotsGroup]) -> Iterator[PreferenceRule]:
    for group in groups:
        for name, value in group.others:
            if name in _PARSERS:
                pattern, statement = split_path(value)
                label: PreferenceName = (
                    "Content-Usage" if name == "content-usage" else "Content-Signal"
                )
                yield PreferenceRule(label, pattern, statement, _PARSERS[name](statement))


def _find_licenses(robots: RobotsFile, groups: list[RobotsGroup]) -> tuple[str, ...]:
    """Returns the License values of the groups that are ours; if those have none, of the file."""
    own_values = [value for group in groups for name, value in group.others if name == "license"]
    return tuple(dict.fromkeys(own_values or robots.licenses))[:MAX_LICENSES]


def find_archive_ban(text: str, path: str = "/") -> tuple[str, ...]:
    """Returns the names of web archives' robots that a robots.txt bars from a path."""
    barred = parse_usage_rules(text).select_barred(path)
    return tuple(robot.name for robot in barred if "archive" in robot.kinds)


def summarize_robots(text: str) -> dict[str, str]:
    """Summarises the rules of a robots.txt on use, each as one string: listed AI robots that it
    names, archive robots that it bars, Content-Usage, Content-Signal and License.
    """
    rules = parse_usage_rules(text)
    ai_robots = [robot.name for robot, _ in rules.listed_groups if robot.kinds - {"archive"}]
    values = {
        label: "; ".join(
            f"{rule.pattern.text} {rule.value}" for rule in rules.preferences if rule.name == label
        )
        for label in ("Content-Usage", "Content-Signal")
    }
    return {
        "ai_robots": ", ".join(sorted(ai_robots, key=str.lower)),
        "archives_barred": ", ".join(find_archive_ban(text)),
        "content_usage": values["Content-Usage"],
        "content_signal": values["Content-Signal"],
        "license": ", ".join(rules.licenses),
    }
