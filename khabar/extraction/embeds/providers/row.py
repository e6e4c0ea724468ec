"""The row of the table of embed providers: hosts, URL forms, and the attributes that carry ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


def split_names(text: str) -> frozenset[str]:
    """Splits a string of tags, classes or hosts at white space."""
    return frozenset(text.split())


@dataclass(frozen=True)
class ProviderUrlPattern:
    """One form of a provider's URLs.

    The regex is matched against what follows the host: path?query#fragment. Its named groups fill
    `id_template` and `url_template`; `anonymous_url_template` is the canonical URL if the optional
    handle is not in the URL.
    """

    kind: str
    regex: str
    url_template: str = ""  # of the canonical URL; "" keeps the URL as it is
    id_template: str = "{id}"  # "" for a short URL whose id needs a network request
    anonymous_url_template: str = ""  # of the canonical URL if there is no handle
    is_id_hashed: bool = False  # the id is a hash of the matched text
    hosts: tuple[str, ...] = ()  # the form exists on these of the provider's hosts only
    examples: Mapping[str, str | None] = field(default_factory=dict)  # address → id

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled regex: on first use, because a page has embeds of few providers."""
        return re.compile(self.regex)

    def match(self, path: str, host: str) -> re.Match[str] | None:
        """Matches what follows the host, if the form exists on this host."""
        if self.hosts and not f".{host}".endswith(tuple(f".{name}" for name in self.hosts)):
            return None
        return self.pattern.match(path)


@dataclass(frozen=True)
class IdAttribute:
    """An attribute that identifies an embed.

    `selector` is a tag, a .class, or "" for any element with the attributes `attrs`. Their values
    fill `url_template` in order. A value that is itself a URL is classified directly. Without
    `url_template` the values joined by "/" are the id of the `provider` and `kind`; without
    `provider` either, the value names it, and its id is in another attribute. Else `kind` is what
    the markup says of a URL that does not say it.
    """

    selector: str
    attrs: tuple[str, ...]
    url_template: str = "{}"
    provider: str = ""
    kind: str = ""
    # attribute, starts of its value one of which it must have
    value_prefix: tuple[str, tuple[str, ...]] | None = None

    @property
    def names_provider(self) -> bool:
        """Returns whether the value is the name of a provider."""
        return not self.url_template and not self.provider


@dataclass(frozen=True)
class IdForm:
    """How an id is recognised beside the provider's name, in publishers' own players and frames.

    `words` name the provider in tags, classes, attributes, shortcodes and paths; an id matches
    `pattern` whole. A pattern with letters excludes a number alone and a word: they may be a date,
    a story, a theme. `is_in_path`: a part of a path, `/embed/tweet/…`, may be an id, too.
    """

    words: frozenset[str]
    pattern: re.Pattern[str]
    url_template: str
    is_in_path: bool = False


@dataclass(frozen=True)
class Provider:
    """A provider of embeds. Subdomains belong to their parent's row unless a row names them; the
    host "*" is any host that no row names.

    `page_patterns` are pages of the provider that are embeds in a frame or an embed code only, not
    as a link: profiles, lists, stories. In a frame or an embed code every other URL of the hosts is
    a link, unless `widget_pattern` matches it (buttons, like boxes, logins).
    """

    name: str
    hosts: tuple[str, ...]
    url_patterns: tuple[ProviderUrlPattern, ...] = ()
    page_patterns: tuple[ProviderUrlPattern, ...] = ()
    host_pattern: re.Pattern[str] | None = None  # further hosts, which no row names
    has_other_services: bool = False  # a URL of the hosts that no pattern matches may be anything
    allows_bare_url: bool = True  # a URL alone on its line is an embed, as WordPress leaves it
    has_credit_line: bool = False  # its code includes a line of links next to the player
    has_script_player: bool = False  # a <script src> puts the player where it stands
    # matches URLs whose content is given by a URL in a parameter
    wrapper_pattern: re.Pattern[str] | None = None
    widget_pattern: re.Pattern[str] | None = None
    id_form: IdForm | None = None
    id_attributes: tuple[IdAttribute, ...] = ()
    # an element's `id` → URL of the embed, as written by the codes of players and charts
    element_id_patterns: tuple[tuple[re.Pattern[str], str], ...] = ()
    quote_classes: frozenset[str] = frozenset()  # of the blockquotes in its embed codes
    # calls of its SDK in inline scripts, which turn a post's address in the script into the post
    sdk_calls: tuple[str, ...] = ()

    @property
    def code_classes(self) -> tuple[str, ...]:
        """The classes of the elements in its embed codes."""
        selectors = (row.selector for row in self.id_attributes)
        boxes = (selector[1:] for selector in selectors if selector.startswith("."))
        return tuple(dict.fromkeys((*sorted(self.quote_classes), *boxes)))


def url_pattern(
    kind: str,
    pattern: str,
    url_template: str = "",
    id_template: str = "{id}",
    *,
    anonymous_url: str = "",
    hash_id: bool = False,
    hosts: tuple[str, ...] = (),
    examples: Mapping[str, str | None],
) -> ProviderUrlPattern:
    """Builds one form of a provider's URLs; every form has at least one example."""
    return ProviderUrlPattern(
        kind,
        pattern,
        url_template,
        id_template,
        anonymous_url,
        hash_id,
        hosts,
        examples,
    )


def id_form(words: str, pattern: str, url_template: str, *, in_path: bool = False) -> IdForm:
    """Builds the form of a provider's ids beside its name."""
    return IdForm(split_names(words), re.compile(pattern, re.ASCII), url_template, in_path)


def id_attributes(url_template: str, *places: str, kind: str = "") -> tuple[IdAttribute, ...]:
    """Builds a row for each place `selector[attribute]` or `[attribute]` of an id."""
    rows = []
    for place in places:
        selector, _, attrs = place.rstrip("]").partition("[")
        rows.append(IdAttribute(selector, tuple(attrs.split()), url_template, kind=kind))
    return tuple(rows)


OPTIONAL_PARAMS = r"(?:.*&)?"  # other parameters before one that is searched
UUID = r"(?P<id>[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})"
