"""Finds players that inline scripts create: jwplayer("p").setup({file: …}), new YT.Player(…)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import classify_url, to_absolute_url
from khabar.extraction.embeds.id_attributes import split_names
from khabar.extraction.memory import remember_by_hash

_YT = "https://www.youtube.com/watch?v={}"
_X = "https://x.com/i/status/{}"
_JW = "https://cdn.jwplayer.com/videos/{}"
_FILE_KEYS = ("file", "src", "source", "hls", "dash", "mp4", "url", "playlist", "manifest")


@dataclass(frozen=True)
class _PlayerCall:
    """A function that creates a player. Values of `keys` (lower case) and, if `takes_string`, its
    string arguments fill `url_template`, if they match `id_pattern`; or they are URLs themselves.
    `setter` is a method that may be called later with the same arguments.
    """

    name: str
    keys: tuple[str, ...]
    url_template: str = ""
    id_pattern: str = ""
    takes_string: bool = False
    setter: str = ""


_CALLS = (
    _PlayerCall(
        "jwplayer(", ("mediaid", "media_id", *_FILE_KEYS), _JW, r"[A-Za-z0-9]{8}", setter=".setup("
    ),
    _PlayerCall("YT.Player(", ("videoid",), _YT, r"[\w-]{11}"),
    _PlayerCall("dailymotion.createPlayer(", ("video",), "https://dai.ly/{}", r"x\w{4,}"),
    _PlayerCall("DM.player(", ("video",), "https://dai.ly/{}", r"x\w{4,}"),
    _PlayerCall("widgets.createTweet(", ("id",), _X, r"\d{8,19}", takes_string=True),
    _PlayerCall("widgets.createTweetEmbed(", ("id",), _X, r"\d{8,19}", takes_string=True),
    _PlayerCall("widgets.createVideo(", ("id",), _X, r"\d{8,19}", takes_string=True),
    _PlayerCall("Vimeo.Player(", ("id", "url"), "https://vimeo.com/{}", r"\d{5,}"),
    _PlayerCall("Twitch.Player(", ("video",), "https://www.twitch.tv/videos/{}", r"v?\d{6,}"),
    _PlayerCall("Twitch.Embed(", ("video",), "https://www.twitch.tv/videos/{}", r"v?\d{6,}"),
    _PlayerCall("videojs(", _FILE_KEYS, takes_string=True, setter=".src("),
    _PlayerCall("Clappr.Player(", _FILE_KEYS),
    _PlayerCall("Playerjs(", _FILE_KEYS),
    _PlayerCall("OvenPlayer.create(", _FILE_KEYS),
    _PlayerCall("flowplayer(", _FILE_KEYS),
    _PlayerCall(".loadSource(", (), takes_string=True),
    _PlayerCall("embedly(", ("url",), takes_string=True),
    _PlayerCall("createController(", ("uri", "url"), "https://open.spotify.com/{}"),
)
_CALL_HINTS = (
    "layer", "createTweet", "createVideo", "videojs", ".loadSource(", "createContr", "embedly("
)  # fmt: skip
_TOKEN = re.compile(
    r"(?P<comment>//[^\n]{0,2000}|/\*.{0,2000}?\*/)"
    # an unclosed string is a token, too: its characters are not read again
    r"|\"(?P<double>(?:[^\"\\\n]|\\.){0,2048}+)\"?|'(?P<single>(?:[^'\\\n]|\\.){0,2048}+)'?"
    r"|`(?P<back>[^`\\$]{0,2048})`|(?P<word>[\w$]+)|(?P<sign>[()\[\]{}:,;=.])",
    re.S,
)
_STRING_ENDS = {"double": '"', "single": "'", "back": "`"}
_UNFILLED = re.compile(r"__[A-Z]|[{}<>\s]")  # a template's place for a value, in a URL
_COLON = re.compile(r"\s{0,20}:")
_VARIABLE = re.compile(r"\(\s{0,20}([A-Za-z_$][\w$]{0,60})\s{0,20}\)")
_SKIPPED_KEYS = split_names("advertising ads ad vast tracks captions image poster logo related")
# Limits; all chosen by hand, not measured.
MAX_SCRIPT_LENGTH = 300_000  # characters; a longer script is a library
_MAX_CALL_LENGTH = 20_000  # characters of a call's arguments that are read
_MAX_CALLS = 30  # calls read in a script
_MAX_TOKENS = 2000  # read for a call
_MAX_SETTER_DISTANCE = 2000  # characters between a player's creation and its setter
_MAX_STRINGS = 10  # strings of a call that may be the id of its element


def find_player_calls(root: HtmlElement, base: str) -> dict[HtmlElement, str]:
    """Maps elements to the URL of the player that a script puts there: the empty element that the
    call names, else the script.
    """
    players: dict[HtmlElement, str] = {}
    elements: dict[str, HtmlElement] | None = None
    for script in root.iter("script"):
        text = script.text
        if (
            not text
            or len(text) > MAX_SCRIPT_LENGTH
            or "json" in (script.get("type") or "")
            or not _may_call_player(text)
        ):
            continue
        for url, strings in islice(_read_calls(text, base), _MAX_CALLS):
            if elements is None:
                elements = {el.get("id"): el for el in root.xpath("//body//*[@id]")}
            places = (elements.get(string.lstrip("#")) for string in strings)
            empty_places = (el for el in places if el is not None and not _has_text(el))
            players.setdefault(next(empty_places, script), url)
    return players


@remember_by_hash
def _may_call_player(text: str) -> bool:
    return any(hint in text for hint in _CALL_HINTS)


def _has_text(el: HtmlElement) -> bool:
    return any(text.strip() for text in el.itertext())


def _read_calls(text: str, base: str) -> Iterator[tuple[str, list[str]]]:
    """Yields (URL, strings that may be the id of its element) for each call that creates a player
    of a known kind.
    """
    starts = sorted(
        (position, number)
        for number, call in enumerate(_CALLS)
        for position in islice(find_all(text, call.name), _MAX_CALLS)
    )
    for position, number in starts:
        call = _CALLS[number]
        if is_in_comment(text, position):
            continue
        url, strings, end = _read_arguments(text, position + len(call.name) - 1, call, base)
        setter = text.find(call.setter, end, end + _MAX_SETTER_DISTANCE) if call.setter else -1
        if url is None and setter >= 0:
            start = _find_arguments(text, setter + len(call.setter) - 1)
            url, more_strings, _ = _read_arguments(text, start, call, base)
            strings += more_strings
        if url:
            yield url, strings


def find_all(text: str, name: str) -> Iterator[int]:
    """Yields the places of a name in a text."""
    position = text.find(name)
    while position >= 0:
        yield position
        position = text.find(name, position + len(name))


def is_in_comment(text: str, position: int) -> bool:
    """Returns whether a place in a script is in a line or block of comment."""
    line_start = text.rfind("\n", 0, position) + 1
    if text[line_start : line_start + 80].lstrip().startswith("//"):
        return True
    return text.rfind("/*", 0, position) > text.rfind("*/", 0, position)


def _find_arguments(text: str, start: int) -> int:
    """Returns the start of a call's arguments: its bracket, or the object that is assigned to the
    variable in it.
    """
    variable = _VARIABLE.match(text, start)
    if variable is None:
        return start
    assignment = max(text.rfind(f"{variable[1]}{sign}", 0, start) for sign in ("=", " ="))
    return text.find("{", assignment) if assignment >= 0 else start


def _read_arguments(
    text: str, start: int, call: _PlayerCall, base: str
) -> tuple[str | None, list[str], int]:
    """Returns (URL or None, strings, end) of the arguments in the brackets at `start`."""
    url: str | None = None
    strings: list[str] = []
    brackets: list[str] = []  # the key of each open bracket
    key, end = "", start
    for token in islice(_TOKEN.finditer(text, start, start + _MAX_CALL_LENGTH), _MAX_TOKENS):
        end = token.end()
        kind = token.lastgroup or ""
        value = token[kind]
        if kind == "sign":
            if value in "([{":
                brackets.append(key)
                key = key if value == "[" else ""
            elif value in ")]}":
                key = brackets.pop() if brackets else ""
            elif value == ",":
                key = brackets[-1] if brackets else ""
            if not brackets:
                break
        elif kind != "comment" and _COLON.match(text, end):
            key = value.lower()
        elif value.isdigit() or (kind in _STRING_ENDS and token[0].endswith(_STRING_ENDS[kind])):
            strings += [value] if len(strings) < _MAX_STRINGS else []
            if url is None and _SKIPPED_KEYS.isdisjoint((key, *brackets)):
                url = _build_url(value.replace("\\/", "/"), key, call, base)
    return url, strings, end


def _build_url(value: str, key: str, call: _PlayerCall, base: str) -> str | None:
    """Returns the URL of the player that an argument names, or None."""
    if not (key in call.keys or (call.takes_string and not key)):
        return None
    if call.id_pattern and re.fullmatch(call.id_pattern, value, re.ASCII):
        return call.url_template.format(value)
    if value.startswith("spotify:"):
        return call.url_template.format(value.removeprefix("spotify:").replace(":", "/"))
    is_url = "/" in value and not _UNFILLED.search(value)
    address = to_absolute_url(value, base) if is_url else None
    target = classify_url(address) if address else None
    return address if target and target.provider != "pdf" else None
