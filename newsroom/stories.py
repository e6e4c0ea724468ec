"""The stories' source files (`stories/*.toml`), read strictly into types."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from khabar.model.items import BlockType

FOLDER = Path(__file__).parent / "stories"
Form = Literal["article", "liveblog", "gallery", "video", "stub", "english", "marathi"]
_PLACEHOLDER = re.compile(r"\[(image|embed) (\d+)\]")
_LINES: dict[str, BlockType] = {"## ": "heading", "> ": "quote", "- ": "list_item"}


class _StoryTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a story's TOML file. Unknown keys are errors."""


class Picture(_StoryTable, frozen=True, kw_only=True):
    file: str
    caption: str
    credit: str = ""


class Post(_StoryTable, frozen=True, kw_only=True):
    """A post, video, chart or document. For X and Instagram the id is derived from `posted`."""

    provider: Literal[
        "x", "youtube", "instagram", "facebook", "telegram", "datawrapper", "file", "pdf"
    ]
    kind: Literal["post", "reel", "video", "chart", "document"]
    id: str = ""
    handle: str = ""
    author: str = ""
    posted: datetime | None = None
    text: str = ""
    picture: str = ""  # code in the picture's short link
    title: str = ""
    file: str = ""


class Update(_StoryTable, frozen=True, kw_only=True):
    """One entry of a live blog."""

    time: datetime
    title: str
    text: str
    embed: Post | None = None


class Edit(_StoryTable, frozen=True, kw_only=True):
    """Changes in the second edition: a new headline, text replacements."""

    modified: datetime
    headline: str = ""
    replace: tuple[tuple[str, str], ...] = ()


class SiteVersion(_StoryTable, frozen=True, kw_only=True):
    """A wire story as one site publishes it."""

    site: str
    headline: str
    published: datetime
    kicker: str = ""
    desk: str = ""
    replace: tuple[tuple[str, str], ...] = ()
    drop_last: bool = False


class NewsroomStory(_StoryTable, frozen=True, kw_only=True):
    slug: str
    site: str  # a site's key, or "wire": then `prints` lists the sites
    headline: str
    section: str
    published: datetime
    body: str
    pages: tuple[str, ...] = ()  # bodies of its second page, its third …
    form: Form = "article"
    kicker: str = ""
    standfirst: str = ""
    place: str = ""
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    desk: str = ""
    agency: str = ""
    modified: datetime | None = None
    removed: datetime | None = None
    images: tuple[Picture, ...] = ()
    embeds: tuple[Post, ...] = ()
    prints: tuple[SiteVersion, ...] = ()
    pictures: tuple[Picture, ...] = ()
    updates: tuple[Update, ...] = ()
    later_updates: tuple[Update, ...] = ()
    later: Edit | None = None


@dataclass(frozen=True, slots=True)
class StoryPart:
    """One part of a published story: text, a picture or a post."""

    type: BlockType
    text: str = ""
    picture: Picture | None = None
    post: Post | None = None


@cache
def read_stories() -> tuple[NewsroomStory, ...]:
    """Returns all stories, ordered by file name. Raises msgspec.ValidationError or
    tomllib.TOMLDecodeError for a broken file.
    """
    tables = (
        tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))
    )
    return tuple(msgspec.convert(table, NewsroomStory) for table in tables)


def iter_parts(story: NewsroomStory, body: str) -> Iterator[StoryPart]:
    """Yields a body's parts in order; `[image 1]` and `[embed 1]` refer to the story's first of
    each.
    """
    for line in body.strip().split("\n"):
        if not line.strip():
            continue
        if match := _PLACEHOLDER.fullmatch(line.strip()):
            index = int(match[2]) - 1
            yield (
                StoryPart("image", picture=story.images[index])
                if match[1] == "image"
                else StoryPart("embed", post=story.embeds[index])
            )
        else:
            yield _parse_text_part(line.strip())


def _parse_text_part(line: str) -> StoryPart:
    kind = next((kind for mark, kind in _LINES.items() if line.startswith(mark)), None)
    return StoryPart(kind, line.split(" ", 1)[1].strip()) if kind else StoryPart("paragraph", line)
