"""Parses statements of preference on use: Content-Usage (AIPREF) and Content-Signal.

Content-Usage is a dictionary of Structured Fields (RFC 9651). Where the drafts call a preference
unknown although its category is named (another value, a parameter, a dictionary that cannot be
parsed), it is `unclear` here, which reserves: what cannot be read is not permitted. Linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from khabar.parsing.robots import MAX_LINE, PathPattern, compile_pattern

Use = Literal["search", "train", "ai-input"]
Preference = Literal["allowed", "reserved", "unclear"]
USES: tuple[Use, ...] = ("search", "train", "ai-input")

_AI_INPUT: tuple[Use, ...] = ("ai-input",)
_TRAIN: tuple[Use, ...] = ("train",)
# Labels of AIPREF vocab-08 (train-ai, search), of its earlier drafts, and of Content Signals.
_USES_OF_LABEL: dict[str, tuple[Use, ...]] = {
    "train-ai": _TRAIN,
    "train-genai": _TRAIN,
    "ai-train": _TRAIN,
    "ai-training": _TRAIN,
    "tdm": _TRAIN,
    "search": ("search",),
    "ai-input": _AI_INPUT,
    "ai-use": _AI_INPUT,
    "ai-output": _AI_INPUT,
    "bots": USES,
    "all": USES,
}
_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*+")
_LABEL = re.compile(r"(?<![\w.*-])[A-Za-z*][\w.*-]*+")
# A value without parameters: boolean, string, byte sequence, display string, date, number, token.
_BARE_ITEM = re.compile(
    r"""\?[01]|"(?:[^"\\\x00-\x1f\x7f]|\\["\\])*+"|:[A-Za-z0-9+/=]*+:|%"[^"]*+"|@-?\d{1,15}+"""
    r"""|-?\d{1,15}+(?:\.\d{1,3}+)?|[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*+"""
)
_SPACES = re.compile(r" *+")
_BLANKS = re.compile(r"[ \t]*+")
_SEPARATOR = re.compile(r"[,;]")
_YES = frozenset({"yes", "y", "1", "?1", "true", "allow"})


class BrokenDictionary(ValueError):
    """The text is no dictionary of Structured Fields."""


class _Scanner:
    """A position in a text that moves forward only."""

    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0

    def take(self, pattern: re.Pattern[str]) -> str:
        """Returns what the pattern matches here; raises BrokenDictionary if it does not."""
        match = pattern.match(self.text, self.position)
        if match is None:
            raise BrokenDictionary(f"at {self.text[self.position : self.position + 20]!r}")
        self.position = match.end()
        return match[0]

    def starts_with(self, character: str) -> bool:
        """Steps over a character if it comes next."""
        is_next = self.text.startswith(character, self.position)
        self.position += is_next
        return is_next

    @property
    def is_finished(self) -> bool:
        return self.position >= len(self.text)


def parse_dictionary(text: str) -> dict[str, tuple[str, bool]]:
    """Parses a dictionary: key → (value as written, whether it has parameters). Of a key that is
    there twice, the last. A key alone has the value `?1`.

    Raises BrokenDictionary.
    """
    scanner, members = _Scanner(text.strip(" ")), dict[str, tuple[str, bool]]()
    while not scanner.is_finished:
        key = scanner.take(_KEY)
        value = _take_value(scanner) if scanner.starts_with("=") else "?1"
        members[key] = (value, _skip_parameters(scanner))
        scanner.take(_BLANKS)
        if scanner.is_finished:
            break
        if not scanner.starts_with(","):
            raise BrokenDictionary("no comma between members")
        scanner.take(_BLANKS)
        if scanner.is_finished:
            raise BrokenDictionary("a comma at the end")
    return members


def _take_value(scanner: _Scanner) -> str:
    """Takes a value, or an inner list, which is returned as `()`."""
    if not scanner.starts_with("("):
        return scanner.take(_BARE_ITEM)
    scanner.take(_SPACES)
    while not scanner.starts_with(")"):
        scanner.take(_BARE_ITEM)
        _skip_parameters(scanner)
        if not scanner.take(_SPACES) and not scanner.text.startswith(")", scanner.position):
            raise BrokenDictionary("no space between items")
    return "()"


def _skip_parameters(scanner: _Scanner) -> bool:
    has_parameters = False
    while scanner.starts_with(";"):
        scanner.take(_SPACES)
        scanner.take(_KEY)
        if scanner.starts_with("="):
            scanner.take(_BARE_ITEM)
        has_parameters = True
    return has_parameters


def parse_content_usage(value: str) -> dict[Use, Preference]:
    """Parses a Content-Usage value such as `train-ai=n, search=y`: the preference for each use
    that it names; labels that are not known are ignored.

    Of a text that is no dictionary, every use it names is unclear, and training.
    """
    text = value[:MAX_LINE].replace("\t", " ")
    try:
        members = parse_dictionary(text)
    except BrokenDictionary:
        labels = {match[0].lower() for match in _LABEL.finditer(text)}
        unclear_uses = {"train", *(use for name in labels for use in _USES_OF_LABEL.get(name, ()))}
        return {use: "unclear" for use in USES if use in unclear_uses}
    return combine_preferences(
        {use: _read_answer(*member) for use in _USES_OF_LABEL.get(key, ())}
        for key, member in members.items()
    )


def _read_answer(value: str, has_parameters: bool) -> Preference:
    """A permission with a parameter has a condition that is not known, so it permits nothing."""
    if value == "n":
        return "reserved"
    return "allowed" if value == "y" and not has_parameters else "unclear"


def parse_content_signal(value: str) -> dict[Use, Preference]:
    """Parses a Content-Signal value such as `search=yes, ai-train=no`, in any case and with commas
    or semicolons; names that are not known are ignored.
    """
    pairs = (part.partition("=") for part in _SEPARATOR.split(value[:MAX_LINE].lower()))
    return combine_preferences(
        {use: _read_signal(answer) for use in _USES_OF_LABEL.get(name.strip(), ())}
        for name, _, answer in pairs
    )


def _read_signal(text: str) -> Preference:
    answer = text.strip().strip("\"'")
    if answer in _YES:
        return "allowed"
    return "reserved" if answer in ("no", "n", "0", "?0", "false") else "unclear"


def combine_preferences(
    statements: Iterable[dict[Use, Preference]],
) -> dict[Use, Preference]:
    """Combines statements, in any order: of each use the strictest preference."""
    ranks: dict[Preference, int] = {"allowed": 0, "unclear": 1, "reserved": 2}
    combined: dict[Use, Preference] = {}
    for statement in statements:
        for use, preference in statement.items():
            combined[use] = max(combined.get(use, preference), preference, key=ranks.__getitem__)
    return combined


# --- rules with a path, in robots.txt ---


def split_path(value: str) -> tuple[PathPattern, str]:
    """Splits off the optional path of a rule: `/archive/ train-ai=n`. Without one it is `/`."""
    if not value.startswith("/"):
        return compile_pattern("/"), value
    path, *rest = re.split(r"[ \t]+", value, maxsplit=1)
    return compile_pattern(path), rest[0] if rest else ""


def select_preferences(
    rules: Iterable[tuple[PathPattern, dict[Use, Preference]]], path: str
) -> dict[Use, Preference]:
    """Returns the preference of each use for a path from `encode_path`: of the longest rule that
    matches and names the use; of rules of equal length, the strictest. Their order has no meaning.
    """
    by_length: dict[int, list[dict[Use, Preference]]] = {}
    for pattern, preferences in rules:
        if pattern.matches(path):
            by_length.setdefault(pattern.length, []).append(preferences)
    selected: dict[Use, Preference] = {}
    for length in sorted(by_length):
        selected |= combine_preferences(by_length[length])
    return selected
