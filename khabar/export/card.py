"""The dataset's card: a README that Hugging Face reads, with what is in it and what may not be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from khabar.charts import svg
from khabar.export import delta
from khabar.export.hub import header
from khabar.export.options import Order
from khabar.export.schema import Field, parts_of

_PLOTS = {"month": "articles by month", "source": "articles by source", "length": "articles by length in words",
          "provider": "embeds by provider"}  # fmt: skip
_CARD = """---
{header}
---

# {articles:,} Hindi news articles with their embeds

Exported by Khabar {khabar}: {articles:,} articles with {embeds:,} embedded posts, videos and charts, as {format}.
`manifest.json` holds the command's filters, the counts, each file's sha256 and the archive's fingerprint; the same
archive and the same command give the same bytes.

{purpose}

{rights}

## What is in it

{sizes}

## What is not

{withheld}

{gaps}

## Fields

{fields}

{nested}

Times are ISO 8601. `text` is plain text; `blocks` are marks over it: `text[start:end]` in code points, or the `embed`
or `image` that stands there, by index. An embed's `place` says where it stood: `body`, `lead`, `page` (the page's, not
the article's) or `unplaced`.

## Known faults

{faults}
"""
_PURPOSES = {
    "research": "Made for **research**: what pages reserve does not bind it, and a dataset does not grant what its "
    "sources do not. Whoever passes it on or trains with it needs the sources' leave.",
    "search": "Made for **search**: pages that say noindex or nosnippet, or reserve search, are not in it.",
    "train": "Made for **training**: what a page or its site reserves is not in it, and where a source gives no "
    "permission its articles are ids and metadata only, without their words.",
}
_UNLICENSED = """

**`--unlicensed-text` was given: the texts of sources that never permitted training are in it.** That is on whoever
exported it."""
_FAULTS = (
    "Dates are what pages claim; `published_precision` says how exactly, and `published_on` is the day in India.",
    "`language` is detected, and told for Devanagari best: Bhojpuri and Maithili may pass as Hindi.",
    "`degraded` readings are known to be short of their page; others may be without anybody knowing.",
    "Embeds are what pages carried: a post that was cut or flattened there says `text_complete: false`.",
    "What a page says of its use is kept as given in `rights`; whether it holds in law is not ours to say.",
)
_JSON_TIMES = (
    "`datasets` reads times in JSONL as UTC and loses the offset the page gave; in Parquet they stay as written."
)
_REDACTED = (
    "Personal numbers were taken out by pattern (`[phone]`, `[email]`, `[aadhaar]`, `[pan]`, `[upi]`); names were not, "
    "and a number written in words or as a picture is still there."
)


def files(manifest: dict[str, Any], order: Order) -> dict[str, bytes]:
    """README.md, and the plots it shows: name → body."""
    drawn = {f"plots/{what}.svg": svg.bars(title, manifest[f"by_{what}"]).encode() for what, title in _PLOTS.items()
             if manifest[f"by_{what}"]}  # fmt: skip
    return {"README.md": write(manifest, order).encode(), **drawn}


def write(manifest: dict[str, Any], order: Order) -> str:
    """The card of an export, from its manifest."""
    return _CARD.format(
        header=header(manifest, order),
        purpose=_PURPOSES[order.purpose] + (_UNLICENSED if order.unlicensed_text else ""),
        rights=_rights(manifest),
        sizes="\n\n".join(_sizes(manifest)),
        withheld=_withheld(manifest),
        gaps=_table(("source", "first day", "last day", "days without an article between them"),
                    ((key, *gap.values()) for key, gap in manifest["gaps"].items())),
        fields=_fields(manifest, order),
        nested=_nested(order),
        faults="\n".join(f"- {fault}" for fault in _faults(order)),
        **{name: manifest[name] for name in ("articles", "embeds", "khabar", "format")},
    )  # fmt: skip


def _faults(order: Order) -> Iterable[str]:
    yield from _FAULTS
    if order.format == "jsonl":
        yield _JSON_TIMES
    if order.redact:
        yield _REDACTED


def _rights(manifest: dict[str, Any]) -> str:
    head = ("source", "permission", "whole", "metadata only", "withheld")
    return _table(head, (row.values() for row in manifest["rights"]))


def _sizes(manifest: dict[str, Any]) -> Iterable[str]:
    for what, title in _PLOTS.items():
        if counts := manifest[f"by_{what}"]:
            yield f"![{title}](plots/{what}.svg)"
            yield _counts(what, counts)
    for what in ("language", "split"):
        if counts := manifest[f"by_{what}"]:
            yield _counts(what, counts)
    yield f"{manifest['copies']:,} articles have copies in the archive: other articles of the same story."


def _counts(what: str, counts: dict[str, int]) -> str:
    return _table((what, "embeds" if what == "provider" else "articles"), counts.items())


def _withheld(manifest: dict[str, Any]) -> str:
    """What did not go out, and why; what went out without its words; what was taken out of texts; what changed."""
    told = (
        ("withheld from this dataset because of", "articles", manifest["withheld"]),
        ("withheld from every dataset because of", "articles", manifest["withheld_from_every_export"]),
        ("words left out because of", "articles", manifest["text_left_out"]),
        ("taken out of texts", "times", manifest["redacted"]),
    )
    tables = [_table((what, unit), counts.items()) for what, unit, counts in told if counts]
    if since := manifest.get("since"):
        tables.append(
            f"This is a delta: {since.get('new', 0):,} articles are new and {since.get('changed', 0):,} changed since "
            f"the dataset it was held against; the {since.get('gone', 0):,} that are gone are in `{delta.TOMBSTONES}`."
        )
    return "\n\n".join(tables) or "Nothing was withheld."


def _fields(manifest: dict[str, Any], order: Order) -> str:
    covered: dict[str, float] = manifest["coverage"]
    rows = ((field.name, _kind(field, order), field.meaning, field.unit or "–", f"{covered[field.name]:.1%}")
            for field in order.fields)  # fmt: skip
    return _table(("field", "type", "meaning", "unit", "articles that have it"), rows)


def _kind(field: Field, order: Order) -> str:
    if field.kind != "nested":
        return field.kind
    parts, is_list = parts_of(field, order.embeds)
    inner = "object" if parts else "string"
    return f"list of {inner}s" if is_list else inner


def _nested(order: Order) -> str:
    """What stands inside the nested fields."""
    said: Callable[[dict[str, str]], str] = lambda parts: ", ".join(f"`{name}` {kind}" for name, kind in parts.items())  # noqa: E731
    inside = ((field.name, parts_of(field, order.embeds)[0]) for field in order.fields if field.kind == "nested")
    return _table(("inside", "there is"), ((name, said(parts)) for name, parts in inside if parts))


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table; '' without rows. A bar in a cell would end it."""
    lines = [_line(row) for row in rows]
    names = tuple(head)
    return "\n".join([_line(names), _line(["---"] * len(names)), *lines]) if lines else ""


def _line(cells: Iterable[Any]) -> str:
    told = (f"{cell:,}" if isinstance(cell, int) else str(cell).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(told)} |"
