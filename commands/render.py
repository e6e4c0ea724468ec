"""Renders an article for the terminal: headline, byline, text, embeds as cards in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from commands.common import print_lines
from commands.terminal import (
    Span,
    get_text_width,
    get_width,
    measure_width,
    style_text,
    wrap_spans,
    wrap_text,
)
from khabar.hindi.india_time import format_english_time
from khabar.model.provider_labels import provider_label
from khabar.web.queries.diff import DiffSpan
from khabar.web.queries.revisions import RevisionDiff

if TYPE_CHECKING:
    from khabar.extraction import BlockDecision

_ELLIPSIS = "…"


def print_article(article: dict[str, Any]) -> None:
    """Prints an article. `article`: the JSON object of `extract --json` and `show --json`."""
    width = get_text_width()
    for lines in _render_parts(article, width):
        print_lines([*lines, ""])


def print_decisions(decisions: Sequence[BlockDecision], article: dict[str, Any]) -> None:
    """Prints each block of a page: `+` if it is text of the article, `-` if not, its type, element
    and the rule that decided, and the beginning of its text below.
    """
    width = get_width()
    for decision in decisions:
        why = decision.rule + (f", {decision.sign}" if decision.sign else "")
        mark, style = ("+", "new") if decision.is_kept else ("-", "gone")
        where = style_text(f"{decision.type}  {decision.element}", "dim")
        text = _cut_line(" ".join(decision.text.split()), width and width - 4)
        print_lines(
            [f"{style_text(mark, style)} {style_text(why, 'bold')}  {where}", f"    {text}"]
        )
    dropped = ", ".join(f"{rule} {words}" for rule, words in sorted(article["dropped"].items()))
    problems = [f"Problem: {problem}" for problem in article["problems"]]
    for line in (f"\nWords in sentences left out: {dropped or 'none'}", *problems):
        print_lines(wrap_text(line, width))


def _cut_line(text: str, width: int | None) -> str:
    """Returns the beginning of a text that fits into `width` columns, with an ellipsis if cut."""
    if width is None or measure_width(text) <= width:
        return text
    size = 0
    for end, char in enumerate(text):
        size += measure_width(char)
        if size >= width:
            return text[:end] + _ELLIPSIS
    return text


def _render_parts(article: dict[str, Any], width: int | None) -> Iterator[list[str]]:
    """Yields the lines of each part of an article."""
    yield wrap_text(article["title"] or "(no headline)", width, style="bold")
    if article["subtitle"]:
        yield wrap_text(article["subtitle"], width, style="italic")
    yield wrap_text(_format_byline(article), width, style="dim")
    yield from _render_loose_embeds(article, "lead", width)
    yield from _render_insets(article, None, width)
    for index, block in enumerate(article["blocks"]):
        if block.get("time"):  # the first block of an update of a live blog
            yield [style_text(f"── {format_english_time(block['time'])} ──", "dim")]
        yield _render_block(block, article, width)
        yield from _render_insets(article, index, width)
    yield from _render_loose_embeds(article, "unplaced", width)
    yield wrap_text(article["canonical_url"] or article["url"], width, style="dim")


def _format_byline(article: dict[str, Any]) -> str:
    who = ", ".join(article["authors"]) or article["desk"]
    when = format_english_time(article["published_at"])
    return " · ".join(part for part in (article.get("source"), who, article["place"], when) if part)


def _render_loose_embeds(
    article: dict[str, Any], place: str, width: int | None
) -> Iterator[list[str]]:
    """Yields the embeds of a `place` (lead, unplaced) that no block refers to."""
    block_embeds = {block.get("embed") for block in article["blocks"]}
    for number, embed in enumerate(article["embeds"]):
        if embed["place"] == place and number not in block_embeds:
            yield render_embed(embed, width)


def _render_insets(
    article: dict[str, Any], after_block: int | None, width: int | None
) -> Iterator[list[str]]:
    """Yields the machine-made insets at a place as cards that say what they are."""
    for inset in article["insets"]:
        if inset["after_block"] == after_block:
            title = " · ".join(
                filter(None, ("machine-made, not the source's words", inset["label"]))
            )
            yield _render_card(title, [(inset["text"], "dim")], width)


def _render_block(block: dict[str, Any], article: dict[str, Any], width: int | None) -> list[str]:
    match block["type"]:
        case "heading":
            return wrap_text(block["text"], width, style="heading")
        case "quote":
            return wrap_text(block["text"], width, style="italic", indent="    ")
        case "list_item":
            return wrap_text(f"• {block['text']}", width)
        case "image":
            image = article["images"][block["image"]]
            words = " — ".join(part for part in (image["caption"], image["credit"]) if part)
            return wrap_text(f"[picture] {words or image['url']}", width, style="dim")
        case "embed":
            return render_embed(article["embeds"][block["embed"]], width)
        case _:
            return wrap_text(block["text"], width)


def render_embed(embed: dict[str, Any], width: int | None) -> list[str]:
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
    return _render_card(title, [(line, "") for line in lines if line], width)


def _render_card(title: str, texts: Sequence[Span], width: int | None) -> list[str]:
    """Returns a card: a title and texts along a line at the left."""
    room = width and width - 2
    body = [line for text, style in texts for line in wrap_text(text, room, style=style)]
    *lines, last = (f"│ {line}" for line in body or [""])
    return [f"╭ {style_text(title, 'bold')}", *lines, last.replace("│", "╰", 1).rstrip()]


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


_MARKS = {"same": ("", "", ""), "gone": ("[-", "-]", "gone"), "new": ("{+", "+}", "new")}


def print_steps(title: str | None, steps: Sequence[RevisionDiff]) -> None:
    """Prints what each revision changed, oldest first."""
    width = get_text_width()
    print_lines(wrap_text(title or "(no headline)", width, style="bold"))
    if not steps:
        print_lines(["no revision changed anything"])
    for step in steps:
        print_lines(["", *wrap_text(_format_step_header(step), width, style="dim")])
        for spans in _iter_step_lines(step):
            print_lines(wrap_spans(spans, width, indent="  "))


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


def _iter_step_lines(step: RevisionDiff) -> Iterator[list[Span]]:
    for name in ("title", "subtitle", "text"):
        for spans in getattr(step, name):
            label = [] if name == "text" else [(f"{name}: ", "")]
            yield [*label, *_mark_changes(spans)]
    yield from (_mark_changes([DiffSpan("gone", paragraph)]) for paragraph in step.gone)
    yield from (_mark_changes([DiffSpan("new", paragraph)]) for paragraph in step.new)


def _mark_changes(spans: Iterable[DiffSpan]) -> list[Span]:
    """Returns the words of a diff, removed ones in [-…-] and added ones in {+…+}."""
    marked: list[Span] = []
    for span in spans:
        before, after, style = _MARKS[span.change]
        words = span.text.strip()
        lead, trail = span.text.partition(words)[::2] if words else (span.text, "")
        if before and marked and marked[-1][0].endswith(("-]", "+}")):
            marked.append((" ", ""))
        marked += [(lead, ""), (f"{before}{words}{after}" if words else "", style), (trail, "")]
        marked = [piece for piece in marked if piece[0]]
    return marked
