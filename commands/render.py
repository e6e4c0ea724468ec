"""Renders an article for the terminal: headline, byline, text, embeds as cards in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from khabar.hindi.india_time import format_english_time
from khabar.model.provider_labels import provider_label
from khabar.web.queries.diff import DiffSpan
from khabar.web.queries.revisions import RevisionDiff

if TYPE_CHECKING:
    from khabar.extraction import BlockDecision

WIDTH = 88  # columns of a page of text; chosen by hand, not measured


def print_article(console: Console, article: dict[str, Any]) -> None:
    """Prints an article. `article`: the JSON object of `extract --json` and `show --json`."""
    for renderable in _render_parts(article):
        console.print(Padding(renderable, (0, 0, 1, 0)), width=min(WIDTH, console.width))


def print_decisions(
    console: Console, decisions: Sequence[BlockDecision], article: dict[str, Any]
) -> None:
    """Prints each block of a page: `+` if it is text of the article, `-` if not, its type, element
    and the rule that decided, and the beginning of its text below.
    """
    for decision in decisions:
        why = decision.rule + (f", {decision.sign}" if decision.sign else "")
        line = Text(
            "+ " if decision.is_kept else "- ", style="green" if decision.is_kept else "red"
        )
        line.append(why, style="bold").append(f"  {decision.type}  ", style="dim")
        line.append(decision.element, style="dim")
        for part in (line, Text("    " + " ".join(decision.text.split()))):
            part.truncate(console.width, overflow="ellipsis")
            console.print(part, soft_wrap=True)
    dropped = ", ".join(f"{rule} {words}" for rule, words in sorted(article["dropped"].items()))
    console.print(f"\nWords in sentences left out: {dropped or 'none'}")
    for problem in article["problems"]:
        console.print(f"Problem: {problem}", highlight=False, markup=False)


def _render_parts(article: dict[str, Any]) -> Iterator[RenderableType]:
    yield Text(article["title"] or "(no headline)", style="bold")
    if article["subtitle"]:
        yield Text(article["subtitle"], style="italic")
    yield Text(_format_byline(article), style="dim")
    yield from _render_loose_embeds(article, "lead")
    yield from _render_insets(article, None)
    for index, block in enumerate(article["blocks"]):
        if block.get("time"):  # the first block of an update of a live blog
            yield Rule(format_english_time(block["time"]), align="left", style="dim")
        renderable = _render_block(block, article)
        if renderable is not None:
            yield renderable
        yield from _render_insets(article, index)
    yield from _render_loose_embeds(article, "unplaced")
    yield Text(article["canonical_url"] or article["url"], style="dim")


def _format_byline(article: dict[str, Any]) -> str:
    who = ", ".join(article["authors"]) or article["desk"]
    when = format_english_time(article["published_at"])
    return " · ".join(part for part in (article.get("source"), who, article["place"], when) if part)


def _render_loose_embeds(article: dict[str, Any], place: str) -> Iterator[RenderableType]:
    """Yields the embeds of a `place` (lead, unplaced) that no block refers to."""
    block_embeds = {block.get("embed") for block in article["blocks"]}
    for number, embed in enumerate(article["embeds"]):
        if embed["place"] == place and number not in block_embeds:
            yield render_embed(embed)


def _render_insets(article: dict[str, Any], after_block: int | None) -> Iterator[RenderableType]:
    """Yields the machine-made insets at a place as boxes that say what they are."""
    for inset in article["insets"]:
        if inset["after_block"] == after_block:
            title = " · ".join(
                filter(None, ("machine-made, not the source's words", inset["label"]))
            )
            yield Panel(Text(inset["text"], style="dim"), title=Text(title), title_align="left")


def _render_block(block: dict[str, Any], article: dict[str, Any]) -> RenderableType | None:
    match block["type"]:
        case "heading":
            return Text(block["text"], style="bold underline")
        case "quote":
            return Padding(Text(block["text"], style="italic"), (0, 4))
        case "list_item":
            return Text(f"• {block['text']}")
        case "image":
            image = article["images"][block["image"]]
            words = " — ".join(part for part in (image["caption"], image["credit"]) if part)
            return Text(f"[picture] {words or image['url']}", style="dim")
        case "embed":
            return render_embed(article["embeds"][block["embed"]])
        case _:
            return Text(block["text"])


def render_embed(embed: dict[str, Any]) -> Panel:
    """Returns an embed as a card: provider and author, position in a thread, text or title, poll,
    pictures with their alternative texts, the post it quotes, language, date, URL.
    """
    name = provider_label(embed["provider"])
    handle = f"@{embed['author_handle']}" if embed["author_handle"] else ""
    parts = (name, embed["author_name"], handle, embed["thread"])
    title = " ".join(part for part in parts if part)
    lines = [
        embed["text"] or embed["title"] or "",
        *(f"○ {option}" for option in embed["poll"]),
        *_format_media(embed),
        f"quotes {embed['quoted']}" if embed["quoted"] else "",
        f"language {embed['language']}" if embed["language"] else "",
        format_english_time(embed["published_at"]),
        embed["url"] or "",
    ]
    body = "\n".join(line for line in lines if line)
    return Panel(Text(body), title=Text(title), title_align="left", box=box.ROUNDED, padding=(0, 1))


def _format_media(embed: dict[str, Any]) -> Iterator[str]:
    """Yields a line for each picture or file, with its alternative text if each has one of its own,
    else the alternative texts after them.
    """
    media, alts = embed["media"], embed["alts"]
    if len(alts) == len(media):
        yield from (
            f"{address} — {alt}" if alt else address
            for address, alt in zip(media, alts, strict=True)
        )
    else:
        yield from (*media, *(f"[picture] {alt}" for alt in alts if alt))


# --- diff ---


_MARKS = {"same": ("", "", ""), "gone": ("[-", "-]", "red strike"), "new": ("{+", "+}", "green")}


def print_steps(console: Console, title: str | None, steps: Sequence[RevisionDiff]) -> None:
    """Prints what each revision changed, oldest first."""
    width = min(WIDTH, console.width)
    console.print(Text(title or "(no headline)", style="bold"), width=width)
    if not steps:
        console.print("no revision changed anything")
    for step in steps:
        console.print()
        console.print(Text(_format_step_header(step), style="dim"), width=width)
        for line in _render_step_lines(step):
            console.print(Padding(line, (0, 0, 0, 2), expand=False), width=width)


def _format_step_header(step: RevisionDiff) -> str:
    when = format_english_time(step.seen_at)
    if step.seen_after:
        when = f"seen between {format_english_time(step.seen_after)} and {when}"
    reason = step.reason
    if step.extractors:
        reason += f" by extractor {' → '.join(step.extractors)}, no edit of the source"
    parts = [f"revision {step.revision}", reason, when, ", ".join(step.changed)]
    if step.stealth:
        parts.append(
            f"stealth: the page still says it was modified {format_english_time(step.modified_at)}"
        )
    return " · ".join(parts)


def _render_step_lines(step: RevisionDiff) -> Iterator[Text]:
    for name in ("title", "subtitle", "text"):
        for spans in getattr(step, name):
            yield Text("" if name == "text" else f"{name}: ").append(_render_diff(spans))
    yield from (_render_diff([DiffSpan("gone", paragraph)]) for paragraph in step.gone)
    yield from (_render_diff([DiffSpan("new", paragraph)]) for paragraph in step.new)


def _render_diff(spans: Iterable[DiffSpan]) -> Text:
    text = Text()
    for span in spans:
        before, after, style = _MARKS[span.change]
        words = span.text.strip()
        lead, trail = span.text.partition(words)[::2] if words else (span.text, "")
        if before and text.plain.endswith(("-]", "+}")):
            text.append(" ")
        text.append(lead).append(f"{before}{words}{after}" if words else "", style=style).append(
            trail
        )
    return text
