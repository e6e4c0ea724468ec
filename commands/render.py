"""An article as a page of the terminal: headline, byline, text with its headings, embeds as cards at their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from khabar.hindi.india_time import english_time
from khabar.model.provider_labels import provider_label
from khabar.web.queries.diff import Piece
from khabar.web.queries.revisions import Step

WIDTH = 88


def print_article(console: Console, article: dict[str, Any]) -> None:
    """`article` is the contract's object, as `extract --json` and `show --json` print it."""
    for piece in _pieces(article):
        console.print(Padding(piece, (0, 0, 1, 0)), width=min(WIDTH, console.width))


def _pieces(article: dict[str, Any]) -> Iterator[RenderableType]:
    yield Text(article["title"] or "(no headline)", style="bold")
    if article["subtitle"]:
        yield Text(article["subtitle"], style="italic")
    yield Text(_byline(article), style="dim")
    yield from _placed(article, "lead")
    for block in article["blocks"]:
        if block.get("time"):  # a live blog's update begins
            yield Rule(english_time(block["time"]), align="left", style="dim")
        piece = _piece(block, article)
        if piece is not None:
            yield piece
    yield from _placed(article, "unplaced")
    yield Text(article["canonical_url"] or article["url"], style="dim")


def _byline(article: dict[str, Any]) -> str:
    who = ", ".join(article["authors"]) or article["desk"]
    when = english_time(article["published_at"])
    return " · ".join(part for part in (article.get("source"), who, article["place"], when) if part)


def _placed(article: dict[str, Any], place: str) -> Iterator[RenderableType]:
    """Embeds that no block shows: the lead video above the text, those without a place below it."""
    shown = {block.get("embed") for block in article["blocks"]}
    for number, embed in enumerate(article["embeds"]):
        if embed["place"] == place and number not in shown:
            yield card(embed)


def _piece(block: dict[str, Any], article: dict[str, Any]) -> RenderableType | None:
    match block["type"]:
        case "heading":
            return Text(block["text"], style="bold underline")
        case "quote":
            return Padding(Text(block["text"], style="italic"), (0, 4))
        case "list_item":
            return Text(f"• {block['text']}")
        case "image":
            return _picture(article["images"][block["image"]])
        case "embed":
            return card(article["embeds"][block["embed"]])
        case _:
            return Text(block["text"])


def _picture(image: dict[str, Any]) -> Text:
    words = " — ".join(part for part in (image["caption"], image["credit"]) if part)
    return Text(f"[picture] {words or image['url']}", style="dim")


def card(embed: dict[str, Any]) -> Panel:
    """Somebody's post as a card: who, what they wrote, when, where."""
    name = provider_label(embed["provider"])
    handle = f"@{embed['author_handle']}" if embed["author_handle"] else ""
    title = " ".join(part for part in (name, embed["author_name"], handle) if part)
    lines = [
        embed["text"] or embed["title"] or "",
        *embed["media"],
        english_time(embed["published_at"]),
        embed["url"] or "",
    ]
    body = "\n".join(line for line in lines if line)
    return Panel(Text(body), title=Text(title), title_align="left", box=box.ROUNDED, padding=(0, 1))


# --- diff ---


_MARKS = {"same": ("", "", ""), "gone": ("[-", "-]", "red strike"), "new": ("{+", "+}", "green")}


def print_steps(console: Console, title: str | None, steps: Sequence[Step]) -> None:
    """Every step, oldest first."""
    console.print(Text(title or "(no headline)", style="bold"), width=min(WIDTH, console.width))
    if not steps:
        console.print("read the same each time")
    for step in steps:
        console.print()
        console.print(Text(_head(step), style="dim"), width=min(WIDTH, console.width))
        for line in _lines(step):
            console.print(Padding(line, (0, 0, 0, 2), expand=False), width=min(WIDTH, console.width))


def _head(step: Step) -> str:
    when = (
        f"seen between {english_time(step.seen_after)} and {english_time(step.seen_at)}"
        if step.seen_after
        else english_time(step.seen_at)
    )
    told = [f"reading {step.revision}", step.reason, when, ", ".join(step.changed)]
    if step.stealth:
        told.append(f"stealth: the page still says it was modified {english_time(step.modified_at)}")
    return " · ".join(told)


def _lines(step: Step) -> Iterator[Text]:
    for name in ("title", "subtitle", "text"):
        for pieces in getattr(step, name):
            yield Text("" if name == "text" else f"{name}: ").append(_marked(pieces))
    yield from (_marked([Piece("gone", one)]) for one in step.gone)
    yield from (_marked([Piece("new", one)]) for one in step.new)


def _marked(pieces: Iterable[Piece]) -> Text:
    found = Text()
    for piece in pieces:
        before, after, style = _MARKS[piece.change]
        words = piece.text.strip()
        lead, trail = piece.text.partition(words)[::2] if words else (piece.text, "")
        if before and found.plain.endswith(("-]", "+}")):
            found.append(" ")
        found.append(lead).append(f"{before}{words}{after}" if words else "", style=style).append(trail)
    return found
