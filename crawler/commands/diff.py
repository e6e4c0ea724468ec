"""An article's readings in the terminal: what each took away [-so-] and what it brought {+so+}, in colour on a TTY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from archive.history import Step
from archive.reading_room.compare import Piece
from crawler.commands.page import WIDTH, ist

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
    when = f"seen between {ist(step.seen_after)} and {ist(step.seen_at)}" if step.seen_after else ist(step.seen_at)
    told = [f"reading {step.revision}", step.reason, when, ", ".join(step.changed)]
    if step.stealth:
        told.append(f"stealth: the page still says it was modified {ist(step.modified_at)}")
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
